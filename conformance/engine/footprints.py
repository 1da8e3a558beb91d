"""Notes each request of a run that may create or change something at the provider, before it leaves, and what became of it.

The client calls this for every request, so no scenario has to remember it: valid and invalid ones, named steps, controls,
repeats, simultaneous ones.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.json_values import every, first, instant, references
from conformance.config.model import Config
from conformance.consumer.repeats import is_safe
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.consumer.usable_parts import logical_id
from conformance.core.footprint import Change, Footprint, Kind, State

_KINDS = {
    "book_appointment": Kind.BOOKING,
    "amend_appointment": Kind.AMENDMENT,
    "cancel_appointment": Kind.CANCELLATION,
    "register_patient": Kind.REGISTRATION,
}
_APPOINTMENT = re.compile(r"/Appointment(?:/([^/]+))?/?$")
_MARKS = ("comment", "created", "description")
_MARKS_BESIDE = {"comment", "created"}  # what identifies as well as a description that the provider does not keep
_NOT_CARRIED_OUT = range(400, 500)


def change_of(request: Request, config: Config) -> Change | None:
    """Return what a request may create or change, None for one that only reads."""
    kind = None if is_safe(request) else _kind(request)
    if kind is None:
        return None
    bodies = list(_bodies(request))
    named = _APPOINTMENT.search(request.path)
    target = named[1] if named and kind is not Kind.BOOKING else None
    return Change(
        kind,
        request.label,
        resource=f"Appointment/{target}" if target else "",
        patient=next((one for body in bodies for one in references(body.get("participant"), "Patient")), ""),
        slots=tuple(dict.fromkeys(one for body in bodies for one in references(body.get("slot"), "Slot"))),
        start=_text(bodies, "start"),
        end=_text(bodies, "end"),
        person=_person(request, bodies, config),
        marks={name: mark for body in reversed(bodies) for name, mark in marks_of(body).items()},
    )


def _kind(request: Request) -> Kind | None:
    """The kind by the interaction; of a request that misuses another one, by the path."""
    known = _KINDS.get(request.interaction.key)
    named = _APPOINTMENT.search(request.path)
    if known or not named:
        return known
    return Kind.AMENDMENT if named[1] else Kind.BOOKING


def _bodies(request: Request) -> Iterator[dict[str, Any]]:
    """The body as a resource, and as it was before it was made wrong: a provider may carry out either."""
    for body in (request.body, request.control.body if request.control else None):
        if isinstance(body, dict):
            yield body


def _text(bodies: list[dict[str, Any]], name: str) -> str:
    return next((body[name] for body in bodies if instant(body.get(name))), "")


def marks_of(appointment: dict[str, Any]) -> dict[str, str]:
    """Return digests of what distinguishes one booking from another in the same slot: comment, time of booking, description."""
    texts = {name: appointment.get(name) for name in _MARKS}
    moment = instant(texts["created"])
    texts["created"] = f"{moment.timestamp():.0f}" if moment else None
    return {
        name: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        for name, text in texts.items()
        if isinstance(text, str) and text
    }


def _person(request: Request, bodies: list[dict[str, Any]], config: Config) -> str:
    """Where in the configuration the person is whom a request is about, "" where none is named: no number is written down.

    A registration names the person in its body, other requests in the token where the edition's tokens name the record.
    """
    sent = {value for body in bodies for value in every(body, "parameter.resource.identifier.value")}
    sent |= {one for part in (request, request.control) if part is not None and (one := patient_number(part))}
    return next((place for place, number in people_of(config).items() if number in sent), "")


def patient_number(request: Request) -> str | None:
    """The patient's NHS number, where the edition's token names the record."""
    record = first(request.token.claims, "requested_record")
    found = first(record, "identifier.value") if first(record, "resourceType") == "Patient" else None
    return found if isinstance(found, str) else None


def people_of(config: Config) -> dict[str, str]:
    """Return the NHS numbers of the configuration by their places."""
    patients = {f"data.patients[{place}]": row.nhs_number for place, row in enumerate(config.data.patients)}
    others = {f"data.registrations[{place}]": row.nhs_number for place, row in enumerate(config.data.registrations)}
    return patients | others


def made_by(change: Change, appointment: dict[str, Any]) -> bool | None:
    """Whether an appointment was made by a booking of ours; None where it has its slot and nothing shows whose it is.

    A test patient's appointment in a slot that was booked need not be ours: another run, or a person, may have made it.
    """
    shown = set(references(appointment.get("slot"), "Slot"))
    start = instant(appointment.get("start"))
    if not (shown & set(change.slots) if shown and change.slots else start and start == instant(change.start)):
        return False
    marks = marks_of(appointment)
    same = {name for name, mark in change.marks.items() if marks.get(name) == mark}
    if "description" in same:
        return True
    return True if "description" not in marks and same == _MARKS_BESIDE else None


class Watcher:
    """Keeps a run's footprint; the client calls it before and after each request."""

    def __init__(self, footprint: Footprint, config: Config) -> None:
        self._footprint = footprint
        self._config = config

    def leaving(self, request: Request) -> int | None:
        """A request is about to leave: note what it may change. Returns the key for `came`, None where it changes nothing."""
        change = change_of(request, self._config)
        return None if change is None else self._footprint.intend(change)

    def came(self, key: int | None, response: Response) -> None:
        """The response, or what came in its place, is there: note what it says became of the change."""
        if key is None:
            return
        change = self._footprint.changes[key]
        state = _state(response)
        made = _made(change, response) if state is State.EXISTS else change.resource
        if state is State.EXISTS and not made and change.kind is Kind.BOOKING:
            state = State.UNKNOWN
        self._footprint.settle(key, state, resource=made)
        if state is State.EXISTS and _cancels(change, response):
            for booking in self._footprint.bookings_of(change.resource):
                self._footprint.undone(booking.key)


def _state(response: Response) -> State:
    """What a status says: carried out, refused, or neither. A server error and an unreadable response say nothing."""
    status = response.status
    if status is not None and 200 <= status < 300:
        return State.EXISTS
    return State.NONE if status in _NOT_CARRIED_OUT else State.UNKNOWN


def _made(change: Change, response: Response) -> str:
    if change.kind is Kind.REGISTRATION:
        patients = response.entries("Patient") if response.resource_type == "Bundle" else [response.value]
        shown = next((one for item in patients if (one := logical_id(item))), None)
        return f"Patient/{shown}" if shown else ""
    if change.kind is Kind.BOOKING:
        shown = logical_id(response.value) if response.resource_type == "Appointment" else None
        return f"Appointment/{shown}" if shown else ""
    return change.resource


def _cancels(change: Change, response: Response) -> bool:
    """Whether a response says that the appointment is cancelled now."""
    return change.kind in (Kind.CANCELLATION, Kind.AMENDMENT) and first(response.value, "status") == "cancelled"
