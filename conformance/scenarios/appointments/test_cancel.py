"""Cancel an appointment: what a valid cancellation returns and brings about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conformance.checks import bookings, update_effects
from conformance.checks.appointments import appointment_status, cancellation_reason, new_version
from conformance.checks.check import Check
from conformance.checks.headers import etag
from conformance.checks.response import success
from conformance.consumer.request_mutations import claim_in
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.amend_cancel import (
    CANCEL,
    REASON,
    TEXTS,
    Update,
    arranged,
    cancelling,
    need_success,
    send,
)
from conformance.scenarios.steps.amend_cancel_effects import read_gives_it, read_has_new_version, retrieve_shows
from conformance.scenarios.steps.booking import adjacent, text_of, with_category, with_practitioner

LONG_REASON = text_of(1000)
FORMS = 'Zoë: 3 < 4 & "5" > 4, naïve <b>«ł»</b> £'


def cancelled(context: ScenarioContext, case: Case) -> Update:
    """Send the valid cancellation of a case: for its `reason`, with the change that it names."""
    held = arranged(context, case)
    request = cancelling(context, held, case.get("reason") or REASON)
    return send(context, held, case["change"](request) if case.get("change") else request)


ANSWERED = table(
    CANCEL,
    case("cancel.booked", "A cancellation of a booked appointment returns 200",
         "STU3-CANCEL-005 DSTU2-CANCEL-006", faults="cancel.created cancel.no-content cancel.refuses"),
    case("cancel.amended", "An appointment that was amended before may be cancelled",
         "STU3-CANCEL-005 DSTU2-CANCEL-006", first=TEXTS, faults="cancel.refuses-amended"),
    case("cancel.of-two-slots", "An appointment of two slots may be cancelled",
         "STU3-CANCEL-005 DSTU2-CANCEL-006", slots=adjacent, faults="cancel.refuses-two-slots"),
    case("cancel.other-organisation", "An appointment may be cancelled by another organisation than the one that booked it",
         "STU3-CANCEL-015", change=claim_in("requesting_organization.identifier.0.value", "B82617"),
         faults="cancel.only-own"),
    why="A patient who cannot come must be able to give the time to somebody else.",
    fix="Respond to a cancellation with a reason with 200 and the whole Appointment.",
)  # fmt: skip


@scenarios(ANSWERED)
def test_answered(context: ScenarioContext, case: Case) -> None:
    update = cancelled(context, case)
    if context.judge(update.response, success("Appointment"), update_effects.same_appointment(update.before)):
        context.judge(update.read(), success("Appointment"), appointment_status("cancelled"))


Holds = Callable[[Update], Sequence[Check]]


def _answer(id: str, title: str, verifies: str, holds: Holds, faults: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(f"cancel.{id}", title, verifies, holds=holds, faults=faults, **more)


def _kept(*paths: str) -> Holds:
    def holds(update: Update) -> Sequence[Check]:
        update.need_before(*paths)
        return (update_effects.kept(update.before, *paths),)

    return holds


def rest_untouched(update: Update) -> Check:
    """Nothing but status and reason changed; an edition may leave open whether the slots are still referred to."""
    slots = () if update.context.edition.capabilities.cancelled_appointments_keep_slots else ("slot",)
    return update_effects.untouched(update.before, "status", *slots)


ANSWER = table(
    CANCEL,
    _answer("same-id", "The response to a cancellation is the appointment that was cancelled",
            "STU3-CANCEL-006 DSTU2-CANCEL-007", lambda update: (update_effects.same_appointment(update.before),),
            "cancel.answers-other-id"),
    _answer("status", "The response to a cancellation has the status cancelled",
            "STU3-CANCEL-007 DSTU2-CANCEL-010", lambda _: (appointment_status("cancelled"),),
            "cancel.answers-booked cancel.as-no-show cancel.stays-booked"),
    _answer("reason", "The response to a cancellation has the reason as it was sent, in its extension",
            "STU3-CANCEL-008 DSTU2-CANCEL-011", lambda _: (cancellation_reason(REASON),),
            "cancel.answer-without-reason cancel.answer-other-reason-url cancel.own-reason cancel.loses-reason"),
    _answer("reason-non-ascii", "A reason with accents, symbols and markup is accepted unharmed",
            "STU3-CANCEL-008 DSTU2-CANCEL-011", lambda _: (cancellation_reason(FORMS),),
            "cancel.ascii-only cancel.escapes-markup", reason=FORMS),
    _answer("reason-long", "A reason of 1000 characters is accepted, and held whole or its beginning",
            "STU3-CANCEL-008", lambda _: (update_effects.reason_begins(LONG_REASON),),
            "cancel.refuses-long-reason cancel.drops-long-reason", reason=LONG_REASON, must_succeed=True),
    _answer("new-version", "A cancellation gives the appointment a new version",
            "STU3-CANCEL-009 DSTU2-CANCEL-009", lambda update: (new_version(update.before),),
            "cancel.keeps-version cancel.answer-without-version"),
    _answer("etag", "The response to a cancellation carries the new version as its ETag",
            "STU3-CANCEL-009 DSTU2-CANCEL-009 DSTU2-FHIR-009", lambda _: (etag,), "cancel.old-etag cancel.no-etag"),
    _answer("nothing-else", "A cancellation changes nothing but status and reason",
            "STU3-CANCEL-010 DSTU2-CANCEL-021", lambda update: (rest_untouched(update),),
            "cancel.loses-comment cancel.loses-description cancel.drops-participants cancel.shifts-end"),
    _answer("texts", "A cancelled appointment keeps description and comment",
            "STU3-CANCEL-010 DSTU2-CANCEL-021", _kept("description", "comment"),
            "cancel.loses-comment cancel.loses-description"),
    _answer("participants", "A cancelled appointment keeps all its participants",
            "STU3-CANCEL-010 DSTU2-CANCEL-021", _kept("participant.actor.reference"), "cancel.drops-participants",
            slots=with_practitioner),
    _answer("times", "A cancelled appointment keeps its start and end",
            "STU3-CANCEL-010 DSTU2-CANCEL-021", _kept("start", "end"), "cancel.shifts-end"),
    _answer("slots", "A cancelled appointment still refers to both of its slots",
            "STU3-CANCEL-010", _kept("slot.reference"), "cancel.answer-without-slot", slots=adjacent),
    _answer("created", "A cancelled appointment keeps the time at which it was booked",
            "STU3-CANCEL-010 STU3-CANCEL-014", _kept("created"), "cancel.renews-created"),
    _answer("service-type", "The response to a cancellation has the practice's description of the slot type",
            "STU3-CANCEL-012", _kept("serviceType.text"), "cancel.answer-without-service"),
    _answer("service-category", "The response to a cancellation has the practice's description of the schedule",
            "STU3-CANCEL-012", _kept("serviceCategory.text"), "cancel.answer-without-category", slots=with_category),
    _answer("no-reason", "The response to a cancellation has neither reason nor specialty",
            "STU3-CANCEL-013", lambda _: (bookings.lacks("reason", "specialty"),),
            "cancel.answer-with-reason cancel.answer-with-specialty"),
    _answer("delivery-channel", "A cancelled appointment keeps its delivery channel",
            "STU3-CANCEL-014", _kept("extension:delivery_channel"), "cancel.answer-without-channel"),
    _answer("practitioner-role", "A cancelled appointment keeps its practitioner role",
            "STU3-CANCEL-014", _kept("extension:practitioner_role"), "cancel.answer-without-role"),
    _answer("organisation", "A cancelled appointment keeps its booking organisation",
            "STU3-CANCEL-014", _kept("contained.name", "contained.identifier.value", "extension:booking_organization"),
            "cancel.loses-organization"),
    why="Who looks at a cancelled appointment wants to know what it was and why it was cancelled.",
    fix="Return the whole appointment as it was, with status cancelled, the reason in its extension and a new version.",
)  # fmt: skip


@scenarios(ANSWER)
def test_answer(context: ScenarioContext, case: Case) -> None:
    update = cancelled(context, case)
    if case.get("must_succeed"):
        if not context.judge(update.response, success("Appointment")):
            return
    else:
        need_success(update)
    context.judge(update.response, *case["holds"](update))


# What a cancellation brings about, seen by later reads


def read_shows_cancelled(update: Update) -> None:
    """A read shows status and reason."""
    read = update.read()
    if update.context.judge(read, success("Appointment")):
        update.context.judge(read, appointment_status("cancelled"), cancellation_reason(REASON))


def read_shows_the_rest(update: Update) -> None:
    """A read shows nothing else changed."""
    read = update.read()
    if update.context.judge(read, success("Appointment")):
        update.context.judge(read, rest_untouched(update))


def retrieve_shows_cancelled(update: Update) -> None:
    """The patient's appointments show it once, with status and reason."""
    retrieve_shows(update, appointment_status("cancelled"), cancellation_reason(REASON))


