"""Cancel an appointment: the slots are free again, can be booked again, and the cancelled appointment remains."""

from __future__ import annotations

from conformance.checks.appointments import appointment_status
from conformance.checks.response import success
from conformance.core.results import Finding, Severity
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot
from conformance.scenarios.steps.amend_cancel import CANCEL, arranged, cancelling, need_success, send
from conformance.scenarios.steps.booking import Slots, adjacent


def one_slot(context: ScenarioContext) -> Slots:
    """One slot."""
    return (context.arrange.slot(),)


def freed(context: ScenarioContext, case: Case) -> BookedAppointment:
    """Book and cancel an appointment."""
    booked = arranged(context, case)
    need_success(send(context, booked, cancelling(context, booked)))
    return booked


def offered_again(context: ScenarioContext, slots: Slots) -> dict[str, FreeSlot]:
    """Return which of the slots are offered, with their own id or another: same schedule, start and end."""
    offered = {(slot.schedule_id, slot.start, slot.end): slot for slot in context.effects.offers(slots)}
    found = {slot.id: offered.get((slot.schedule_id, slot.start, slot.end)) for slot in slots}
    return {name: slot for name, slot in found.items() if slot is not None}


FREED = table(
    CANCEL,
    case("cancel.slot-free", "The slot of a cancelled appointment is offered again",
         "STU3-CANCEL-011 DSTU2-CANCEL-012", slots=one_slot, faults="cancel.keeps-slot"),
    case("cancel.two-slots-free", "Both slots of a cancelled appointment are offered again",
         "STU3-CANCEL-011 DSTU2-CANCEL-012", slots=adjacent, faults="cancel.keeps-slot cancel.frees-first-slot"),
    why="A slot that stays blocked after a cancellation is wasted.",
    fix="Free the slots in the transaction that cancels the appointment.",
    # The page of the DSTU2 edition leaves room for a practice's own rules.
    weight={"stu3": Severity.FAIL, "dstu2": Severity.WARN},
)  # fmt: skip


@scenarios(FREED)
def test_freed(context: ScenarioContext, case: Case) -> None:
    booked = freed(context, case)
    again = offered_again(context, booked.slots)
    for slot in booked.slots:
        if slot.id not in again:
            finding = Finding(
                "a slot of the cancelled appointment is not offered again",
                context.parameter("weight"),
                f"Slot/{slot.id}",
                "not in the search",
                "free",
                code="slot-not-free",
                exchange=context.sender.exchanges[-1].number,
            )
            context.findings.keep([finding])


REBOOKED = table(
    CANCEL,
    case("cancel.book-again", "The slot of a cancelled appointment can be booked for another patient",
         "STU3-CANCEL-011 DSTU2-CANCEL-020", slots=one_slot, who=1, faults="cancel.slot-free-for-show"),
    case("cancel.book-again-same", "The slot of a cancelled appointment can be booked again for the same patient",
         "STU3-CANCEL-011 DSTU2-CANCEL-020", slots=one_slot, who=0, faults="cancel.slot-free-for-show"),
    case("cancel.book-again-two", "Both slots of a cancelled appointment can be booked again together",
         "STU3-CANCEL-011 DSTU2-CANCEL-020", slots=adjacent, who=1, faults="cancel.slot-free-for-show"),
    case("cancel.stays-after-rebooking", "A cancelled appointment stays as it is when its slot is booked again",
         "STU3-CANCEL-007 DSTU2-CANCEL-019", slots=one_slot, who=1, then_read=True,
         faults="cancel.rebooking-overwrites cancel.gone-afterwards"),
    why="A slot that is offered but refused misleads the receptionist.",
    fix="Book by the current state of the slot; a cancelled appointment takes no slot.",
)  # fmt: skip


@scenarios(REBOOKED)
def test_rebooked(context: ScenarioContext, case: Case) -> None:
    booked = freed(context, case)
    again = offered_again(context, booked.slots)
    if len(again) < len(booked.slots):
        context.cannot("the slot is not offered again after the cancellation")
    slots = tuple(again[slot.id] for slot in booked.slots)
    other = context.arrange.patient(index=case["who"])
    response = context.send(context.arrange.booking(*slots, patient=other))
    again_booked = context.arrange.booked_by(response, other, slots)
    if not case.get("then_read"):
        context.judge(response, success("Appointment", 201))
        return
    if again_booked is None:
        context.cannot(f"the slot could not be booked again: {response.described}")
    read = context.arrange.read(booked.id)
    if context.judge(read, success("Appointment"), appointment_status("cancelled")):
        context.effects.unchanged(booked, subject=True)
