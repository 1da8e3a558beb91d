"""What the modules about amending and cancelling share: an appointment to start from, one update of it, and its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks.answers import success
from conformance.checks.changes import held_at
from conformance.checks.values import first, instant
from conformance.consumer import bodies
from conformance.consumer.paths import copied
from conformance.consumer.reply import Reply
from conformance.consumer.request import Request
from conformance.consumer.uktime import uk_date
from conformance.core.results import Blame
from conformance.harness.case import Case
from conformance.harness.expect import Refusal, error_code, refused
from conformance.harness.outcomes import CannotTest
from conformance.harness.scene import Booked, Scene
from conformance.harness.supplied import supplied_resource
from conformance.scenarios.update_changes import Ground

AMEND = "amend_appointment"
CANCEL = "cancel_appointment"

COMMENT = "Comment as amended by a conformance test"
DESCRIPTION = "Description as amended"
TEXTS = {"comment": COMMENT, "description": DESCRIPTION}
REASON = "Patient asked for another day"


FEVER = {"coding": [{"system": "http://snomed.info/sct", "code": "386661006", "display": "Fever"}]}
OTHER_ROLE = [{"system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1", "code": "R0620",
               "display": "Staff Nurse"}]  # fmt: skip

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
    """An update that was sent: the appointment before it, the request and the answer."""

    scene: Scene
    held: Booked
    before: dict[str, Any]
    request: Request
    reply: Reply

    @property
    def sent(self) -> dict[str, Any]:
        """The body that was sent."""
        assert isinstance(self.request.body, dict)
        return self.request.body

    def need_before(self, *paths: str) -> None:
        """End the scenario as not testable unless the appointment had something at each of these paths (see changes.kept)."""
        for path in paths:
            if not held_at(self.before, path, self.scene.session):
                self.scene.cannot(f"the appointment to start from has no {path.removeprefix('extension:')}")

    def read(self) -> Reply:
        """Read the appointment; what the read shows becomes what is known of it."""
        reply = self.scene.read(self.held.id)
        if reply.status == 200 and reply.resource_type == "Appointment":
            self.held.value, self.held.etag = copied(reply.resource), reply.current
        return reply

    def retrieved(self) -> list[Reply]:
        """Return this appointment wherever it is among its patient's appointments of that day."""
        scene, patient = self.scene, self.held.patient
        day = uk_date(instant(self.before.get("start")) or scene.session.now())
        request = scene.requests.retrieve(scene.patient_id(patient), day, day, nhs_number=patient.nhs_number)
        reply = scene.send(request)
        scene.need_searchset(reply, "the patient's appointments cannot be retrieved")
        return [reply.part(item) for item in reply.entries("Appointment") if item.get("id") == self.held.id]


def arranged(scene: Scene, case: Case) -> Booked:
    """Book the appointment that a case starts from (its `slots` and `booking`), known as it reads, as the pages advise."""
    held = _booked(scene, case)
    if not held.readable:
        scene.cannot("the appointment to start from cannot be read", Blame.PROVIDER)
    if case.get("first"):
        amended_before(scene, held, **case["first"])
    return held


def _booked(scene: Scene, case: Case) -> Booked:
    """Book as the case says; slots that turn out to be taken are replaced once by those of a fresh search."""
    booking = case.get("booking") or {}
    if not case.get("slots"):
        return scene.booked(**booking)
    try:
        return scene.booked(*case["slots"](scene), **booking)
    except CannotTest:
        scene.diary.forget()
        return scene.booked(*case["slots"](scene), **booking)


def amended_before(scene: Scene, held: Booked, **elements: Any) -> None:
    """Amend an appointment that the case builds on; the scenario ends as not testable when that does not succeed."""
    reply = scene.send(amending(scene, held, **elements))
    scene.need(reply, success("Appointment"), what="the appointment could not be amended to start from")
    refreshed(scene, held)


def refreshed(scene: Scene, held: Booked) -> Booked:
    """Read an appointment so that what follows starts from what is stored, not from what a write was answered with."""
    reply = scene.read(held.id)
    scene.need(reply, success("Appointment"), what="the appointment to start from cannot be read")
    held.value, held.etag = copied(reply.resource), reply.current
    return held


