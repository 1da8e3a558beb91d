"""What the amend and cancel scenarios share: an appointment to start from, one update of it, and its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks.appointments import appointment_status
from conformance.checks.bookings import texts_kept
from conformance.checks.check import Check
from conformance.checks.json_values import first, instant
from conformance.checks.response import success
from conformance.checks.update_effects import held_at
from conformance.consumer import request_bodies
from conformance.consumer.json_edit import copied
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import Refusal, error_code, refused
from conformance.engine.scenario import Case
from conformance.engine.stop_reasons import CannotTest
from conformance.engine.supplied_resources import supplied_resource
from conformance.scenarios.steps.amend_cancel_mutations import PlannedUpdate
from conformance.scenarios.steps.refusals import expect_refused

AMEND = "amend_appointment"
CANCEL = "cancel_appointment"

COMMENT = "Comment as amended by a conformance test"
DESCRIPTION = "Description as amended"
TEXTS = {"comment": COMMENT, "description": DESCRIPTION}
REASON = "Patient requested another day"


FEVER = {"coding": [{"system": "http://snomed.info/sct", "code": "386661006", "display": "Fever"}]}
OTHER_ROLE = [
    {
        "system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1",
        "code": "R0620",
        "display": "Staff Nurse",
    }
]

_SHOULD = "The page requires an error; for its status and code it says should."
_UNNAMED = "The page requires an error and names no status or code; those of the amend page are the nearest."

AMEND_CHANGED = {
    "stu3": refused("INVALID_RESOURCE", tolerated=["4xx"], because=_SHOULD),
    "dstu2": refused("INVALID_RESOURCE"),
}
CANCEL_CHANGED = {
    "stu3": refused("INVALID_RESOURCE", tolerated=["4xx"], because=_UNNAMED),
    "dstu2": refused("INVALID_RESOURCE", also=["4xx"], because=_UNNAMED),
}

STALE = refused("409", tolerated=["412"], because="One page lists 412 beside 409; the one about contention names 409.")
UNKNOWN = {
    "stu3": refused(
        "NO_RECORD_FOUND", tolerated=["422 REFERENCE_NOT_FOUND", "INVALID_RESOURCE"],
        because="The page names no code for an unknown appointment.",
    ),
    "dstu2": refused("404", also=["405", "422"], because="The page names no status for an unknown appointment."),
}  # fmt: skip

_EITHER = "A body that is not an Appointment may count as malformed or as an invalid resource."
MALFORMED = refused("BAD_REQUEST")
NO_APPOINTMENT = {
    "stu3": refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], because=_EITHER),
    "dstu2": refused("BAD_REQUEST", also=["INVALID_RESOURCE"], because=_EITHER),
}
INVALID = {
    "stu3": refused("INVALID_RESOURCE"),
    "dstu2": refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], because=_EITHER),
}


@dataclass
class Update:
    """An update that was sent: the appointment before it, the request and the response."""

    context: ScenarioContext
    booked: BookedAppointment
    before: dict[str, Any]
    request: Request
    response: Response

    @property
    def sent(self) -> dict[str, Any]:
        """The body that was sent."""
        assert isinstance(self.request.body, dict)
        return self.request.body

    def need_before(self, *paths: str) -> None:
        """CannotTest unless the appointment had a value at each of these paths (see update_effects.kept)."""
        for path in paths:
            if not held_at(self.before, path, self.context.session):
                self.context.cannot(f"the appointment to start from has no {path.removeprefix('extension:')}")

    def read(self) -> Response:
        """Read the appointment and store its value and ETag from that read."""
        response = self.context.arrange.read(self.booked.id)
        if response.carried_out and response.resource_type == "Appointment":
            self.booked.value, self.booked.etag = copied(response.resource), response.current
        return response

    def retrieved(self) -> list[Response]:
        """Return this appointment's entries among its patient's appointments of that day."""
        context, patient = self.context, self.booked.patient
        day = uk_date(instant(self.before.get("start")) or context.now())
        request = context.requests.retrieve(
            context.arrange.patient_id(patient), day, day, nhs_number=patient.nhs_number
        )
        response = context.send(request)
        context.need_searchset(response, "the patient's appointments cannot be retrieved")
        return [response.part(item) for item in response.entries("Appointment") if item.get("id") == self.booked.id]


def arranged(context: ScenarioContext, case: Case) -> BookedAppointment:
    """Book the appointment that a case starts from (its `slots` and `booking`), as a read returns it, as the pages advise."""
    booked = _booked(context, case)
    if not booked.readable:
        context.cannot("the appointment to start from cannot be read", Blame.PROVIDER)
    if case.get("first"):
        refreshed(context, context.arrange.amended(booked, **case["first"]))
    return booked


def _booked(context: ScenarioContext, case: Case) -> BookedAppointment:
    """Book as the case says; slots that turn out to be taken are replaced once by those of a fresh search."""
    booking = case.get("booking") or {}
    if not case.get("slots"):
        return context.arrange.booked(**booking)
    try:
        return context.arrange.booked(*case["slots"](context), **booking)
    except CannotTest:
        context.arrange.search_slots_again()
        return context.arrange.booked(*case["slots"](context), **booking)


def refreshed(context: ScenarioContext, booked: BookedAppointment) -> BookedAppointment:
    """Read an appointment, so that later updates start from the stored value, not from the response to a write."""
    response = context.arrange.read(booked.id)
    context.need(response, success("Appointment"), what="the appointment to start from cannot be read")
    booked.value, booked.etag = copied(response.resource), response.current
    return booked


def amending(context: ScenarioContext, booked: BookedAppointment, **elements: Any) -> Request:
    """Return a valid amendment of these elements (None removes one)."""
    body = request_bodies.amendment(booked.value, **elements)
    return context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number)


def cancelling(context: ScenarioContext, booked: BookedAppointment, reason: str = REASON) -> Request:
    """Return a valid cancellation."""
    body = request_bodies.cancellation(context.edition, booked.value, reason)
    return context.requests.cancel(body, booked.etag, nhs_number=booked.patient.nhs_number)


def valid_update(context: ScenarioContext, booked: BookedAppointment) -> tuple[Request, tuple[Check, ...]]:
    """Return the valid update of the scenario's interaction, and what shows that it was carried out."""
    if context.case.interaction == AMEND:
        return amending(context, booked, comment=COMMENT), (texts_kept({"comment": COMMENT}),)
    return cancelling(context, booked), (appointment_status("cancelled"),)


