"""Amend an appointment: the texts and the reason, simultaneous amendments, and cancelled appointments."""

from __future__ import annotations

from typing import Any

from conformance.checks import update_effects
from conformance.checks.appointments import new_version
from conformance.checks.bookings import texts_kept
from conformance.checks.json_values import extensions
from conformance.checks.response import success
from conformance.consumer import request_bodies
from conformance.consumer.request_mutations import chain
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.amend_cancel import (
    AMEND,
    COMMENT,
    DESCRIPTION,
    FEVER,
    REASON,
    STALE,
    Update,
    amending,
    arranged,
    expect_refusal,
    need_success,
    only_winner,
    refreshed,
    send,
)
from conformance.scenarios.steps.amend_cancel_mutations import PlannedUpdate, deviating, edit
from conformance.scenarios.steps.amend_cancel_rows import AMENDMENT, sent_update
from conformance.scenarios.steps.booking import text_of
from conformance.scenarios.steps.refusals import expect_refused

IN_WORDS = {"text": "Feels hot since Tuesday"}
_FORMS = "Zoë: £5, naïve <b>&amp; «co»"


def read_holds_texts(update: Update) -> None:
    """Response and read have the texts as sent instead of the old ones."""
    check = update_effects.texts_replaced(update.before, update.sent, "description", "comment")
    update.context.judge(update.response, check)
    update.context.judge(update.read(), success("Appointment"), check)


def slots_stay_taken(update: Update) -> None:
    """The slots of the amended appointment are not offered."""
    update.context.effects.no_longer_free(*update.booked.slots)


def can_be_amended_again(update: Update) -> None:
    """The version and content of the response can be used for the next amendment."""
    context, booked = update.context, update.booked
    again = send(context, booked, amending(context, booked, comment="Amended a second time"))
    if context.judge(
        again.response, success("Appointment"), new_version(update.before), new_version(update.response.resource)
    ):
        context.judge(again.read(), update_effects.texts_replaced(again.before, again.sent, "comment"))


EFFECTS = table(
    AMEND,
    case("amend.texts-stored", "An amendment replaces the stored texts",
         "STU3-AMEND-008 DSTU2-AMEND-010 DSTU2-AMEND-011", seen=read_holds_texts,
         faults="amend.not-stored amend.appends-comment amend.loses-description"),
    case("amend.comment-stored", "An amendment of the comment is stored and the description remains",
         "STU3-AMEND-008 DSTU2-AMEND-010", elements={"comment": COMMENT}, seen=read_holds_texts,
         faults="amend.loses-comment amend.loses-description"),
    case("amend.description-stored", "An amendment of the description is stored and the comment remains",
         "STU3-AMEND-008 DSTU2-AMEND-011", elements={"description": DESCRIPTION}, seen=read_holds_texts,
         faults="amend.loses-description amend.loses-comment"),
    case("amend.comment-added", "An amendment can add a comment to an appointment booked without one",
         "STU3-AMEND-008 DSTU2-AMEND-010", booking={"comment": None}, elements={"comment": COMMENT},
         seen=read_holds_texts, faults="amend.loses-comment"),
    case("amend.again", "The version that an amendment returned can be used for the next amendment",
         "STU3-AMEND-007 DSTU2-AMEND-009 DSTU2-FHIR-009", seen=can_be_amended_again, faults="amend.old-etag amend.only-once"),
    case("amend.slot-stays-taken", "An amendment does not free the slot",
         "STU3-AMEND-006 DSTU2-AMEND-010", seen=slots_stay_taken, faults="amend.frees-slots"),
    case("amend.longest-texts", "An amendment stores a description of 100 and a comment of 500 characters in full",
         "STU3-AMEND-009 DSTU2-AMEND-010 DSTU2-AMEND-011", seen=read_holds_texts,
         elements={"description": text_of(100), "comment": text_of(500)},
         faults="amend.cuts-comment amend.cuts-description"),
    case("amend.non-ascii", "An amendment stores texts with accents, symbols and markup unchanged",
         "STU3-AMEND-008 STU3-FHIR-012 DSTU2-AMEND-010 DSTU2-AMEND-011", seen=read_holds_texts,
         elements={"description": _FORMS, "comment": "Ärztin: 3 < 4 & 5 > 4; \"q\" 'a' \\ 100 % é ß ł Ω"},
         faults="amend.ascii-only amend.escapes-markup"),
    side=AMENDMENT,
    why="An amendment only counts if later reads confirm it.",
    fix="Store what was sent in one transaction with the new version, and serve every interaction from there.",
)  # fmt: skip


@scenarios(EFFECTS)
def test_effect(context: ScenarioContext, case: Case) -> None:
    update = sent_update(context, case)
    need_success(update)
    case["seen"](update)


