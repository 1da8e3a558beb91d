"""Definitions in XML: what becomes a list, a number or a boolean in JSON, and what is refused."""

from __future__ import annotations

import pytest

from conformance.fhir.definitions.files import _put, parse_text
from conformance.fhir.errors import DefinitionError

NS = 'xmlns="http://hl7.org/fhir"'


@pytest.mark.parametrize(
    ("parent", "key", "is_list"),
    [
        ("StructureDefinition", "type", False), ("discriminator", "type", False), ("identifier", "type", False),
        ("property", "type", False), ("fixedIdentifier", "type", False), ("patternIdentifier", "type", False),
        ("parameter", "type", False), ("filter", "property", False), ("CodeSystem", "valueSet", False),
        ("element", "type", True), ("type", "profile", True), ("type", "aggregation", True), ("element", "code", True),
        ("concept", "property", True), ("include", "valueSet", True), ("element", "min", False), ("type", "code", False),
    ],
)  # fmt: skip
def test_what_repeats(parent: str, key: str, is_list: bool) -> None:
    result: dict[str, object] = {}
    _put(result, parent, key, "a")
    assert result == {key: ["a"] if is_list else "a"}
    _put(result, parent, key, "b")
    _put(result, parent, key, "c")
    assert result == {key: ["a", "b", "c"]}


@pytest.mark.parametrize("begin", ["", '<?xml version="1.0"?>', '\n <?xml version="1.0" encoding="utf-16"?>\n'])
def test_the_declaration_of_an_encoding_is_passed_over(begin: str) -> None:
    text = f'{begin}<ValueSet {NS} id="v"><url value="urn:v"/><text><div xmlns="http://www.w3.org/1999/xhtml">x</div></text></ValueSet>'
    assert parse_text(text, "x.xml") == {"resourceType": "ValueSet", "id": "v", "url": "urn:v", "text": {}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"<!DOCTYPE a><ValueSet {NS}/>", "x.xml: declares a document type, which a definition has no need of"),
        (f"<ValueSet {NS}>", r"x.xml: is not XML \("),
        ('<ValueSet xmlns="urn:x"/>', "x.xml: its root element is not in the FHIR namespace"),
        (f'<ValueSet {NS} value="x"/>', "x.xml: is empty"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=f"^{said}"):
        parse_text(text, "x.xml")


def test_contained_resources_have_their_type() -> None:
    inner = '<CodeSystem><count value="3"/><caseSensitive value="true"/></CodeSystem>'
    text = f"<ValueSet {NS}><contained>{inner}</contained></ValueSet>"
    assert parse_text(text, "x.xml")["contained"] == [{"resourceType": "CodeSystem", "count": 3, "caseSensitive": True}]
