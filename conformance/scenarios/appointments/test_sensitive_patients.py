"""Appointments of sensitive patients: to retrieve, read, amend or cancel one returns that there is no such patient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.consumer import request_bodies
from conformance.consumer.json_edit import copied
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.amend_cancel import AMEND, CANCEL, COMMENT, REASON
from conformance.scenarios.steps.patients import known_by_id
from conformance.scenarios.steps.read import READ
from conformance.scenarios.steps.refusals import expect_refused, valid_step
from conformance.scenarios.steps.retrieve import RETRIEVE, later, today

Ask = Callable[[ScenarioContext], Request]

NOT_THERE = refused(
    "404 PATIENT_NOT_FOUND", tolerated=["4xx"], because="The pages name the message, the error table its status."
)


def _retrieve(context: ScenarioContext) -> Request:
    patient, logical_id = known_by_id(context, "sensitive")
    day = today(context)
    return context.requests.retrieve(logical_id, day, later(day, 28), nhs_number=patient.nhs_number)


def _appointment(context: ScenarioContext) -> str:
    held = context.config.data.appointments.sensitive
    if not held:
        context.cannot(
            "the configuration names no appointment of a sensitive patient (data.appointments.sensitive)",
            Blame.CONFIGURATION,
        )
    return held


def _read(context: ScenarioContext) -> Request:
    patient, _ = known_by_id(context, "sensitive")
    return context.requests.read("Appointment", _appointment(context), nhs_number=patient.nhs_number)


def _likely_body(context: ScenarioContext) -> tuple[dict[str, Any], str]:
    """Another patient's appointment as it reads, under the sensitive patient's name, and that patient's NHS number.

    The appointment itself cannot be read, so its other elements are unknown.
    """
    patient, logical_id = known_by_id(context, "sensitive")
    body = copied(context.arrange.booked().value)
    body["id"] = _appointment(context)
    for item in body.get("participant", ()):
        if isinstance(item, dict) and "Patient/" in str(item.get("actor", {}).get("reference")):
            item["actor"] = {"reference": f"Patient/{logical_id}"}
    return body, patient.nhs_number


def _amend(context: ScenarioContext) -> Request:
    body, nhs_number = _likely_body(context)
    return context.requests.amend(request_bodies.amendment(body, comment=COMMENT), 'W/"1"', nhs_number=nhs_number)


def _cancel(context: ScenarioContext) -> Request:
    body, nhs_number = _likely_body(context)
    changed = request_bodies.cancellation(context.edition, body, REASON)
    return context.requests.cancel(changed, 'W/"1"', nhs_number=nhs_number)


def _table(interaction: str, name: str, title: str, verifies: str, ask: Ask, faults: str) -> Any:
    return table(
        interaction,
        case(f"{name}.sensitive-patient", title, verifies, ask=ask, faults=faults),
        why="Where a sensitive patient is seen, and when, must not be shown to any other organisation.",
        fix="Look at the patient's flag before anything else and return 404 PATIENT_NOT_FOUND.",
    )


RETRIEVALS = _table(
    RETRIEVE, "retrieve", "A retrieval for a sensitive patient returns no appointments, as if there were no such patient",
    "STU3-RETRIEVE-030", _retrieve, "retrieve.shows-sensitive retrieve.sensitive-is-server-error",
)  # fmt: skip
READINGS = _table(
    READ, "read", "A read of an appointment of a sensitive patient is refused, as if there were no such patient",
    "STU3-READ-019", _read, "read.shows-sensitive read.sensitive-is-server-error",
)  # fmt: skip
AMENDMENTS = _table(
    AMEND, "amend", "An amendment for a sensitive patient is refused, as if there were no such patient",
    "STU3-AMEND-041", _amend, "amend.sensitive-is-200 amend.sensitive-is-conflict",
)  # fmt: skip
CANCELLATIONS = _table(
    CANCEL, "cancel", "A cancellation for a sensitive patient is refused, as if there were no such patient",
    "STU3-CANCEL-034", _cancel, "cancel.sensitive-is-200 cancel.sensitive-is-conflict",
)  # fmt: skip


@scenarios(RETRIEVALS, READINGS, AMENDMENTS, CANCELLATIONS)
def test_sensitive_patient(context: ScenarioContext, case: Case) -> None:
    ask: Ask = case["ask"]
    response: Response = context.send(ask(context))
    expect_refused(context, response, NOT_THERE, control=valid_step(case.interaction))
