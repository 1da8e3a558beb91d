from __future__ import annotations

import pytest

from conformance.fhir.formats.narrative import xhtml_fault

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


@pytest.mark.parametrize(
    "content",
    [
        "text",
        "<p>a<br/>b</p>",
        '<img src="a.png" alt="b"/>',
        "<table><tbody><tr><td colspan='2'>a</td></tr></tbody></table>",
        "<!-- note -->a",
        "&#160;a",
    ],
)
def test_what_a_narrative_may_hold(content: str) -> None:
    assert xhtml_fault(DIV.format(content)) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (DIV.format("<script>a</script>"), "script"),
        (DIV.format("<form/>a"), "form"),
        (DIV.format('<p onclick="a()">b</p>'), "onclick"),
        (DIV.format("&nbsp;a"), "well-formed"),
        (DIV.format("<p>a"), "well-formed"),
        (DIV.format(""), "neither text"),
        (DIV.format("<p> </p>"), "neither text"),
        ("<div>a</div>", "namespace"),
        ("<p xmlns='http://www.w3.org/1999/xhtml'>a</p>", "div"),
        ("<!DOCTYPE div [<!ENTITY a 'b'>]>" + DIV.format("&a;"), "document type"),
        ("<?xml version='1.0'?><!DOCTYPE a SYSTEM 'http://a.test/x'>" + DIV.format("a"), "document type"),
    ],
)
def test_what_it_may_not(text: str, word: str) -> None:
    assert word in (xhtml_fault(text) or "")


def test_deep_nesting_is_no_crash() -> None:
    depth = 50_000
    assert xhtml_fault(DIV.format("<b>" * depth + "a" + "</b>" * depth)) is None
