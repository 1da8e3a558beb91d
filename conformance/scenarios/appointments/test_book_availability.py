"""Book slots restricted to other organisations: the rules of slot availability apply to booking as well as searching."""

from __future__ import annotations

from typing import Any

from conformance.consumer.request import Change
from conformance.consumer.request_mutations import body_set, chain, claim_in
from conformance.consumer.uk_time import uk_date
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.booking import BOOK, Ground, Slots, attempt, expect_refusal
from conformance.scenarios.steps.slot_search import control


def restricted(context: ScenarioContext) -> Slots:
    """A slot that the configured consumer sees and other organisations do not."""
    kept = context.config.data.restricted_slots
    if kept is None:
        context.cannot("the configuration names no restricted slots (data.restricted_slots)")
    days = kept.days.dates(uk_date(context.now()))
    mine = control(context, *days) - control(context, *days, filters=False)
    return (
        context.arrange.slot(lambda slot: slot.id in mine, what="a slot that is restricted to the configured consumer"),
    )


def by_another_patient(on: Ground) -> Change:
    """Book as another organisation, of another type where the consumer has one."""
    code = on.context.config.data.unknown.organization_ods
    kind = on.context.config.consumer.organization.type
    changes: list[Any] = [
        body_set("contained.0.identifier.0.value", code),
        claim_in("requesting_organization.identifier.0.value", code),
    ]
    if kind:
        other = "urgent-care" if kind == "gp-practice" else "gp-practice"
        changes.append(body_set("contained.0.type.0.coding.0.code", other))
    return chain(*changes)


RESTRICTED = table(
    BOOK,
    case("book.restricted-slot", "A booking by another organisation of a slot restricted to some organisations is refused",
         "STU3-BOOK-073", slots=restricted, change=by_another_patient, faults="book.ignores-restrictions",
         expect=refused("4xx")),
    why="A practice reserves slots for partners: other organisations that know their ids must not be able to book them.",
    fix="Apply the slot's restrictions to the booking organisation when booking, as in the search.",
    noted="The page gives a slot limit as its example and names no code: any refusal with an OperationOutcome is accepted.",
)  # fmt: skip


@scenarios(RESTRICTED)
def test_restricted(context: ScenarioContext, case: Case) -> None:
    expect_refusal(context, case, attempt(context, case))
