"""Ways to be wrong in cancelling an appointment: what is stored, and what is answered then and later."""

from __future__ import annotations

import html
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.amend_cancel_effects import Write, is_cancelled, presents, writes, writes_doc
from conformance.provider.faults.effects import (
    alter,
    change,
    drop_extension,
    drop_header,
    edit_extension,
    found,
    header,
    put,
    status,
    store,
    without,
)
from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply, refuse

_ON = "cancel"


def _doc(name: str, value: Any) -> Any:
    return lambda doc: doc | {name: value(doc.get(name)) if callable(value) else value}


_LONG = 255
_BOOK = frozenset({"book_appointment"})


def _present(*edits: Any) -> Any:
    return change("Appointment", *edits, on=_ON)


def _reason(edit: Any) -> Any:
    """Store the cancellation reason otherwise; None loses it."""

    def new(write: Write) -> Json:
        held = write.doc.get("cancellation") or {}
        text = edit(held.get("text"))
        return {"cancellation": held | {"text": text} if text else None}

    return writes_doc(new, on=_ON)


def _frees_first(write: Write) -> Json:
    first = write.held.slots[0]["id"]
    write.call.provider.store.database.execute("UPDATE slot SET status = 'free' WHERE id = ?", (first,))
    return {"free_slots": False}


def _is_gone(call: Call, same: Call | None) -> Call:  # noqa: ARG001
    if is_cancelled(call):
        raise refuse("read.known", call.provider.shapes.not_found, f"there is no appointment {call.id}")
    return call


def _had_one(values: Json, call: Call | None) -> Json:
    """Refuse a slot that ever had an appointment."""
    marks = ",".join("?" * len(values["slots"]))
    assert call is not None
    if call.provider.store.rows(f"SELECT slot FROM appointment_slot WHERE slot IN ({marks})", *values["slots"]):  # noqa: S608
        raise refuse("book.slot-is-free", Reply("INVALID_RESOURCE", 409), "the slot is taken")
    return values


def _revive(values: Json, call: Call | None) -> Json:
    """Give the new patient's status to whatever the slot had before."""
    assert call is not None
    for slot in values["slots"]:
        call.provider.store.database.execute(
            "UPDATE appointment SET status = 'booked' WHERE id IN (SELECT appointment FROM appointment_slot WHERE slot = ?)",
            (slot,),
        )
    return values


def _without_omitted(resource: Json, call: Call) -> Json:
    omitted = [name for name in ("serviceType", "serviceCategory") if name not in call.content]
    return {name: value for name, value in resource.items() if name not in omitted}


