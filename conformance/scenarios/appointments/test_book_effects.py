"""Book an appointment: what a booking brings about, seen by later reads and searches, and bookings that compete."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.appointments import same_as
from conformance.checks.bookings import booking_organisation, located, texts_kept
from conformance.checks.headers import etag
from conformance.checks.json_values import every, first
from conformance.checks.response import success
from conformance.consumer.request import Request
from conformance.consumer.request_mutations import body_add
from conformance.consumer.response import Response
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot
from conformance.fhir.addresses import read_reference
from conformance.scenarios.steps.booking import BOOK, Attempt, adjacent, attempt, made_or_skip, retrieved, text_of

# What an effect of a booking is seen by: each takes the booking that was made and judges what it reads or searches.


def read_gives_it(tried: Attempt) -> None:
    """A read of the appointment gives what the booking returned."""
    made = made_or_skip(tried)
    read = tried.context.arrange.read(made.id)
    if tried.context.judge(read, success("Appointment")):
        tried.context.judge(read, same_as(made.value))


def read_gives_same_version(tried: Attempt) -> None:
    """A read directly after the booking gives the version that the booking returned."""
    made, context = made_or_skip(tried), tried.context
    read = context.arrange.read(made.id)
    if context.judge(read, success("Appointment")):
        context.judge(read, etag)
        if read.etag != made.etag or first(read.value, "meta.versionId") != first(made.value, "meta.versionId"):
            context.findings.fail(
                "the version changed between the booking and a read though nothing else happened",
                location="header ETag",
                found=str(read.etag),
                expected=str(made.etag),
                exchange=read.number,
                code="version",
            )


def location_leads_to_it(tried: Attempt) -> None:
    """What the Location header names can be read, and is the appointment."""
    made, context = made_or_skip(tried), tried.context
    read = context.arrange.read(located(tried.response) or "none")
    if context.judge(read, success("Appointment")) and read.resource.get("id") != made.id:
        context.findings.fail(
            "Location leads to another appointment",
            location="header Location",
            found=str(read.resource.get("id")),
            expected=made.id,
            exchange=read.number,
            code="location",
        )


def retrieve_gives_it(tried: Attempt) -> None:
    """The appointment is among the patient's, once, with the content that the booking returned."""
    made, context = made_or_skip(tried), tried.context
    found = [entry for entry in retrieved(context, tried.patient, tried.slots) if entry.resource.get("id") == made.id]
    if len(found) != 1:
        context.findings.fail(
            "the appointment is not among the patient's appointments exactly once",
            location="Bundle.entry",
            found=str(len(found)),
            expected="1",
            code="not-retrieved",
        )
    for entry in found:
        context.judge(entry, same_as(made.value))


def nobody_else_has_it(tried: Attempt) -> None:
    """Another patient's appointments do not hold it."""
    made, context = made_or_skip(tried), tried.context
    other = retrieved(context, context.arrange.patient(index=1), tried.slots)
    if any(entry.resource.get("id") == made.id for entry in other):
        context.findings.fail(
            "the appointment is among those of another patient", location="Bundle.entry", code="another-patient"
        )


def slots_are_taken(tried: Attempt) -> None:
    """The slots are no longer offered."""
    made_or_skip(tried)
    tried.context.effects.no_longer_free(*tried.slots)


def other_slots_are_free(tried: Attempt) -> None:
    """The slots of the same schedule that were not booked are still offered."""
    made_or_skip(tried)
    booked = {slot.id for slot in tried.slots}
    schedule = tried.slots[0].schedule_id
    others = [
        slot
        for slot in tried.context.arrange.slot_pool.free()
        if slot.schedule_id == schedule and slot.id not in booked
    ]
    if not others:
        tried.context.cannot("the schedule of the slot offers no other slot")
    tried.context.effects.still_free(*others)


def actors_can_be_read(tried: Attempt) -> None:
    """Each participant that the appointment refers to can be read."""
    made, context = made_or_skip(tried), tried.context
    actors = [read_reference(text) for text in every(made.value, "participant.actor.reference")]
    if not actors:
        context.findings.fail(
            "the appointment has no participants", location="Appointment.participant", code="no-participants"
        )
    for actor in actors:
        kind = actor.type
        if f"read_{kind.lower()}" not in context.edition.interactions:
            context.findings.note(f"{actor.text} is not read: the edition has no interaction for it")
            continue
        read = context.send(context.requests.read(kind, actor.id))
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
    """Read and retrieve give the booking organisation whole."""
    _in_later_answers(tried, lambda entry: tried.context.judge(entry, booking_organisation(tried.sent)))


def texts_are_stored(tried: Attempt) -> None:
    """The response, a read and a retrieve give the texts whole."""
    tried.context.judge(tried.response, texts_kept(tried.sent))
    _in_later_answers(tried, lambda entry: tried.context.judge(entry, texts_kept(tried.sent)))


