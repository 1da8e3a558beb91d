"""Book an appointment. Source: the edition's use-case page; STU3-BOOK-*, DSTU2-BOOK-*."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from conformance.provider.appointments.body import (
    Sent,
    objects,
    read_appointment_body,
    split_reference,
    text_of,
)
from conformance.provider.appointments.search import open_to
from conformance.provider.call import Answer, Call, Json
from conformance.provider.clock import seconds_of
from conformance.provider.editions.shapes import load_appointment
from conformance.provider.foundations.patient import bookable
from conformance.provider.provider import minimal
from conformance.provider.rules import Reply, Rules, listed
from conformance.provider.seams import Seam
from conformance.provider.store import Row

REQUEST = Rules("book")
REFERENCES = Rules("book")
SLOTS = Rules("book")
_MOST_DSTU2_STATUS = Reply("INVALID_RESOURCE", 409, "conflict")


@dataclass(frozen=True)
class Booking:
    """A booking with the slots it asks for, as they are in the transaction that is to book them."""

    sent: Sent
    slots: Sequence[Row]

    @property
    def call(self) -> Call:
        """The request."""
        return self.sent.call

    @cached_property
    def start(self) -> int | None:
        """The start asked for."""
        return seconds_of(self.sent.json.get("start"))

    @cached_property
    def end(self) -> int | None:
        """The end asked for."""
        return seconds_of(self.sent.json.get("end"))


def book_appointment(call: Call) -> Answer:
    """Book the slots and answer with the appointment."""
    sent = read_appointment_body(call)
    provider, store = call.provider, call.provider.store
    REQUEST.enforce(call, sent)
    REFERENCES.enforce(call, sent)
    identifiers = [split_reference(reference)[1] for reference in sent.slot_references]
    # One writer at a time from here on, so that of two bookings of one slot the second sees the first.
    with store.writing(locked=provider.seams.setting("book.locked", True, call)):
        booking = Booking(sent, store.slots(identifiers))
        SLOTS.enforce(call, booking)
        provider.seams.setting("book.between-check-and-write", None, call)
        identifier = write_booking(booking)
    held = load_appointment(store, identifier)
    assert held is not None
    resource = provider.shapes.appointment(held)
    answer = provider.single(call, resource, updated=held.row["updated"])
    answer.status = 201
    answer.headers["Location"] = f"{call.fullUrl(resource)}/_history/{held.version}"
    return minimal(call, answer)


def write_booking(booking: Booking) -> str:
    """Write the appointment and take its slots, within a transaction; return its id."""
    call, sent, store = booking.call, booking.sent, booking.call.provider.store
    now = call.provider.clock.seconds()
    identifier = f"Apt-{secrets.token_hex(8)}"
    patient = next(item for kind, item in map(split_reference, sent.actors) if kind == "Patient")
    values = {
        "patient": patient,
        "start": booking.start or booking.slots[0]["start"],
        "end": booking.end or booking.slots[-1]["end"],
        "status": text_of(sent.json.get("status")) or "booked",
        "doc": document_of(sent, now),
        "slots": [slot["id"] for slot in booking.slots],
        "slot_status": "busy",
    }
    values = call.provider.seams.through(Seam.STORE, values, call)
    store.database.execute(
        "INSERT INTO appointment VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
        (identifier, *(values[name] for name in ("patient", "start", "end", "status")), json.dumps(values["doc"]), now),
    )
    for place, slot in enumerate(values["slots"]):
        store.database.execute("INSERT INTO appointment_slot VALUES (?, ?, ?)", (identifier, slot, place))
        store.database.execute(
            "UPDATE slot SET status = ?, version = version + 1, updated = ? WHERE id = ?",
            (values["slot_status"], now, slot),
        )
    return identifier


def document_of(sent: Sent, now: int) -> Json:
    """What is kept of an Appointment beside its times and slots."""
    body = sent.json
    dstu2 = sent.call.edition == "dstu2"
    return {
        "description": body.get("description"),
        "comment": body.get("comment"),
        "created": seconds_of(body.get("created")) or now,
        "organization": sent.organization,
        "reason": body.get("reason") if dstu2 else None,
        "type": body.get("type") if dstu2 else None,
        "priority": body.get("priority") if dstu2 else None,
        "participants": [_participant(item, dstu2) for item in sent.objects("participant")],
    }


def _participant(item: Json, dstu2: bool) -> Json:
    kept = {"actor": item["actor"]["reference"], "status": item.get("status", "accepted")}
    return kept | {name: item[name] for name in ("type", "required") if dstu2 and name in item}


# -- what the body must hold ---------------------------------------------------------------------------------------


@REQUEST.rule("has-status")
def _has_status(sent: Sent) -> str | None:
    """A status is sent."""
    return None if sent.json.get("status") else "status is missing"


@REQUEST.rule("status-booked")
def _status_booked(sent: Sent) -> str | None:
    """The status is booked."""
    status = sent.json.get("status")
    return f"status is {str(status)[:40]}; a booking has status booked" if status and status != "booked" else None


@REQUEST.rule("has-participant")
def _has_participant(sent: Sent) -> str | None:
    """There are participants."""
    return None if sent.objects("participant") else "participant is missing"


@REQUEST.rule("participants-have-actors")
def _have_actors(sent: Sent) -> str | None:
    """Each participant says who or what it is."""
    return None if all(sent.actors) else "a participant has no actor.reference"


@REQUEST.rule("participants-have-status")
def _have_status(sent: Sent) -> str | None:
    """Each participant has a status."""
    without = [item for item in sent.objects("participant") if not text_of(item.get("status"))]
    return "a participant has no status" if without else None


@REQUEST.rule("has-patient")
def _has_patient(sent: Sent) -> str | None:
    """One participant is the patient."""
    found = [item for item in sent.actors if item.startswith("Patient/")]
    return None if len(found) == 1 else f"{len(found)} participants are patients; one is expected"


@REQUEST.rule("has-location")
def _has_location(sent: Sent) -> str | None:
    """One participant is the location."""
    found = [item for item in sent.actors if item.startswith("Location/")]
    return None if len(found) == 1 else f"{len(found)} participants are locations; one is expected"


@REQUEST.rule("has-start")
def _has_start(sent: Sent) -> str | None:
    """A start with offset is sent."""
    return None if seconds_of(sent.json.get("start")) else "start is missing or no instant with offset"


@REQUEST.rule("has-end")
def _has_end(sent: Sent) -> str | None:
    """An end with offset is sent."""
    return None if seconds_of(sent.json.get("end")) else "end is missing or no instant with offset"


@REQUEST.rule("has-slot")
def _has_slot(sent: Sent) -> str | None:
    """Slots are named."""
    return None if sent.slot_references and all(sent.slot_references) else "slot is missing"


@REQUEST.rule("has-description")
def _has_description(sent: Sent) -> str | None:
    """A description is sent."""
    return None if text_of(sent.json.get("description")) else "description is missing"


@REQUEST.rule("description-length", dstu2=None)
def _description_length(sent: Sent) -> str | None:
    """The description is no longer than the page allows."""
    return too_long(sent, "description")


@REQUEST.rule("comment-length", dstu2=None)
def _comment_length(sent: Sent) -> str | None:
    """The comment is no longer than the page allows."""
    return too_long(sent, "comment")


def too_long(sent: Sent, name: str) -> str | None:
    """What is wrong with the length of a text."""
    limit, value = sent.call.provider.edition.raw["limits"][name], sent.json.get(name)
    found = len(value) if isinstance(value, str) else 0
    return f"{name} has {found} characters; {limit} can be stored" if found > limit else None


@REQUEST.rule("no-reason", dstu2=None)
def _no_reason(sent: Sent) -> str | None:
    """No reason is sent."""
    return "reason must not be sent" if "reason" in sent.json else None


@REQUEST.rule("no-specialty", dstu2=None)
def _no_specialty(sent: Sent) -> str | None:
    """No specialty is sent."""
    return "specialty must not be sent" if "specialty" in sent.json else None


_PROHIBITED = ("appointmentType", "indication", "supportingInformation", "incomingReferral", "requestedPeriod")


@REQUEST.rule("no-prohibited", dstu2=None)
def _no_prohibited(sent: Sent) -> str | None:
    """Nothing is sent that the profile prohibits."""
    found = [name for name in _PROHIBITED if name in sent.json]
    return f"not allowed by the profile: {listed(found)}" if found else None


@REQUEST.rule("has-organization", dstu2=None)
def _has_organization(sent: Sent) -> str | None:
    """The booking organisation is given: an extension that leads to a contained Organization."""
    if sent.extension("booking_organization") is None:
        return "the extension for the booking organisation is missing"
    return None if sent.organization else "the booking organisation's extension leads to no contained Organization"


def organization_code(sent: Sent) -> str:
    """The ODS code of the booking organisation, "" where there is none."""
    systems = sent.call.provider.edition.systems("organization")
    found = [item for item in objects((sent.organization or {}).get("identifier")) if item.get("system") in systems]
    return text_of(found[0].get("value")) if found else ""


@REQUEST.rule("organization-has-code", dstu2=None)
def _has_code(sent: Sent) -> str | None:
    """The booking organisation has its ODS code."""
    missing = sent.organization is not None and not organization_code(sent)
    return "the booking organisation has no identifier with an ODS code" if missing else None


@REQUEST.rule("organization-has-name", dstu2=None)
def _has_name(sent: Sent) -> str | None:
    """The booking organisation has a name."""
    missing = sent.organization is not None and not text_of(sent.organization.get("name"))
    return "the booking organisation has no name" if missing else None


@REQUEST.rule("organization-has-telecom", dstu2=None)
def _has_telecom(sent: Sent) -> str | None:
    """The booking organisation has a telecom."""
    missing = sent.organization is not None and not objects(sent.organization.get("telecom"))
    return "the booking organisation has no telecom" if missing else None


@REQUEST.rule("start-not-past")
def _start_not_past(sent: Sent) -> str | None:
    """The start lies ahead."""
    start = seconds_of(sent.json.get("start"))
    return "start lies in the past" if start and start < sent.call.provider.clock.seconds() else None


# -- what it refers to ---------------------------------------------------------------------------------------------


@REFERENCES.rule("patient-known", "REFERENCE_NOT_FOUND")
def _patient_known(sent: Sent) -> str | None:
    """The patient is on the practice's books."""
    return _unknown(sent, "Patient", lambda item: bookable(sent.call, sent.call.provider.store.patient(item)))


