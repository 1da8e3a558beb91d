"""What an appointment must contain when it is retrieved or read: the same table for both interactions, element by element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.checks import bookings
from conformance.checks.appointments import appointment_status, reflects
from conformance.checks.check import Check
from conformance.consumer.request_mutations import body_add
from conformance.core.results import Severity
from conformance.engine.scenario import Case, case, table
from conformance.scenarios.steps.booking import Attempt, adjacent, with_category, with_practitioner


@dataclass(frozen=True)
class Element:
    """One element that was booked and must be returned.

    `retrieve` and `read` are the requirements it verifies there; `faults` are the names that follow `retrieve.` and `read.`.
    """

    name: str
    words: str
    faults: str
    holds: Callable[[Attempt], Sequence[Check]]
    retrieve: str
    read: str
    more: dict[str, Any] = field(default_factory=dict)


_KEPT = ("STU3-RETRIEVE-025 DSTU2-RETRIEVE-023", "STU3-READ-010 DSTU2-READ-003")
_KEPT_STU3 = ("STU3-RETRIEVE-025", "STU3-READ-010")
_KEPT_DSTU2 = ("DSTU2-RETRIEVE-023", "DSTU2-READ-003")
_PRACTICE = ("STU3-RETRIEVE-023", "STU3-READ-008")
_FORBIDDEN = ("STU3-RETRIEVE-024", "STU3-READ-009")


def _only(name: str) -> Callable[[Attempt], Sequence[Check]]:
    return lambda tried: (bookings.texts_kept({name: tried.sent[name]}),)


def _as_answered(name: str) -> Callable[[Attempt], Sequence[Check]]:
    """The element is as the booking returned it."""
    return lambda tried: (reflects(tried.booked.value if tried.booked else {}, name),)


ELEMENTS = (
    Element("status", "the status booked", "odd-status always-cancelled", lambda _: (appointment_status("booked"),), *_KEPT),
    Element("times", "the times of its slot", "times-swapped", lambda tried: (bookings.times_of(tried.slots),), *_KEPT),
    Element("slot", "the slot that was booked", "without-slot", lambda tried: (bookings.slots_of(tried.sent),), *_KEPT),
    Element("both-slots", "both slots and their combined time, when two were booked", "one-slot-only",
            lambda tried: (bookings.slots_of(tried.sent), bookings.times_of(tried.slots)), *_KEPT, {"slots": adjacent}),
    Element("description", "the description as it was sent", "without-description", _only("description"), *_KEPT),
    Element("comment", "the comment as it was sent", "without-comment", _only("comment"), *_KEPT),
    Element("patient", "the patient it was booked for, and no other", "other-patient stu3:dangling-patient",
            lambda tried: (bookings.only_patient(tried.context.arrange.patient_id(tried.patient)),), *_KEPT),
    Element("location", "the location where it takes place", "without-location stu3:dangling-location",
            lambda tried: (bookings.only_location(tried.slots[0].location_id),), *_KEPT),
    Element("practitioner", "the practitioner that was sent", "without-practitioner stu3:dangling-practitioner",
            lambda tried: (bookings.has_actor("Practitioner", tried.slots[0].practitioner_id),), *_KEPT,
            {"slots": with_practitioner}),
    Element("participant-status", "a status for each participant", "without-participant-status without-participants",
            lambda _: (bookings.participants_complete,), *_KEPT),
    Element("identifiers", "only business identifiers with a system and a value", "identifier-without-system",
            lambda _: (bookings.identifiers_complete,), "STU3-RETRIEVE-025 DSTU2-RETRIEVE-023", "STU3-READ-006 DSTU2-READ-006"),
    Element("created", "the time of booking in created", "without-created",
            lambda tried: (bookings.created_close_to(tried.sent),), *_KEPT_STU3),
    Element("organisation", "the booking organisation as it was sent",
            "without-organization organization-without-type organization-uncontained",
            lambda tried: (bookings.booking_organisation(tried.sent, missing_type=Severity.WARN),), *_KEPT_STU3,
            {"noted": "C-BOOK-TYPE-EXAMPLE"}),
    Element("organisation-conforms", "a contained Organization that conforms to its profile", "organization-with-version",
            lambda _: (bookings.organisation_conforms,), *_KEPT_STU3),
    Element("delivery-channel", "the delivery channel of its slot", "without-channel",
            lambda tried: (bookings.extension_of("delivery_channel", [slot.raw for slot in tried.slots], "valueCode"),),
            *_KEPT_STU3),
    Element("practitioner-role", "the practitioner role of its schedule", "without-role",
            lambda tried: (bookings.extension_of("practitioner_role", [slot.schedule for slot in tried.slots],
                                                 "valueCodeableConcept.coding.code"),), *_KEPT_STU3),
    Element("service-type", "the slot type in serviceType", "without-service",
            lambda tried: (bookings.service_type_of(tried.slots),), *_PRACTICE),
    Element("service-category", "the schedule type in serviceCategory", "without-category",
            lambda tried: (bookings.service_category_of(tried.slots),), *_PRACTICE, {"slots": with_category}),
    Element("no-reason", "no reason", "with-reason", lambda _: (bookings.lacks("reason"),), *_FORBIDDEN),
    Element("no-specialty", "no specialty", "with-specialty", lambda _: (bookings.lacks("specialty"),), *_FORBIDDEN),
    Element("reason", "the reason that was booked", "without-reason", _as_answered("reason"), *_KEPT_DSTU2,
            {"change": body_add("reason", {"text": "Cough"})}),
    Element("priority", "the priority that was booked", "without-priority", _as_answered("priority"), *_KEPT_DSTU2,
            {"change": body_add("priority", 5)}),
    Element("type", "the type that was booked", "without-type", _as_answered("type"), *_KEPT_DSTU2,
            {"change": body_add("type", {"text": "GP"})}),
)  # fmt: skip


def _named(short: str, faults: str) -> str:
    parts = (name.rpartition(":") for name in faults.split())
    return " ".join(f"{edition}{colon}{short}.{name}" for edition, colon, name in parts)


def contents(short: str, interaction: str, verb: str, why: str, fix: str) -> tuple[Case, ...]:
    """Return the table for an interaction: `short` is its prefix of ids and faults, `verb` its verb in titles."""
    rows = [
        case(
            f"{short}.{item.name}",
            f"A {verb} appointment has {item.words}",
            item.retrieve if short == "retrieve" else item.read,
            holds=item.holds,
            faults=_named(short, item.faults),
            **item.more,
        )
        for item in ELEMENTS
    ]
    return table(interaction, *rows, why=why, fix=fix)
