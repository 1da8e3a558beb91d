"""Amend an appointment: what a valid amendment returns and brings about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conformance.checks import bookings, update_effects
from conformance.checks.appointments import appointment_status, new_version
from conformance.checks.check import Check
from conformance.checks.headers import etag
from conformance.checks.response import success
from conformance.consumer.request_mutations import claim_in
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.amend_cancel import (
    AMEND,
    COMMENT,
    DESCRIPTION,
    FEVER,
    TEXTS,
    Update,
    amending,
    arranged,
    need_success,
    send,
)
from conformance.scenarios.steps.amend_cancel_effects import read_gives_it, read_has_new_version, retrieve_shows
from conformance.scenarios.steps.booking import adjacent, text_of, with_category, with_practitioner

IN_WORDS = {"text": "Feels hot since Tuesday"}
_FORMS = "Zoë: £5, naïve <b>&amp; «co»"


def amended(context: ScenarioContext, case: Case) -> Update:
    """Send the valid amendment of a case: its `elements`, by default both texts."""
    held = arranged(context, case)
    return send(context, held, amending(context, held, **(context.parameter("elements") or TEXTS)))


ANSWERED = table(
    AMEND,
    case("amend.description", "An amendment of the description alone returns 200",
         "STU3-AMEND-005 DSTU2-AMEND-006", elements={"description": DESCRIPTION},
         faults="amend.created amend.refuses-description"),
    case("amend.comment", "An amendment of the comment alone returns 200",
         "STU3-AMEND-005 DSTU2-AMEND-006", elements={"comment": COMMENT},
         faults="amend.created amend.no-content amend.refuses-comment"),
    case("amend.reason", "An amendment of the reason alone returns 200",
         "DSTU2-AMEND-006", elements={"reason": IN_WORDS}, faults="amend.created amend.refuses-reason"),
    case("amend.all-together", "An amendment of every element that may be amended returns 200",
         "STU3-AMEND-005 DSTU2-AMEND-006", elements={"stu3": TEXTS, "dstu2": {**TEXTS, "reason": IN_WORDS}},
         faults="amend.created amend.one-at-a-time"),
    case("amend.other-organisation", "An appointment may be amended by another organisation than the one that booked it",
         "STU3-AMEND-015", elements={"comment": COMMENT}, faults="amend.only-own",
         change=claim_in("requesting_organization.identifier.0.value", "B82617")),
    case("amend.of-two-slots", "An appointment of two slots may be amended",
         "STU3-AMEND-005 DSTU2-AMEND-006", slots=adjacent, faults="amend.refuses-two-slots"),
    why="Notes on an appointment change; a consumer that cannot amend them has to cancel and book anew.",
    fix="Respond to an amendment of the elements that the page names with 200 and the whole Appointment.",
)  # fmt: skip


@scenarios(ANSWERED)
def test_answered(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    request = amending(context, held, **(context.parameter("elements") or TEXTS))
    if case.get("change"):
        request = case["change"](request)
    update = send(context, held, request)
    if context.judge(update.response, success("Appointment"), update_effects.same_appointment(update.before)):
        context.judge(update.read(), success("Appointment"), update_effects.kept(update.before, "contained"))


Holds = Callable[[Update], Sequence[Check]]


def _answer(id: str, title: str, verifies: str, holds: Holds, faults: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(f"amend.{id}", title, verifies, holds=holds, faults=faults, **more)


def _kept(*paths: str) -> Holds:
    def holds(update: Update) -> Sequence[Check]:
        update.need_before(*paths)
        return (update_effects.kept(update.before, *paths),)

    return holds


ANSWER = table(
    AMEND,
    _answer("same-id", "The response to an amendment is the appointment that was amended",
            "STU3-AMEND-006 DSTU2-AMEND-007", lambda update: (update_effects.same_appointment(update.before),),
            "amend.answers-other-id"),
    _answer("answer-texts", "The response to an amendment holds the new texts",
            "STU3-AMEND-006 STU3-AMEND-011 DSTU2-AMEND-010 DSTU2-AMEND-011",
            lambda update: (update_effects.texts_replaced(update.before, update.sent, "description", "comment"),),
            "amend.answers-as-before amend.loses-comment amend.appends-comment"),
    _answer("nothing-else", "An amendment changes nothing but what it names",
            "STU3-AMEND-006 STU3-AMEND-014 DSTU2-AMEND-010",
            lambda update: (update_effects.untouched(update.before, "description", "comment"),),
            "amend.drops-participants amend.answer-without-slot amend.shifts-end"),
    _answer("still-booked", "An amended appointment is still booked",
            "STU3-AMEND-006 DSTU2-AMEND-010", lambda _: (appointment_status("booked"),), "amend.cancels amend.answers-pending"),
    _answer("new-version", "An amendment gives the appointment a new version",
            "STU3-AMEND-007 DSTU2-AMEND-009", lambda update: (new_version(update.before),),
            "amend.keeps-version amend.answer-without-version"),
    _answer("etag", "The response to an amendment carries the new version as its ETag",
            "STU3-AMEND-007 DSTU2-AMEND-009 DSTU2-FHIR-009", lambda _: (etag,), "amend.old-etag amend.no-etag"),
    _answer("service-type", "The response to an amendment has the practice's description of the slot type",
            "STU3-AMEND-012", _kept("serviceType.text"), "amend.answer-without-service"),
    _answer("service-category", "The response to an amendment has the practice's description of the schedule",
            "STU3-AMEND-012", _kept("serviceCategory.text"), "amend.answer-without-category", slots=with_category),
    _answer("no-reason", "The response to an amendment has neither reason nor specialty",
            "STU3-AMEND-013", lambda _: (bookings.lacks("reason", "specialty"),),
            "amend.answer-with-reason amend.answer-with-specialty"),
    _answer("delivery-channel", "An amended appointment keeps its delivery channel",
            "STU3-AMEND-014", _kept("extension:delivery_channel"), "amend.answer-without-channel"),
    _answer("practitioner-role", "An amended appointment keeps its practitioner role",
            "STU3-AMEND-014", _kept("extension:practitioner_role"), "amend.answer-without-role"),
    _answer("organisation", "An amended appointment keeps its booking organisation",
            "STU3-AMEND-014", _kept("contained.name", "contained.identifier.value", "extension:booking_organization"),
            "amend.loses-organization"),
    _answer("created", "An amended appointment keeps the time at which it was booked",
            "STU3-AMEND-014", _kept("created"), "amend.renews-created"),
    _answer("participants", "An amended appointment keeps all its participants",
            "STU3-AMEND-014 DSTU2-AMEND-010",
            lambda update: (bookings.participants_complete, *_kept("participant.actor.reference")(update)),
            "amend.drops-participants", slots=with_practitioner),
    _answer("slots", "An amended appointment of two slots keeps both, and its times",
            "STU3-AMEND-014 DSTU2-AMEND-010", _kept("slot.reference", "start", "end"),
            "amend.answer-one-slot amend.shifts-end", slots=adjacent),
    why="What a consumer shows after an amendment, and what it sends with the next one, is this response.",
    fix="Return the appointment as it is stored after the change, complete, with its new version.",
)  # fmt: skip


@scenarios(ANSWER)
def test_answer(context: ScenarioContext, case: Case) -> None:
    update = amended(context, case)
    need_success(update)
    context.judge(update.response, *case["holds"](update))


# What an amendment brings about, seen by later reads and searches


def read_holds_texts(update: Update) -> None:
    """Response and read hold the texts as sent, the old ones gone."""
    check = update_effects.texts_replaced(update.before, update.sent, "description", "comment")
    update.context.judge(update.response, check)
    update.context.judge(update.read(), success("Appointment"), check)


def retrieve_holds_texts(update: Update) -> None:
    """The patient's appointments show it once, amended."""
    retrieve_shows(update, update_effects.texts_replaced(update.before, update.sent, "description", "comment"))