def amending(scene: Scene, held: Booked, **elements: Any) -> Request:
    """Return a valid amendment of these elements (None removes one)."""
    body = bodies.amendment(held.value, **elements)
    return scene.requests.amend(body, held.etag, nhs_number=held.patient.nhs_number)


def cancelling(scene: Scene, held: Booked, reason: str = REASON) -> Request:
    """Return a valid cancellation."""
    body = bodies.cancellation(scene.edition, held.value, reason)
    return scene.requests.cancel(body, held.etag, nhs_number=held.patient.nhs_number)


def send(scene: Scene, held: Booked, request: Request) -> Update:
    """Send an update and take note of what it left behind, so that the appointment can be undone."""
    before = copied(held.value)
    reply = scene.send(request)
    note(held, reply)
    return Update(scene, held, before, request, reply)


def note(held: Booked, reply: Reply) -> None:
    """Take note of an appointment as an update was answered with it."""
    if reply.status == 200 and reply.resource_type == "Appointment" and reply.resource.get("id") == held.id:
        held.value, held.etag = copied(reply.resource), reply.current
        held.cancelled = held.value.get("status") == "cancelled"


def need_success(update: Update) -> None:
    """End the scenario as not testable when the update it is about did not succeed."""
    update.scene.need(update.reply, success("Appointment"), what="a valid update did not succeed")


def expect_refusal(ground: Ground, expected: Refusal) -> Reply:
    """Send the request of a ground, hold the answer to a refusal, and see that the appointment is as it was."""
    scene, held = ground.scene, ground.held
    reply = scene.send(ground.request)
    scene.expect(reply, expected)
    if reply.status == 200:
        scene.refresh(held)
        held.cancelled = held.value.get("status") == "cancelled"
    else:
        scene.unchanged(held)
    if ground.others:
        scene.still_free(*ground.others)
    return reply


def expect_stale(scene: Scene, held: Booked, request: Request) -> None:
    """Hold the answer to a conflict of versions, and see that nothing changed."""
    reply = expect_refusal(Ground(scene, held, request), STALE)
    if error_code(reply) == "DUPLICATE_REJECTED":
        scene.warn(
            "the error code of duplicate bookings is given for a conflict of versions", location="issue.details.coding.code",
            found="DUPLICATE_REJECTED", exchange=reply.number, code="refusal-code",
        )  # fmt: skip


def only_winner(scene: Scene, requests: Sequence[Request], loser: Refusal) -> int | None:
    """Send updates of the same version at once and hold the losers to a refusal; return the one that won, if just one did."""
    replies = scene.send_together(requests)
    won = [number for number, reply in enumerate(replies) if reply.status == 200]
    for number, reply in enumerate(replies):
        if number not in won:
            scene.expect(reply, loser)
    if len(won) == 1:
        return won[0]
    scene.fail(
        f"{len(won)} of {len(replies)} simultaneous updates of the same version succeeded",
        found=", ".join(reply.described for reply in replies), expected="one 200, the others 409",
        exchange=replies[0].number, code="lost-update",
    )  # fmt: skip
    return None


def of_the_past(scene: Scene) -> tuple[dict[str, Any], str]:
    """Return the configured appointment of the past and its ETag; the scenario ends as not testable without one."""
    path = scene.config.data.appointments.past_resource
    if path is None:
        scene.cannot("the configuration names no file with an appointment of the past", Blame.CONFIGURATION)
    assert path is not None
    value = supplied_resource(path, "Appointment", scene.session.now().date())
    version = first(value, "meta.versionId")
    start = instant(value.get("start"))
    if not version or start is None or uk_date(start) >= scene.session.now().date():
        scene.cannot(
            f"the appointment in {path.name} has no meta.versionId, or is not of the past", Blame.CONFIGURATION
        )
    return value, f'W/"{version}"'


def expect_past(scene: Scene, reply: Reply) -> None:
    """Hold the answer to an update of the past to an error; which one is nowhere laid down."""
    if reply.status in (409, 412):
        scene.cannot("the configured appointment of the past has another version by now", Blame.CONFIGURATION)
    scene.expect(reply, refused("4xx"))
    if reply.status == 404:
        scene.note(
            "answered as unknown: if the configured id is right, appointments of the past are not found", code="unknown"
        )
