"""Cancel an appointment: its reason and status, simultaneous changes, and a second cancellation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.checks.appointments import appointment_status
from conformance.checks.response import success
from conformance.consumer.request import Request
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.amend_cancel import (
    CANCEL,
    COMMENT,
    amending,
    arranged,
    cancelling,
    note,
    only_winner,
    refreshed,
    send,
)
from conformance.scenarios.steps.amend_cancel_mutations import (
    PlannedUpdate,
    deviating,
    edit,
    in_extension,
    without_in_extension,
)
from conformance.scenarios.steps.amend_cancel_rows import CANCELLATION, expect_update_refused
from conformance.scenarios.steps.refusals import expect_refused

_REASONLESS = "The consumer must send the reason; the response without it is not specified."


BAD_REASON = {
    "stu3": refused("INVALID_RESOURCE", also=["INVALID_PARAMETER", "400 BAD_REQUEST"], because=_REASONLESS),
    "dstu2": refused("INVALID_RESOURCE", also=["4xx"], because=_REASONLESS),
}


NO_REASON = {
    "stu3": BAD_REASON["stu3"],
    "dstu2": refused("INVALID_RESOURCE", tolerated=["4xx", "200"], because=_REASONLESS),
}


_BLANK = "STU3-CANCEL-024 DSTU2-CANCEL-016"


_CORRUPT = f"STU3-CANCEL-031 {_BLANK}"


OTHER_URL = "https://consumer.example.org/StructureDefinition/why"


def _row(id: str, title: str, change: Any, verifies: str, fault: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(f"cancel.{id}", title, verifies, change=change, faults=f"{fault} cancel.refuses-and-cancels", **more)


REASONS = table(
    CANCEL,
    _row("without-reason", "A cancellation without a reason is refused", without_in_extension("cancellation_reason"),
         "STU3-CANCEL-024 DSTU2-CANCEL-014", "cancel.accepts-missing-reason", expect=NO_REASON),
    _row("reason-without-value", "A cancellation whose reason has no value is refused",
         without_in_extension("cancellation_reason", "valueString"), _CORRUPT, "cancel.accepts-missing-reason"),
    _row("reason-empty", "A cancellation whose reason is empty is refused",
         in_extension("cancellation_reason", "valueString", ""), _CORRUPT, "cancel.accepts-empty-reason"),
    _row("reason-blank", "A cancellation whose reason is only white space is refused",
         in_extension("cancellation_reason", "valueString", " "), _BLANK, "cancel.accepts-empty-reason"),
    _row("reason-other-url", "A cancellation whose reason is in an unknown extension is refused",
         in_extension("cancellation_reason", "url", OTHER_URL), _CORRUPT, "cancel.accepts-any-extension"),
    _row("reason-of-another-type", "A cancellation whose reason is not a string is refused",
         [without_in_extension("cancellation_reason", "valueString"),
          in_extension("cancellation_reason", "valueBoolean", True)],
         _CORRUPT, "cancel.accepts-missing-reason"),
    side=CANCELLATION,
    why="Later users must see why the appointment did not take place.",
    fix="Refuse a cancellation without a reason of at least one character in the cancellation reason extension.",
    expect=BAD_REASON,
)  # fmt: skip


_MISMATCH = "The body does not match the interaction; that may count as a bad request."


MISMATCH = {
    "stu3": refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], because=_MISMATCH),
    "dstu2": refused("INVALID_RESOURCE", also=["4xx"], because=_MISMATCH),
}


_STATUS = "STU3-CANCEL-025 DSTU2-CANCEL-015"


STATUSES = table(
    CANCEL,
    _row("status-booked", "A cancellation with status booked is refused", edit("status", "booked"), _STATUS,
         "cancel.accepts-other-status"),
    _row("status-noshow", "A cancellation with status noshow is refused", edit("status", "noshow"), _STATUS,
         "cancel.accepts-other-status"),
    _row("status-fulfilled", "A cancellation with status fulfilled is refused", edit("status", "fulfilled"), _STATUS,
         "cancel.accepts-other-status"),
    side=CANCELLATION,
    why="The interaction and the body contradict each other; one of them is a mistake.",
    fix="Refuse the cancel interaction unless the status in the body is cancelled.",
    expect=MISMATCH,
)  # fmt: skip


@scenarios(REASONS, STATUSES)
def test_refused(context: ScenarioContext, case: Case) -> None:
    expect_update_refused(context, case)


NOTHING = table(
    CANCEL,
    case("cancel.status-without-reason", "A cancellation that changes nothing at all leaves the appointment booked", _STATUS,
         faults="cancel.cancels-whatever-comes",
         change=[edit("status", "booked"), without_in_extension("cancellation_reason")]),
    why="A body that contains no change requests none, whatever the interaction is called.",
    fix="Refuse it, or return 200 with the appointment as it is.",
    noted="The appointment is sent back as it stands: both a refusal and a 200 that changes nothing are defensible.",
)  # fmt: skip


@scenarios(NOTHING)
def test_nothing(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    planned = PlannedUpdate(context, booked, cancelling(context, booked))
    response = context.send(deviating(planned, case["change"]))
    note(booked, response)
    if response.status == 200:
        context.judge(response, success("Appointment"), appointment_status("booked"))
    else:
        expect_refused(context, response, refused("4xx"))
    read = context.arrange.read(booked.id)
    note(booked, read)
    context.judge(read, success("Appointment"), appointment_status("booked"))


def amend_and_cancel(context: ScenarioContext, booked: BookedAppointment) -> list[Request]:
    """One consumer amends, another cancels."""
    return [amending(context, booked, comment=COMMENT), cancelling(context, booked)]


def two_cancel(context: ScenarioContext, booked: BookedAppointment) -> list[Request]:
    """Two consumers cancel, each with its own reason."""
    return [cancelling(context, booked, reason) for reason in ("The patient is better", "The clinician is ill")]


LOST = refused(
    "409", also=["INVALID_RESOURCE"], tolerated=["412"],
    because="The later request meets another version, or a cancelled appointment.",
)  # fmt: skip


AT_ONCE = table(
    CANCEL,
    case("cancel.at-once", "Of two simultaneous cancellations of the same version exactly one succeeds",
         "STU3-CANCEL-027 DSTU2-FHIR-011", rivals=two_cancel, faults="cancel.race"),
    case("cancel.at-once-with-amend", "Of a simultaneous amendment and cancellation of the same version exactly one succeeds",
         "STU3-CANCEL-027 STU3-AMEND-033 DSTU2-FHIR-011", rivals=amend_and_cancel, faults="cancel.race"),
    why="Two users who change the same appointment at the same moment must not both get a success.",
    fix="Check the version and write in one transaction that excludes other writers.",
)  # fmt: skip


@scenarios(AT_ONCE)
def test_at_once(context: ScenarioContext, case: Case) -> None:
    for _ in range(context.config.run.double_booking_pairs):
        booked = arranged(context, case)
        compete(context, booked, case["rivals"](context, booked))


def compete(context: ScenarioContext, booked: BookedAppointment, requests: Sequence[Request]) -> None:
    """Send the requests at once; exactly one must succeed, and the appointment must be as that one leaves it."""
    number = only_winner(context, requests, LOST)
    if number is None:
        context.arrange.refresh(booked)
        return
    sent: Any = requests[number].body
    read = context.arrange.read(booked.id)
    note(booked, read)
    context.judge(read, success("Appointment"), appointment_status(sent["status"]))


TWICE = table(
    CANCEL,
    case("cancel.twice", "A second cancellation is refused or repeated, and the appointment stays cancelled",
         "STU3-CANCEL-030 DSTU2-CANCEL-018", faults="cancel.twice-is-server-error cancel.twice-revives"),
    why="A consumer that did not receive the first response tries again.",
    fix="Refuse a second cancellation with an OperationOutcome, or return 200 with the cancelled appointment.",
    noted="No page specifies a second cancellation; a 4xx and a 200 are both accepted.",
)  # fmt: skip


@scenarios(TWICE)
def test_twice(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    context.arrange.cancelled(booked)
    refreshed(context, booked)
    again = send(context, booked, cancelling(context, booked, "Cancelled a second time"))
    if again.response.status == 200:
        context.judge(again.response, success("Appointment"), appointment_status("cancelled"))
    else:
        expect_refused(context, again.response, refused("4xx"))
    context.judge(context.arrange.read(booked.id), success("Appointment"), appointment_status("cancelled"))
