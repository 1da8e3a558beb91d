"""Ways to be wrong in cancelling an appointment: what is accepted and what is refused."""

from __future__ import annotations

from conformance.provider.faults.amend_cancel_effects import (
    Write,
    checks_early,
    refuses_and_does,
    takes_anything,
    understands,
    will_not,
    writes,
)
from conformance.provider.faults.effects import misanswer, skip
from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.faults.requesters import organization_of
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply, refuse

_ON = "cancel"
_BROKEN = Reply("INTERNAL_SERVER_ERROR", 500)
_LONG = 255


def _is_long(write: Write) -> bool:
    return len(write.doc["cancellation"]["text"] or "") > _LONG


def _any_extension(sent: Json, call: Call) -> None:
    """Take the text of whatever extension comes for the reason."""
    canonical = call.provider.edition.extension("cancellation_reason")
    assert canonical is not None
    for item in sent.get("extension", ()):
        if "valueString" in item:
            item["url"] = canonical.canonical


def _insists(sent: Json, call: Call) -> None:  # noqa: ARG001
    if "serviceType" not in sent:
        raise refuse("fault.refuses", _BROKEN, "something went wrong")


def _as_cancelled(sent: Json, call: Call) -> None:  # noqa: ARG001
    sent.setdefault("status", "cancelled")


def _apply(doc: Json, sent: Json) -> tuple[Json, str]:  # noqa: ARG001
    return doc | {"cancellation": {"text": "Refused"}}, "cancelled"


def _toggle(write: Write) -> Json:
    return {"status": "booked"} if write.held.row["status"] == "cancelled" else {}


FAULTS = (
    Fault(
        "cancel.accepts-stale-version", "cancels although the version is not the current one", skip("put.if-match-fits")
    ),
    Fault("cancel.accepts-missing-version", "cancels without If-Match", skip("put.if-match-present"), STU3),
    Fault(
        "cancel.accepts-missing-reason", "cancels without a reason", skip("cancel.has-reason", "body.follows-profile")
    ),
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
    Fault("cancel.refuses", "cancels nothing", will_not(bool, on=_ON)),
    Fault(
        "cancel.refuses-amended",
        "cancels nothing that was amended",
        will_not(lambda write: write.held.version != "1", on=_ON),
    ),
    Fault(
        "cancel.refuses-two-slots",
        "cancels no appointment of two slots",
        will_not(lambda write: len(write.held.slots) > 1, on=_ON),
    ),
    Fault(
        "cancel.refuses-long-reason", "refuses reasons of more than 255 characters", will_not(_is_long, on=_ON), STU3
    ),
    Fault(
        "cancel.only-own",
        "lets only the booking organisation cancel",
        will_not(lambda write: organization_of(write.call) == "B82617", on=_ON),
        STU3,
    ),
    Fault(
        "cancel.refuses-and-cancels", "answers with an error and cancels all the same", refuses_and_does(_apply, on=_ON)
    ),
    Fault(
        "cancel.accepts-older-version", "takes an older version for the current one", checks_early(on=_ON, older=True)
    ),
    Fault(
        "cancel.race",
        "looks at everything before anybody else is kept out",
        (
            *skip("cancel.not-cancelled", "cancel.nothing-else"),
            *checks_early(on=_ON, pause=0.4),
            *checks_early(on="amend"),
        ),
    ),
    Fault(
        "cancel.accepts-empty-reason",
        "cancels for an empty reason",
        skip("content.well-formed", "cancel.has-reason", "body.follows-profile"),
    ),
    Fault("cancel.accepts-any-extension", "takes any extension for the reason", understands(_any_extension, on=_ON)),
    Fault("cancel.accepts-missing-status", "takes a missing status for cancelled", understands(_as_cancelled, on=_ON)),
    Fault(
        "cancel.cancels-whatever-comes",
        "cancels whatever comes under its interaction",
        skip("cancel.status-cancelled", "cancel.has-reason", "cancel.nothing-else"),
    ),
    Fault(
        "cancel.twice-revives",
        "books again what is cancelled twice",
        (*skip("cancel.not-cancelled"), writes(_toggle, on=_ON)),
    ),
    Fault("cancel.takes-any-type", "takes any body for a cancellation", takes_anything(on=_ON)),
    Fault(
        "cancel.guesses-broken-bodies",
        "takes a body that it cannot read for a cancellation",
        (*skip("content.well-formed", "content.not-empty"), takes_anything(on=_ON)),
    ),
    Fault(
        "cancel.malformed-is-invalid",
        "answers a body that cannot be read with 422",
        (
            misanswer("content.well-formed", on=_ON, code="INVALID_RESOURCE", status=422),
            misanswer("content.not-empty", on=_ON, code="INVALID_RESOURCE", status=422),
        ),
    ),
    Fault(
        "cancel.omitted-is-server-error", "breaks when the slot type is left out", understands(_insists, on=_ON), STU3
    ),
    Fault(
        "cancel.unknown-is-server-error",
        "answers an unknown appointment with 500",
        misanswer("read.known", on=_ON, code="INTERNAL_SERVER_ERROR", status=500),
    ),
)
