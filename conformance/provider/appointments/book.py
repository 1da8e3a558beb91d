"""Book an appointment. Source: the edition's use-case page; STU3-BOOK-*, DSTU2-BOOK-*."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from conformance.provider.appointments.body import (
    Sent,
    read_appointment_body,
    reference_of,
    split_reference,
    text_of,
)
from conformance.provider.appointments.book_body import REQUEST
from conformance.provider.appointments.book_slots import REFERENCES, SLOTS, Booking
from conformance.provider.clock import seconds_of
from conformance.provider.editions.shapes import load_appointment
from conformance.provider.fault_points import Seam
from conformance.provider.foundations.patient import APPOINTMENTS
from conformance.provider.http import Call, Json, Response, minimal


def book_appointment(call: Call) -> Response:
    """Book the slots and return the appointment."""
    sent = read_appointment_body(call)
    provider, store = call.provider, call.provider.store
    REQUEST.enforce(call, sent)
    for kind, patient in map(split_reference, sent.actors):
        APPOINTMENTS.enforce(call, store.patient(patient) if kind == "Patient" else None)
    REFERENCES.enforce(call, sent)
    identifiers = [split_reference(reference)[1] for reference in sent.slot_references]
    locked = provider.seams.setting("book.locked", True, call)
    if not locked:  # as a provider with a race does: looks first, and keeps others out only when it writes
        SLOTS.enforce(call, Booking(sent, store.slots(identifiers)))
        provider.seams.setting("book.between-check-and-write", None, call)
    # One writer at a time from here on, so that of two bookings of one slot the second sees the first.
    with store.writing():
        booking = Booking(sent, store.slots(identifiers))
        if locked:
            SLOTS.enforce(call, booking)
        identifier = write_booking(booking)
    appointment = load_appointment(store, identifier)
    assert appointment is not None
    resource = provider.shapes.appointment(appointment)
    response = provider.single(call, resource, updated=appointment.row["updated"])
    response.status = 201
    shown = response.resource or {}  # its id and version may be spelt in another way than they are stored
    named = {**resource, "id": shown.get("id", resource["id"])}
    version = shown.get("meta", {}).get("versionId", appointment.version)
    response.headers["Location"] = f"{call.fullUrl(named)}/_history/{version}"
    return minimal(call, response)


def write_booking(booking: Booking) -> str:
    """Write the appointment and take its slots, within a transaction; return its id."""
    call, sent, store = booking.call, booking.sent, booking.call.provider.store
    now = call.provider.clock.seconds()
    identifier = f"Apt-{secrets.token_hex(8)}"
    patient = next((item for kind, item in map(split_reference, sent.actors) if kind == "Patient"), "")
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
    stored = sent.call.provider.edition.capabilities
    return {
        "description": body.get("description"),
        "comment": body.get("comment"),
        "created": seconds_of(body.get("created")) or now,
        "organization": sent.organization,
        **{name: body.get(name) for name in stored.booking_elements},
        "participants": [_participant(item, stored.participant_elements) for item in sent.objects("participant")],
    }


def _participant(item: Json, stored: Sequence[str]) -> Json:
    kept = {"actor": reference_of(item.get("actor")), "status": item.get("status", "accepted")}
    return kept | {name: item[name] for name in stored if name in item}
