"""Faults in amending an appointment: what is stored, and what is accepted then and later."""

from __future__ import annotations

import html
from typing import Any

from conformance.provider.faults.amend_cancel_effects import Write, presents, writes, writes_doc
from conformance.provider.faults.effects import (
    alter,
    change,
    misanswer,
    put,
    store,
)
from conformance.provider.faults.fault import DSTU2, Fault
from conformance.provider.http import Call, Json

_ON = "amend"


def _doc(name: str, value: Any) -> Any:
    return lambda doc: doc | {name: value(doc.get(name)) if callable(value) else value}


def _cut(text: Any) -> Any:
    return text[:20] if isinstance(text, str) else text


def _present(*edits: Any) -> Any:
    return change("Appointment", *edits, on=_ON)


def _texts(edit: Any) -> Any:
    """Store changed texts."""

    def new(write: Write) -> Json:
        stored = {name: write.doc.get(name) for name in ("description", "comment")}
        return {name: edit(text) for name, text in stored.items() if isinstance(text, str)}

    return writes_doc(new, on=_ON)


def _comment_after_comment(write: Write) -> Json:
    old, new = write.stored.doc.get("comment"), write.doc.get("comment")
    return {"comment": f"{old} {new}"} if old and new and old != new else {}


def _merged(write: Write) -> Json:
    old, new = write.stored.doc.get("reason"), write.doc.get("reason")
    if not old or not new:
        return {}
    return {
        "reason": {
            **old,
            **new,
            **({"coding": old["coding"] + new["coding"]} if "coding" in old and "coding" in new else {}),
        }
    }


def _left_out(write: Write) -> Json:
    return {name: write.stored.doc.get(name) for name in write.changed if write.doc.get(name) is None}


def _as_sent(resource: Json, call: Call) -> Json:
    sent = call.content if isinstance(call.content, dict) else {}
    return resource | {name: sent[name] for name in ("description", "comment", "reason") if name in sent}


FAULTS = (
    Fault(
        "amend.cuts-comment", "keeps the first twenty characters of the comment", store(_ON, doc=_doc("comment", _cut))
    ),
    Fault(
        "amend.cuts-description",
        "keeps the first twenty characters of the description",
        store(_ON, doc=_doc("description", _cut)),
    ),
    Fault("amend.merges-reason", "adds to the reason instead of replacing it", writes_doc(_merged, on=_ON), DSTU2),
    Fault("amend.loses-reason", "does not store the reason", store(_ON, doc=_doc("reason", None)), DSTU2),
    Fault("amend.frees-slots", "frees the slot", store(_ON, free_slots=True)),
    Fault("amend.cancels", "cancels the appointment", store(_ON, status="cancelled")),
    Fault(
        "amend.answers-as-before",
        "returns the text as it was",
        change("Appointment", put("comment", "As it was"), put("description", "As it was"), on=_ON),
    ),
    Fault(
        "amend.unknown-is-created",
        "returns 201 for an unknown appointment",
        misanswer("read.known", on=_ON, status=201),
    ),
    Fault(
        "amend.appends-comment", "writes the new comment after the old one", writes_doc(_comment_after_comment, on=_ON)
    ),
    Fault(
        "amend.ascii-only",
        "stores a question mark for each character beyond ASCII",
        _texts(lambda text: text.encode("ascii", "replace").decode()),
    ),
    Fault("amend.escapes-markup", "stores texts escaped for a web page", _texts(html.escape)),
    Fault(
        "amend.keeps-what-is-left-out",
        "keeps an element that the amendment leaves out",
        writes_doc(_left_out, on=_ON),
        DSTU2,
    ),
    Fault(
        "amend.not-stored",
        "returns the new texts and stores the old ones",
        (writes(lambda write: {"doc": write.stored.doc}, on=_ON), presents(_as_sent, on=_ON)),
    ),
    Fault(
        "amend.retrieve-as-before",
        "retrieves appointments as they were booked",
        change("Appointment", put("comment", "As booked"), put("description", "As booked"), on="retrieve"),
    ),
    Fault("amend.answers-pending", "returns status pending", _present(put("status", "pending"))),
    Fault(
        "amend.answers-next-version",
        "returns a version that is never stored",
        _present(alter("meta.versionId", lambda version: str(int(version) + 1))),
    ),
    Fault("amend.answer-one-slot", "returns the first slot only", _present(alter("slot", lambda stored: stored[:1]))),
    Fault(
        "amend.loses-cancellation", "loses the cancellation reason", store(_ON, doc=_doc("cancellation", None)), DSTU2
    ),
)
