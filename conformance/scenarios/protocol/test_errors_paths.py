"""Methods, resource types, operations and paths that are not served: a clear error, never a success or a web page."""

from __future__ import annotations

from typing import Any

from conformance.checks.operation_outcome import leaks_nothing
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import below_fhir, method, path
from conformance.consumer.response import Response
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.refusals import control_of, expect_refused
from conformance.scenarios.steps.valid_requests import send_as, valid_request

VERB = refused(
    "400 BAD_REQUEST", also=["405", "501"],
    because="One page gives 400 BAD_REQUEST, the table of statuses 405; an operation that does not exist may also be 501.",
)  # fmt: skip


def _verb(short: str, verb: str, key: str, phrase: str, **more: Any) -> Any:
    return case(
        f"errors.verb-{short}",
        f"{phrase} is refused",
        "STU3-ERR-025 DSTU2-ERR-023",
        interaction=key,
        verb=verb,
        faults="errors.wrong-verb-is-200 errors.wrong-verb-is-server-error errors.html",
        **more,
    )


VERBS = table(
    "",
    _verb("post-slot", "POST", "search_free_slots", "POST in place of GET for a slot search"),
    _verb("put-slot", "PUT", "search_free_slots", "PUT in place of GET for a slot search"),
    _verb("post-patient-appointments", "POST", "retrieve_patient_appointments",
          "POST in place of GET to retrieve a patient's appointments"),
    _verb("put-appointments", "PUT", "book_appointment", "PUT without an id in place of POST for a booking"),
    _verb("patch-appointment", "PATCH", "amend_appointment", "PATCH in place of PUT for an amendment"),
    _verb("post-appointment", "POST", "amend_appointment", "POST in place of PUT for an amendment"),
    _verb("post-cancelled", "POST", "cancel_appointment", "POST in place of PUT for a cancellation"),
    _verb("get-registration", "GET", "register_patient", "GET in place of POST for a registration"),
    _verb("put-registration", "PUT", "register_patient", "PUT in place of POST for a registration"),
    _verb("post-metadata", "POST", "get_capability_statement", "POST in place of GET for the capability statement"),
    _verb("put-metadata", "PUT", "get_capability_statement", "PUT in place of GET for the capability statement"),
    _verb("post-patients", "POST", "find_patient", "POST in place of GET for a patient search"),
    _verb("post-patient", "POST", "read_patient", "POST in place of GET to read a patient"),
    _verb("put-patient", "PUT", "read_patient", "PUT in place of GET to read a patient"),
    _verb("delete-patient", "DELETE", "read_patient", "DELETE in place of GET to read a patient"),
    _verb("post-practitioner", "POST", "read_practitioner", "POST in place of GET to read a practitioner"),
    _verb("post-practitioners", "POST", "find_practitioner", "POST in place of GET for a practitioner search"),
    _verb("post-organization", "POST", "read_organization", "POST in place of GET to read an organisation"),
    _verb("put-organization", "PUT", "read_organization", "PUT in place of GET to read an organisation"),
    _verb("post-organizations", "POST", "find_organization", "POST in place of GET for an organisation search"),
    _verb("post-location", "POST", "read_location", "POST in place of GET to read a location"),
    _verb("delete-location", "DELETE", "read_location", "DELETE in place of GET to read a location"),
    _verb("post-locations", "POST", "find_location", "POST in place of GET for a location search"),
    why="A provider that misinterprets an unexpected method may change a record.",
    fix="Return 400 BAD_REQUEST, or 405, with an OperationOutcome for every method that an interaction does not use.",
)  # fmt: skip


@scenarios(VERBS)
def test_verbs(context: ScenarioContext, case: Case) -> None:
    valid = valid_request(context, case.interaction, to_refuse=True)
    response = send_as(context, valid, method(case["verb"])(valid.request))
    if expect_refused(context, response, VERB):
        context.judge(response, leaks_nothing)
    if not response.carried_out:
        valid.untouched()


NOT_IMPLEMENTED = refused(
    "NOT_IMPLEMENTED", tolerated=["400", "404"],
    because="No interaction id exists for such a request, so a provider that checks the headers first may return 400; FHIR "
            "allows 404.",
)  # fmt: skip


def _unknown(short: str, key: str, place: str, phrase: str) -> Any:
    return case(
        f"errors.not-implemented-{short}",
        f"{phrase} is refused as not implemented",
        "STU3-ERR-027 DSTU2-ERR-019",
        interaction=key,
        place=place,
        faults="errors.not-implemented-is-200 errors.not-implemented-is-server-error errors.html",
    )


