"""Writes whose response did not come: what became of them, and undoing what was created.

The look-ups are the interface's own: a patient's appointments for a booking, the appointment for a change of it, the search
for a patient for a registration. A slot of such a booking is never used again in the run.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conformance.checks.json_values import every, first, instant, references
from conformance.consumer import request_bodies
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.engine.footprints import change_of, made_by, patient_number

Send = Callable[[Request], Response]
_AFTERWARDS = "Made by an assurance run whose response was lost"


class Fate(StrEnum):
    """What became of a write."""

    NOT_MADE = "not carried out"
    UNDONE = "carried out, and has been undone"
    MADE = "carried out"
    LEFT_OVER = "carried out, and is left over"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Outcome:
    """What became of a write, and a sentence that says how that was seen. `resource` names what was created, "" if nothing."""

    fate: Fate
    sentence: str
    resource: str = ""


def slots_in(request: Request) -> list[str]:
    """Return the ids of the slots that a booking names."""
    return list(references(_body(request).get("slot"), "Slot"))


def look_up(request: Request, requests: RequestBuilder, send: Send, registered: Container[str]) -> Outcome:
    """Return what became of a write. Bookings of ours are cancelled.

    `requests` makes the look-ups, `send` sends them, each recorded; `registered` are the numbers of the
    patients that the run has registered, or found registered, before.
    """
    look = _LOOK_UPS.get(request.interaction.key)
    if look is None:
        return Outcome(Fate.NOT_MADE, "the interaction changes nothing")
    return look(Situation(request, requests, send, registered))


@dataclass(frozen=True)
class Situation:
    """A write whose outcome is open, and what it takes to look it up (see `look_up`)."""

    request: Request
    requests: RequestBuilder
    send: Send
    registered: Container[str]


def _body(request: Request) -> dict[str, Any]:
    """The body as a resource; where it was made unreadable on purpose, as it was before."""
    bodies = (request.body, request.control.body if request.control else None)
    return next((body for body in bodies if isinstance(body, dict)), {})


# Bookings


def _booking(open_: Situation) -> Outcome:
    request = open_.request
    patient = next(references(_body(request).get("participant"), "Patient"), None)
    days = [uk_date(moment) for name in ("start", "end") if (moment := instant(_body(request).get(name)))]
    if patient is None or not days:
        return Outcome(Fate.UNKNOWN, "the booking names no patient and time to look it up by")
    found = open_.send(open_.requests.retrieve(patient, min(days), max(days), nhs_number=patient_number(request)))
    if not found.carried_out or found.resource_type != "Bundle":
        return Outcome(Fate.UNKNOWN, f"the patient's appointments cannot be retrieved: {found.described}")
    change = change_of(request, open_.requests.config)
    shown = (
        [] if change is None else [(made_by(change, one), one) for one in found.entries("Appointment") if _booked(one)]
    )
    ours = [one for made, one in shown if made]
    if not ours:
        doubtful = next((one for made, one in shown if made is None), None)
        if doubtful is None:
            return Outcome(Fate.NOT_MADE, "the patient's appointments do not show it")
        named = f"Appointment/{doubtful.get('id')}"
        return Outcome(Fate.UNKNOWN, f"{named} has the slot, and nothing shows whether this run made it", named)
    left = [one for one in ours if not _cancelled(one, open_)]
    named = ", ".join(f"Appointment/{one.get('id')}" for one in left or ours)
    if left:
        return Outcome(Fate.LEFT_OVER, f"{named} is among the patient's appointments and could not be cancelled", named)
    return Outcome(Fate.UNDONE, f"{named} was among the patient's appointments and was cancelled", named)


def _booked(appointment: dict[str, Any]) -> bool:
    return appointment.get("status") == "booked"


def _cancelled(appointment: dict[str, Any], open_: Situation) -> bool:
    version = first(appointment, "meta.versionId")
    etag = f'W/"{version}"' if isinstance(version, str) else None
    body = request_bodies.cancellation(open_.requests.edition, appointment, _AFTERWARDS)
    return open_.send(open_.requests.cancel(body, etag, nhs_number=patient_number(open_.request))).carried_out


# Changes of an appointment


def _change(open_: Situation) -> Outcome:
    request = open_.request
    identifier = request.path.rpartition("/")[2]
    response = open_.send(open_.requests.read("Appointment", identifier, nhs_number=patient_number(request)))
    if not response.carried_out or response.resource_type != "Appointment":
        return Outcome(Fate.UNKNOWN, f"the appointment cannot be read: {response.described}")
    if request.interaction.key == "cancel_appointment" and response.resource.get("status") == "cancelled":
        return Outcome(Fate.MADE, f"Appointment/{identifier} reads as cancelled", f"Appointment/{identifier}")
    sent = request.header("If-Match")
    if sent is None or response.current is None:
        return Outcome(Fate.UNKNOWN, "the appointment shows no version to tell by")
    if sent == response.current:
        return Outcome(Fate.NOT_MADE, "the appointment has the version that it had before")
    return Outcome(Fate.MADE, f"Appointment/{identifier} has another version now", f"Appointment/{identifier}")


# Registrations


def _registration(open_: Situation) -> Outcome:
    request, requests = open_.request, open_.requests
    numbers = numbers_in(request)
    if not numbers:
        return Outcome(Fate.UNKNOWN, "the registration names no number to look it up by")
    if numbers[0] in open_.registered:
        return Outcome(Fate.NOT_MADE, "the patient was registered before")
    response = open_.send(requests.find("find_patient", requests.edition.systems("nhs_number")[0], numbers[0]))
    if not response.carried_out or response.resource_type != "Bundle":
        return Outcome(Fate.UNKNOWN, f"the patient cannot be searched for: {response.described}")
    found = [f"Patient/{one.get('id')}" for one in response.entries("Patient")]
    if not found:
        return Outcome(Fate.NOT_MADE, "the search does not find the patient")
    return Outcome(Fate.LEFT_OVER, f"{found[0]} is found, and a registration cannot be undone", found[0])


def numbers_in(request: Request) -> list[str]:
    """Return the numbers of the patients that a registration names."""
    found = every(_body(request), "parameter.resource.identifier.value")
    return [value for value in found if isinstance(value, str)]


_LOOK_UPS: dict[str, Callable[[Situation], Outcome]] = {
    "book_appointment": _booking,
    "amend_appointment": _change,
    "cancel_appointment": _change,
    "register_patient": _registration,
}
