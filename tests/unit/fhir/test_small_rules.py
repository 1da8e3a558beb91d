"""Small rules of reading and writing that no larger case shows."""

from __future__ import annotations

import pytest

from conformance.fhir.definitions.store import read_structure
from conformance.fhir.formats.json_reader import Limits, read_json
from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.formats.xml import read_xml, to_xml
from conformance.fhir.issues import Issue, Severity
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Report, Validator
from tests.support.shipped import shipped

CORE = "http://hl7.org/fhir/StructureDefinition/"


def test_an_object_of_an_unknown_type_keeps_its_id_and_url_as_attributes() -> None:
    value = {"resourceType": "Basic", "id": "1", "unheard": {"id": "a", "url": "urn:x", "text": "y"}}
    written = to_xml(value, shipped("stu3"))
    assert b'<unheard id="a" url="urn:x"><text value="y"/></unheard>' in written


def test_what_stands_beside_a_primitive_of_an_unknown_element_is_that_of_a_string() -> None:
    value = {
        "resourceType": "Basic",
        "unheard": "x",
        "_unheard": {"id": "a", "extension": [{"url": "u", "valueCode": "c"}]},
    }
    written = to_xml(value, shipped("stu3"))
    assert b'<unheard value="x" id="a"><extension url="u"><valueCode value="c"/></extension></unheard>' in written


def test_a_number_that_is_none_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json({"a": float("nan")})


@pytest.mark.parametrize(("name", "kind"), [("string", "primitive"), ("HumanName", "complex"), ("Patient", "resource")])
def test_kinds_of_dstu2_are_told_by_the_first_letter(name: str, kind: str) -> None:
    raw = {"resourceType": "StructureDefinition", "url": f"urn:{name}", "name": name, "status": "draft"}
    raw |= {"kind": "resource" if kind == "resource" else "datatype", "snapshot": {"element": [{"path": name}]}}
    assert read_structure(raw, "dstu2", "test").kind == kind


def test_profiles_are_what_was_applied_without_the_types_of_fhir() -> None:
    report = Report([], (CORE + "Patient", "https://x/StructureDefinition/Mine"))
    assert report.profiles == ("https://x/StructureDefinition/Mine",)
    issue = Issue(Severity.ERROR, "x", "m", "Patient", "")
    assert (Report([issue]).verdict.value, report.verdict.value) == ("not conformant", "conformant")


@pytest.mark.parametrize(("deep", "read"), [(3, True), (4, False)])
def test_depth_is_counted_from_the_root(deep: int, read: bool) -> None:
    names = ["Patient", "contact", "name", "period"][:deep]
    opened = "".join(f'<{name} xmlns="http://hl7.org/fhir">' for name in names)
    closed = "".join(f"</{name}>" for name in reversed(names))
    document = read_xml((opened + closed).encode(), shipped("stu3"), Limits(depth=3))
    assert ("too-deep" not in [problem.code for problem in document.problems]) is read


def test_an_element_that_comes_twice_and_may_come_once_is_a_list_of_both() -> None:
    text = '<Patient xmlns="http://hl7.org/fhir"><gender value="male"/><gender value="female"/></Patient>'
    assert read_xml(text.encode(), shipped("stu3")).value["gender"] == ["male", "female"]


def test_a_choice_and_what_stands_beside_it_are_one_value() -> None:
    definitions = shipped("stu3")
    validator = Validator(definitions, terminology=OfflineTerminology(definitions))
    beside = {"url": "urn:x", "valueString": "a", "_valueString": {"id": "b"}}
    both_types = {"url": "urn:x", "valueString": "a", "valueBoolean": True}
    sound, wrong = ({"resourceType": "Patient", "extension": [one]} for one in (beside, both_types))
    assert "choice-multiple" not in {issue.code for issue in validator.validate(sound)}
    (issue,) = [issue for issue in validator.validate(wrong) if issue.code == "choice-multiple"]
    assert (issue.found, issue.expected) == ("valueBoolean, valueString", "one")


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        (b'{"a": }', "line 1, column 7 at '}'", "}"),
        (b'{"a": 1', "the text ends too soon", "end of text"),
        (b"{} x", "more text follows the end of the resource, line 1, column 4 at 'x'", "x"),
        (b"  ", "the input is empty", None),
    ],
)
def test_text_that_is_no_json_is_told_with_its_place(text: bytes, words: str, found: str | None) -> None:
    (problem,) = read_json(text).problems
    assert (problem.code, problem.line, problem.found) == ("not-json", 1, found)
    assert words in problem.message
