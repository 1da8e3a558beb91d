"""Faults in amending an appointment: what is accepted and what is refused."""

from __future__ import annotations

from conformance.provider.faults.amend_cancel_effects import (
    Write,
    calls,
    checks_early,
    is_cancelled,
    refuses_and_does,
    will_not,
    writes,
)
from conformance.provider.faults.effects import alter, content, misanswer, skip
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Json
from conformance.provider.refusal import Reply

_ON = "amend"
_BROKEN = Reply("INTERNAL_SERVER_ERROR", 500)


def _apply(doc: Json, sent: Json) -> tuple[Json, str]:
    return doc | {name: sent[name] for name in ("description", "comment") if name in sent}, ""


def _cancel(write: Write) -> Json:
    reason = next((item for item in write.call.content.get("extension", ()) if "ancellation" in item["url"]), None)
    if write.call.content.get("status") != "cancelled":
        return {}
    return {
        "status": "cancelled",
        "free_slots": True,
        "doc": write.doc | ({"cancellation": {"text": reason["valueString"]}} if reason else {}),
    }


FAULTS = (
    Fault("amend.accepts-other-elements", "returns 200 although other elements were changed", skip("amend.only-texts")),
    Fault(
        "amend.accepts-status",
        "returns 200 although the status was changed",
        skip("amend.status-unchanged", "amend.no-cancellation"),
    ),
    Fault(
        "amend.accepts-cancelled",
        "amends a cancelled appointment",
        skip("amend.not-cancelled", "amend.status-unchanged"),
        STU3,
    ),
    Fault(
        "amend.accepts-missing-description",
        "amends without a description",
        skip("amend.has-description", "body.follows-profile"),
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
    Fault(
        "amend.change-is-bad-request",
        "returns 400 for a forbidden change",
        misanswer("amend.only-texts", code="BAD_REQUEST", status=400),
    ),
    Fault(
        "amend.change-is-conflict",
        "returns 409 for a forbidden change",
        misanswer("amend.only-texts", code="INVALID_RESOURCE", status=409),
    ),
    Fault(
        "amend.cancelled-is-not-found",
        "returns 404 for an amendment of a cancelled appointment",
        misanswer("amend.not-cancelled", code="NO_RECORD_FOUND", status=404),
        STU3,
    ),
    Fault(
        "amend.stale-is-precondition-failed",
        "returns 412 for a stale version",
        misanswer("put.if-match-fits", on=_ON, status=412),
    ),
    Fault(
        "amend.refuses-description",
        "knows no amendment of the description",
        will_not(lambda write: "description" in write.changed, on=_ON),
    ),
    Fault(
        "amend.refuses-comment",
        "knows no amendment of the comment",
        will_not(lambda write: "comment" in write.changed, on=_ON),
    ),
    Fault(
        "amend.refuses-reason",
        "knows no amendment of the reason",
        will_not(lambda write: "reason" in write.changed, on=_ON),
        DSTU2,
    ),
    Fault(
        "amend.one-at-a-time",
        "amends one element at a time only",
        will_not(lambda write: len(write.changed) > 1, on=_ON),
    ),
    Fault(
        "amend.only-once",
        "amends what was amended before no more",
        will_not(lambda write: write.stored.version != "1", on=_ON),
    ),
    Fault("amend.refuses-and-applies", "returns an error and amends nevertheless", refuses_and_does(_apply, on=_ON)),
    Fault("amend.race", "compares versions before anybody else is kept out", checks_early(on=_ON, pause=0.4)),
    Fault(
        "amend.stores-status",
        "stores whatever status is sent",
        (*skip("amend.status-unchanged"), writes(lambda write: {"status": write.call.content["status"]}, on=_ON)),
    ),
    Fault(
        "amend.cancels-when-asked",
        "carries out a cancellation that is sent as an amendment",
        (*skip("amend.status-unchanged", "amend.no-cancellation"), writes(_cancel, on=_ON)),
        STU3,
    ),
    Fault(
        "amend.revives-cancelled",
        "books a cancelled appointment again",
        (
            *skip("amend.not-cancelled", "amend.status-unchanged"),
            writes(lambda write: {"status": write.call.content["status"]}, on=_ON),
        ),
        STU3,
    ),
    Fault(
        "amend.cancelled-is-server-error",
        "breaks on cancelled appointments",
        calls(is_cancelled, _BROKEN, on=_ON),
        DSTU2,
    ),
)