UNKNOWN_TYPES = table(
    "",
    _unknown("immunization", "read_patient", "/Immunization/1", "A read of an Immunization in place of a Patient"),
    _unknown("medication", "read_patient", "/Medication/1", "A read of a Medication in place of a Patient"),
    _unknown("encounter", "find_patient", "/Encounter", "A search for Encounters in place of a patient search"),
    _unknown("allergies", "find_patient", "/AllergyIntolerance",
             "A search for AllergyIntolerances in place of a patient search"),
    _unknown("post-observation", "book_appointment", "/Observation", "A POST of a booking to /Observation"),
    _unknown("put-flag", "amend_appointment", "/Flag/1", "A PUT of an amendment to /Flag/1"),
    _unknown("operation", "register_patient", "/Patient/$gpc.unknown",
             "An unknown operation in place of the registration of a patient"),
    _unknown("operation-of-slots", "register_patient", "/Slot/$gpc.getschedule",
             "The withdrawn operation gpc.getschedule in place of the registration of a patient"),
    _unknown("compartment", "retrieve_patient_appointments", "/Patient/1/Immunization",
             "A request for a patient's Immunizations in place of the patient's appointments"),
    why="By 501 a consumer learns that this provider does not implement the resource type or operation.",
    fix="Return 501 NOT_IMPLEMENTED with an OperationOutcome for resource types and operations that you do not implement.",
)  # fmt: skip


@scenarios(UNKNOWN_TYPES)
def test_not_implemented(context: ScenarioContext, case: Case) -> None:
    response = _elsewhere(context, case, path(case["place"]))
    if expect_refused(context, response, NOT_IMPLEMENTED):
        context.judge(response, leaks_nothing)


def _elsewhere(context: ScenarioContext, case: Case, change: Change) -> Response:
    valid = valid_request(context, case.interaction, to_refuse=True)
    return send_as(context, valid, change(valid.request))


def _nowhere(short: str, key: str, place: str, phrase: str, faults: str = "") -> Any:
    return case(
        f"errors.path-{short}",
        f"{phrase} returns an error",
        "STU3-HTTP-025 DSTU2-ERR-019",
        interaction=key,
        place=place,
        faults=f"errors.html errors.always-200 {faults}",
    )


_UNKNOWN_PATH = "errors.unknown-path-is-200 errors.unknown-path-is-server-error"
PATHS = table(
    "",
    _nowhere("metadatas", "get_capability_statement", "/metadatas", "A request for the capability statement at /metadatas",
             _UNKNOWN_PATH),
    _nowhere("appointmentss", "book_appointment", "/Appointmentss", "A booking at /Appointmentss"),
    _nowhere("slots", "amend_appointment", "/Slots/1", "An amendment at /Slots/1"),
    _nowhere("below-appointment", "read_appointment", "/Appointment/1/unknown", "A read below the path of an appointment"),
    _nowhere("below-retrieve", "read_appointment", "/Patient/1/Appointment/1",
             "A read of an appointment below the path of a patient's appointments"),
    _nowhere("root", "get_capability_statement", "/", "A request for the capability statement at the service root",
             _UNKNOWN_PATH),
    _nowhere("double-slash", "read_patient", "//Patient//1", "A read of a patient at a path with doubled slashes"),
    _nowhere("dots", "read_patient", "/Patient/../../metadata", "A read of a patient at a path with /../"),
    _nowhere("encoded-slash", "read_patient", "/Patient%2F1", "A read of a patient at a path with an encoded slash"),
    _nowhere("nul", "read_patient", "/Patient/%00", "A read of a patient by the id %00 (NUL)"),
    _nowhere("long", "read_patient", f"/Patient/{'9' * 3000}", "A read of a patient by an id of three thousand digits"),
    why="A mistyped URL must not look like an empty result.",
    fix="Return 4xx or 501 with an OperationOutcome for every path that you do not serve.",
)  # fmt: skip


@scenarios(PATHS)
def test_paths(context: ScenarioContext, case: Case) -> None:
    response = _elsewhere(context, case, below_fhir(path(case["place"])))
    status = response.status or 0
    if not (400 <= status < 500 or status == 501):
        context.findings.fail(
            "the response for a path that does not exist is not a client error",
            location="status",
            found=response.described,
            expected="4xx or 501",
            exchange=response.number,
            code="unknown-path",
        )
        return
    context.rest_on_control(control_of(context, response))
    if response.resource_type != "OperationOutcome":
        context.findings.warn(
            "the error has no OperationOutcome",
            location="body",
            found=response.described,
            exchange=response.number,
            expected="OperationOutcome",
            code="no-outcome",
        )
    context.judge(response, leaks_nothing)
