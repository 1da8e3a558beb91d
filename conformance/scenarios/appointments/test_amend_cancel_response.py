"""Amend or cancel an appointment: what a valid update returns, and what later reads show of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.checks import bookings, update_effects
from conformance.checks.appointments import appointment_status, cancellation_reason, new_version
from conformance.checks.check import Check
from conformance.checks.headers import etag
from conformance.checks.response import success
from conformance.consumer.request_mutations import claim_in
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.amend_cancel import (
    COMMENT,
    DESCRIPTION,
    REASON,
    TEXTS,
    Update,
    need_success,
)
from conformance.scenarios.steps.amend_cancel_effects import read_gives_it, read_has_new_version, retrieve_shows
from conformance.scenarios.steps.amend_cancel_rows import Column, column, row, sent_update, shared_table
from conformance.scenarios.steps.booking import adjacent, text_of, with_category, with_practitioner

IN_WORDS = {"text": "Feels hot since Tuesday"}
LONG_REASON = text_of(1000)
FORMS = 'Zoë: 3 < 4 & "5" > 4, naïve <b>«ł»</b> £'
_TEXTS = ("description", "comment")


def _amended(update: Update) -> Check:
    """An amended appointment has nothing changed, and nothing lost of who booked it."""
    return update_effects.kept(update.before, "contained")


ACCEPTED = shared_table(
    row("description", "{update} of the description alone returns 200",
        column("STU3-AMEND-005 DSTU2-AMEND-006", "created refuses-description"), elements={"description": DESCRIPTION}),
    row("comment", "{update} of the comment alone returns 200",
        column("STU3-AMEND-005 DSTU2-AMEND-006", "created no-content refuses-comment"), elements={"comment": COMMENT}),
    row("reason", "{update} of the reason alone returns 200",
        column("DSTU2-AMEND-006", "created refuses-reason"), elements={"reason": IN_WORDS}),
    row("all-together", "{update} of every element that may be amended returns 200",
        column("STU3-AMEND-005 DSTU2-AMEND-006", "created one-at-a-time"),
        elements={"stu3": TEXTS, "dstu2": {**TEXTS, "reason": IN_WORDS}}),
    row("booked", "{update} of a booked appointment returns 200", None,
        column("STU3-CANCEL-005 DSTU2-CANCEL-006", "created no-content refuses")),
    row("amended", "{update} of an appointment that was amended before returns 200", None,
        column("STU3-CANCEL-005 DSTU2-CANCEL-006", "refuses-amended"), first=TEXTS),
    row("other-organisation", "{update} by an organisation other than the one that booked returns 200",
        column("STU3-AMEND-015", "only-own", elements={"comment": COMMENT}), column("STU3-CANCEL-015", "only-own"),
        change=claim_in("requesting_organization.identifier.0.value", "B82617")),
    row("of-two-slots", "{update} of an appointment of two slots returns 200",
        column("STU3-AMEND-005 DSTU2-AMEND-006", "refuses-two-slots"),
        column("STU3-CANCEL-005 DSTU2-CANCEL-006", "refuses-two-slots"), slots=adjacent),
    amend={"read": _amended}, cancel={"read": lambda _: appointment_status("cancelled")},
    why="Plans change: a consumer that cannot amend or cancel leaves the practice with a wrong appointment.",
    fix="Return 200 with the complete Appointment for a valid update.",
)  # fmt: skip


@scenarios(ACCEPTED)
def test_accepted(context: ScenarioContext, case: Case) -> None:
    update = sent_update(context, case)
    if context.judge(update.response, success("Appointment"), update_effects.same_appointment(update.before)):
        context.judge(update.read(), success("Appointment"), case["read"](update))


# The response

Holds = Callable[[Update], Sequence[Check]]


def _kept(*paths: str) -> Holds:
    def holds(update: Update) -> Sequence[Check]:
        update.need_before(*paths)
        return (update_effects.kept(update.before, *paths),)

    return holds


def _participants(update: Update) -> Sequence[Check]:
    return (bookings.participants_complete, *_kept("participant.actor.reference")(update))


def rest_untouched(update: Update) -> Check:
    """Only status and reason changed; an edition may leave open whether the slots are still referred to."""
    slots = () if update.context.edition.capabilities.cancelled_appointments_keep_slots else ("slot",)
    return update_effects.untouched(update.before, "status", *slots)


def _both(amend: str, cancel: str, faults: str) -> tuple[Column, Column]:
    """The columns of a row that both sides break by faults of the same names."""
    return column(amend, faults), column(cancel, faults)


_OWN = "STU3-AMEND-014", "STU3-CANCEL-014"

RESPONSE = shared_table(
    row("same-id", "The response to {an_update} is the appointment that was {updated}",
        *_both("STU3-AMEND-006 DSTU2-AMEND-007", "STU3-CANCEL-006 DSTU2-CANCEL-007", "answers-other-id"),
        holds=lambda update: (update_effects.same_appointment(update.before),)),
    row("answer-texts", "The response to {an_update} has the new texts",
        column("STU3-AMEND-006 STU3-AMEND-011 DSTU2-AMEND-010 DSTU2-AMEND-011",
               "answers-as-before loses-comment appends-comment"),
        holds=lambda update: (update_effects.texts_replaced(update.before, update.sent, *_TEXTS),)),
    row("still-booked", "The response to {an_update} has the status booked",
        column("STU3-AMEND-006 DSTU2-AMEND-010", "cancels answers-pending"), holds=lambda _: (appointment_status("booked"),)),
    row("status", "The response to {an_update} has the status cancelled", None,
        column("STU3-CANCEL-007 DSTU2-CANCEL-010", "answers-booked as-no-show stays-booked"),
        holds=lambda _: (appointment_status("cancelled"),)),
    row("reason", "The response to {an_update} has the reason as it was sent, in its extension", None,
        column("STU3-CANCEL-008 DSTU2-CANCEL-011",
               "answer-without-reason answer-other-reason-url own-reason loses-reason"),
        holds=lambda _: (cancellation_reason(REASON),)),
    row("reason-non-ascii", "{update} returns a reason with accents, symbols and markup unchanged", None,
        column("STU3-CANCEL-008 DSTU2-CANCEL-011", "ascii-only escapes-markup"), reason=FORMS,
        holds=lambda _: (cancellation_reason(FORMS),)),
    row("reason-long", "{update} with a reason of 1000 characters is accepted, and stores at least its beginning", None,
        column("STU3-CANCEL-008", "refuses-long-reason drops-long-reason"), reason=LONG_REASON, must_succeed=True,
        holds=lambda _: (update_effects.reason_begins(LONG_REASON),)),
    row("new-version", "{update} gives the appointment a new version",
        *_both("STU3-AMEND-007 DSTU2-AMEND-009", "STU3-CANCEL-009 DSTU2-CANCEL-009", "keeps-version answer-without-version"),
        holds=lambda update: (new_version(update.before),)),
    row("etag", "The response to {an_update} has the new version as its ETag",
        *_both("STU3-AMEND-007 DSTU2-AMEND-009 DSTU2-FHIR-009", "STU3-CANCEL-009 DSTU2-CANCEL-009 DSTU2-FHIR-009",
               "old-etag no-etag"), holds=lambda _: (etag,)),
    row("nothing-else", "{update} changes nothing but what it may change",
        column("STU3-AMEND-006 STU3-AMEND-014 DSTU2-AMEND-010", "drops-participants answer-without-slot shifts-end",
               holds=lambda update: (update_effects.untouched(update.before, *_TEXTS),)),
        column("STU3-CANCEL-010 DSTU2-CANCEL-021", "loses-comment loses-description drops-participants shifts-end",
               holds=lambda update: (rest_untouched(update),))),
    row("texts", "{an_updated} appointment retains description and comment", None,
        column("STU3-CANCEL-010 DSTU2-CANCEL-021", "loses-comment loses-description"), holds=_kept("description", "comment")),
    row("participants", "{an_updated} appointment retains all its participants",
        column("STU3-AMEND-014 DSTU2-AMEND-010", "drops-participants", holds=_participants),
        column("STU3-CANCEL-010 DSTU2-CANCEL-021", "drops-participants", holds=_kept("participant.actor.reference")),
        slots=with_practitioner),
    row("times", "{an_updated} appointment retains its start and end", None,
        column("STU3-CANCEL-010 DSTU2-CANCEL-021", "shifts-end"), holds=_kept("start", "end")),
    row("slots", "{an_updated} appointment of two slots retains both",
        column("STU3-AMEND-014 DSTU2-AMEND-010", "answer-one-slot shifts-end", holds=_kept("slot.reference", "start", "end")),
        column("STU3-CANCEL-010", "answer-without-slot", holds=_kept("slot.reference")), slots=adjacent),
    row("created", "{an_updated} appointment retains the time at which it was booked",
        *_both("STU3-AMEND-014", "STU3-CANCEL-010 STU3-CANCEL-014", "renews-created"), holds=_kept("created")),
    row("service-type", "The response to {an_update} has the slot type in serviceType",
        *_both("STU3-AMEND-012", "STU3-CANCEL-012", "answer-without-service"), holds=_kept("serviceType.text")),
    row("service-category", "The response to {an_update} has the schedule type in serviceCategory",
        *_both("STU3-AMEND-012", "STU3-CANCEL-012", "answer-without-category"), holds=_kept("serviceCategory.text"),
        slots=with_category),
    row("no-reason", "The response to {an_update} has neither reason nor specialty",
        *_both("STU3-AMEND-013", "STU3-CANCEL-013", "answer-with-reason answer-with-specialty"),
        holds=lambda _: (bookings.lacks("reason", "specialty"),)),
    row("delivery-channel", "{an_updated} appointment retains its delivery channel",
        *_both(*_OWN, "answer-without-channel"), holds=_kept("extension:delivery_channel")),
    row("practitioner-role", "{an_updated} appointment retains its practitioner role",
        *_both(*_OWN, "answer-without-role"), holds=_kept("extension:practitioner_role")),
    row("organisation", "{an_updated} appointment retains its booking organisation",
        *_both(*_OWN, "loses-organization"),
        holds=_kept("contained.name", "contained.identifier.value", "extension:booking_organization")),
    why="A consumer shows this response to its user, and sends it back with the next change.",
    fix="Return the complete appointment as it is stored after the change, with its new version.",
)  # fmt: skip


@scenarios(RESPONSE)
def test_response(context: ScenarioContext, case: Case) -> None:
    update = sent_update(context, case)
    if case.get("must_succeed"):
        if not context.judge(update.response, success("Appointment")):
            return
    else:
        need_success(update)
    context.judge(update.response, *case["holds"](update))


# Effects on later reads


def rest_is_read(update: Update) -> None:
    """A read shows only the amended texts changed."""
    read = update.read()
    if update.context.judge(read, success("Appointment")):
        update.context.judge(read, update_effects.untouched(update.before, *_TEXTS))


def rest_is_read_cancelled(update: Update) -> None:
    """A read shows only status and reason changed."""
    read = update.read()
    if update.context.judge(read, success("Appointment")):
        update.context.judge(read, rest_untouched(update))


def read_shows_cancelled(update: Update) -> None:
    """A read shows status and reason."""
    read = update.read()
    if update.context.judge(read, success("Appointment")):
        update.context.judge(read, appointment_status("cancelled"), cancellation_reason(REASON))


def retrieve_shows_texts(update: Update) -> None:
    """The patient's appointments include it once, amended."""
    retrieve_shows(update, update_effects.texts_replaced(update.before, update.sent, *_TEXTS))


