"""Book an appointment: the effects of a booking on later reads and searches, and bookings that compete."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.appointments import same_as
from conformance.checks.bookings import booking_organisation, located, texts_kept
from conformance.checks.headers import etag
from conformance.checks.json_values import every, first, spelled
from conformance.checks.response import success
from conformance.consumer.request import Request
from conformance.consumer.request_mutations import body_add
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot
from conformance.fhir.addresses import read_reference
from conformance.scenarios.steps.booking import (
    BOOK,
    Attempt,
    adjacent,
    attempt,
    need_booked,
    retrieved,
    text_of,
    with_others,
)
from conformance.scenarios.steps.refusals import expect_refused, valid_step

# Each takes a booking and judges one effect of it by a read or a search.


def read_gives_it(tried: Attempt) -> None:
    """A read of the appointment gives what the booking returned."""
    booked = need_booked(tried)
    read = tried.context.arrange.read(booked.id)
    if tried.context.judge(read, success("Appointment")):
        tried.context.judge(read, same_as(booked.value))


def read_gives_same_version(tried: Attempt) -> None:
    """A read directly after the booking gives the version that the booking returned."""
    booked, context = need_booked(tried), tried.context
    read = context.arrange.read(booked.id)
    if context.judge(read, success("Appointment")):
        context.judge(read, etag)
        if read.etag != booked.etag or first(read.value, "meta.versionId") != first(booked.value, "meta.versionId"):
            context.findings.fail(
                "the version changed between the booking and a read without an update",
                location="header ETag",
                found=spelled(read.etag),
                expected=str(booked.etag),
                exchange=read.number,
                code="version",
            )


def location_leads_to_it(tried: Attempt) -> None:
    """The URL in the Location header can be read, and is the appointment."""
    booked, context = need_booked(tried), tried.context
    read = context.arrange.read(located(tried.response) or "none")
    if context.judge(read, success("Appointment")) and read.resource.get("id") != booked.id:
        context.findings.fail(
            "Location leads to another appointment",
            location="header Location",
            found=spelled(read.resource.get("id")),
            expected=booked.id,
            exchange=read.number,
            code="location",
        )


def retrieve_gives_it(tried: Attempt) -> None:
    """The appointment is among the patient's, once, with the content that the booking returned."""
    booked, context = need_booked(tried), tried.context
    found = [entry for entry in retrieved(context, tried.patient, tried.slots) if entry.resource.get("id") == booked.id]
    if len(found) != 1:
        context.findings.fail(
            "the appointment is not among the patient's appointments exactly once",
            location="Bundle.entry",
            found=str(len(found)),
            expected="1",
            code="not-retrieved",
        )
    for entry in found:
        context.judge(entry, same_as(booked.value))


def nobody_else_has_it(tried: Attempt) -> None:
    """Another patient's appointments do not include it."""
    booked, context = need_booked(tried), tried.context
    other = retrieved(context, context.arrange.patient(index=1), tried.slots)
    if any(entry.resource.get("id") == booked.id for entry in other):
        context.findings.fail(
            "the appointment is among those of another patient", location="Bundle.entry", code="another-patient"
        )


def slots_are_taken(tried: Attempt) -> None:
    """The slots are no longer offered."""
    need_booked(tried)
    tried.context.effects.no_longer_free(*tried.slots)


def other_slots_are_free(tried: Attempt) -> None:
    """The slots of the same schedule that were not booked are still offered."""
    need_booked(tried)
    booked = {slot.id for slot in tried.slots}
    schedule = tried.slots[0].schedule_id
    others = [
        slot
        for slot in tried.context.arrange.slot_pool.free()
        if slot.schedule_id == schedule and slot.id not in booked
    ]
    if not others:
        tried.context.cannot("the schedule of the slot offers no other slot")
    tried.context.effects.still_free(*others, subject=True)


def actors_can_be_read(tried: Attempt) -> None:
    """Each participant that the appointment refers to can be read."""
    booked, context = need_booked(tried), tried.context
    actors = [read_reference(text) for text in every(booked.value, "participant.actor.reference")]
    if not actors:
        context.findings.fail(
            "the appointment has no participants", location="Appointment.participant", code="no-participants"
        )
    for actor in actors:
        kind = actor.type
        if f"read_{kind.lower()}" not in context.edition.interactions:
            context.findings.note(f"{actor.text} is not read: the edition has no interaction for it")
            continue
        read = context.send(context.requests.read(kind, actor.id, nhs_number=tried.patient.nhs_number))
        if read.status != 200 or read.resource_type != kind:
            context.findings.fail(
                "a participant of the appointment cannot be read",
                location="Appointment.participant.actor",
                found=f"{actor.text}: {read.described}",
                expected=f"200 with {kind}",
                exchange=read.number,
                code="dangling",
            )


