"""The validator as a library: `from conformance.fhir import Validator`, in the three lines of the package's documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import conformance.fhir
from conformance.fhir import Definitions, Report, Severity, Validator, Verdict

STU3 = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Slot-1"
SLOT: dict[str, Any] = {
    "resourceType": "Slot",
    "id": "1",
    "meta": {"profile": [STU3]},
    "schedule": {"reference": "Schedule/1"},
    "status": "free",
    "start": "2018-01-01T10:00:00+00:00",
    "end": "2018-01-01T10:10:00+00:00",
}


def test_three_lines(tmp_path: Path) -> None:
    path = tmp_path / "slot.json"
    path.write_text(json.dumps(SLOT | {"status": "wrong"}, indent=1), encoding="utf-8")
    validator = Validator("stu3")
    report = validator.check(path.read_bytes())
    assert (report.verdict, report.profiles) == (Verdict.NOT_CONFORMANT, (STU3,))
    (issue,) = report.issues
    assert (issue.severity, issue.path, issue.line) == (Severity.ERROR, "Slot.status", 12)


def test_a_parsed_resource_and_xml_are_taken_too() -> None:
    validator = Validator("stu3")
    report: Report = validator.check(SLOT)
    assert (report.verdict, report.issues) == (Verdict.CONFORMANT, [])
    text = b'<Slot xmlns="http://hl7.org/fhir"><status value="free"/></Slot>'
    assert {issue.code for issue in validator.check(text).issues} == {"cardinality-min"}


def test_a_profile_can_be_asked_for_and_claims_left_aside() -> None:
    validator = Validator("dstu2")
    resource = {"resourceType": "Location", "meta": {"profile": ["https://x.test/none"]}, "name": "x"}
    assert validator.check(resource).verdict is Verdict.NOT_FULLY_CHECKED
    report = validator.check(resource, claim=False)
    assert (report.verdict, report.profiles) == (Verdict.CONFORMANT, ())
    profile = "https://fhir.nhs.uk/StructureDefinition/CareConnect-GPC-Location-1"
    assert validator.check(resource, [profile], claim=False).profiles == (profile,)


def test_a_type_without_definition_is_not_fully_checked() -> None:
    report = Validator("stu3").check({"resourceType": "Observation", "zz": 1})
    assert (report.verdict, report.applied) == (Verdict.NOT_FULLY_CHECKED, ())


def test_a_profile_that_is_not_loaded_is_said_in_every_check() -> None:
    validator = Validator("stu3")
    for _ in range(2):
        report = validator.check(SLOT, ["https://x.test/none"])
        assert [issue.code for issue in report.issues] == ["not-checked-profile"]
        assert report.profiles == (STU3,)


def test_text_that_is_no_resource_is_a_report_too() -> None:
    report = Validator("stu3").check(b"{")
    assert (report.readable, report.verdict) == (False, Verdict.NOT_CONFORMANT)


def test_definitions_of_ones_own(tmp_path: Path) -> None:
    validator = Validator(Definitions("stu3").open(tmp_path))
    assert validator.check(SLOT).verdict is Verdict.NOT_FULLY_CHECKED


def test_the_package_names_what_it_offers() -> None:
    assert all(getattr(conformance.fhir, name) for name in conformance.fhir.__all__)
    with pytest.raises(AttributeError, match="Nothing"):
        conformance.fhir.Nothing  # noqa: B018
