"""Cancel an appointment. Source: the edition's use-case page; STU3-CANCEL-*, DSTU2-CANCEL-*."""

from __future__ import annotations

from conformance.provider.appointments.body import text_of
from conformance.provider.appointments.put import Update, begin, body_of, finish, write
from conformance.provider.http import Call, Response
from conformance.provider.rules import Rules, listed

CANCEL = Rules("cancel")


def cancel_appointment(call: Call) -> Response:
    """Cancel, free the slots and return the new version."""
    sent = body_of(call)
    with call.provider.store.writing():
        update = begin(sent)
        CANCEL.enforce(call, update)
        reason = update.sent.extension("cancellation_reason") or {}
        cancellation = {"text": reason.get("valueString"), "url": reason.get("url")}
        write(update, update.stored.doc | {"cancellation": cancellation}, "cancelled", free_slots=True)
    return finish(call)


@CANCEL.rule("not-cancelled")
def _not_cancelled(update: Update) -> str | None:
    """The appointment is not cancelled yet."""
    return "the appointment is already cancelled" if update.stored.row["status"] == "cancelled" else None


@CANCEL.rule("status-cancelled")
def _status_cancelled(update: Update) -> str | None:
    """The status sent is cancelled."""
    status = update.sent.json.get("status")
    return None if status == "cancelled" else f"status is {str(status)[:40]}; a cancellation has status cancelled"


@CANCEL.rule("has-reason")
def _has_reason(update: Update) -> str | None:
    """The reason is given in its extension."""
    extension = update.sent.extension("cancellation_reason") or {}
    return (
        None
        if text_of(extension.get("valueString"))
        else "the extension for the cancellation reason is missing or empty"
    )


@CANCEL.rule("nothing-else")
def _nothing_else(update: Update) -> str | None:
    """Nothing changes but the status and the reason."""
    wrong = sorted(update.changed - {"status", "cancellation"})
    return f"a cancellation cannot change: {listed(wrong)}" if wrong else None
