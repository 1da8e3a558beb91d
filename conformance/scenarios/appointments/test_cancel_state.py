"""Cancel an appointment: versions, simultaneous changes, and appointments that are unknown or cancelled already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.checks.appointments import appointment_status
from conformance.checks.response import success
from conformance.consumer import request_bodies
from conformance.consumer.request import Request
from conformance.consumer.request_mutations import header, without_header
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
    expect_past,
    expect_refusal,
    expect_stale,
    note,
    of_the_past,
    only_winner,
    refreshed,
    send,
)
from conformance.scenarios.steps.amend_cancel_effects import expect_none_made, kept_or_refused
from conformance.scenarios.steps.amend_cancel_mutations import Ground, deviating, without_provider_elements
from conformance.scenarios.steps.refusals import expect_refused

GUARDED = "cancel.refuses-and-cancels"

VERSIONS = table(
    CANCEL,
    case("cancel.stale", "A cancellation whose If-Match names no version of the appointment is refused with 409",
         "STU3-CANCEL-027 DSTU2-FHIR-011", change=header("If-Match", 'W/"stale"'),
         faults=f"cancel.accepts-stale-version cancel.stale-is-invalid {GUARDED}"),
    case("cancel.older", "A cancellation based on an older version is refused with 409, and the appointment stays booked",
         "STU3-CANCEL-027 DSTU2-FHIR-011", older={"comment": "Amended by somebody else"},
         faults=f"cancel.accepts-older-version {GUARDED}"),
    why="Who cancels must have seen what was last agreed with the patient.",
    fix="Compare If-Match with the current version inside the transaction that writes; return 409 when they differ.",
)  # fmt: skip


@scenarios(VERSIONS)
def test_version(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    if case.get("older"):
        before = held.etag
        refreshed(context, context.arrange.amended(held, **case["older"]))
        if before == held.etag or before is None:
            context.cannot("the version does not change with an amendment, so there is no older one")
        request = header("If-Match", str(before))(cancelling(context, held))
    else:
        request = case["change"](cancelling(context, held))
    expect_stale(context, held, request)


NO_VERSION = table(
    CANCEL,
    case("cancel.without-if-match", "A cancellation without If-Match is not carried out silently", "STU3-CANCEL-028",
         faults="cancel.accepts-missing-version",
         expect=refused("BAD_REQUEST", also=["409", "412"], tolerated=["200"],
                        because="The header is the consumer's duty; what a provider makes of its absence is open.")),
    why="Without the version nobody knows what the cancellation was based on.",
    fix="Respond to a PUT without If-Match with 400 BAD_REQUEST: an expected header is missing.",
)  # fmt: skip


@scenarios(NO_VERSION)
def test_without_version(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    request = without_header("If-Match")(cancelling(context, held))
    expect_refusal(Ground(context, held, request), case["expect"])


# Changes at the same moment


def amend_and_cancel(context: ScenarioContext, held: BookedAppointment) -> list[Request]:
    """One consumer amends, another cancels."""
    return [amending(context, held, comment=COMMENT), cancelling(context, held)]


def two_cancel(context: ScenarioContext, held: BookedAppointment) -> list[Request]:
    """Two consumers cancel, each for a reason of its own."""
    return [cancelling(context, held, reason) for reason in ("The patient is better", "The clinician is ill")]


LOST = refused(
    "409", also=["INVALID_RESOURCE"], tolerated=["412"],
    because="The later request meets another version, or an appointment that is cancelled.",
)  # fmt: skip

AT_ONCE = table(
    CANCEL,
    case("cancel.at-once", "Of two simultaneous cancellations of the same version exactly one succeeds",
         "STU3-CANCEL-027 DSTU2-FHIR-011", rivals=two_cancel, faults="cancel.race"),
    case("cancel.at-once-with-amend", "Of a simultaneous amendment and cancellation of the same version exactly one succeeds",
         "STU3-CANCEL-027 STU3-AMEND-033 DSTU2-FHIR-011", rivals=amend_and_cancel, faults="cancel.race"),
    why="Two people who act on the same appointment at the same moment must not both be told that it was done.",
    fix="Check the version and write in one transaction that excludes other writers.",
)  # fmt: skip


@scenarios(AT_ONCE)
def test_at_once(context: ScenarioContext, case: Case) -> None:
    for _ in range(context.config.run.double_booking_pairs):
        held = arranged(context, case)
        compete(context, held, case["rivals"](context, held))


def compete(context: ScenarioContext, held: BookedAppointment, requests: Sequence[Request]) -> None:
    """Send the requests at once; one of them has to win, and the appointment has to be as that one leaves it."""
    number = only_winner(context, requests, LOST)
    if number is None:
        context.arrange.refresh(held)
        return
    asked: Any = requests[number].body
    read = context.arrange.read(held.id)
    note(held, read)
    context.judge(read, success("Appointment"), appointment_status(asked["status"]))


TWICE = table(
    CANCEL,
    case("cancel.twice", "A second cancellation is refused or repeated, and the appointment stays cancelled",
         "STU3-CANCEL-030 DSTU2-CANCEL-018", faults="cancel.twice-is-server-error cancel.twice-revives"),
    why="A consumer that did not see the first response tries again.",
    fix="Refuse a second cancellation with an OperationOutcome, or return 200 with the cancelled appointment.",
    noted="No page says what becomes of a second cancellation; a 4xx and a 200 are both accepted.",
)  # fmt: skip


@scenarios(TWICE)
def test_twice(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    context.arrange.cancelled(held)
    refreshed(context, held)
    again = send(context, held, cancelling(context, held, "Asked for a second time"))
    if again.response.status == 200:
        context.judge(again.response, success("Appointment"), appointment_status("cancelled"))
    else:
        expect_refused(context, again.response, refused("4xx"))
    context.judge(context.arrange.read(held.id), success("Appointment"), appointment_status("cancelled"))


NO_SUCH = table(
    CANCEL,
    case("cancel.unknown", "A cancellation of an appointment that does not exist is refused and makes none",
         "STU3-CANCEL-029 STU3-FHIR-032 DSTU2-CANCEL-017", faults="cancel.unknown-is-200 cancel.unknown-is-server-error"),
    why="A consumer that is told 200 believes that something was cancelled.",
    fix="Return 404 for an id that is not there; do not create.",
)  # fmt: skip


@scenarios(NO_SUCH)
def test_unknown(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    unknown = context.config.data.unknown.logical_id
    body = {**request_bodies.cancellation(context.edition, held.value), "id": unknown}
    response = context.send(context.requests.cancel(body, held.etag, nhs_number=held.patient.nhs_number))
    expect_none_made(context, held, unknown, response)


OMITTED = table(
    CANCEL,
    case("cancel.omitted", "A cancellation without what the provider itself supplied is carried out, or refused",
         "STU3-CANCEL-033", faults="cancel.omitted-is-server-error cancel.loses-what-is-omitted", noted="C-OMITTED-ELEMENTS"),
    why="The page's own example of a request leaves these elements out, though its text warns that this may be refused.",
    fix="Take what is left out of your own elements for unchanged, and return them.",
)  # fmt: skip


@scenarios(OMITTED)
def test_omitted(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    ground = Ground(context, held, cancelling(context, held))
    update = send(context, held, deviating(ground, without_provider_elements))
    kept_or_refused(update, appointment_status("cancelled"))


PAST_TABLE = table(
    CANCEL,
    case("cancel.past", "A cancellation of an appointment of the past is refused", "STU3-CANCEL-026",
         faults="cancel.accepts-past",
         noted="C-TODAY"),
    why="What happened cannot be changed any more; a record that says otherwise is false.",
    fix="Refuse the cancellation of an appointment whose start has passed.",
)  # fmt: skip


@scenarios(PAST_TABLE)
def test_past(context: ScenarioContext, case: Case) -> None:
    value, etag = of_the_past(context)
    expect_past(
        context, context.send(context.requests.cancel(request_bodies.cancellation(context.edition, value), etag))
    )
