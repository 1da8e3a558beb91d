"""Faults in the capability or conformance statement."""

from __future__ import annotations

from datetime import UTC, datetime

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import Edit, alter, change, put, refuses, status, without
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Json


def _statement(*edits: Edit) -> tuple[Effect, ...]:
    return tuple(change(kind, *edits) for kind in ("CapabilityStatement", "Conformance"))


def _not_declared(kind: str) -> Edit:
    return alter("rest.resource", lambda value: [item for item in value if item["type"] != kind])


def _unlisted(part: str) -> Edit:
    return alter("profile", lambda value: [item for item in value if part not in item["reference"].lower()])


def _not_doing(kind: str, code: str) -> Edit:
    def fewer(value: list[Json]) -> list[Json]:
        return [
            item | {"interaction": [done for done in item["interaction"] if done["code"] != code]}
            if item["type"] == kind
            else item
            for item in value
        ]

    return alter("rest.resource", fewer)


FAULTS = (
    Fault("metadata.without-format", "does not declare its formats", _statement(without("format"))),
    Fault("metadata.json-only", "declares JSON only", _statement(alter("format", lambda value: value[:1])), DSTU2),
    Fault(
        "metadata.other-version",
        "declares another version of the specification",
        _statement(put("version", "0.5.0")),
        STU3,
    ),
    Fault("metadata.other-fhir-version", "declares another version of FHIR", _statement(put("fhirVersion", "4.0.1"))),
    Fault("metadata.without-kind", "omits the kind", _statement(without("kind"))),
    Fault("metadata.without-status", "omits the status", _statement(without("status"))),
    Fault("metadata.without-date", "omits the date", _statement(without("date"))),
    Fault("metadata.ignores-unknown", "declares that it takes nothing unknown", _statement(put("acceptUnknown", "no"))),
    Fault("metadata.without-software", "does not name its software", _statement(without("software")), STU3),
    Fault(
        "metadata.placeholders",
        "has placeholders left",
        _statement(put("software.name", "[Provider Software Name]"), put("publisher", "[Provider]")),
        STU3,
    ),
    Fault("metadata.without-profiles", "does not list profiles", _statement(without("profile"))),
    Fault(
        "metadata.without-appointment-profile",
        "does not list the Appointment profile",
        _statement(alter("profile", lambda value: [item for item in value if "ppointment" not in item["reference"]])),
    ),
    Fault("metadata.without-rest", "does not say what it does", _statement(without("rest"))),
    Fault("metadata.without-appointment", "does not declare Appointment", _statement(_not_declared("Appointment"))),
    Fault("metadata.without-slot", "does not declare Slot", _statement(_not_declared("Slot"))),
    Fault("metadata.without-patient", "does not declare Patient", _statement(_not_declared("Patient"))),
    Fault("metadata.without-organization", "does not declare Organization", _statement(_not_declared("Organization"))),
    Fault("metadata.without-practitioner", "does not declare Practitioner", _statement(_not_declared("Practitioner"))),
    Fault("metadata.without-location", "does not declare Location", _statement(_not_declared("Location"))),
    Fault(
        "metadata.no-updates", "does not declare update of Appointment", _statement(_not_doing("Appointment", "update"))
    ),
    Fault(
        "metadata.no-creates", "does not declare create of Appointment", _statement(_not_doing("Appointment", "create"))
    ),
    Fault(
        "metadata.no-patient-search",
        "does not declare search of Patient",
        _statement(_not_doing("Patient", "search-type")),
        STU3,
    ),
    Fault(
        "metadata.creates-by-update",
        "declares that updates create",
        _statement(put("rest.resource.updateCreate", True)),
    ),
    Fault(
        "metadata.without-search-parameters",
        "does not declare search parameters",
        _statement(without("rest.resource.searchParam")),
    ),
    Fault(
        "metadata.without-includes",
        "does not declare what can be included",
        _statement(without("rest.resource.searchInclude")),
        STU3,
    ),
    Fault(
        "metadata.without-operation",
        "does not declare the registration of patients",
        _statement(without("rest.operation")),
    ),
    Fault("metadata.unavailable", "returns 503", status(503, on="metadata")),
    Fault(
        "metadata.without-versioning",
        "declares no versions",
        _statement(put("rest.resource.versioning", "no-version")),
        DSTU2,
    ),
    Fault("metadata.not-a-statement", "returns a resource of another type", _statement(put("resourceType", "Basic"))),
    Fault("metadata.british-date", "writes its date as dd/mm/yyyy", _statement(put("date", "15/01/2020"))),
    Fault(
        "metadata.date-of-today",
        "is dated at the moment of asking",
        _statement(put("date", lambda _: datetime.now(UTC).isoformat())),
        STU3,
    ),
    Fault(
        "metadata.formats-of-another-version",
        "declares the formats of plain JSON and XML",
        _statement(put("format", ["application/json", "application/xml"])),
    ),
    Fault(
        "metadata.without-implementation", "does not say what it describes", _statement(without("implementation")), STU3
    ),
    Fault(
        "metadata.without-interactions",
        "lists resource types without what can be done",
        _statement(without("rest.resource.interaction")),
        STU3,
    ),
    Fault(
        "metadata.without-outcome-profile",
        "does not list the OperationOutcome profile",
        _statement(_unlisted("operationoutcome")),
    ),
    Fault("metadata.without-patient-profile", "does not list the Patient profile", _statement(_unlisted("patient-1"))),
    Fault(
        "metadata.other-operation",
        "names another definition of the registration of patients",
        _statement(put("rest.operation.definition", {"reference": "https://beeches.example/OperationDefinition/1"})),
        STU3,
    ),
    Fault(
        "metadata.refuses-format",
        "refuses _format",
        refuses(lambda call: bool(call.parameters("_format")), "INVALID_PARAMETER", on="metadata"),
    ),
    Fault(
        "metadata.reads-history",
        "declares that histories can be read",
        _statement(put("rest.resource.readHistory", True)),
        DSTU2,
    ),
)
