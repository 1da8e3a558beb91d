"""Amend an appointment. Source: the edition's use-case page; STU3-AMEND-*, DSTU2-AMEND-*."""

from __future__ import annotations

from conformance.provider.appointments.book_body import too_long
from conformance.provider.appointments.put import Update, begin, body_of, finish, write
from conformance.provider.http import Call, Response
from conformance.provider.rules import Rules, listed

AMEND = Rules("amend")


def amend_appointment(call: Call) -> Response:
    """Store the texts that may be amended and return the new version."""
    sent = body_of(call)
    with call.provider.store.writing():
        update = begin(sent)
        AMEND.enforce(call, update)
        write(update, _amended(update), update.stored.row["status"])
    return finish(call)


def _amended(update: Update) -> dict[str, object]:
    """The document with each amendable element replaced as a whole; one that was left out is gone."""
    body = update.sent.json
    elements = update.call.provider.edition.raw["amend"]["elements"]
    doc = update.stored.doc | {name: body.get(name) for name in elements}
    reason = update.sent.extension("cancellation_reason")
    if doc.get("cancellation") and reason:
        doc["cancellation"] = {"text": reason.get("valueString"), "url": reason.get("url")}
    return doc


@AMEND.rule("not-cancelled", dstu2=None)
def _not_cancelled(update: Update) -> str | None:
    """The appointment is not cancelled."""
    return "a cancelled appointment cannot be amended" if update.stored.row["status"] == "cancelled" else None


@AMEND.rule("status-unchanged")
def _status_unchanged(update: Update) -> str | None:
    """The status stays what it is."""
    return "status cannot be amended" if "status" in update.changed else None


@AMEND.rule("no-cancellation")
def _no_cancellation(update: Update) -> str | None:
    """A cancellation reason belongs to a cancelled appointment."""
    wrong = "cancellation" in update.changed and update.stored.row["status"] != "cancelled"
    return "a cancellation reason cannot be added by an amendment" if wrong else None


@AMEND.rule("only-texts")
def _only_texts(update: Update) -> str | None:
    """Nothing changes but the elements that may be amended."""
    allowed = {*update.call.provider.edition.raw["amend"]["elements"], "status", "cancellation"}
    wrong = sorted(update.changed - allowed)
    return f"cannot be amended: {listed(wrong)}" if wrong else None


@AMEND.rule("has-description")
def _has_description(update: Update) -> str | None:
    """A description stays."""
    return None if update.sent.json.get("description") else "description is missing"


@AMEND.rule("description-length", dstu2=None)
def _description_length(update: Update) -> str | None:
    """The description is no longer than the page allows."""
    return too_long(update.sent, "description")


@AMEND.rule("comment-length", dstu2=None)
def _comment_length(update: Update) -> str | None:
    """The comment is no longer than the page allows."""
    return too_long(update.sent, "comment")
