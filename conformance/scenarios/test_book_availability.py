"""Book slots that the practice keeps for others: the rules of slot availability hold for booking, not only for searching."""

from __future__ import annotations

from typing import Any

from conformance.consumer.deviations import body_set, chain, claim_in
from conformance.consumer.request import Change
from conformance.consumer.uktime import uk_date
from conformance.harness.case import Case, case, scenarios, table
from conformance.harness.expect import refused
from conformance.harness.scene import Scene
from conformance.scenarios.bookings import BOOK, Ground, Slots, attempt, expect_refusal
from conformance.scenarios.searching import control


def restricted(scene: Scene) -> Slots:
    """A slot that the configured consumer is shown and organisations at large are not."""
    kept = scene.config.data.restricted_slots
    if kept is None:
        scene.cannot("the configuration names no restricted slots (data.restricted_slots)")
    assert kept is not None
    days = kept.days.dates(uk_date(scene.session.now()))
    mine = control(scene, *days) - control(scene, *days, filters=False)
    return (scene.slot(lambda slot: slot.id in mine, what="a slot that is restricted to the configured consumer"),)


def by_somebody_else(on: Ground) -> Change:
    """Book as another organisation, of another type where the consumer has one."""
    code = on.scene.config.data.unknown.organization_ods
    kind = on.scene.config.consumer.organization.type
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
    case("book.restricted-slot", "A slot kept for some organisations is not booked by another",
         "STU3-BOOK-073", slots=restricted, change=by_somebody_else, faults="book.ignores-restrictions",
         expect=refused("4xx")),
    why="A practice keeps slots for partners: whoever learns their ids must not be able to take them.",
    mend="Apply the slot's restrictions to the booking organisation when it books, as in the search.",
    noted="The page gives a slot limit as its example and names no code: any refusal with an OperationOutcome is accepted.",
)  # fmt: skip


@scenarios(RESTRICTED)
def test_restricted(scene: Scene, case: Case) -> None:
    expect_refusal(scene, case, attempt(scene, case))