WHOLE = table(
    AMEND,
    case("amend.reason-added", "An amendment stores an added reason as sent",
         "DSTU2-AMEND-012", element="reason", to=IN_WORDS, faults="amend.loses-reason"),
    case("amend.reason-text-to-coding", "An amendment with a coded reason replaces one in text completely",
         "DSTU2-AMEND-012", element="reason", first={"reason": IN_WORDS}, to=FEVER, faults="amend.merges-reason"),
    case("amend.reason-coding-to-text", "An amendment with a reason in text replaces a coded one completely",
         "DSTU2-AMEND-012", element="reason", first={"reason": FEVER}, to=IN_WORDS, faults="amend.merges-reason"),
    case("amend.reason-code-to-code", "An amendment with a coded reason replaces another completely",
         "DSTU2-AMEND-012", element="reason", first={"reason": FEVER},
         to={"coding": [{"system": "http://snomed.info/sct", "code": "49727002", "display": "Cough"}]},
         faults="amend.merges-reason amend.loses-reason"),
    case("amend.reason-removed", "An amendment without the reason removes it",
         "DSTU2-AMEND-013", element="reason", first={"reason": IN_WORDS}, to=None, faults="amend.keeps-what-is-left-out"),
    case("amend.comment-removed", "An amendment without the comment removes it",
         "DSTU2-AMEND-013", element="comment", to=None, faults="amend.keeps-what-is-left-out"),
    why="An amendment replaces the whole element: remaining parts of the old one change its meaning.",
    fix="Replace each amendable element completely by the one sent; do not merge them.",
)  # fmt: skip


