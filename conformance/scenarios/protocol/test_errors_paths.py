"""Verbs, resource types, operations and paths that are not served: an error that says so, never a success or a web page."""

from __future__ import annotations

from typing import Any

from conformance.checks.operation_outcome import leaks_nothing
from conformance.consumer.request_mutations import method, path
from conformance.consumer.response import Response
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.valid_requests import send_as, valid_request

VERB = refused(
    "400 BAD_REQUEST", also=["405", "501"],
    because="One page gives 400 BAD_REQUEST, the table of statuses 405, and an operation nobody has is 501 too.",
)  # fmt: skip


def _verb(short: str, verb: str, key: str, said: str, **more: Any) -> Any:
    return case(
        f"errors.verb-{short}",
        f"{said} is refused",
        "STU3-ERR-025 DSTU2-ERR-023 DSTU2-HTTP-015",
        interaction=key,
        verb=verb,
        faults="errors.wrong-verb-is-200 errors.wrong-verb-is-server-error errors.html",
        **more,
    )


VERBS = table(
    "",
    _verb("post-slot", "POST", "search_free_slots", "POST for a search for free slots"),
    _verb("put-slot", "PUT", "search_free_slots", "PUT for a search for free slots"),
    _verb("post-patient-appointments", "POST", "retrieve_patient_appointments", "POST for a patient's appointments"),
    _verb("put-appointments", "PUT", "book_appointment", "PUT without an id for a booking"),
    _verb("patch-appointment", "PATCH", "amend_appointment", "PATCH for an amendment"),
    _verb("post-appointment", "POST", "amend_appointment", "POST with an id for an amendment"),
    _verb("post-cancelled", "POST", "cancel_appointment", "POST with an id for a cancellation"),
    _verb("get-registration", "GET", "register_patient", "GET for a registration"),
    _verb("put-registration", "PUT", "register_patient", "PUT for a registration"),
    _verb("post-metadata", "POST", "get_capability_statement", "POST for the capability statement"),
    _verb("put-metadata", "PUT", "get_capability_statement", "PUT for the capability statement"),
    _verb("post-patients", "POST", "find_patient", "POST for a search for a patient"),
    _verb("post-patient", "POST", "read_patient", "POST for a read of a patient"),
    _verb("put-patient", "PUT", "read_patient", "PUT of a patient"),
    _verb("delete-patient", "DELETE", "read_patient", "DELETE of a patient"),
    _verb("post-practitioner", "POST", "read_practitioner", "POST for a read of a practitioner"),
    _verb("post-practitioners", "POST", "find_practitioner", "POST for a search for a practitioner"),
    _verb("post-organization", "POST", "read_organization", "POST for a read of an organisation"),
    _verb("put-organization", "PUT", "read_organization", "PUT of an organisation"),
    _verb("post-organizations", "POST", "find_organization", "POST for a search for an organisation"),
    _verb("post-location", "POST", "read_location", "POST for a read of a location"),
    _verb("delete-location", "DELETE", "read_location", "DELETE of a location"),
    _verb("post-locations", "POST", "find_location", "POST for a search for a location", editions="dstu2"),
    why="A verb that is not foreseen may be taken for one that changes something.",
    fix="Answer 400 BAD_REQUEST, or 405, with an OperationOutcome to every verb that an interaction does not use.",
)  # fmt: skip


@scenarios(VERBS)
def test_verbs(context: ScenarioContext, case: Case) -> None:
    valid = valid_request(context, case.interaction, to_refuse=True)
    response = send_as(context, valid, method(case["verb"])(valid.request))
    if context.expect(response, VERB):
        context.judge(response, leaks_nothing)
    if response.status not in (200, 201):
        valid.untouched()


NOT_IMPLEMENTED = refused(
    "NOT_IMPLEMENTED", tolerated=["400", "404"],
    because="No interaction id exists for such a call, so a provider that looks at headers first may say 400; FHIR says 404.",
)  # fmt: skip


def _unknown(short: str, key: str, place: str, said: str) -> Any:
    return case(
        f"errors.not-implemented-{short}",
        f"{said} is answered as not implemented",
        "STU3-ERR-027 DSTU2-ERR-019",
        interaction=key,
        place=place,
        faults="errors.not-implemented-is-200 errors.not-implemented-is-server-error errors.html",
    )