FAULTS = (
    Fault("cancel.keeps-slot", "does not free the slot", store(_ON, free_slots=False)),
    Fault("cancel.keeps-version", "does not count a new version", store(_ON, version=lambda version: version - 1)),
    Fault("cancel.stays-booked", "does not store the new status", store(_ON, status="booked")),
    Fault("cancel.as-no-show", "stores another status", store(_ON, status="noshow")),
    Fault("cancel.loses-reason", "does not store the reason", store(_ON, doc=_doc("cancellation", None))),
    Fault(
        "cancel.own-reason", "stores a reason of its own", store(_ON, doc=_doc("cancellation", {"text": "Cancelled"}))
    ),
    Fault("cancel.loses-comment", "loses the comment", store(_ON, doc=_doc("comment", None))),
    Fault("cancel.loses-description", "loses the description", store(_ON, doc=_doc("description", "Cancelled"))),
    Fault(
        "cancel.drops-participants",
        "loses the second participant",
        store(_ON, doc=_doc("participants", lambda held: held[:1])),
    ),
    Fault(
        "cancel.loses-organization", "loses the booking organisation", store(_ON, doc=_doc("organization", None)), STU3
    ),
    Fault("cancel.created", "answers 201", status(201, on=_ON)),
    Fault("cancel.no-content", "answers 204", status(204, on=_ON)),
    Fault(
        "cancel.answers-booked", "answers with status booked", change("Appointment", put("status", "booked"), on=_ON)
    ),
    Fault(
        "cancel.answer-without-reason",
        "leaves the reason out of the answer",
        change("Appointment", drop_extension("ancellation"), on=_ON),
    ),
    Fault(
        "cancel.answer-other-reason-url",
        "answers with another URL of the reason's extension",
        change("Appointment", edit_extension("ancellation", put("url", "https://beeches.example/reason")), on=_ON),
    ),
    Fault(
        "cancel.answer-without-slot",
        "leaves the slots out of the answer",
        change("Appointment", without("slot"), on=_ON),
        STU3,
    ),
    Fault(
        "cancel.answer-without-version",
        "leaves meta.versionId out of the answer",
        change("Appointment", without("meta.versionId"), on=_ON),
    ),
    Fault(
        "cancel.answer-without-service",
        "leaves the slot type out of the answer",
        change("Appointment", without("serviceType"), on=_ON),
        STU3,
    ),
    Fault(
        "cancel.answer-without-channel",
        "leaves the delivery channel out of the answer",
        change("Appointment", drop_extension("DeliveryChannel"), on=_ON),
        STU3,
    ),
    Fault(
        "cancel.answer-with-reason",
        "adds a reason for the appointment to the answer",
        change("Appointment", put("reason", [{"text": "Headache"}]), on=_ON),
        STU3,
    ),
    Fault("cancel.no-etag", "sends no ETag", drop_header("ETag", on=_ON)),
    Fault("cancel.old-etag", "sends the ETag of the first version", header("ETag", 'W/"1"', on=_ON, only="success")),
    Fault(
        "cancel.ascii-only",
        "stores a question mark for each character beyond ASCII",
        _reason(lambda text: text.encode("ascii", "replace").decode()),
    ),
    Fault("cancel.escapes-markup", "stores the reason escaped for a web page", _reason(html.escape)),
    Fault(
        "cancel.drops-long-reason",
        "stores no reason of more than 255 characters",
        _reason(lambda text: text if len(text) <= _LONG else None),
        STU3,
    ),
    Fault("cancel.frees-first-slot", "frees the first of two slots", writes(_frees_first, on=_ON)),
    Fault(
        "cancel.not-stored",
        "answers with status cancelled and leaves the appointment booked",
        (store(_ON, status="booked"), _present(put("status", "cancelled"))),
    ),
    Fault("cancel.answers-other-id", "answers with another appointment's id", _present(put("id", "Apt-0"))),
    Fault(
        "cancel.shifts-end",
        "answers with another end",
        _present(alter("end", lambda text: f"{text[:11]}23:59:00{text[19:]}")),
    ),
    Fault(
        "cancel.renews-created",
        "takes the cancellation for the booking",
        _present(put("created", "2020-01-01T09:00:00+00:00")),
        STU3,
    ),
    Fault(
        "cancel.answer-without-category",
        "leaves the schedule type out of the answer",
        _present(without("serviceCategory")),
        STU3,
    ),
    Fault(
        "cancel.answer-without-role",
        "leaves the practitioner role out of the answer",
        _present(drop_extension("PractitionerRole")),
        STU3,
    ),
    Fault(
        "cancel.answer-with-specialty",
        "adds a specialty to the answer",
        _present(put("specialty", [{"text": "General practice"}])),
        STU3,
    ),
    Fault(
        "cancel.gone-afterwards",
        "knows a cancelled appointment no more",
        Effect(Seam.CALL, _is_gone, on=frozenset({"read_appointment"})),
    ),
    Fault(
        "cancel.not-retrieved",
        "retrieves no cancelled appointments",
        found(lambda rows: [row for row in rows if row["status"] != "cancelled"], on="retrieve"),
    ),
    Fault(
        "cancel.retrieved-as-booked",
        "retrieves cancelled appointments as booked",
        change("Appointment", put("status", "booked"), on="retrieve"),
    ),
    Fault(
        "cancel.slot-free-for-show",
        "offers the slot of a cancelled appointment and does not book it",
        Effect(Seam.STORE, _had_one, on=_BOOK),
    ),
    Fault(
        "cancel.rebooking-overwrites",
        "takes the cancelled appointment for booked when its slot is",
        Effect(Seam.STORE, _revive, on=_BOOK),
    ),
    Fault(
        "cancel.loses-what-is-omitted",
        "answers without what the consumer left out",
        presents(_without_omitted, on=_ON),
        STU3,
    ),
)
