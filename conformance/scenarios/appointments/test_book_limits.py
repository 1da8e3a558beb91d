"""Book an appointment: for whom, where and which slots a practice does not book, though all that is referred to exists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from conformance.consumer.request_mutations import body_add, body_set
from conformance.consumer.uk_time import to_uk_text, uk_date
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot, slots_of
from conformance.scenarios.steps.booking import (
    BOOK,
    BROKEN_RULE,
    VALID_BOOKING,
    Ground,
    attempt,
    expect_refusal,
    refer,
)
from conformance.scenarios.steps.patients import known_by_id
from conformance.scenarios.steps.refusals import expect_refused

_NOT_THERE = refused(
    "404 PATIENT_NOT_FOUND", tolerated=["4xx"], because="The pages name the message, the error table its status."
)
_LEFT_OPEN = refused(
    ("REFERENCE_NOT_FOUND", "INVALID_RESOURCE", "404 PATIENT_NOT_FOUND"),
    also=["4xx"],
    because="The pages have rules for such patients in finding and registering alone.",
)


PATIENTS = table(
    BOOK,
    case("book.sensitive-patient", "A booking for a sensitive patient is refused as if there were no such patient",
         "STU3-BOOK-083",
         role="sensitive", expect=_NOT_THERE, faults="book.accepts-sensitive book.sensitive-is-unknown-reference"),
    case("book.deceased-patient", "A booking for a patient who has died is refused", "STU3-BOOK-084 DSTU2-BOOK-047",
         role="deceased", expect=_LEFT_OPEN, faults="book.accepts-inactive"),
    case("book.inactive-patient", "A booking for a patient who has left the practice is refused",
         "STU3-BOOK-084 DSTU2-BOOK-047", role="inactive", expect=_LEFT_OPEN, faults="book.accepts-inactive"),
    why="An appointment for a patient who cannot come takes the slot from one who can.",
    fix="Look at the patient's registration and flags before booking; to a sensitive one return 404 PATIENT_NOT_FOUND.",
)  # fmt: skip


@scenarios(PATIENTS)
def test_patients(context: ScenarioContext, case: Case) -> None:
    patient, logical_id = known_by_id(context, case["role"])
    slot = context.arrange.slot()
    request = context.arrange.booking(slot).with_(label=f"Book for the {case['role']} patient")
    request = body_set("participant.0.actor.reference", f"Patient/{logical_id}")(request)
    response = context.send(request)
    made = context.arrange.booked_by(response, patient, [slot])
    expect_refused(context, response, context.parameter("expect"))
    if made is None:
        context.effects.still_free(slot)
        context.once(VALID_BOOKING)


_UNSAID = "No page speaks of this; read literally it should not be."
_SHOULD_NOT = {
    "stu3": refused("INVALID_RESOURCE", also=["4xx"], because=_UNSAID),
    "dstu2": refused("INVALID_RESOURCE", also=["4xx"], because=_UNSAID),
}
_TWICE = {"stu3": _SHOULD_NOT["stu3"],
          "dstu2": refused("INVALID_RESOURCE", also=["4xx", "201"],
                           because="The edition leaves it to the provider which slots can be booked together.")}  # fmt: skip


def _second_patient(on: Ground) -> Any:
    other = on.context.arrange.patient_id(on.context.arrange.patient(index=1))
    return body_add("participant.2", {"actor": {"reference": f"Patient/{other}"}, "status": "accepted"})


def _other_site(on: Ground) -> str:
    free = on.context.arrange.slot_pool.free()
    others = sorted({slot.location_id for slot in free if slot.location_id} - {on.slot.location_id})
    if not others:
        on.context.cannot("the provider offers slots at one location only")
    return f"Location/{others[0]}"


ODD = table(
    BOOK,
    case("book.same-slot-twice", "A booking that names the same slot twice is refused", "STU3-BOOK-078 DSTU2-BOOK-045",
         change=lambda on: body_add("slot.1", {"reference": f"Slot/{on.slot.id}"}), expect=_TWICE,
         faults="stu3:book.accepts-slot-twice dstu2:book.apart-is-server-error"),
    case("book.two-patients", "A booking for two patients is refused", "STU3-BOOK-078 DSTU2-BOOK-046",
         change=_second_patient, booking={"practitioner": False}, expect=_SHOULD_NOT, faults="book.accepts-two-patients"),
    case("book.other-site", "A booking at another site of the practice than the slot's is refused",
         "STU3-BOOK-080 DSTU2-BOOK-046", change=refer("participant.1.actor", _other_site), expect=_SHOULD_NOT,
         faults="book.accepts-other-site"),
    why="The record would name a person who does not come, or another place than that of the slot.",
    fix="Refuse with 422 INVALID_RESOURCE what does not fit the slot: one patient, each slot once, the place of its schedule.",
)  # fmt: skip


@scenarios(ODD)
def test_odd(context: ScenarioContext, case: Case) -> None:
    expect_refusal(context, case, attempt(context, case))


CLOSED = table(
    BOOK,
    case("book.closed-slot", "A slot that is not open to GP Connect is not booked", "STU3-BOOK-079 DSTU2-BOOK-046",
         expect=BROKEN_RULE, faults="book.books-closed-slots"),
    why="What a practice keeps for its own patients is gone when others can book it by its id.",
    fix="Apply the rules of slot availability in the booking as in the search.",
)  # fmt: skip


@scenarios(CLOSED)
def test_closed(context: ScenarioContext, case: Case) -> None:
    closed = context.config.data.closed_slot
    if closed is None:
        context.cannot(
            "the configuration names no slot that is closed to GP Connect (data.closed_slot)", Blame.CONFIGURATION
        )
    start, end = map(to_uk_text, closed.times(uk_date(context.now())))
    slot = context.arrange.slot()
    request = context.arrange.booking(slot, practitioner=False)
    for path, value in (("slot.0.reference", f"Slot/{closed.id}"), ("start", start), ("end", end)):
        request = body_set(path, value)(request)
    if closed.location != slot.location_id:
        request = body_set("participant.1.actor.reference", f"Location/{closed.location}")(request)
    response = context.send(request)
    context.arrange.booked_by(response, context.arrange.patient(), [])
    expect_refused(context, response, context.parameter("expect"))
    context.once(VALID_BOOKING)


def _begun(context: ScenarioContext, slot: FreeSlot) -> bool:
    return slot.start <= context.now()


Which = Callable[[ScenarioContext, FreeSlot], bool]


def _gone_by(name: str, title: str, verifies: str, day: int, which: Which, **more: Any) -> Any:
    return case(f"book.{name}", title, verifies, day=day, which=which, faults="book.accepts-past", **more)


GONE_BY = table(
    BOOK,
    _gone_by("slot-of-yesterday", "A free slot of yesterday is not booked", "STU3-BOOK-044", -1, lambda _context, _slot: True),
    _gone_by("slot-begun-today", "A free slot of today that has begun is not booked", "STU3-BOOK-085", 0, _begun,
             noted="C-TODAY"),
    why="An appointment that has begun already is a record of something that did not happen through this system.",
    fix="Refuse an appointment whose start lies before the present moment.",
    expect=BROKEN_RULE,
)  # fmt: skip


@scenarios(GONE_BY)
def test_gone_by(context: ScenarioContext, case: Case) -> None:
    day: date = uk_date(context.now()) + timedelta(days=case["day"])
    found = context.send(context.requests.search_free_slots(day, day + timedelta(days=1)))
    context.need_searchset(found, "slots of that day cannot be searched for")
    of_day = (slot for slot in slots_of(found) if slot.location_id and uk_date(slot.start) == day)
    slot = next((slot for slot in of_day if case["which"](context, slot)), None)
    if slot is None:
        context.cannot("the provider lists no free slot that has begun on that day")
    response = context.send(context.arrange.booking(slot))
    context.arrange.booked_by(response, context.arrange.patient(), [slot])
    expect_refused(context, response, context.parameter("expect"))
    context.once(VALID_BOOKING)