def slots_stay_taken(update: Update) -> None:
    """The slots of the amended appointment are not offered."""
    update.context.effects.no_longer_free(*update.held.slots)


def can_be_amended_again(update: Update) -> None:
    """The version and content that the response gave serve the next amendment."""
    context, held = update.context, update.held
    again = send(context, held, amending(context, held, comment="Amended a second time"))
    if context.judge(
        again.response, success("Appointment"), new_version(update.before), new_version(update.response.resource)
    ):
        context.judge(again.read(), update_effects.texts_replaced(again.before, again.sent, "comment"))


def rest_is_read(update: Update) -> None:
    """A read shows nothing changed but the texts."""
    read = update.read()
    if update.context.judge(read, success("Appointment")):
        update.context.judge(read, update_effects.untouched(update.before, "description", "comment"))


EFFECTS = table(
    AMEND,
    case("amend.read-back", "A read after an amendment gives what the amendment returned",
         "STU3-AMEND-008 DSTU2-AMEND-010", seen=read_gives_it, faults="amend.answers-as-before amend.not-stored"),
    case("amend.texts-stored", "Amended texts are stored in the place of the old ones",
         "STU3-AMEND-008 DSTU2-AMEND-010 DSTU2-AMEND-011", seen=read_holds_texts,
         faults="amend.not-stored amend.appends-comment amend.loses-description"),
    case("amend.comment-stored", "An amended comment is stored and the description stays",
         "STU3-AMEND-008 DSTU2-AMEND-010", elements={"comment": COMMENT}, seen=read_holds_texts,
         faults="amend.loses-comment amend.loses-description"),
    case("amend.description-stored", "An amended description is stored and the comment stays",
         "STU3-AMEND-008 DSTU2-AMEND-011", elements={"description": DESCRIPTION}, seen=read_holds_texts,
         faults="amend.loses-description amend.loses-comment"),
    case("amend.comment-added", "An appointment booked without a comment can be given one",
         "STU3-AMEND-008 DSTU2-AMEND-010", booking={"comment": None}, elements={"comment": COMMENT},
         seen=read_holds_texts, faults="amend.loses-comment"),
    case("amend.retrieve-back", "The patient's appointments show the amended texts",
         "STU3-AMEND-008 DSTU2-AMEND-010", seen=retrieve_holds_texts, faults="amend.retrieve-as-before"),
    case("amend.rest-stored", "A read after an amendment shows nothing else changed",
         "STU3-AMEND-006 DSTU2-AMEND-010", seen=rest_is_read, faults="amend.drops-participants stu3:amend.loses-organization"),
    case("amend.read-version", "A read after an amendment gives its new version",
         "STU3-AMEND-007 DSTU2-AMEND-009", seen=read_has_new_version, faults="amend.keeps-version amend.answers-next-version"),
    case("amend.again", "The version that an amendment returned serves the next amendment",
         "STU3-AMEND-007 DSTU2-AMEND-009 DSTU2-FHIR-009", seen=can_be_amended_again, faults="amend.old-etag amend.only-once"),
    case("amend.slot-stays-taken", "An amendment does not set the slot free",
         "STU3-AMEND-006 DSTU2-AMEND-010", seen=slots_stay_taken, faults="amend.frees-slots"),
    case("amend.longest-texts", "A description of 100 characters and a comment of 500 are stored whole",
         "STU3-AMEND-009 DSTU2-AMEND-010 DSTU2-AMEND-011", seen=read_holds_texts,
         elements={"description": text_of(100), "comment": text_of(500)},
         faults="amend.cuts-comment amend.cuts-description"),
    case("amend.non-ascii", "Amended texts with accents, symbols and markup are stored unharmed",
         "STU3-AMEND-008 STU3-FHIR-012 DSTU2-AMEND-010 DSTU2-AMEND-011", seen=read_holds_texts,
         elements={"description": _FORMS, "comment": "Ärztin: 3 < 4 & 5 > 4; \"q\" 'a' \\ 100 % é ß ł Ω"},
         faults="amend.ascii-only amend.escapes-markup"),
    why="An amendment is worth what a later look into the diary says of it.",
    fix="Store what was sent in one transaction with the new version, and present it from there in every interaction.",
)  # fmt: skip


