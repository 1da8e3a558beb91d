"""What the modules about amending and cancelling share: an appointment to start from, one update of it, and its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
from conformance.scenarios.steps.amend_cancel_mutations import Ground
from conformance.scenarios.steps.refusals import expect_refused

AMEND = "amend_appointment"
CANCEL = "cancel_appointment"

COMMENT = "Comment as amended by a conformance test"
DESCRIPTION = "Description as amended"
TEXTS = {"comment": COMMENT, "description": DESCRIPTION}
REASON = "Patient asked for another day"


FEVER = {"coding": [{"system": "http://snomed.info/sct", "code": "386661006", "display": "Fever"}]}
OTHER_ROLE = [
    {
        "system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1",
        "code": "R0620",
        "display": "Staff Nurse",
    }
]

STALE = refused("409", tolerated=["412"], because="One page lists 412 beside 409; the one about contention names 409.")
UNKNOWN = {
    "stu3": refused(
        "NO_RECORD_FOUND", tolerated=["422 REFERENCE_NOT_FOUND", "INVALID_RESOURCE"],
        because="The page names no code for an unknown appointment.",
    ),
    "dstu2": refused("404", also=["405", "422"], because="The page names no status for an unknown appointment."),
}  # fmt: skip

_EITHER = "A body that is no Appointment may count as malformed or as an invalid resource."
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
    held: BookedAppointment
    before: dict[str, Any]
    request: Request
    response: Response

    @property
    def sent(self) -> dict[str, Any]:
        """The body that was sent."""
        assert isinstance(self.request.body, dict)
        return self.request.body

    def need_before(self, *paths: str) -> None:
        """End the scenario as not testable unless the appointment had something at each of these paths (see changes.kept)."""
        for path in paths:
            if not held_at(self.before, path, self.context.session):
                self.context.cannot(f"the appointment to start from has no {path.removeprefix('extension:')}")

    def read(self) -> Response:
        """Read the appointment; what the read shows becomes what is known of it."""
        response = self.context.arrange.read(self.held.id)
        if response.status == 200 and response.resource_type == "Appointment":
            self.held.value, self.held.etag = copied(response.resource), response.current
        return response

    def retrieved(self) -> list[Response]:
        """Return this appointment wherever it is among its patient's appointments of that day."""
        context, patient = self.context, self.held.patient
        day = uk_date(instant(self.before.get("start")) or context.now())
        request = context.requests.retrieve(
            context.arrange.patient_id(patient), day, day, nhs_number=patient.nhs_number
        )
        response = context.send(request)
        context.need_searchset(response, "the patient's appointments cannot be retrieved")
        return [response.part(item) for item in response.entries("Appointment") if item.get("id") == self.held.id]


def arranged(context: ScenarioContext, case: Case) -> BookedAppointment:
    """Book the appointment that a case starts from (its `slots` and `booking`), known as it reads, as the pages advise."""
    held = _booked(context, case)
    if not held.readable:
        context.cannot("the appointment to start from cannot be read", Blame.PROVIDER)
    if case.get("first"):
        refreshed(context, context.arrange.amended(held, **case["first"]))
    return held


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


def refreshed(context: ScenarioContext, held: BookedAppointment) -> BookedAppointment:
    """Read an appointment so that what follows starts from what is stored, not from what a write returned."""
    response = context.arrange.read(held.id)
    context.need(response, success("Appointment"), what="the appointment to start from cannot be read")
    held.value, held.etag = copied(response.resource), response.current
    return held


def amending(context: ScenarioContext, held: BookedAppointment, **elements: Any) -> Request:
    """Return a valid amendment of these elements (None removes one)."""
    body = request_bodies.amendment(held.value, **elements)
    return context.requests.amend(body, held.etag, nhs_number=held.patient.nhs_number)


def cancelling(context: ScenarioContext, held: BookedAppointment, reason: str = REASON) -> Request:
    """Return a valid cancellation."""
    body = request_bodies.cancellation(context.edition, held.value, reason)
    return context.requests.cancel(body, held.etag, nhs_number=held.patient.nhs_number)


def send(context: ScenarioContext, held: BookedAppointment, request: Request) -> Update:
    """Send an update and take note of what it left behind, so that the appointment can be undone."""
    before = copied(held.value)
    response = context.send(request)
    note(held, response)
    return Update(context, held, before, request, response)


def note(held: BookedAppointment, response: Response) -> None:
    """Take note of an appointment as an update returned it."""
    if response.status == 200 and response.resource_type == "Appointment" and response.resource.get("id") == held.id:
        held.value, held.etag = copied(response.resource), response.current
        held.cancelled = held.value.get("status") == "cancelled"


def need_success(update: Update) -> None:
    """End the scenario as not testable when the update it is about did not succeed."""
    update.context.need(update.response, success("Appointment"), what="a valid update did not succeed")


def expect_refusal(ground: Ground, expected: Refusal) -> Response:
    """Send the request of a ground, hold the response to a refusal, and see that the appointment is as it was."""
    context, held = ground.context, ground.held
    response = context.send(ground.request)
    expect_refused(context, response, expected)
    if response.status == 200:
        context.arrange.refresh(held)
        held.cancelled = held.value.get("status") == "cancelled"
    else:
        context.effects.unchanged(held)
    if ground.others:
        context.effects.still_free(*ground.others)
    return response


def expect_stale(context: ScenarioContext, held: BookedAppointment, request: Request) -> None:
    """Hold the response to a conflict of versions, and see that nothing changed."""
    response = expect_refusal(Ground(context, held, request), STALE)
    if error_code(response) == "DUPLICATE_REJECTED":
        context.findings.warn(
            "the error code of duplicate bookings is given for a conflict of versions",
            location="issue.details.coding.code",
            found="DUPLICATE_REJECTED",
            exchange=response.number,
            code="refusal-code",
        )


def only_winner(context: ScenarioContext, requests: Sequence[Request], loser: Refusal) -> int | None:
    """Send updates of the same version at once and hold the losers to a refusal; return the one that won, if just one did."""
    responses = context.send_together(requests)
    won = [number for number, response in enumerate(responses) if response.status == 200]
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
    """Return the configured appointment of the past and its ETag; the scenario ends as not testable without one."""
    path = context.config.data.appointments.past_resource
    if path is None:
        context.cannot("the configuration names no file with an appointment of the past", Blame.CONFIGURATION)
    value = supplied_resource(path, "Appointment", context.now().date())
    version = first(value, "meta.versionId")
    start = instant(value.get("start"))
    if not version or start is None or uk_date(start) >= context.now().date():
        context.cannot(
            f"the appointment in {path.name} has no meta.versionId, or is not of the past", Blame.CONFIGURATION
        )
    return value, f'W/"{version}"'


def expect_past(context: ScenarioContext, response: Response) -> None:
    """Hold the response to an update of the past to an error; which one is nowhere laid down."""
    if response.status in (409, 412):
        context.cannot("the configured appointment of the past has another version by now", Blame.CONFIGURATION)
    expect_refused(context, response, refused("4xx"))
    if response.status == 404:
        context.findings.note(
            "returned as unknown: if the configured id is right, appointments of the past are not found", code="unknown"
        )