def _in_later_answers(tried: Attempt, judge: Callable[[Response], object]) -> None:
    made, context = made_or_skip(tried), tried.context
    read = context.arrange.read(made.id)
    if context.judge(read, success("Appointment")):
        judge(read)
    held = [entry for entry in retrieved(context, tried.patient, tried.slots) if entry.resource.get("id") == made.id]
    if not held:
        context.findings.fail(
            "the appointment is not among the patient's appointments", location="Bundle.entry", code="not-retrieved"
        )
    for entry in held:
        judge(entry)


EFFECTS = table(
    BOOK,
    case("book.read-back", "A read of a new appointment gives what the booking returned",
         "STU3-BOOK-036 DSTU2-BOOK-021", seen=read_gives_it, faults="book.stores-no-comment book.read-without-slot"),
    case("book.read-version", "A new appointment keeps its version until something changes",
         "STU3-FHIR-018 DSTU2-FHIR-017 DSTU2-FHIR-008", seen=read_gives_same_version,
         faults="book.version-per-answer"),
    case("book.location-leads-there", "The id in the Location header of a booking leads to the appointment",
         "STU3-BOOK-018 DSTU2-BOOK-014", seen=location_leads_to_it, faults="book.location-of-another book.no-location"),
    case("book.retrieve-back", "A new appointment is among its patient's appointments with the same content",
         "STU3-BOOK-036 DSTU2-BOOK-021", seen=retrieve_gives_it,
         faults="book.not-retrieved book.retrieve-without-comment book.wrong-patient"),
    case("book.two-slots-read-back", "A new appointment of two slots is read and retrieved with both",
         "STU3-BOOK-036 STU3-BOOK-035 DSTU2-BOOK-021", slots=adjacent, seen=retrieve_gives_it,
         faults="book.retrieve-with-one-slot"),
    case("book.own-patient-only", "A new appointment is not among the appointments of another patient",
         "STU3-BOOK-036 DSTU2-BOOK-021", seen=nobody_else_has_it, faults="book.retrieved-for-all"),
    case("book.slot-taken", "A booked slot is no longer offered",
         "STU3-SLOT-057 STU3-FHIR-045 DSTU2-BOOK-020", seen=slots_are_taken,
         faults="book.leaves-slot-free"),
    case("book.two-slots-taken", "Of two slots booked together neither is offered any longer",
         "STU3-BOOK-035 STU3-SLOT-057 STU3-FHIR-045 DSTU2-BOOK-020 DSTU2-BOOK-036", slots=adjacent, seen=slots_are_taken,
         faults="book.loses-second-slot"),
    case("book.others-stay-free", "A booking takes no other slot of the schedule",
         "STU3-FHIR-045 DSTU2-SLOT-015", seen=other_slots_are_free, faults="book.takes-neighbours"),
    case("book.actors-readable", "The participants that a new appointment refers to can be read",
         "STU3-FHIR-024 DSTU2-BOOK-042 DSTU2-FHIR-005", seen=actors_can_be_read, faults="book.dangling-participant"),
    case("book.organisation-stored", "The booking organisation is read and retrieved with all that was sent of it",
         "STU3-BOOK-028 STU3-FHIR-046", seen=organisation_is_stored,
         faults="book.loses-organization-type book.retrieve-without-organisation"),
    case("book.non-ascii", "Texts with accents, symbols and markup are stored and given back unharmed",
         "STU3-FHIR-012 STU3-BOOK-030 DSTU2-HTTP-009", seen=texts_are_stored,
         booking={"description": "Zoë: £5, naïve <b>&amp; «co»",
                  "comment": "Ärztin: 3 < 4 & 5 > 4; \"q\" 'a' \\ 100 % é ß ł Ω"},
         faults="book.loses-accents book.escapes-markup"),
    case("book.longest-texts", "A description of 100 characters and a comment of 500 are stored and given back whole",
         "STU3-BOOK-030 STU3-BOOK-031 DSTU2-BOOK-019", seen=texts_are_stored,
         booking={"description": text_of(100), "comment": text_of(500)},
         faults="book.cuts-description book.cuts-comment"),
    why="A booking is worth what a later look into the diary says of it.",
    fix="Store all that was sent in the transaction that takes the slot, and present it from there in every interaction.",
)  # fmt: skip