@scenarios(EFFECTS)
def test_effect(context: ScenarioContext, case: Case) -> None:
    update = amended(context, case)
    need_success(update)
    case["seen"](update)


WHOLE = table(
    AMEND,
    case("amend.reason-added", "A reason that is added is stored as sent",
         "DSTU2-AMEND-012", element="reason", to=IN_WORDS, faults="amend.loses-reason"),
    case("amend.reason-text-to-coding", "A coded reason replaces one in words altogether",
         "DSTU2-AMEND-012", element="reason", first={"reason": IN_WORDS}, to=FEVER, faults="amend.merges-reason"),
    case("amend.reason-coding-to-text", "A reason in words replaces a coded one altogether",
         "DSTU2-AMEND-012", element="reason", first={"reason": FEVER}, to=IN_WORDS, faults="amend.merges-reason"),
    case("amend.reason-code-to-code", "A coded reason replaces another altogether",
         "DSTU2-AMEND-012", element="reason", first={"reason": FEVER},
         to={"coding": [{"system": "http://snomed.info/sct", "code": "49727002", "display": "Cough"}]},
         faults="amend.merges-reason amend.loses-reason"),
    case("amend.reason-removed", "A reason that is left out of the amendment is removed",
         "DSTU2-AMEND-013", element="reason", first={"reason": IN_WORDS}, to=None, faults="amend.keeps-what-is-left-out"),
    case("amend.comment-removed", "A comment that is left out of the amendment is removed",
         "DSTU2-AMEND-013", element="comment", to=None, faults="amend.keeps-what-is-left-out"),
    why="An amendment states the whole element: parts of the old one that stay change its meaning.",
    fix="Replace each amendable element as a whole by the one sent; do not merge them.",
)  # fmt: skip


@scenarios(WHOLE)
def test_whole_element(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    update = send(context, held, amending(context, held, **{case["element"]: case["to"]}))
    need_success(update)
    check = update_effects.element_is(case["element"], case["to"])
    context.judge(update.response, check)
    read = update.read()
    context.need(read, success("Appointment"), what="the amended appointment cannot be read")
    context.judge(read, check)
