"""Ways to be wrong in amending an appointment: what is accepted and what is refused."""

from __future__ import annotations

from conformance.provider.faults.amend_cancel_effects import (
    Write,
    calls,
    checks_early,
    is_cancelled,
    refuses_and_does,
    takes_anything,
    understands,
    will_not,
    writes,
)
from conformance.provider.faults.effects import alter, content, misanswer, skip
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.faults.requesters import organization_of
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply, refuse

_ON = "amend"
_BROKEN = Reply("INTERNAL_SERVER_ERROR", 500)


def _insists(sent: Json, call: Call) -> None:  # noqa: ARG001
    if "serviceType" not in sent:
        raise refuse("fault.refuses", _BROKEN, "something went wrong")


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
        "amend.unknown-is-server-error",
        "answers an unknown appointment with 500",
        misanswer("read.known", on=_ON, code="INTERNAL_SERVER_ERROR", status=500),
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
        "amend.refuses-two-slots",
        "amends no appointment of two slots",
        will_not(lambda write: len(write.held.slots) > 1, on=_ON),
    ),
    Fault(
        "amend.only-once",
        "amends what was amended before no more",
        will_not(lambda write: write.held.version != "1", on=_ON),
    ),
    Fault(
        "amend.only-own",
        "lets only the booking organisation amend",
        will_not(lambda write: organization_of(write.call) == "B82617", on=_ON),
        STU3,
    ),
    Fault(
        "amend.refuses-and-applies", "answers with an error and amends all the same", refuses_and_does(_apply, on=_ON)
    ),
    Fault(
        "amend.accepts-older-version", "takes an older version for the current one", checks_early(on=_ON, older=True)
    ),
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
    Fault("amend.takes-any-type", "takes any body for an amendment that changes nothing", takes_anything(on=_ON)),
    Fault(
        "amend.guesses-broken-bodies",
        "takes a body that it cannot read for an amendment that changes nothing",
        (*skip("content.well-formed", "content.not-empty"), takes_anything(on=_ON)),
    ),
    Fault(
        "amend.malformed-is-invalid",
        "answers a body that cannot be read with 422",
        (
            misanswer("content.well-formed", on=_ON, code="INVALID_RESOURCE", status=422),
            misanswer("content.not-empty", on=_ON, code="INVALID_RESOURCE", status=422),
        ),
    ),
    Fault(
        "amend.omitted-is-server-error", "breaks when the slot type is left out", understands(_insists, on=_ON), STU3
    ),
)
