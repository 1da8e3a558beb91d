"""Faults in cancelling an appointment: what is accepted and what is refused."""

from __future__ import annotations

from conformance.provider.faults.amend_cancel_effects import (
    Write,
    checks_early,
    refuses_and_does,
    understands,
    will_not,
    writes,
)
from conformance.provider.faults.effects import misanswer, skip
from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply

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


def _as_cancelled(sent: Json, call: Call) -> None:  # noqa: ARG001
    sent.setdefault("status", "cancelled")


def _apply(doc: Json, sent: Json) -> tuple[Json, str]:  # noqa: ARG001
    return doc | {"cancellation": {"text": "Refused"}}, "cancelled"


def _toggle(write: Write) -> Json:
    return {"status": "booked"} if write.stored.row["status"] == "cancelled" else {}


FAULTS = (
    Fault(
        "cancel.accepts-missing-reason", "cancels without a reason", skip("cancel.has-reason", "body.follows-profile")
    ),
    Fault(
        "cancel.accepts-other-changes", "returns 200 although other elements were changed", skip("cancel.nothing-else")
    ),
    Fault(
        "cancel.accepts-other-status",
        "cancels although the status sent is not cancelled",
        skip("cancel.status-cancelled"),
    ),
    Fault(
        "cancel.change-is-bad-request",
        "returns 409 for a forbidden change",
        misanswer("cancel.nothing-else", code="BAD_REQUEST", status=409),
        STU3,  # the DSTU2 page names no status and no code
    ),
    Fault(
        "cancel.unknown-is-200", "returns 200 for an unknown appointment", misanswer("read.known", on=_ON, status=200)
    ),
    Fault(
        "cancel.twice-is-server-error",
        "returns 500 for a second cancellation",
        misanswer("cancel.not-cancelled", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault("cancel.refuses", "cancels nothing", will_not(bool, on=_ON)),
    Fault(
        "cancel.refuses-amended",
        "cancels nothing that was amended",
        will_not(lambda write: write.stored.version != "1", on=_ON),
    ),
    Fault(
        "cancel.refuses-long-reason", "refuses reasons of more than 255 characters", will_not(_is_long, on=_ON), STU3
    ),
    Fault("cancel.refuses-and-cancels", "returns an error and cancels nevertheless", refuses_and_does(_apply, on=_ON)),
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
)
