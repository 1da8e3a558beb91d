"""What the modules about booking share: choosing slots, sending one booking as its case says, and what is expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from conformance.checks.bookings import located
from conformance.checks.check import Check
from conformance.config.model import Patient
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import body_set
from conformance.consumer.response import Response
from conformance.consumer.uk_time import to_uk_text, uk_date
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext, context_step
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case
from conformance.engine.slot_pool import FreeSlot
from conformance.scenarios.steps.refusals import expect_refused

BOOK = "book_appointment"
Slots = tuple[FreeSlot, ...]

_UNNAMED = "No page names a status or code for this; the error page's row for an invalid resource is the one that fits."

INVALID = {
    "stu3": refused("INVALID_RESOURCE", tolerated=["4xx"], because=_UNNAMED),
    "dstu2": refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], tolerated=["4xx"], because=_UNNAMED),
}
"""For a missing or wrong element of the body."""

BROKEN_RULE = {
    "stu3": refused("INVALID_RESOURCE", also=["4xx"], because=_UNNAMED),
    "dstu2": refused("INVALID_RESOURCE", also=["400 BAD_REQUEST", "409"], tolerated=["4xx"], because=_UNNAMED),
}
"""For a well-formed body that breaks the rules of booking."""

_MALFORMED = "A value that cannot be read as its type may count as a malformed body or as an invalid resource."

UNREADABLE_VALUE = {
    "stu3": refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], because=_MALFORMED),
    "dstu2": refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], because=_MALFORMED),
}
"""For a value outside its data type or code list."""


NO_SLOT = {
    "stu3": refused(
        "REFERENCE_NOT_FOUND",
        tolerated=["INVALID_RESOURCE"],
        because="The error page uses this case as its example.",
    ),
    "dstu2": refused(
        "REFERENCE_NOT_FOUND", also=["INVALID_RESOURCE", "404"], because="The edition names no status or code for it."
    ),
}
NO_PATIENT = {
    "stu3": refused(
        "REFERENCE_NOT_FOUND", also=["INVALID_RESOURCE", "404 PATIENT_NOT_FOUND"], because="No code is named for it."
    ),
    "dstu2": refused(
        "REFERENCE_NOT_FOUND", also=["404 PATIENT_NOT_FOUND"], because="No status is given on either page."
    ),
}
NO_ACTOR = refused("REFERENCE_NOT_FOUND", also=["INVALID_RESOURCE"], because="Both rows of the error page fit.")


@dataclass
class Attempt:
    """A booking that was sent and its response. `booked` is None when it created no appointment."""

    context: ScenarioContext
    request: Request
    slots: Slots
    patient: Patient
    response: Response
    booked: BookedAppointment | None

    @property
    def sent(self) -> dict[str, Any]:
        """The body that was sent."""
        assert isinstance(self.request.body, dict)
        return self.request.body


Holds = Callable[[Attempt], Sequence[Check]]


@dataclass(frozen=True)
class Ground:
    """What a deviation may depend on: the context and the slots of the booking."""

    context: ScenarioContext
    slots: Slots

    @property
    def slot(self) -> FreeSlot:
        """The first slot."""
        return self.slots[0]


Deviation = Change | Callable[[Ground], Change]


def attempt(context: ScenarioContext, case: Case) -> Attempt:
    """Send the booking of a case: its `slots`, `patient`, `booking` (its arguments) and `change`, each optional."""
    slots: Slots = case["slots"](context) if case.get("slots") else (context.arrange.slot(),)
    patient: Patient = case["patient"](context) if case.get("patient") else context.arrange.patient()
    request = context.arrange.booking(*slots, patient=patient, **(case.get("booking") or {}))
    for change in changes(context, slots, context.parameter("change")):
        request = change(request)
    response = context.send(request)
    booked = context.arrange.booked_by(response, patient, slots) or _found_by_location(
        context, response, patient, slots
    )
    return Attempt(context, request, slots, patient, response, booked)


def _found_by_location(
    context: ScenarioContext, response: Response, patient: Patient, slots: Slots
) -> BookedAppointment | None:
    """Register an appointment that is only named by the Location header, so that it is cancelled afterwards too."""
    identifier = located(response) if response.carried_out else ""
    if not identifier:
        return None
    read = context.send(context.requests.read("Appointment", identifier, nhs_number=patient.nhs_number))
    return context.arrange.booked_by(read, patient, slots)


def changes(context: ScenarioContext, slots: Slots, given: Deviation | Sequence[Deviation] | None) -> list[Change]:
    """Return the changes of a case, resolved where they depend on the slots or the configuration."""
    several: Sequence[Deviation] = given if isinstance(given, Sequence) else [given] if given else []
    return [item if isinstance(item, Change) else item(Ground(context, slots)) for item in several]


def refer(path: str, text: str | Callable[[Ground], str]) -> Callable[[Ground], Change]:
    """Set a reference of the body to another target."""
    return lambda on: body_set(f"{path}.reference", text if isinstance(text, str) else text(on))


def need_booked(tried: Attempt) -> BookedAppointment:
    """Return the appointment that a booking created; CannotTest when there is none."""
    if tried.booked is None or tried.response.resource_type != "Appointment":
        tried.context.cannot(f"a valid booking created no appointment: {tried.response.described}", Blame.PROVIDER)
    return tried.booked


def expect_refusal(context: ScenarioContext, case: Case, tried: Attempt) -> None:
    """Judge the response by the refusal that the case expects, and check that the slots are still free."""
    expect_refused(context, tried.response, context.parameter("expect"))
    if tried.booked is None:
        context.effects.still_free(*tried.slots)
        context.once(VALID_BOOKING)


VALID_BOOKING = context_step("control: a valid booking", lambda context: context.arrange.booked().id, control=True)
"""A provider that refuses every booking shows nothing by refusing a wrong one."""


def retrieved(context: ScenarioContext, patient: Patient, slots: Slots) -> list[Response]:
    """Return a patient's appointments on the slots' days, each as a response of its own, in the order of the Bundle."""
    days = [uk_date(slot.start) for slot in slots]
    response = context.send(
        context.requests.retrieve(
            context.arrange.patient_id(patient), min(days), max(days), nhs_number=patient.nhs_number
        )
    )
    context.need_searchset(response, "the patient's appointments cannot be retrieved")
    return [response.part(entry) for entry in response.entries("Appointment")]


# Slots to book


def adjacent(context: ScenarioContext) -> Slots:
    """Two slots that may be booked together."""
    return context.arrange.slot_pair(lambda first, second: first.touches(second), what="two adjacent slots")


def with_others(context: ScenarioContext) -> Slots:
    """A slot whose schedule offers another."""
    offered = Counter(slot.schedule_id for slot in context.arrange.slot_pool.free())
    slot = context.arrange.slot(lambda one: offered[one.schedule_id] > 1, what="a free slot beside another")
    return (slot,)


def three_adjacent(context: ScenarioContext) -> Slots:
    """Three slots in a row that may be booked together."""

    def begins_a_row(first: FreeSlot, second: FreeSlot) -> bool:
        return first.touches(second) and any(
            second.touches(slot) for slot in context.arrange.slot_pool.following(second)
        )

    first, second = context.arrange.slot_pair(begins_a_row, what="three adjacent slots")
    return first, second, context.arrange.slot(lambda slot: second.touches(slot), what="a third adjacent slot")


def with_practitioner(context: ScenarioContext) -> Slots:
    """A slot of a schedule that has a practitioner."""
    return (context.arrange.slot_for("Practitioner"),)


def without_practitioner(context: ScenarioContext) -> Slots:
    """A slot of a schedule without a practitioner."""
    return (
        context.arrange.slot(lambda slot: not slot.practitioner_id, what="a slot of a schedule without a practitioner"),
    )


def with_category(context: ScenarioContext) -> Slots:
    """A slot of a schedule that the practice has described."""
    return (
        context.arrange.slot(
            lambda slot: "serviceCategory" in slot.schedule, what="a slot of a schedule with a serviceCategory"
        ),
    )


# Values for deviations of a booking


def at(moment: str, **shift: int) -> Callable[[Slots], str]:
    """Return the slots' `start` or `end`, shifted by the words of timedelta, as text in UK time."""

    def text(slots: Slots) -> str:
        edge = min(slot.start for slot in slots) if moment == "start" else max(slot.end for slot in slots)
        return to_uk_text(edge + timedelta(**shift))

    return text


def text_of(length: int) -> str:
    """Return a text of exactly this many characters, without repetition, with a distinct end."""
    words = " ".join(f"{number}{'éł£&<'[number % 5]}" for number in range(length))
    return words[: length - 5] + "#end#"