@REFERENCES.rule("location-known", "REFERENCE_NOT_FOUND")
def _location_known(sent: Sent) -> str | None:
    """The location is one of the practice's."""
    return _unknown(sent, "Location", sent.call.provider.practice.locations.get)


@REFERENCES.rule("practitioner-known", "REFERENCE_NOT_FOUND")
def _practitioner_known(sent: Sent) -> str | None:
    """The practitioner is one of the practice's."""
    return _unknown(sent, "Practitioner", sent.call.provider.practice.practitioners.get)


@REFERENCES.rule("slots-known", "REFERENCE_NOT_FOUND")
def _slots_known(sent: Sent) -> str | None:
    """The slots exist."""
    wanted = [split_reference(item)[1] for item in sent.slot_references]
    found = {row["id"] for row in sent.call.provider.store.slots(wanted)}
    wrong = [item for item in sent.slot_references if not (split_reference(item)[0] == "Slot" and item[5:] in found)]
    return f"{wrong[0][:80]} does not exist" if wrong else None


@REFERENCES.rule("patient-consents", "NO_PATIENT_CONSENT", stu3=None)
def _patient_consents(sent: Sent) -> str | None:
    """The patient does not dissent from sharing; STU3 lifts this for appointments."""
    from conformance.provider.foundations.patient import dissents

    rows = [
        sent.call.provider.store.patient(item) for kind, item in map(split_reference, sent.actors) if kind == "Patient"
    ]
    return "the patient dissents from sharing" if any(row and dissents(row) for row in rows) else None