def retrieve_shows_cancelled(update: Update) -> None:
    """The patient's appointments include it once, with status and reason."""
    retrieve_shows(update, appointment_status("cancelled"), cancellation_reason(REASON))


EFFECTS = shared_table(
    row("read-back", "A read after {an_update} returns the same content as the update",
        column("STU3-AMEND-008 DSTU2-AMEND-010", "answers-as-before not-stored"),
        column("STU3-CANCEL-007 DSTU2-CANCEL-010", "answers-booked not-stored"), seen=read_gives_it),
    row("stays-readable", "{an_updated} appointment can be read, with status cancelled and the reason", None,
        column("STU3-CANCEL-007 DSTU2-CANCEL-010 DSTU2-CANCEL-011", "gone-afterwards stays-booked loses-reason"),
        seen=read_shows_cancelled),
    row("rest-stored", "A read after {an_update} shows nothing else changed",
        column("STU3-AMEND-006 DSTU2-AMEND-010", "drops-participants stu3:loses-organization", seen=rest_is_read),
        column("STU3-CANCEL-010 DSTU2-CANCEL-021", "loses-comment drops-participants", seen=rest_is_read_cancelled)),
    row("read-version", "A read after {an_update} returns its new version",
        column("STU3-AMEND-007 DSTU2-AMEND-009", "keeps-version answers-next-version"),
        column("STU3-CANCEL-009 DSTU2-CANCEL-009", "keeps-version"), seen=read_has_new_version),
    row("retrieve-back", "After {an_update} the patient's appointments include the {updated} appointment once",
        column("STU3-AMEND-008 DSTU2-AMEND-010", "retrieve-as-before", seen=retrieve_shows_texts),
        column("STU3-CANCEL-007 DSTU2-CANCEL-010 DSTU2-CANCEL-011 DSTU2-CANCEL-019",
               "not-retrieved retrieved-as-booked", seen=retrieve_shows_cancelled)),
    why="Other consumers only see an update in later reads and retrievals.",
    fix="Store the update in one transaction with the new version, and serve every interaction from there.",
)  # fmt: skip


@scenarios(EFFECTS)
def test_effect(context: ScenarioContext, case: Case) -> None:
    update = sent_update(context, case)
    need_success(update)
    case["seen"](update)
