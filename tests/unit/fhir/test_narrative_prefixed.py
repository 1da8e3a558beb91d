"""A narrative whose elements have a prefix in the XML form is written without it in the JSON form, escaped as before."""

from __future__ import annotations

import pytest

from conformance.fhir.formats.xml import read_xml
from tests.support.shipped import shipped


@pytest.mark.parametrize(
    "attribute",
    ["two&#10;lines", "two&#13;lines", "a&#9;tab", "&quot;quoted&quot;", "a &lt; b", "a &amp; b", "a &gt; b"],
)
def test_a_prefix_goes_and_escapes_stay(attribute: str) -> None:
    names = 'xmlns="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"'
    narrative = f'<h:div><h:a title="{attribute}">y &lt; &amp;</h:a></h:div>'
    body = f'<Patient {names}><text><status value="generated"/>{narrative}</text></Patient>'
    document = read_xml(body.encode(), shipped("stu3"))
    assert document.problems == []
    plain = f'<div xmlns="http://www.w3.org/1999/xhtml"><a title="{attribute}">y &lt; &amp;</a></div>'
    assert document.value["text"]["div"] == plain
