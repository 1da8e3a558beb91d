"""Book slots that cannot be booked, at times other than theirs, or for patients and locations that do not exist: refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from conformance.consumer.request import Change
from conformance.consumer.request_mutations import body_add, body_set, chain
from conformance.consumer.uk_time import to_uk_text, uk_date
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot, slots_of
from conformance.scenarios.steps.booking import (
    BOOK,
    BROKEN_RULE,
    NO_ACTOR,
    NO_PATIENT,
    NO_SLOT,
    UNREADABLE_VALUE,
    VALID_BOOKING,
    Ground,
    Slots,
    adjacent,
    at,
    attempt,
    changes,
    expect_refusal,
    refer,
    retrieved,
)
from conformance.scenarios.steps.refusals import expect_refused

RULES = "STU3-BOOK-045 DSTU2-BOOK-023"


def moved(**moments: Callable[[Slots], str]) -> Callable[[Ground], Change]:
    """Set start or end to another time, relative to the slots."""
    return lambda on: chain(*(body_set(path, text(on.slots)) for path, text in moments.items()))


def _time(id: str, title: str, change: Any, faults: str, verifies: str = RULES, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(
        f"book.{id}", f"{title} is refused and nothing is booked", verifies, change=change, faults=faults, **more
    )


TIMES = table(
    BOOK,
    _time("start-early", "A booking that starts five minutes before its slot", moved(start=at("start", minutes=-5)),
          "book.accepts-wrong-start"),
    _time("start-late", "A booking that starts five minutes into its slot", moved(start=at("start", minutes=5)),
          "book.accepts-wrong-start"),
    _time("end-early", "A booking that ends five minutes before its slot", moved(end=at("end", minutes=-5)),
          "book.accepts-wrong-end"),
    _time("end-late", "A booking that ends five minutes after its slot", moved(end=at("end", minutes=5)),
          "book.accepts-wrong-end"),
    _time("another-day", "A booking whose times are those of its slot on the next day",
          moved(start=at("start", days=1), end=at("end", days=1)), "book.ignores-times"),
    _time("past-times", "A booking whose times are in the past though its slot is not",
          moved(start=at("start", days=-60), end=at("end", days=-60)), "book.ignores-times",
          "STU3-BOOK-044 STU3-BOOK-045 DSTU2-BOOK-023"),
    _time("swapped-times", "A booking that ends before it starts", moved(start=at("end"), end=at("start")),
          "book.ignores-times"),
    _time("one-hour-off", "A booking whose times are one hour off its slot, as by a wrong offset,",
          moved(start=at("start", hours=1), end=at("end", hours=1)), "book.ignores-times"),
    _time("first-of-two", "A booking of two slots that ends with the first of them",
          lambda on: body_set("end", to_uk_text(min(slot.end for slot in on.slots))), "book.accepts-wrong-end",
          slots=adjacent),
    _time("second-of-two", "A booking of two slots that starts with the second of them",
          lambda on: body_set("start", to_uk_text(max(slot.start for slot in on.slots))), "book.accepts-wrong-start",
          slots=adjacent),
    why="If slot and times differ, the practice cannot know when the patient will come.",
    fix="Compare start with the first slot's start and end with the last slot's end, as instants.",
    expect=BROKEN_RULE,
)  # fmt: skip


UNREADABLE = table(
    BOOK,
    _time("start-in-words", "A booking whose start is not a time", body_set("start", "tomorrow at nine"),
          "book.reads-any-start", "STU3-FHIR-025 DSTU2-ERR-015 DSTU2-FHIR-018"),
    _time("start-without-zone", "A booking whose start has no offset",
          lambda on: body_set("start", at("start")(on.slots)[:19]), "book.reads-any-start",
          "STU3-FHIR-025 DSTU2-ERR-015 DSTU2-FHIR-018"),
    _time("start-date-only", "A booking whose start is a date without time",
          lambda on: body_set("start", at("start")(on.slots)[:10]),
          "book.reads-any-start", "STU3-FHIR-025 DSTU2-ERR-015 DSTU2-FHIR-018"),
    why="start and end are instants in FHIR: date, time to the second and offset.",
    fix="Check the body's data types first; do not guess a time.",
    expect=UNREADABLE_VALUE,
)  # fmt: skip


def unknown(kind: str) -> Callable[[Ground], str]:
    """A reference to a resource of a type that the provider does not store."""
    return lambda on: f"{kind}/{on.context.config.data.unknown.logical_id}"


def third_participant(text: str | Callable[[Ground], str]) -> Callable[[Ground], Change]:
    """Add a participant beside patient and location."""
    return lambda on: body_add(
        "participant.2",
        {"actor": {"reference": text if isinstance(text, str) else text(on)}, "status": "accepted"},
    )


_WRONG_KIND = refused(
    "INVALID_RESOURCE", also=["REFERENCE_NOT_FOUND", "400 BAD_REQUEST"],
    because="A reference to a resource of the wrong type may count as invalid or as not found.",
)  # fmt: skip
_ABSOLUTE = refused(
    ("INVALID_RESOURCE", "REFERENCE_NOT_FOUND"),
    also=["4xx"],
    because="Only relative references are allowed; no code is named.",
)
NO_SUCH = "STU3-FHIR-026 DSTU2-FHIR-019"


def _reference(
    id: str,  # noqa: A002
    title: str,
    change: Any,
    verifies: str,
    expect: Any,
    faults: str,
    **more: Any,
) -> dict[str, Any]:
    return case(
        f"book.{id}",
        f"{title} is refused and nothing is booked",
        verifies,
        change=change,
        expect=expect,
        faults=faults,
        **more,
    )


REFERENCES = table(
    BOOK,
    _reference("unknown-slot", "A booking of a slot that does not exist", refer("slot.0", unknown("Slot")),
               f"STU3-BOOK-046 STU3-ERR-022 DSTU2-BOOK-024 DSTU2-ERR-017 {NO_SUCH}", NO_SLOT,
               "stu3:book.unknown-slot-is-not-found book.unknown-slot-is-server-error book.error-is-html"
               " book.errors-are-bad-requests", noted="C-SLOT-REFERENCE"),
    _reference("known-and-unknown-slot", "A booking of one slot that exists and one that does not",
               lambda on: body_add("slot.1", {"reference": unknown("Slot")(on)}),
               f"STU3-BOOK-046 DSTU2-BOOK-024 {NO_SUCH}", NO_SLOT, "book.accepts-unknown-slot"),
    _reference("slot-is-schedule", "A booking whose slot refers to a Schedule",
               refer("slot.0", lambda on: f"Schedule/{on.slot.schedule_id}"),
               f"STU3-FHIR-025 {NO_SUCH}", _WRONG_KIND, "book.looks-at-ids-only"),
    _reference("slot-is-patient", "A booking whose slot refers to a Patient",
               refer("slot.0", lambda on: f"Patient/{on.context.arrange.patient_id(on.context.arrange.patient())}"),
               f"STU3-FHIR-025 {NO_SUCH}", _WRONG_KIND, "book.wrong-reference-is-500"),
    _reference("slot-id-of-wrong-type", "A booking whose slot reference has the right id and the wrong type",
               refer("slot.0", lambda on: f"Schedule/{on.slot.id}"), f"STU3-FHIR-025 {NO_SUCH}", _WRONG_KIND,
               "book.looks-at-ids-only"),
    _reference("malformed-slot", "A booking whose slot reference is not a reference", refer("slot.0", "the nine o'clock one"),
               f"STU3-FHIR-025 {NO_SUCH}", _WRONG_KIND, "book.wrong-reference-is-500"),
    _reference("unknown-patient", "A booking for a patient unknown to the practice",
               refer("participant.0.actor", unknown("Patient")), f"STU3-BOOK-038 DSTU2-BOOK-034 {NO_SUCH}", NO_PATIENT,
               "book.unknown-patient-is-server-error", not_made="Patient"),
    _reference("unknown-location", "A booking at a location that does not exist",
               refer("participant.1.actor", unknown("Location")), f"STU3-BOOK-047 DSTU2-BOOK-035 {NO_SUCH}", NO_ACTOR,
               "book.accepts-unknown-location"),
    _reference("unknown-practitioner", "A booking with a practitioner who does not exist",
               third_participant(unknown("Practitioner")), f"STU3-BOOK-047 DSTU2-BOOK-035 {NO_SUCH}", NO_ACTOR,
               "book.accepts-unknown-practitioner", booking={"practitioner": False}),
    _reference("slot-takes-part", "A booking with a Slot as participant",
               third_participant(lambda on: f"Slot/{on.slot.id}"),
               "STU3-FHIR-025 DSTU2-FHIR-018", _WRONG_KIND, "book.accepts-any-actor", booking={"practitioner": False}),
    _reference("organisation-takes-part", "A booking with an Organization as participant",
               third_participant(
                   lambda on: f"Organization/{on.context.arrange.organization_id(on.context.config.data.organization_ods)}"),
               "STU3-FHIR-025 DSTU2-FHIR-018", _WRONG_KIND, "book.accepts-any-actor", booking={"practitioner": False}),
    _reference("malformed-actor", "A booking with a participant whose reference is not a reference",
               third_participant("Dr Who"), f"STU3-FHIR-025 {NO_SUCH}", _WRONG_KIND, "book.accepts-any-actor",
               booking={"practitioner": False}),
    _reference("absolute-patient", "A booking whose patient reference is a URL of another server",
               refer("participant.0.actor", "https://elsewhere.example.org/STU3/1/gpconnect/Patient/1"),
               "STU3-BOOK-048 STU3-FHIR-024 DSTU2-FHIR-019 DSTU2-FHIR-005", _ABSOLUTE, "book.wrong-reference-is-500"),
    _reference("absolute-slot", "A booking whose slot reference is a URL of another server",
               refer("slot.0", lambda on: f"https://elsewhere.example.org/fhir/Slot/{on.slot.id}"),
               "STU3-BOOK-048 DSTU2-FHIR-019 DSTU2-FHIR-005", _ABSOLUTE, "book.accepts-absolute-reference"),
    _reference("own-absolute-slot", "A booking whose slot reference is a full URL of the provider itself",
               refer("slot.0", lambda on: f"{on.context.config.provider.base_url}/Slot/{on.slot.id}"),
               "STU3-BOOK-048 DSTU2-FHIR-040",
               refused(("INVALID_RESOURCE", "REFERENCE_NOT_FOUND"), also=["4xx"], tolerated=["201"],
                       because="References must be relative; a provider that accepts its own URL does no harm."),
               "book.accepts-absolute-reference"),
    why="An appointment that refers to nothing, or to the wrong resource, cannot take place.",
    fix="Resolve every reference before anything is stored; return 422 REFERENCE_NOT_FOUND for what does not exist.",
)  # fmt: skip


def apart(first: FreeSlot, second: FreeSlot) -> bool:
    """Same day and kind, with a gap between."""
    return first.kind == second.kind and first.end < second.start and uk_date(first.start) == uk_date(second.start)


def of_two_schedules(first: FreeSlot, second: FreeSlot) -> bool:
    """End to start, of different schedules, with nothing else to tell them apart: one place, one channel, one service."""
    return first.location_id == second.location_id and _of_two_schedules(first, second)


def at_two_places(first: FreeSlot, second: FreeSlot) -> bool:
    """End to start, of schedules at different places, with nothing else to tell them apart."""
    return first.location_id != second.location_id and _of_two_schedules(first, second)


def _of_two_schedules(first: FreeSlot, second: FreeSlot) -> bool:
    alike = first.kind[1:] == second.kind[1:]
    return alike and first.end == second.start and first.schedule_id != second.schedule_id


def of_two_channels(first: FreeSlot, second: FreeSlot) -> bool:
    """End to start in one schedule and for one service, with different delivery channels."""
    alike = first.schedule_id == second.schedule_id and first.kind[2] == second.kind[2]
    return alike and first.end == second.start and first.kind[1] != second.kind[1]


def of_two_services(first: FreeSlot, second: FreeSlot) -> bool:
    """End to start in one schedule and by one channel, for different services."""
    return first.end == second.start and first.kind[:2] == second.kind[:2] and first.kind[2] != second.kind[2]


_MAY_BOOK_APART = {
    **BROKEN_RULE,
    "dstu2": refused("INVALID_RESOURCE", also=["4xx", "201"],
                     because="The edition leaves it to the provider whether slots with a gap can be booked together."),
}  # fmt: skip


def _pair(id: str, title: str, what: str, verifies: str, faults: str, fits: Any) -> dict[str, Any]:  # noqa: A002
    return case(
        f"book.{id}",
        f"A booking of {title} is refused, and both stay free",
        verifies,
        faults=faults,
        slots=lambda context: context.arrange.slot_pair(fits, what=what),
    )


NOT_ADJACENT = table(
    BOOK,
    _pair("gap", "two slots with a gap between them", "two slots of one schedule with a gap between them",
          "STU3-BOOK-049 DSTU2-BOOK-037", "stu3:book.accepts-gap dstu2:book.apart-is-server-error", apart),
    _pair("two-schedules", "two consecutive slots of different schedules",
          "two consecutive slots of different schedules at one place, alike otherwise", "STU3-BOOK-050 DSTU2-BOOK-037",
          "stu3:book.accepts-two-schedules dstu2:book.apart-is-server-error", of_two_schedules),
    _pair("two-places", "two consecutive slots of schedules at different places",
          "two consecutive slots of schedules at different places, alike otherwise", "STU3-BOOK-050 DSTU2-BOOK-037",
          "stu3:book.accepts-two-schedules dstu2:book.apart-is-server-error", at_two_places),
    _pair("two-channels", "two consecutive slots with different delivery channels",
          "two adjacent slots with different delivery channels", "STU3-BOOK-051", "book.accepts-two-channels",
          of_two_channels),
    _pair("two-services", "two consecutive slots with different service types",
          "two adjacent slots with different service types", "STU3-BOOK-052", "book.accepts-two-services", of_two_services),
    why="One appointment is with one practitioner at one place without a break; other slots must be booked one by one.",
    fix="Require one schedule, no gap, one delivery channel and one service type for all slots of a booking.",
    expect=_MAY_BOOK_APART,
)  # fmt: skip


@scenarios(TIMES, UNREADABLE, REFERENCES, NOT_ADJACENT)
def test_refused(context: ScenarioContext, case: Case) -> None:
    expect_refusal(context, case, attempt(context, case))
    if case.get("not_made"):
        kind = case["not_made"]
        read = context.send(context.requests.read(kind, context.config.data.unknown.logical_id))
        if read.status == 200:
            context.findings.fail(f"the booking also created a {kind}", exchange=read.number, code="made-on-the-side")


PAST = table(
    BOOK,
    case("book.past-slot", "A booking of a slot in the past is refused", "STU3-BOOK-044", faults="book.accepts-past",
         expect=BROKEN_RULE),
    why="An appointment in the past would record something that did not happen through this system.",
    fix="Refuse an appointment whose start is before the current time.",
)  # fmt: skip


@scenarios(PAST)
def test_past_slot(context: ScenarioContext, case: Case) -> None:
    today = uk_date(context.now())
    found = context.send(context.requests.search_free_slots(today - timedelta(days=9), today - timedelta(days=2)))
    context.need_searchset(found, "slots in the past cannot be searched for")
    slot = next((slot for slot in slots_of(found) if slot.location_id), None)
    if slot is None:
        context.cannot("the provider lists no free slot in the past")
    response = context.send(context.arrange.booking(slot))
    context.arrange.booked_by(response, context.arrange.patient(), [slot])
    expect_refused(context, response, context.parameter("expect"))
    context.once(VALID_BOOKING)


LIST_UNCHANGED = table(
    BOOK,
    case("book.refusal-leaves-list", "A refused booking leaves the patient with the same appointments as before",
         "STU3-FHIR-026 STU3-BOOK-046 DSTU2-BOOK-022 DSTU2-FHIR-019", faults="book.stores-before-it-checks"),
    why="After a refusal a consumer tries another slot: if the first was booked nevertheless, the patient has two "
        "appointments.",
    fix="Check everything before anything is stored, or roll back the transaction.",
)  # fmt: skip


@scenarios(LIST_UNCHANGED)
def test_list_unchanged(context: ScenarioContext, case: Case) -> None:
    slot = context.arrange.slot()
    patient = context.arrange.patient()
    known = {entry.resource.get("id") for entry in retrieved(context, patient, (slot,))}
    request = context.arrange.booking(slot, patient=patient, practitioner=False)
    response = context.send(request, *changes(context, (slot,), third_participant(unknown("Practitioner"))))
    if context.arrange.booked_by(response, patient, [slot]) is not None:
        expect_refused(context, response, NO_ACTOR)
        return
    for entry in retrieved(context, patient, (slot,)):
        if entry.resource.get("id") not in known:
            context.findings.fail(
                "the refused booking is among the patient's appointments", code="stored", exchange=entry.number
            )
            context.arrange.booked_by(entry, patient, [slot])
    context.once(VALID_BOOKING)
