"""The narrative of an XML body, in the JSON form: its attributes and text as they have to be written."""

from __future__ import annotations

import pytest

from conformance.fhir.formats.xml import read_xml
from tests.support.shipped import shipped


@pytest.mark.parametrize(
    "content",
    [
        '<a title="&quot;x&quot;">y</a>',
        '<a title="two&#10;lines&#13;and&#9;more">y</a>',
        '<a title="a &lt; b &gt; c &amp; d">y</a>',
        "<p>a &lt; b &gt; c &amp; d \"e\" 'f'</p>",
        '<p xml:lang="cy">bore da</p>',
        "<p>one<b>two</b>three</p>",
    ],
)
def test_a_narrative_is_kept_as_it_was_written(content: str) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'
    body = f'<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/>{div}</text></Patient>'
    document = read_xml(body.encode(), shipped("stu3"))
    assert document.problems == []
    assert document.value["text"]["div"] == div