def _unknown(sent: Sent, kind: str, find: Any) -> str | None:
    named = [item for found, item in map(split_reference, sent.actors) if found == kind]
    missing = [item for item in named if not find(item)]
    return f"{kind}/{missing[0]} does not exist here" if missing else None


# -- what can be booked --------------------------------------------------------------------------------------------


@SLOTS.rule("slot-is-free", "DUPLICATE_REJECTED", dstu2=_MOST_DSTU2_STATUS)
def _slot_is_free(booking: Booking) -> str | None:
    """The slots are free."""
    taken = [slot["id"] for slot in booking.slots if slot["status"] != "free"]
    return f"no longer free: Slot/{taken[0]}" if taken else None


@SLOTS.rule("slot-is-open")
def _slot_is_open(booking: Booking) -> str | None:
    """The slots are offered to the booking organisation through GP Connect."""
    kinds = [
        coding.get("code")
        for concept in objects((booking.sent.organization or {}).get("type"))
        for coding in objects(concept.get("coding"))
    ]
    code = organization_code(booking.sent)
    shut = [slot["id"] for slot in booking.slots if not open_to(booking.call, slot, map(str, kinds), [code])]
    return f"not offered to this organisation: Slot/{shut[0]}" if shut else None


@SLOTS.rule("one-schedule")
def _one_schedule(booking: Booking) -> str | None:
    """The slots belong to one schedule."""
    return "the slots belong to different schedules" if _differ(booking, "schedule") else None


@SLOTS.rule("adjacent")
def _adjacent(booking: Booking) -> str | None:
    """The slots follow each other without a gap."""
    gap = any(first["end"] != second["start"] for first, second in pairwise(booking.slots))
    return "the slots are not adjacent in time" if gap else None


@SLOTS.rule("one-channel", dstu2=None)
def _one_channel(booking: Booking) -> str | None:
    """The slots have one delivery channel."""
    return "the slots have different delivery channels" if _differ(booking, "channel") else None


@SLOTS.rule("one-service", dstu2=None)
def _one_service(booking: Booking) -> str | None:
    """The slots have one service type."""
    return "the slots have different service types" if _differ(booking, "service") else None


def _differ(booking: Booking, name: str) -> bool:
    return len({slot[name] for slot in booking.slots}) > 1


@SLOTS.rule("start-of-slots")
def _start_of_slots(booking: Booking) -> str | None:
    """The appointment starts with its first slot."""
    wrong = bool(booking.slots) and booking.start != booking.slots[0]["start"]
    return "start is not the start of the first slot" if wrong else None


@SLOTS.rule("end-of-slots")
def _end_of_slots(booking: Booking) -> str | None:
    """The appointment ends with its last slot."""
    wrong = bool(booking.slots) and booking.end != booking.slots[-1]["end"]
    return "end is not the end of the last slot" if wrong else None


@SLOTS.rule("location-of-schedule")
def _location_of_schedule(booking: Booking) -> str | None:
    """The location is that of the schedule."""
    schedule = booking.call.provider.store.schedule(booking.slots[0]["schedule"]) if booking.slots else None
    right = schedule is None or f"Location/{schedule['location']}" in booking.sent.actors
    return None if right else "the location is not where the schedule takes place"
