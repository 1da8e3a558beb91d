"""Book an appointment: what must succeed, what must be refused, and what must be true afterwards."""

from __future__ import annotations

from typing import Any

from conformance.checks.answers import success
from conformance.checks.appointments import appointment_status
from conformance.checks.conformity import conforms
from conformance.checks.headers import etag, location
from conformance.consumer.deviations import body_without
from conformance.harness.case import Case, case, scenarios, table
from conformance.harness.expect import refused
from conformance.harness.scene import Scene

BOOK = "book_appointment"

INVALID = refused(
    "INVALID_RESOURCE",
    also=["400 BAD_REQUEST"],
    tolerated=["4xx"],
    because="The book page names no code for this; the error page's row for an invalid resource is the one that fits.",
)

SUCCESS = table(
    BOOK,
    case("book.one-slot", "A valid booking of one free slot is answered 201 with the booked Appointment",
         "STU3-BOOK-017 DSTU2-BOOK-013 DSTU2-BOOK-015", checks=(appointment_status("booked"),),
         faults="book.answers-200 book.answers-pending"),
    case("book.profile", "The Appointment answered conforms to the Appointment profile",
         "STU3-BOOK-018 DSTU2-BOOK-015 DSTU2-BOOK-016", checks=(conforms,), faults="book.profile-missing"),
    case("book.etag", "The answer to a booking carries the new version as its ETag",
         "STU3-BOOK-022 DSTU2-FHIR-009", checks=(etag,), faults="book.no-etag"),
    case("book.location", "The answer to a booking locates the new appointment in its Location header",
         "STU3-BOOK-022 DSTU2-BOOK-014 DSTU2-FHIR-012", checks=(location,), faults="book.no-location"),
    why="A consumer that cannot rely on the answer to a booking cannot tell its user whether the appointment exists.",
    mend="Compare the answer shown with the book page's response section.",
)  # fmt: skip


@scenarios(SUCCESS)
def test_booking(scene: Scene, case: Case) -> None:
    slot = scene.slot()
    request = scene.booking(slot)
    reply = scene.send(request)
    scene.booked_by(reply, scene.patient(), [slot])
    if scene.judge(reply, success("Appointment", 201)):
        scene.judge(reply, *case["checks"])


def _missing(id: str, what: str, path: str, verifies: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(
        f"book.without-{id}",
        f"A booking without {what} is refused and nothing is booked",
        verifies,
        change=body_without(path),
        faults=f"book.accepts-without-{id}",
        **more,
    )


MISSING = table(
    BOOK,
    _missing("status", "status", "status", "STU3-BOOK-060 DSTU2-BOOK-030"),
    _missing("start", "start", "start", "STU3-BOOK-058 DSTU2-BOOK-029"),
    _missing("end", "end", "end", "STU3-BOOK-059 DSTU2-BOOK-029"),
    _missing("slot", "any slot", "slot", "STU3-BOOK-061 DSTU2-BOOK-032"),
    why="The book page makes the element mandatory; a booking that lacks it cannot be carried out as its sender meant it.",
    mend="Validate the submitted Appointment before anything is stored and answer 422 INVALID_RESOURCE.",
    expect=INVALID,
)


@scenarios(MISSING)
def test_refused_booking(scene: Scene, case: Case) -> None:
    slot = scene.slot()
    reply = scene.send(scene.booking(slot), scene.parameter("change"))
    made = scene.booked_by(reply, scene.patient(), [slot])
    scene.expect(reply, scene.parameter("expect"))
    if made is None:
        scene.still_free(slot)
