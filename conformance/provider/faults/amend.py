"""Ways to be wrong in amending an appointment."""

from __future__ import annotations

from typing import Any

from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.faults.verbs import (
    alter,
    change,
    content,
    delay,
    drop_header,
    header,
    misanswer,
    put,
    skip,
    status,
    store,
    without,
)

_ON = "amend"


def _doc(name: str, value: Any) -> Any:
    return lambda doc: doc | {name: value(doc.get(name)) if callable(value) else value}


def _cut(text: Any) -> Any:
    return text[:20] if isinstance(text, str) else text


FAULTS = (
    Fault(
        "amend.accepts-stale-version", "amends although the version is not the current one", skip("put.if-match-fits")
    ),
    Fault("amend.accepts-missing-version", "amends without If-Match", skip("put.if-match-present"), STU3),
    Fault("amend.accepts-other-elements", "answers 200 although other elements were changed", skip("amend.only-texts")),
    Fault(
        "amend.accepts-status",
        "answers 200 although the status was changed",
        skip("amend.status-unchanged", "amend.no-cancellation"),
    ),
    Fault(
        "amend.accepts-cancelled",
        "amends a cancelled appointment",
        skip("amend.not-cancelled", "amend.status-unchanged"),
        STU3,
    ),
    Fault("amend.accepts-past", "amends an appointment of the past", skip("put.not-past"), STU3),
    Fault("amend.accepts-other-id", "does not compare the id in the body with the URL", skip("put.id-fits")),
    Fault("amend.accepts-missing-profile", "does not look at meta.profile", skip("body.names-profile")),
    Fault(
        "amend.accepts-missing-description",
        "amends without a description",
        skip("amend.has-description", "body.follows-profile"),
    ),
    Fault(
        "amend.accepts-other-type",
        "does not look at the type of the body",
        skip("body.is-appointment", "amend.only-texts", "body.follows-profile"),
    ),
    Fault(
        "amend.accepts-invalid",
        "does not validate against the profile",
        skip("body.follows-profile", "amend.only-texts"),
    ),
    Fault(
        "amend.cuts-long-texts",
        "cuts texts that are too long instead of refusing them",
        (
            *skip("amend.description-length", "amend.comment-length"),
            content(
                alter("description", lambda text: text[:100] if isinstance(text, str) else text),
                alter("comment", lambda text: text[:500] if isinstance(text, str) else text),
                on=_ON,
            ),
        ),
        STU3,
    ),
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
    Fault(
        "amend.merges-reason",
        "adds to the reason instead of replacing it",
        store(_ON, doc=_doc("reason", lambda held: {"text": "Free text", **(held or {})})),
        DSTU2,
    ),
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
        "amend.answer-without-profile",
        "leaves meta.profile out of the answer",
        change("Appointment", without("meta.profile"), on=_ON),
    ),
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
    Fault("amend.slow", "takes a third of a second", delay(330, on=_ON)),
    Fault(
        "amend.change-is-bad-request",
        "answers a forbidden change with 400",
        misanswer("amend.only-texts", code="BAD_REQUEST", status=400),
    ),
    Fault(
        "amend.change-is-conflict",
        "answers a forbidden change with 409",
        misanswer("amend.only-texts", code="INVALID_RESOURCE", status=409),
    ),
    Fault(
        "amend.cancelled-is-not-found",
        "answers an amendment of a cancelled appointment with 404",
        misanswer("amend.not-cancelled", code="NO_RECORD_FOUND", status=404),
        STU3,
    ),
    Fault(
        "amend.stale-is-invalid",
        "answers a stale version with 422",
        misanswer("put.if-match-fits", on=_ON, code="INVALID_RESOURCE", status=422),
    ),
    Fault(
        "amend.stale-is-precondition-failed",
        "answers a stale version with 412",
        misanswer("put.if-match-fits", on=_ON, status=412),
    ),
    Fault(
        "amend.unknown-is-created",
        "answers an unknown appointment with 201",
        misanswer("read.known", on=_ON, status=201),
    ),
    Fault(
        "amend.unknown-is-server-error",
        "answers an unknown appointment with 500",
        misanswer("read.known", on=_ON, code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault("amend.error-without-diagnostics", "does not say what is wrong", misanswer(on=_ON, diagnostics="")),
)