UNKNOWN_TYPES = table(
    "",
    _unknown("immunization", "read_patient", "/Immunization/1", "A read of an Immunization"),
    _unknown("medication", "read_patient", "/Medication/1", "A read of a Medication"),
    _unknown("encounter", "find_patient", "/Encounter", "A search for Encounters"),
    _unknown("allergies", "find_patient", "/AllergyIntolerance", "A search for AllergyIntolerances"),
    _unknown("post-observation", "book_appointment", "/Observation", "A creation of an Observation"),
    _unknown("put-flag", "amend_appointment", "/Flag/1", "An update of a Flag"),
    _unknown("operation", "register_patient", "/Patient/$gpc.unknown", "An operation that does not exist"),
    _unknown("operation-of-slots", "register_patient", "/Slot/$gpc.getschedule", "An operation that no longer exists"),
    _unknown("compartment", "retrieve_patient_appointments", "/Patient/1/Immunization", "Another resource of a patient"),
    why="A consumer tells by 501 that this provider, other than another, has no such thing.",
    fix="Answer 501 NOT_IMPLEMENTED with an OperationOutcome to resource types and operations that you do not offer.",
)  # fmt: skip


@scenarios(UNKNOWN_TYPES)
def test_not_implemented(context: ScenarioContext, case: Case) -> None:
    response = _elsewhere(context, case)
    if context.expect(response, NOT_IMPLEMENTED):
        context.judge(response, leaks_nothing)


def _elsewhere(context: ScenarioContext, case: Case) -> Response:
    valid = valid_request(context, case.interaction, to_refuse=True)
    return send_as(context, valid, path(case["place"])(valid.request))


def _nowhere(short: str, key: str, place: str, said: str, faults: str = "") -> Any:
    return case(
        f"errors.path-{short}",
        f"{said} is answered with an error",
        "STU3-HTTP-025 DSTU2-ERR-020",
        interaction=key,
        place=place,
        faults=f"errors.html errors.always-200 {faults}",
    )


_UNKNOWN_PATH = "errors.unknown-path-is-200 errors.unknown-path-is-server-error"
PATHS = table(
    "",
    _nowhere("metadatas", "get_capability_statement", "/metadatas", "A request for metadatas", _UNKNOWN_PATH),
    _nowhere("appointmentss", "book_appointment", "/Appointmentss", "A booking at Appointmentss"),
    _nowhere("slots", "amend_appointment", "/Slots/1", "An update at Slots"),
    _nowhere("below-appointment", "read_appointment", "/Appointment/1/unknown", "A request below an appointment"),
    _nowhere("below-retrieve", "read_appointment", "/Patient/1/Appointment/1", "A read below a patient's appointments"),
    _nowhere("root", "get_capability_statement", "/", "A request for the root", _UNKNOWN_PATH),
    _nowhere("double-slash", "read_patient", "//Patient//1", "A path with doubled slashes"),
    _nowhere("dots", "read_patient", "/Patient/../../metadata", "A path with dots"),
    _nowhere("encoded-slash", "read_patient", "/Patient%2F1", "A path whose slash is percent-encoded"),
    _nowhere("nul", "read_patient", "/Patient/%00", "An id of a NUL character"),
    _nowhere("long", "read_patient", f"/Patient/{'9' * 3000}", "An id of three thousand digits"),
    why="A mistyped address must not look like an empty answer.",
    fix="Answer every path that you do not serve with a 4xx or 501 and an OperationOutcome.",
)  # fmt: skip


@scenarios(PATHS)
def test_paths(context: ScenarioContext, case: Case) -> None:
    response = _elsewhere(context, case)
    status = response.status or 0
    if not (400 <= status < 500 or status == 501):
        context.findings.fail(
            "a path that does not exist is not answered with an error of the caller",
            location="status",
            found=response.described,
            expected="4xx or 501",
            exchange=response.number,
            code="unknown-path",
        )
    elif response.resource_type != "OperationOutcome":
        context.findings.warn(
            "the error has no OperationOutcome",
            location="body",
            found=response.described,
            exchange=response.number,
            expected="OperationOutcome",
            code="no-outcome",
        )
    context.judge(response, leaks_nothing)
