"""Amend or cancel an appointment: its version, its id, and its place in time."""

from __future__ import annotations

from conformance.checks.appointments import appointment_status
from conformance.consumer.request_mutations import header
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.amend_cancel import (
    arranged,
    expect_past,
    expect_stale,
    of_the_past,
    send,
)
from conformance.scenarios.steps.amend_cancel_effects import expect_none_created, kept_or_refused
from conformance.scenarios.steps.amend_cancel_mutations import PlannedUpdate, deviating, without_provider_elements
from conformance.scenarios.steps.amend_cancel_rows import column, row, shared_table

VERSIONS = shared_table(
    row("stale", "{update} whose If-Match is no version of the appointment is refused with 409",
        column("STU3-AMEND-033 DSTU2-FHIR-011", "accepts-stale-version stale-is-invalid stale-is-precondition-failed"),
        column("STU3-CANCEL-027 DSTU2-FHIR-011", "accepts-stale-version stale-is-invalid"),
        change=header("If-Match", 'W/"stale"'), guarded=True),
    row("older", "{update} based on an older version is refused with 409, and the newer one remains",
        column("STU3-AMEND-033 STU3-AMEND-034 DSTU2-FHIR-011", "accepts-stale-version accepts-older-version",
               older={"description": "Amended by another user"}),
        column("STU3-CANCEL-027 DSTU2-FHIR-011", "accepts-older-version", older={"comment": "Amended by another user"}),
        guarded=True),
    why="Two users who change the same appointment must not overwrite each other's changes unawares.",
    fix="Compare If-Match with the current version inside the transaction that writes; return 409 when they differ.",
)  # fmt: skip


@scenarios(VERSIONS)
def test_version(context: ScenarioContext, case: Case) -> None:
    booked, side = arranged(context, case), case["side"]
    if case.get("older"):
        request = side.of_older(context, booked, case["older"])
    else:
        request = case["change"](side.valid(context, booked))
    expect_stale(context, booked, request)


NO_SUCH = shared_table(
    row("unknown", "{update} of an appointment that does not exist is refused and creates none",
        column("STU3-AMEND-036 STU3-FHIR-032 DSTU2-AMEND-020", "unknown-is-created unknown-is-server-error"),
        column("STU3-CANCEL-029 STU3-FHIR-032 DSTU2-CANCEL-017", "unknown-is-200 unknown-is-server-error")),
    why="An update that succeeds or creates would show the consumer an appointment that does not exist.",
    fix="Return 404 for an unknown id; do not create an appointment.",
)  # fmt: skip


@scenarios(NO_SUCH)
def test_unknown(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    unknown = context.config.data.unknown.logical_id
    value = {**booked.value, "id": unknown}
    response = context.send(case["side"].of(context, value, booked.etag, booked.patient.nhs_number))
    expect_none_created(context, booked, unknown, response)


OMITTED = shared_table(
    row("omitted", "{update} without the elements that the provider supplied is accepted or refused",
        column("STU3-AMEND-040", "omitted-is-server-error loses-what-is-omitted"),
        column("STU3-CANCEL-033", "omitted-is-server-error loses-what-is-omitted", checks=(appointment_status("cancelled"),)),
        noted="C-OMITTED-ELEMENTS"),
    why="The page's own example of a request omits these elements, though its text warns that this may be refused.",
    fix="Treat omitted elements that you supplied as unchanged, and return them.",
)  # fmt: skip


@scenarios(OMITTED)
def test_omitted(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    planned = PlannedUpdate(context, booked, case["side"].valid(context, booked))
    update = send(context, booked, deviating(planned, without_provider_elements))
    kept_or_refused(update, *case.get("checks", ()))


PAST = shared_table(
    row("past", "{update} of an appointment in the past is refused",
        column("STU3-AMEND-032", "accepts-past"), column("STU3-CANCEL-026", "accepts-past"), noted="C-TODAY"),
    why="Past events cannot be changed; a record that says otherwise is false.",
    fix="Refuse the update of an appointment whose start has passed.",
)  # fmt: skip


@scenarios(PAST)
def test_past(context: ScenarioContext, case: Case) -> None:
    value, etag = of_the_past(context)
    expect_past(context, context.send(case["side"].of(context, value, etag, None)))
