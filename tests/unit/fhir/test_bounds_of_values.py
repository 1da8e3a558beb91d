"""The bounds of what FHIR's types hold and of what is read: the last that passes, and the first that does not."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.fhir.definitions.files import parse_text
from conformance.fhir.formats.json_reader import read_json
from conformance.fhir.invariants.fhirpath import _has_value
from tests.support.cases_runner import PROFILES
from tests.unit.fhir.test_validator import errors, make


@pytest.mark.parametrize(
    ("value", "found"),
    [(2**31 - 1, []), (2**31, ["primitive-format"]), (-(2**31), []), (-(2**31) - 1, ["primitive-format"]), (2**30, [])],
)
def test_an_integer_has_thirty_two_bits(value: int, found: list[str]) -> None:
    validator = make("stu3", PROFILES / "stu3" / "base")
    extension = {"url": "urn:x", "valueInteger": value}
    body = {"resourceType": "Patient", "extension": [extension]}
    assert [code for code, _ in errors(validator.validate(body)) if code == "primitive-format"] == found


def test_a_body_of_some_megabytes_is_read() -> None:
    long = b'{"resourceType": "Patient", "text": "' + b"x" * 3_000_000 + b'"}'
    document = read_json(long)
    assert document.problems == []
    assert len(document.value["text"]) == 3_000_000


@pytest.mark.parametrize(
    ("nodes", "has"),
    [
        (["a"], True),
        ([0], True),
        ([False], True),
        ([None], False),
        ([{}], False),
        ([[]], False),
        (["a", "b"], False),
        ([], False),
    ],
)
def test_only_a_single_primitive_has_a_value(nodes: list[Any], has: bool) -> None:
    assert _has_value(nodes) is has


def test_a_definition_in_xml_has_booleans_and_numbers_only_where_fhir_has_them() -> None:
    text = """<StructureDefinition xmlns="http://hl7.org/fhir"><name value="true"/><abstract value="false"/>
      <experimental value="perhaps"/><differential><element><path value="Patient"/><min value="1"/><max value="1"/>
      <isSummary value="true"/></element></differential></StructureDefinition>"""
    read = parse_text(text, "x.xml")
    assert (read["name"], read["abstract"], read["experimental"]) == ("true", False, "perhaps")
    (element,) = read["differential"]["element"]
    assert (element["min"], element["max"], element["isSummary"]) == (1, "1", True)
