"""What a booking refers to and which slots it may have. Source: the use-case page; STU3-BOOK-035 to -052, DSTU2-BOOK-023 on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from conformance.provider.appointments.body import Sent, objects, split_reference
from conformance.provider.appointments.book_body import organization_code
from conformance.provider.appointments.search import open_to
from conformance.provider.clock import seconds_of
from conformance.provider.foundations.patient import bookable, dissents
from conformance.provider.http import Call
from conformance.provider.refusal import Reply
from conformance.provider.rules import Rules
from conformance.provider.store import Row

REFERENCES = Rules("book")
SLOTS = Rules("book")
# DSTU2 has no code for a slot that is taken; 409 and 422 are both defensible (DSTU2-BOOK-025).
_TAKEN_DSTU2 = Reply("INVALID_RESOURCE", 409, "conflict")


@dataclass(frozen=True)
class Booking:
    """A booking with the slots it is for, as they are in the transaction that is to book them."""

    sent: Sent
    slots: Sequence[Row]

    @property
    def call(self) -> Call:
        """The request."""
        return self.sent.call

    @cached_property
    def start(self) -> int | None:
        """The requested start."""
        return seconds_of(self.sent.json.get("start"))

    @cached_property
    def end(self) -> int | None:
        """The requested end."""
        return seconds_of(self.sent.json.get("end"))


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
    rows = [
        sent.call.provider.store.patient(item) for kind, item in map(split_reference, sent.actors) if kind == "Patient"
    ]
    return "the patient dissents from sharing" if any(row and dissents(row) for row in rows) else None


def _unknown(sent: Sent, kind: str, find: Any) -> str | None:
    named = [item for found, item in map(split_reference, sent.actors) if found == kind]
    missing = [item for item in named if not find(item)]
    return f"{kind}/{missing[0]} does not exist here" if missing else None


# -- what can be booked --------------------------------------------------------------------------------------------


@SLOTS.rule("slot-is-free", "DUPLICATE_REJECTED", dstu2=_TAKEN_DSTU2)
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


@SLOTS.rule("slot-once")
def _slot_once(booking: Booking) -> str | None:
    """Each slot is named once."""
    named = booking.sent.slot_references
    return "a slot is named twice" if len(set(named)) < len(named) else None


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
