"""Faults in cancelling an appointment: what is stored, and what is accepted then and later."""

from __future__ import annotations

import html
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.amend_cancel_effects import Write, is_cancelled, writes, writes_doc
from conformance.provider.faults.effects import (
    change,
    drop_extension,
    edit_extension,
    found,
    put,
    store,
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
    """Store a changed cancellation reason; None loses it."""

    def new(write: Write) -> Json:
        stored = write.doc.get("cancellation") or {}
        text = edit(stored.get("text"))
        return {"cancellation": stored | {"text": text} if text else None}

    return writes_doc(new, on=_ON)


def _frees_first(write: Write) -> Json:
    first = write.stored.slots[0]["id"]
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


FAULTS = (
    Fault("cancel.keeps-slot", "does not free the slot", store(_ON, free_slots=False)),
    Fault("cancel.stays-booked", "does not store the new status", store(_ON, status="booked")),
    Fault("cancel.as-no-show", "stores another status", store(_ON, status="noshow")),
    Fault("cancel.loses-reason", "does not store the reason", store(_ON, doc=_doc("cancellation", None))),
    Fault(
        "cancel.own-reason", "stores a reason of its own", store(_ON, doc=_doc("cancellation", {"text": "Cancelled"}))
    ),
    Fault("cancel.answers-booked", "returns status booked", change("Appointment", put("status", "booked"), on=_ON)),
    Fault(
        "cancel.answer-without-reason",
        "omits the reason from the response",
        change("Appointment", drop_extension("ancellation"), on=_ON),
    ),
    Fault(
        "cancel.answer-other-reason-url",
        "returns another URL of the reason's extension",
        change("Appointment", edit_extension("ancellation", put("url", "https://beeches.example/reason")), on=_ON),
    ),
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
        "returns status cancelled and leaves the appointment booked",
        (store(_ON, status="booked"), _present(put("status", "cancelled"))),
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
)