EFFECTS = table(
    CANCEL,
    case("cancel.read-back", "A read after a cancellation gives what the cancellation returned",
         "STU3-CANCEL-007 DSTU2-CANCEL-010", seen=read_gives_it, faults="cancel.answers-booked cancel.not-stored"),
    case("cancel.stays-readable", "A cancelled appointment can be read, with status cancelled and the reason",
         "STU3-CANCEL-007 DSTU2-CANCEL-010 DSTU2-CANCEL-011", seen=read_shows_cancelled,
         faults="cancel.gone-afterwards cancel.stays-booked cancel.loses-reason"),
    case("cancel.rest-stored", "A read after a cancellation shows nothing else changed",
         "STU3-CANCEL-010 DSTU2-CANCEL-021", seen=read_shows_the_rest, faults="cancel.loses-comment cancel.drops-participants"),
    case("cancel.read-version", "A read after a cancellation gives its new version",
         "STU3-CANCEL-009 DSTU2-CANCEL-009", seen=read_has_new_version, faults="cancel.keeps-version"),
    case("cancel.retrieve-back", "The patient's appointments show the cancelled appointment, its status and its reason",
         "STU3-CANCEL-007 DSTU2-CANCEL-010 DSTU2-CANCEL-011 DSTU2-CANCEL-019", seen=retrieve_shows_cancelled,
         faults="cancel.not-retrieved cancel.retrieved-as-booked"),
    why="Other consumers learn of the cancellation from reads and from the patient's list only.",
    fix="Keep the appointment with status cancelled and its reason; do not delete it.",
)  # fmt: skip


@scenarios(EFFECTS)
def test_effect(context: ScenarioContext, case: Case) -> None:
    update = cancelled(context, case)
    need_success(update)
    case["seen"](update)