def send(context: ScenarioContext, booked: BookedAppointment, request: Request) -> Update:
    """Send an update and store the resulting appointment, so that it can be cancelled afterwards."""
    before = copied(booked.value)
    response = context.send(request)
    note(booked, response)
    return Update(context, booked, before, request, response)


def note(booked: BookedAppointment, response: Response) -> None:
    """Store the value of an appointment as an update returned it."""
    if response.carried_out and response.resource_type == "Appointment" and response.resource.get("id") == booked.id:
        booked.value, booked.etag = copied(response.resource), response.current
        booked.cancelled = booked.value.get("status") == "cancelled"


def need_success(update: Update) -> None:
    """CannotTest when the valid update of the scenario did not succeed."""
    update.context.need(update.response, success("Appointment"), what="a valid update did not succeed")


def expect_refusal(planned: PlannedUpdate, expected: Refusal) -> Response:
    """Send a planned update, expect its refusal, and check that the appointment is unchanged."""
    context, booked = planned.context, planned.booked
    response = context.send(planned.request)
    expect_refused(context, response, expected)
    if response.carried_out:
        context.arrange.refresh(booked)
        booked.cancelled = booked.value.get("status") == "cancelled"
    else:
        context.effects.unchanged(booked)
    if planned.others:
        context.effects.still_free(*planned.others)
    return response


def expect_stale(context: ScenarioContext, booked: BookedAppointment, request: Request) -> None:
    """Expect a version conflict, and check that nothing changed."""
    response = expect_refusal(PlannedUpdate(context, booked, request), STALE)
    if error_code(response) == "DUPLICATE_REJECTED":
        context.findings.warn(
            "the error code of duplicate bookings is used for a version conflict",
            location="issue.details.coding.code",
            found="DUPLICATE_REJECTED",
            exchange=response.number,
            code="refusal-code",
        )


def only_winner(context: ScenarioContext, requests: Sequence[Request], loser: Refusal) -> int | None:
    """Send updates of the same version at once and expect refusals of all but one; return that one, if just one succeeded."""
    responses = context.send_together(requests)
    won = [number for number, response in enumerate(responses) if response.carried_out]
    for number, response in enumerate(responses):
        if number not in won:
            expect_refused(context, response, loser)
    if len(won) == 1:
        return won[0]
    context.findings.fail(
        f"{len(won)} of {len(responses)} simultaneous updates of the same version succeeded",
        found=", ".join(response.described for response in responses),
        expected="one 200, the others 409",
        exchange=responses[0].number,
        code="lost-update",
    )
    return None


def of_the_past(context: ScenarioContext) -> tuple[dict[str, Any], str]:
    """Return the configured appointment in the past and its ETag; CannotTest without one."""
    path = context.config.data.appointments.past_resource
    if path is None:
        context.cannot("the configuration names no file with an appointment in the past", Blame.CONFIGURATION)
    value = supplied_resource(path, "Appointment", context.now().date(), context.session.values)
    version = first(value, "meta.versionId")
    start = instant(value.get("start"))
    if not version or start is None or uk_date(start) >= context.now().date():
        context.cannot(
            f"the appointment in {path.name} has no meta.versionId, or is not in the past", Blame.CONFIGURATION
        )
    return value, f'W/"{version}"'


def expect_past(context: ScenarioContext, response: Response) -> None:
    """Expect an error for an update of an appointment in the past; no page says which."""
    if response.status in (409, 412):
        context.cannot("the configured appointment in the past now has another version", Blame.CONFIGURATION)
    expect_refused(context, response, refused("4xx"))
    if response.status == 404:
        context.findings.note(
            "refused as unknown: if the configured id is right, appointments in the past are not found", code="unknown"
        )
