"""Ways to be wrong in amending an appointment: what is stored, and what is answered then and later."""

from __future__ import annotations

import html
from typing import Any

from conformance.provider.faults.amend_cancel_effects import Write, presents, writes, writes_doc
from conformance.provider.faults.effects import (
    alter,
    change,
    drop_extension,
    drop_header,
    header,
    misanswer,
    put,
    status,
    store,
    without,
)
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Call, Json

_ON = "amend"


def _doc(name: str, value: Any) -> Any:
    return lambda doc: doc | {name: value(doc.get(name)) if callable(value) else value}


def _cut(text: Any) -> Any:
    return text[:20] if isinstance(text, str) else text


def _present(*edits: Any) -> Any:
    return change("Appointment", *edits, on=_ON)


def _texts(edit: Any) -> Any:
    """Store texts otherwise."""

    def new(write: Write) -> Json:
        held = {name: write.doc.get(name) for name in ("description", "comment")}
        return {name: edit(text) for name, text in held.items() if isinstance(text, str)}

    return writes_doc(new, on=_ON)


def _comment_after_comment(write: Write) -> Json:
    old, new = write.held.doc.get("comment"), write.doc.get("comment")
    return {"comment": f"{old} {new}"} if old and new and old != new else {}


def _merged(write: Write) -> Json:
    old, new = write.held.doc.get("reason"), write.doc.get("reason")
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
    return {name: write.held.doc.get(name) for name in write.changed if write.doc.get(name) is None}


def _as_sent(resource: Json, call: Call) -> Json:
    sent = call.content if isinstance(call.content, dict) else {}
    return resource | {name: sent[name] for name in ("description", "comment", "reason") if name in sent}


def _without_omitted(resource: Json, call: Call) -> Json:
    omitted = [name for name in ("serviceType", "serviceCategory") if name not in call.content]
    return {name: value for name, value in resource.items() if name not in omitted}


FAULTS = (
    Fault("amend.keeps-version", "does not count a new version", store(_ON, version=lambda version: version - 1)),
    Fault("amend.loses-comment", "does not store the comment", store(_ON, doc=_doc("comment", None))),
    Fault("amend.loses-description", "stores its own description", store(_ON, doc=_doc("description", "Appointment"))),
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
    Fault(
        "amend.drops-participants",
        "loses the second participant",
        store(_ON, doc=_doc("participants", lambda held: held[:1])),
    ),
    Fault(
        "amend.loses-organization", "loses the booking organisation", store(_ON, doc=_doc("organization", None)), STU3
    ),
    Fault("amend.frees-slots", "frees the slot", store(_ON, free_slots=True)),
    Fault("amend.cancels", "cancels the appointment", store(_ON, status="cancelled")),
    Fault("amend.created", "answers 201", status(201, on=_ON)),
    Fault("amend.no-content", "answers 204", status(204, on=_ON)),
    Fault(
        "amend.answers-as-before",
        "answers with the text as it was",
        change("Appointment", put("comment", "As it was"), put("description", "As it was"), on=_ON),
    ),
    Fault("amend.no-etag", "sends no ETag", drop_header("ETag", on=_ON)),
    Fault("amend.old-etag", "sends the ETag of the first version", header("ETag", 'W/"1"', on=_ON, only="success")),
    Fault(
        "amend.answer-without-version",
        "leaves meta.versionId out of the answer",
        change("Appointment", without("meta.versionId"), on=_ON),
    ),
    Fault(
        "amend.answer-without-service",
        "leaves the slot type out of the answer",
        change("Appointment", without("serviceType"), on=_ON),
        STU3,
    ),
    Fault(
        "amend.answer-with-reason",
        "adds a reason to the answer",
        change("Appointment", put("reason", [{"text": "Headache"}]), on=_ON),
        STU3,
    ),
    Fault(
        "amend.answer-without-slot",
        "leaves the slots out of the answer",
        change("Appointment", without("slot"), on=_ON),
    ),
    Fault(
        "amend.unknown-is-created",
        "answers an unknown appointment with 201",
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
        "answers with the new texts and stores the old ones",
        (writes(lambda write: {"doc": write.held.doc}, on=_ON), presents(_as_sent, on=_ON)),
    ),
    Fault(
        "amend.retrieve-as-before",
        "retrieves appointments as they were booked",
        change("Appointment", put("comment", "As booked"), put("description", "As booked"), on="retrieve"),
    ),
    Fault("amend.answers-other-id", "answers with another appointment's id", _present(put("id", "Apt-0"))),
    Fault("amend.answers-pending", "answers with status pending", _present(put("status", "pending"))),
    Fault(
        "amend.answers-next-version",
        "answers with a version that is never stored",
        _present(alter("meta.versionId", lambda version: str(int(version) + 1))),
    ),
    Fault(
        "amend.shifts-end",
        "answers with another end",
        _present(alter("end", lambda text: f"{text[:11]}23:59:00{text[19:]}")),
    ),
    Fault(
        "amend.renews-created",
        "takes the amendment for the booking",
        _present(put("created", "2020-01-01T09:00:00+00:00")),
        STU3,
    ),
    Fault("amend.answer-one-slot", "answers with the first slot only", _present(alter("slot", lambda held: held[:1]))),
    Fault(
        "amend.answer-without-category",
        "leaves the schedule type out of the answer",
        _present(without("serviceCategory")),
        STU3,
    ),
    Fault(
        "amend.answer-without-channel",
        "leaves the delivery channel out of the answer",
        _present(drop_extension("DeliveryChannel")),
        STU3,
    ),
    Fault(
        "amend.answer-without-role",
        "leaves the practitioner role out of the answer",
        _present(drop_extension("PractitionerRole")),
        STU3,
    ),
    Fault(
        "amend.answer-with-specialty",
        "adds a specialty to the answer",
        _present(put("specialty", [{"text": "General practice"}])),
        STU3,
    ),
    Fault(
        "amend.loses-cancellation", "loses the cancellation reason", store(_ON, doc=_doc("cancellation", None)), DSTU2
    ),
    Fault(
        "amend.loses-what-is-omitted",
        "answers without what the consumer left out",
        presents(_without_omitted, on=_ON),
        STU3,
    ),
)