@scenarios(EFFECTS)
def test_effect(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    made_or_skip(tried)
    case["seen"](tried)


TAKEN = {
    "stu3": refused("409 DUPLICATE_REJECTED"),
    "dstu2": refused(
        "INVALID_RESOURCE",
        also=["409", "422", "400"],
        because="The edition has no code for a slot that is taken: 400, 409 and 422 are defensible with any code.",
    ),
}

TAKEN_BEFORE = table(
    BOOK,
    case("book.taken-by-another", "A slot that another patient has is refused, and the first appointment stays",
         "STU3-BOOK-040 STU3-ERR-019 DSTU2-BOOK-025", who=1,
         faults="book.accepts-busy-slot book.busy-is-server-error stu3:book.busy-is-invalid stu3:book.busy-other-code"),
    case("book.taken-by-same", "A slot that the same patient has is refused, and the first appointment stays",
         "STU3-BOOK-040 STU3-ERR-019 DSTU2-BOOK-025", who=0, faults="book.accepts-busy-slot"),
    why="Two patients in one slot means that one of them comes in vain.",
    fix="Check in the transaction that books that every slot is free; return 409 DUPLICATE_REJECTED otherwise.",
)  # fmt: skip


@scenarios(TAKEN_BEFORE)
def test_taken(context: ScenarioContext, case: Case) -> None:
    slot = context.arrange.slot()
    held = context.arrange.booked(slot)
    other = context.arrange.patient(index=case["who"])
    response = context.send(context.arrange.booking(slot, patient=other))
    context.arrange.booked_by(response, other, [slot])
    context.expect(response, context.edition.pick(TAKEN))
    context.effects.unchanged(held)


PARTLY_TAKEN = table(
    BOOK,
    case("book.partly-taken", "Of two slots one of which is taken neither is booked",
         "STU3-BOOK-040 STU3-ERR-019 DSTU2-BOOK-025", faults="book.accepts-busy-slot"),
    why="A booking is one whole: half an appointment is none.",
    fix="Refuse the whole booking when one of its slots is not free, and leave the others free.",
)  # fmt: skip


@scenarios(PARTLY_TAKEN)
def test_partly_taken(context: ScenarioContext, case: Case) -> None:
    first_slot, second_slot = adjacent(context)
    held = context.arrange.booked(second_slot)
    other = context.arrange.patient(index=1)
    response = context.send(context.arrange.booking(first_slot, second_slot, patient=other))
    made = context.arrange.booked_by(response, other, [first_slot, second_slot])
    context.expect(response, context.edition.pick(TAKEN))
    if made is None:
        context.effects.still_free(first_slot)
    context.effects.unchanged(held)


# Bookings at the same moment

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
    case("book.at-once", "Of two simultaneous bookings of one slot exactly one succeeds, pair after pair",
         "STU3-BOOK-041 STU3-BOOK-040 DSTU2-BOOK-025", rivals=two_patients, repeat=True,
         faults="book.race book.accepts-busy-slot"),
    case("book.at-once-same-request", "Of two simultaneous identical bookings exactly one succeeds",
         "STU3-BOOK-041 STU3-BOOK-040 DSTU2-BOOK-025", rivals=same_request, faults="book.race book.accepts-busy-slot"),
    case("book.at-once-five", "Of five simultaneous bookings of one slot exactly one succeeds",
         "STU3-BOOK-041 STU3-BOOK-040 DSTU2-BOOK-025", rivals=five_at_once, faults="book.race"),
    case("book.at-once-overlapping", "Of two simultaneous bookings that share one slot exactly one succeeds",
         "STU3-BOOK-041 STU3-BOOK-040 DSTU2-BOOK-025", rivals=overlapping, faults="book.race book.accepts-busy-slot"),
    why="Consumers search at leisure and book at once: the same slot is offered to several of them.",
    fix="Take the slot in one transaction that excludes other writers: check that it is free and mark it busy in one step.",
)  # fmt: skip


@scenarios(AT_ONCE)
def test_at_once(context: ScenarioContext, case: Case) -> None:
    rounds = context.config.run.double_booking_pairs if case.get("repeat") else 1
    for _ in range(rounds):
        _compete(context, case["rivals"](context))


def _compete(context: ScenarioContext, rivals: Rivals) -> None:
    responses = context.send_together([request for request, _, _ in rivals])
    made: list[BookedAppointment] = []
    for response, (_, slots, who) in zip(responses, rivals, strict=True):
        booked = context.arrange.booked_by(response, context.arrange.patient(index=who), slots)
        if booked is None:
            context.expect(response, context.edition.pick(TAKEN))
        else:
            made.append(booked)
    if len(made) != 1:
        shown = ", ".join(response.described for response in responses)
        context.findings.fail(
            f"{len(made)} of {len(rivals)} simultaneous bookings of one slot succeeded",
            found=shown,
            expected="one 201, the others refused",
            exchange=responses[0].number,
            code="double-booked",
        )
    for booked in made:
        context.judge(booked.response, success("Appointment", 201))
        context.effects.no_longer_free(*booked.slots)
        context.effects.unchanged(booked)


EXISTING_ID = table(
    BOOK,
    case("book.existing-id", "A booking that carries the id of an existing appointment leaves that appointment alone",
         "STU3-HTTP-016 DSTU2-FHIR-023", faults="book.takes-id-of-body"),
    why="The server names what it creates; a client's id must never lead to another patient's appointment.",
    fix="Ignore or refuse an id in the body of a POST; assign one of your own.",
    noted="FHIR lets a server ignore the id of a body that is posted; refusing such a body is defensible as well.",
)  # fmt: skip


@scenarios(EXISTING_ID)
def test_existing_id(context: ScenarioContext, case: Case) -> None:
    held = context.arrange.booked()
    slot = context.arrange.slot()
    other = context.arrange.patient(index=1)
    response = context.send(context.arrange.booking(slot, patient=other), body_add("id", held.id))
    made = context.arrange.booked_by(response, other, [slot])
    if made is None:
        context.expect(response, refused("4xx"))
    elif made.id == held.id:
        context.findings.fail(
            "the server took the id of another appointment", location="Appointment.id", found=made.id, code="id-taken"
        )
    context.effects.unchanged(held)