def organisation_is_stored(tried: Attempt) -> None:
    """Read and retrieve return the complete booking organisation."""
    _in_later_responses(tried, lambda entry: tried.context.judge(entry, booking_organisation(tried.sent)))


def texts_are_stored(tried: Attempt) -> None:
    """The response, a read and a retrieve return the texts in full."""
    tried.context.judge(tried.response, texts_kept(tried.sent))
    _in_later_responses(tried, lambda entry: tried.context.judge(entry, texts_kept(tried.sent)))


def _in_later_responses(tried: Attempt, judge: Callable[[Response], object]) -> None:
    booked, context = need_booked(tried), tried.context
    read = context.arrange.read(booked.id)
    shown = context.observes(read)
    if shown:
        judge(read)
    existing = [
        entry for entry in retrieved(context, tried.patient, tried.slots) if entry.resource.get("id") == booked.id
    ]
    if not existing:  # book.retrieve-back is about that
        context.findings.note("not observed: the retrieval does not show the appointment", code="not-observed")
    if not shown and not existing:
        context.cannot("neither a read nor a retrieval shows the appointment", Blame.PROVIDER)
    for entry in existing:
        judge(entry)


EFFECTS = table(
    BOOK,
    case("book.read-back", "A read after a booking returns the same content as the booking",
         "STU3-BOOK-036 DSTU2-BOOK-021", seen=read_gives_it, faults="book.stores-no-comment book.read-without-slot"),
    case("book.read-version", "A read after a booking returns the same version as the booking",
         "STU3-FHIR-018 DSTU2-FHIR-017 DSTU2-FHIR-008", seen=read_gives_same_version,
         faults="book.version-per-answer"),
    case("book.location-leads-there", "The id in the Location header of a booking is that of the appointment",
         "STU3-BOOK-018 DSTU2-BOOK-014", seen=location_leads_to_it, faults="book.location-of-another book.no-location"),
    case("book.retrieve-back", "After a booking the patient's appointments include it with the same content",
         "STU3-BOOK-036 DSTU2-BOOK-021", seen=retrieve_gives_it,
         faults="book.not-retrieved book.retrieve-without-comment book.wrong-patient"),
    case("book.two-slots-read-back", "After a booking of two slots the appointment is read and retrieved with both",
         "STU3-BOOK-036 STU3-BOOK-035 DSTU2-BOOK-021", slots=adjacent, seen=retrieve_gives_it,
         faults="book.retrieve-with-one-slot"),
    case("book.own-patient-only", "After a booking another patient's appointments do not include it",
         "STU3-BOOK-036 DSTU2-BOOK-021", seen=nobody_else_has_it, faults="book.retrieved-for-all"),
    case("book.slot-taken", "A booked slot is no longer offered",
         "STU3-SLOT-057 STU3-FHIR-045 DSTU2-BOOK-020", seen=slots_are_taken,
         faults="book.leaves-slot-free"),
    case("book.two-slots-taken", "After a booking of two slots neither is offered any longer",
         "STU3-BOOK-035 STU3-SLOT-057 STU3-FHIR-045 DSTU2-BOOK-020 DSTU2-BOOK-036", slots=adjacent, seen=slots_are_taken,
         faults="book.loses-second-slot"),
    case("book.others-stay-free", "A booking takes no other slot of its schedule",
         "STU3-FHIR-045 DSTU2-SLOT-015", slots=with_others, seen=other_slots_are_free, faults="book.takes-neighbours"),
    case("book.actors-readable", "After a booking the participants of the appointment can be read",
         "STU3-FHIR-024 DSTU2-BOOK-042 DSTU2-FHIR-005", seen=actors_can_be_read, faults="book.dangling-participant"),
    case("book.organisation-stored", "After a booking its organisation is read and retrieved completely",
         "STU3-BOOK-028 STU3-FHIR-046", seen=organisation_is_stored,
         faults="book.loses-organization-type book.retrieve-without-organisation"),
    case("book.non-ascii", "A booking stores and returns texts with accents, symbols and markup unchanged",
         "STU3-FHIR-012 STU3-BOOK-030 DSTU2-HTTP-009", seen=texts_are_stored,
         booking={"description": "Zoë: £5, naïve <b>&amp; «co»",
                  "comment": "Ärztin: 3 < 4 & 5 > 4; \"q\" 'a' \\ 100 % é ß ł Ω"},
         faults="book.loses-accents book.escapes-markup"),
    case("book.longest-texts", "A booking stores and returns a description of 100 and a comment of 500 characters in full",
         "STU3-BOOK-030 STU3-BOOK-031 DSTU2-BOOK-019", seen=texts_are_stored,
         booking={"description": text_of(100), "comment": text_of(500)},
         faults="book.cuts-description book.cuts-comment"),
    why="A booking only counts if later reads and searches confirm it.",
    fix="Store the complete booking in the transaction that takes the slot, and serve every interaction from there.",
)  # fmt: skip