@scenarios(WHOLE)
def test_whole_element(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    update = send(context, booked, amending(context, booked, **{case["element"]: case["to"]}))
    need_success(update)
    check = update_effects.element_is(case["element"], case["to"])
    context.judge(update.response, check)
    read = update.read()
    context.need(read, success("Appointment"), what="the amended appointment cannot be read")
    context.judge(read, check)


LONG = table(
    AMEND,
    case("amend.description-101", "An amendment with a description of 101 characters is stored in full or refused",
         "STU3-AMEND-010", element="description", length=101, faults="amend.cuts-long-texts"),
    case("amend.description-10000", "An amendment with a description of 10000 characters is stored in full or refused",
         "STU3-AMEND-010", element="description", length=10_000, faults="amend.cuts-long-texts"),
    case("amend.comment-501", "An amendment with a comment of 501 characters is stored in full or refused",
         "STU3-AMEND-010", element="comment", length=501, faults="amend.cuts-long-texts"),
    case("amend.comment-10000", "An amendment with a comment of 10000 characters is stored in full or refused",
         "STU3-AMEND-010", element="comment", length=10_000, faults="amend.cuts-long-texts"),
    why="A silently truncated text may lose the essential part.",
    fix="Refuse a text that is longer than you can store with 422 INVALID_RESOURCE.",
    noted="C-TEXT-LIMIT",
)  # fmt: skip


@scenarios(LONG)
def test_long_text(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    update = send(context, booked, amending(context, booked, **{case["element"]: text_of(case["length"])}))
    if update.response.status == 200:
        whole = texts_kept({case["element"]: update.sent[case["element"]]})
        context.judge(update.response, whole)
        context.judge(update.read(), success("Appointment"), whole)
    else:
        expect_refused(
            context,
            update.response,
            refused("INVALID_RESOURCE", also=["4xx"], because="Any error is allowed for a long text."),
        )
        context.effects.unchanged(booked)


AT_ONCE = table(
    AMEND,
    case("amend.at-once", "Of two simultaneous amendments of the same version exactly one succeeds, each time",
         "STU3-AMEND-034 DSTU2-FHIR-011", rivals=2, faults="amend.race amend.accepts-stale-version"),
    case("amend.at-once-five", "Of five simultaneous amendments of the same version exactly one succeeds, each time",
         "STU3-AMEND-034 DSTU2-FHIR-011", rivals=5, faults="amend.race amend.accepts-stale-version"),
    why="Of two users who save at the same moment one would lose their changes unawares.",
    fix="Check the version and write in one transaction that excludes other writers.",
)  # fmt: skip


@scenarios(AT_ONCE)
def test_at_once(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    for turn in range(context.config.run.double_booking_pairs):
        refreshed(context, booked)
        texts = [f"Amended in turn {turn} by number {number}" for number in range(case["rivals"])]
        number = only_winner(context, [amending(context, booked, comment=text) for text in texts], STALE)
        if number is not None:
            context.judge(
                context.arrange.read(booked.id), success("Appointment"), texts_kept({"comment": texts[number]})
            )


CANCELLED = table(
    AMEND,
    case("amend.cancelled", "An amendment of a cancelled appointment is refused", "STU3-AMEND-031", status="cancelled",
         faults="amend.accepts-cancelled amend.cancelled-is-not-found amend.refuses-and-applies"),
    case("amend.cancelled-as-booked", "An amendment cannot book a cancelled appointment again", "STU3-AMEND-031",
         status="booked", faults="amend.revives-cancelled amend.refuses-and-applies"),
    why="The slot of a cancelled appointment may have been booked for another patient.",
    fix="Refuse an amendment of a cancelled appointment with 422 INVALID_RESOURCE.",
)  # fmt: skip


@scenarios(CANCELLED)
def test_cancelled(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    context.arrange.cancelled(booked)
    refreshed(context, booked)
    body = request_bodies.amendment(booked.value, comment=COMMENT)
    if case["status"] == "booked":
        reasons = extensions(body, request_bodies.extension_url(context.edition, "cancellation_reason"))
        body = {**body, "status": "booked", "extension": [item for item in body["extension"] if item not in reasons]}
    request = context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number)
    expect_refusal(PlannedUpdate(context, booked, request), refused("INVALID_RESOURCE", tolerated=["4xx"]))
    booked.cancelled = booked.cancelled or booked.value.get("status") == "cancelled"


CANCELLATION_REASON = table(
    AMEND,
    case("amend.cancelled-reason", "An amendment of the cancellation reason of a cancelled appointment succeeds or is refused",
         "DSTU2-AMEND-017", faults="amend.cancelled-is-server-error amend.loses-cancellation"),
    why="The page allows the reason of a cancelled appointment to be modified.",
    fix="Store the new reason and return 200, or refuse with an OperationOutcome.",
)  # fmt: skip


@scenarios(CANCELLATION_REASON)
def test_cancellation_reason(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    context.arrange.cancelled(booked)
    refreshed(context, booked)
    body = request_bodies.cancellation(context.edition, booked.value, "The patient has recovered")
    update = send(context, booked, context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
    if update.response.status == 200:
        read = update.read()
        if context.judge(read, success("Appointment")):
            context.judge(read, update_effects.reason_begins("The patient has recovered"))
    else:
        expect_refused(
            context,
            update.response,
            refused("INVALID_RESOURCE", also=["4xx"], because="The page does not say who may do it."),
        )
        context.effects.unchanged(booked)


CANCELS = {
    "stu3": refused(
        "INVALID_RESOURCE", also=["400 BAD_REQUEST"], tolerated=["4xx"],
        because="The body does not match the interaction; that may count as a bad request.",
    ),
    "dstu2": refused(
        "INVALID_RESOURCE", tolerated=["200"],
        because="The page lists the reason as amendable, for a cancelled appointment only.",
    ),
}  # fmt: skip


def _cancelled_with_reason(planned: PlannedUpdate) -> Any:
    return chain(edit("status", "cancelled")(planned), _reason(planned))


def _reason(planned: PlannedUpdate) -> Any:
    extension = {
        "url": request_bodies.extension_url(planned.context.edition, "cancellation_reason"),
        "valueString": REASON,
    }
    booked = len(planned.value.get("extension") or ())
    return edit(f"extension.{booked}", extension)(planned) if booked else edit("extension", [extension])(planned)


def _row(name: str, title: str, change: Any, verifies: str, fault: str) -> dict[str, Any]:
    return case(f"amend.{name}", title, verifies, change=change, faults=f"{fault} amend.refuses-and-applies")


CANCELLATIONS = table(
    AMEND,
    _row("cancels", "An amendment that cancels is refused, and the appointment stays booked",
         _cancelled_with_reason, "STU3-AMEND-030", "amend.cancels-when-asked"),
    _row("cancels-without-reason", "An amendment to status cancelled without a reason is refused", edit("status", "cancelled"),
         "STU3-AMEND-030 STU3-AMEND-027", "amend.ignores-status"),
    _row("cancellation-reason", "An amendment that adds a cancellation reason to a booked appointment is refused", _reason,
         "STU3-AMEND-030 DSTU2-AMEND-016", "amend.ignores-cancellation-reason"),
    why="A cancellation frees the slot; sent as an amendment it must not be carried out partly.",
    fix="Accept a change of status and a cancellation reason only with the cancel interaction.",
    expect=CANCELS,
)  # fmt: skip


@scenarios(CANCELLATIONS)
def test_cancelling_amendment(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    planned = PlannedUpdate(context, booked, amending(context, booked))
    deviating(planned, case["change"])
    expect_refusal(planned, context.parameter("expect"))
