"""Checks of capability statements: silent on a complete one, one finding for each thing missing."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from conformance.checks import capability_statement as said
from conformance.checks.check import Check
from conformance.consumer.json_edit import remove_at, set_at
from tests.support.check_context import Context
from tests.support.responses import response

STATEMENT: dict[str, Any] = {
    "resourceType": "CapabilityStatement",
    "version": "1.2.7",
    "status": "active",
    "date": "2020-01-15",
    "publisher": "Somebody",
    "contact": [{"name": "Somebody"}],
    "kind": "instance",
    "software": {"name": "Practice", "version": "1"},
    "implementation": {"description": "here"},
    "fhirVersion": "3.0.1",
    "acceptUnknown": "both",
    "format": ["application/fhir+json", "application/fhir+xml"],
    "profile": [{"reference": "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1"}],
    "rest": [
        {
            "mode": "server",
            "resource": [
                {
                    "type": "Patient",
                    "interaction": [{"code": "read"}, {"code": "search-type"}],
                    "searchParam": [{"name": "identifier", "type": "token"}],
                    "searchInclude": ["Patient:organization"],
                    "updateCreate": False,
                },
                {"type": "Slot", "interaction": [{"code": "search-type"}]},
            ],
            "operation": [{"name": "gpc.registerpatient", "definition": {"reference": "https://x/1"}}],
        }
    ],
}
_PATIENT = "rest.0.resource.0"


CHECKS: tuple[Check, ...] = (
    said.has("status", "rest.resource"), said.says("acceptUnknown", "both"), said.release, said.kind_completed, said.dated,
    said.formats("json", "xml"), said.filled_in, said.profiles("Patient"), said.serves("Patient", "read"),
    said.searches("Patient", identifier="token"), said.includes("Patient", "Patient:organization"),
    said.never("Patient", "updateCreate", True), said.operates("gpc.registerpatient", "https://x/1"),
    said.slots_searchable, said.identifier_searches("Patient"),
)  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_a_complete_statement_is_left_alone(check: Check) -> None:
    assert not list(check(response(STATEMENT), Context()))


@pytest.mark.parametrize(
    ("check", "path", "value", "severity"),
    [
        (said.has("status"), "status", None, "fail"),
        (said.has("status"), "status", "", "fail"),
        (said.says("acceptUnknown", "both"), "acceptUnknown", "no", "fail"),
        (said.says("fhirVersion", "3.0.1", tolerated=("3.0.2",)), "fhirVersion", "3.0.2", "warn"),
        (said.release, "version", "0.5.0", "fail"),
        (said.kind_completed, "kind", None, "fail"),
        (said.kind_completed, "implementation", None, "fail"),
        (said.dated, "date", "15/01/2020", "fail"),
        (said.formats("json"), "format", ["application/json"], "fail"),
        (said.formats("json"), "format", ["json"], "warn"),
        (said.filled_in, "software.name", "[Software Name]", "fail"),
        (said.filled_in, "publisher", None, "fail"),
        (said.filled_in, "publisher", "", "fail"),
        (said.filled_in, "contact", [{}], "fail"),
        (said.filled_in, "software.version", "version [1.0]", "fail"),
        (said.profiles("Patient"), "profile", None, "fail"),
        (said.serves("Patient", "read"), f"{_PATIENT}.type", "Person", "fail"),
        (said.serves("Patient", "read"), "rest.0.mode", "client", "fail"),
        (said.serves("Patient", "read", mild=("read",)), f"{_PATIENT}.interaction", None, "warn"),
        (said.searches("Patient", identifier="token"), f"{_PATIENT}.searchParam.0.type", "string", "fail"),
        (said.includes("Patient", "Patient:organization"), f"{_PATIENT}.searchInclude", None, "fail"),
        (said.never("Patient", "updateCreate", True), f"{_PATIENT}.updateCreate", True, "fail"),
        (said.never("Patient", "updateCreate", None), f"{_PATIENT}.updateCreate", None, "fail"),
        (said.operates("gpc.registerpatient"), "rest.0.operation", None, "fail"),
        (
            said.operates("gpc.registerpatient", "https://x/2"),
            "rest.0.operation.0.name",
            "gpc.registerpatient ",
            "fail",
        ),
        (said.operates("gpc.registerpatient", "https://x/1"), "rest.0.operation.0.definition.reference", "x", "fail"),
        (said.slots_searchable, "rest.0.resource.1", None, "warn"),
        (said.identifier_searches("Patient"), f"{_PATIENT}.searchParam", None, "fail"),
    ],
)
def test_what_is_missing_is_told(check: Check, path: str, value: Any, severity: str) -> None:
    statement = deepcopy(STATEMENT)
    if value is None:
        remove_at(statement, path)
    else:
        set_at(statement, path, value)
    (finding,) = check(response(statement), Context())
    assert (finding.code, finding.severity.value) == ("statement", severity)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("junk", [None, 1, "text", [], [None, 1], {}])
def test_junk_is_no_crash(check: Check, junk: Any) -> None:
    list(check(response(dict.fromkeys(STATEMENT, junk) | {"resourceType": "CapabilityStatement"}), Context()))
