"""What amending and cancelling have in common: the body, the version, the rules that come before any change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

from conformance.provider.appointments.body import Sent, read_appointment_body
from conformance.provider.appointments.changes import changes
from conformance.provider.appointments.read import is_past, known_appointment
from conformance.provider.editions.shapes import Appointment
from conformance.provider.fault_points import Seam
from conformance.provider.http import Call, Json, Response, minimal
from conformance.provider.refusal import Reply
from conformance.provider.rules import Rules

PUT = Rules("put")


@dataclass(frozen=True)
class Update:
    """An update: what was sent, and the appointment as it is in the transaction that is to change it."""

    sent: Sent
    stored: Appointment

    @property
    def call(self) -> Call:
        """The request."""
        return self.sent.call

    @cached_property
    def changed(self) -> set[str]:
        """The elements that the update would change."""
        provider = self.call.provider
        seen = provider.seams.through(Seam.PRESENTED, provider.shapes.appointment(self.stored), self.call)
        return changes(seen, self.sent.json)


def begin(sent: Sent) -> Update:
    """Return the update, once the rules that hold for every update are met. To be called within a transaction."""
    update = Update(sent, known_appointment(sent.call))
    PUT.enforce(sent.call, update)
    return update


def body_of(call: Call) -> Sent:
    """Return the body of an update; an unknown appointment is refused before anything is said about the body."""
    known_appointment(call)
    return read_appointment_body(call)


def write(update: Update, doc: Json, status: str, *, free_slots: bool = False) -> None:
    """Store the new state as a new version."""
    call, appointment = update.call, update.stored
    now = call.provider.clock.seconds()
    values = {"doc": doc, "status": status, "version": appointment.row["version"] + 1, "free_slots": free_slots}
    values = call.provider.seams.through(Seam.STORE, values, call)
    database = call.provider.store.database
    database.execute(
        "UPDATE appointment SET doc = ?, status = ?, version = ?, updated = ? WHERE id = ?",
        (json.dumps(values["doc"]), values["status"], values["version"], now, appointment.row["id"]),
    )
    if values["free_slots"]:
        database.execute(
            "UPDATE slot SET status = 'free', version = version + 1, updated = ?"
            " WHERE id IN (SELECT slot FROM appointment_slot WHERE appointment = ?)",
            (now, appointment.row["id"]),
        )


def finish(call: Call) -> Response:
    """Return the appointment as it is now."""
    appointment = known_appointment(call)
    response = call.provider.single(
        call, call.provider.shapes.appointment(appointment), updated=appointment.row["updated"]
    )
    return minimal(call, response)


@PUT.rule("id-fits", "BAD_REQUEST")
def _id_fits(update: Update) -> str | None:
    """The body is the appointment that the URL names."""
    return None if update.sent.json.get("id") == update.call.id else "the id in the body is not the one in the URL"


@PUT.rule(
    "if-match-fits",
    Reply("FHIR_CONSTRAINT_VIOLATION", 409, "conflict"),
    dstu2=Reply("INVALID_RESOURCE", 409, "conflict"),
)
def _if_match_fits(update: Update) -> str | None:
    """The consumer changes the current version, names several with it among them, or any (RFC 7232 section 3.1)."""
    sent = ", ".join(update.call.header_values("If-Match")).strip()
    admitted = [tag.strip() for tag in sent.split(",")]
    shown = update.call.provider.seams.setting("put.version", update.stored.version, update.call)
    fits = not sent or sent == "*" or f'W/"{shown}"' in admitted
    return None if fits else f"If-Match {sent[:60]} is not the current version of the appointment"


@PUT.rule("not-past", dstu2=None)
def _not_past(update: Update) -> str | None:
    """The appointment is not past."""
    return "the appointment lies in the past and cannot be changed" if is_past(update.call, update.stored) else None
