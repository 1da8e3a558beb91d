"""Ways to be wrong in cancelling an appointment."""

from __future__ import annotations

from typing import Any

from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.faults.verbs import (
    change,
    delay,
    drop_extension,
    drop_header,
    edit_extension,
    header,
    misanswer,
    put,
    skip,
    status,
    store,
    without,
)

_ON = "cancel"


def _doc(name: str, value: Any) -> Any:
    return lambda doc: doc | {name: value(doc.get(name)) if callable(value) else value}


FAULTS = (
    Fault(
        "cancel.accepts-stale-version", "cancels although the version is not the current one", skip("put.if-match-fits")
    ),
    Fault("cancel.accepts-missing-version", "cancels without If-Match", skip("put.if-match-present"), STU3),
    Fault("cancel.accepts-missing-reason", "cancels without a reason", skip("cancel.has-reason")),
    Fault(
        "cancel.accepts-other-changes", "answers 200 although other elements were changed", skip("cancel.nothing-else")
    ),
    Fault(
        "cancel.accepts-other-status",
        "cancels although the status sent is not cancelled",
        skip("cancel.status-cancelled"),
    ),
    Fault("cancel.accepts-past", "cancels an appointment of the past", skip("put.not-past"), STU3),
    Fault("cancel.accepts-other-id", "does not compare the id in the body with the URL", skip("put.id-fits")),
    Fault("cancel.accepts-twice", "cancels what is cancelled again", skip("cancel.not-cancelled")),
    Fault("cancel.accepts-missing-profile", "does not look at meta.profile", skip("body.names-profile")),
    Fault(
        "cancel.accepts-other-type",
        "does not look at the type of the body",
        skip("body.is-appointment", "cancel.nothing-else", "body.follows-profile"),
    ),
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
    ),
    Fault(
        "cancel.answer-without-profile",
        "leaves meta.profile out of the answer",
        change("Appointment", without("meta.profile"), on=_ON),
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
    Fault("cancel.slow", "takes a third of a second", delay(330, on=_ON)),
    Fault(
        "cancel.stale-is-invalid",
        "answers a stale version with 422",
        misanswer("put.if-match-fits", on=_ON, code="INVALID_RESOURCE", status=422),
    ),
    Fault(
        "cancel.change-is-bad-request",
        "answers a forbidden change with 409",
        misanswer("cancel.nothing-else", code="BAD_REQUEST", status=409),
    ),
    Fault(
        "cancel.unknown-is-200", "answers an unknown appointment with 200", misanswer("read.known", on=_ON, status=200)
    ),
    Fault(
        "cancel.twice-is-server-error",
        "answers a second cancellation with 500",
        misanswer("cancel.not-cancelled", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault("cancel.error-without-diagnostics", "does not say what is wrong", misanswer(on=_ON, diagnostics="")),
)