@scenarios(EFFECTS)
def test_effect(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    need_booked(tried)
    case["seen"](tried)


TAKEN = {
    "stu3": refused("409 DUPLICATE_REJECTED"),
    "dstu2": refused(
        "INVALID_RESOURCE",
        also=["409", "422", "400"],
        because="The edition has no code for a taken slot: 400, 409 and 422 are acceptable with any code.",
    ),
}

TAKEN_BEFORE = table(
    BOOK,
    case("book.taken-by-another", "A booking of a slot taken by another patient is refused, and the first appointment remains",
         "STU3-BOOK-040 STU3-ERR-019 DSTU2-BOOK-025", who=1,
         faults="book.accepts-busy-slot book.busy-is-server-error stu3:book.busy-is-invalid stu3:book.busy-other-code"),
    case("book.taken-by-same", "A booking of a slot taken by the same patient is refused, and the first appointment remains",
         "STU3-BOOK-040 STU3-ERR-019 DSTU2-BOOK-025", who=0, faults="book.accepts-busy-slot"),
    why="With two patients in one slot, one of them cannot be seen.",
    fix="Check within the booking transaction that every slot is free; return 409 DUPLICATE_REJECTED otherwise.",
)  # fmt: skip


@scenarios(TAKEN_BEFORE)
def test_taken(context: ScenarioContext, case: Case) -> None:
    slot = context.arrange.slot()
    existing = context.arrange.booked(slot)
    other = context.arrange.patient(index=case["who"])
    response = context.send(context.arrange.booking(slot, patient=other))
    context.arrange.booked_by(response, other, [slot])
    expect_refused(context, response, context.edition.pick(TAKEN))
    context.effects.unchanged(existing)


PARTLY_TAKEN = table(
    BOOK,
    case("book.partly-taken", "A booking of two slots one of which is taken books neither",
         "STU3-BOOK-040 STU3-ERR-019 DSTU2-BOOK-025", faults="book.accepts-busy-slot"),
    why="A booking is atomic: half an appointment is of no use.",
    fix="Refuse the booking when one of its slots is not free, and leave the others free.",
)  # fmt: skip


@scenarios(PARTLY_TAKEN)
def test_partly_taken(context: ScenarioContext, case: Case) -> None:
    first_slot, second_slot = adjacent(context)
    existing = context.arrange.booked(second_slot)
    other = context.arrange.patient(index=1)
    response = context.send(context.arrange.booking(first_slot, second_slot, patient=other))
    booked = context.arrange.booked_by(response, other, [first_slot, second_slot])
    expect_refused(context, response, context.edition.pick(TAKEN))
    if booked is None:
        context.effects.still_free(first_slot)
    context.effects.unchanged(existing)


# Simultaneous bookings

Rivals = list[tuple[Request, tuple[FreeSlot, ...], int]]


def two_patients(context: ScenarioContext) -> Rivals:
    """One slot, two patients."""
    slot = context.arrange.slot()
    return [(context.arrange.booking(slot, patient=context.arrange.patient(index=who)), (slot,), who) for who in (0, 1)]


def same_request(context: ScenarioContext) -> Rivals:
    """One slot, one patient, the same body twice, as an impatient user sends it."""
    slot = context.arrange.slot()
    request = context.arrange.booking(slot)
    return [(request, (slot,), 0), (context.requests.book(request.body), (slot,), 0)]


def five_at_once(context: ScenarioContext) -> Rivals:
    """One slot, five requests of two patients."""
    slot = context.arrange.slot()
    return [
        (context.arrange.booking(slot, patient=context.arrange.patient(index=who)), (slot,), who)
        for who in (0, 1, 0, 1, 0)
    ]


def overlapping(context: ScenarioContext) -> Rivals:
    """Two adjacent slots for one patient, the second of them for another."""
    both = adjacent(context)
    return [
        (context.arrange.booking(*both, patient=context.arrange.patient()), both, 0),
        (context.arrange.booking(both[1], patient=context.arrange.patient(index=1)), both[1:], 1),
    ]


AT_ONCE = table(
    BOOK,
    case("book.at-once", "Of two simultaneous bookings of one slot exactly one succeeds, each time",
         "STU3-BOOK-041 STU3-BOOK-040 DSTU2-BOOK-025", rivals=two_patients, repeat=True,
         faults="book.race book.accepts-busy-slot"),
    case("book.at-once-same-request", "Of two simultaneous identical bookings exactly one succeeds",
         "STU3-BOOK-041 STU3-BOOK-040 DSTU2-BOOK-025", rivals=same_request, faults="book.race book.accepts-busy-slot"),
    case("book.at-once-five", "Of five simultaneous bookings of one slot exactly one succeeds",
         "STU3-BOOK-041 STU3-BOOK-040 DSTU2-BOOK-025", rivals=five_at_once, faults="book.race"),
    case("book.at-once-overlapping", "Of two simultaneous bookings that share one slot exactly one succeeds",
         "STU3-BOOK-041 STU3-BOOK-040 DSTU2-BOOK-025", rivals=overlapping, faults="book.race book.accepts-busy-slot"),
    why="Several consumers may be offered the same slot and book it at the same time.",
    fix="Take the slot in one transaction that excludes other writers: check that it is free and mark it busy in one step.",
)  # fmt: skip


@scenarios(AT_ONCE)
def test_at_once(context: ScenarioContext, case: Case) -> None:
    rounds = context.config.run.double_booking_pairs if case.get("repeat") else 1
    for _ in range(rounds):
        _compete(context, case["rivals"](context))


def _compete(context: ScenarioContext, rivals: Rivals) -> None:
    responses = context.send_together([request for request, _, _ in rivals])
    succeeded: list[BookedAppointment] = []
    for response, (_, slots, who) in zip(responses, rivals, strict=True):
        booked = context.arrange.booked_by(response, context.arrange.patient(index=who), slots)
        if booked is None:
            expect_refused(context, response, context.edition.pick(TAKEN))
        else:
            succeeded.append(booked)
    if len(succeeded) != 1:
        shown = ", ".join(response.described for response in responses)
        context.findings.fail(
            f"{len(succeeded)} of {len(rivals)} simultaneous bookings of one slot succeeded",
            found=shown,
            expected="one 201, the others refused",
            exchange=responses[0].number,
            code="double-booked",
        )
    for booked in succeeded:
        context.judge(booked.response, success("Appointment", 201))
        context.effects.no_longer_free(*booked.slots)
        context.effects.unchanged(booked, reads=valid_step("read_appointment"))


EXISTING_ID = table(
    BOOK,
    case("book.existing-id", "A booking with the id of an existing appointment does not change that appointment",
         "STU3-HTTP-016 DSTU2-FHIR-023", faults="book.takes-id-of-body"),
    why="The server assigns ids; a client's id must never overwrite another patient's appointment.",
    fix="Ignore or refuse an id in the body of a POST; assign one of your own.",
    noted="FHIR allows a server to ignore the id in the body of a POST; refusing such a body is also acceptable.",
)  # fmt: skip


@scenarios(EXISTING_ID)
def test_existing_id(context: ScenarioContext, case: Case) -> None:
    existing = context.arrange.booked()
    slot = context.arrange.slot()
    other = context.arrange.patient(index=1)
    response = context.send(context.arrange.booking(slot, patient=other), body_add("id", existing.id))
    booked = context.arrange.booked_by(response, other, [slot])
    if booked is None:
        expect_refused(context, response, refused("4xx"))
    elif booked.id == existing.id:
        context.findings.fail(
            "the server used the id of another appointment", location="Appointment.id", found=booked.id, code="id-taken"
        )
    context.effects.unchanged(existing)
