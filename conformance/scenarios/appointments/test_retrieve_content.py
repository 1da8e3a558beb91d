"""Retrieve a patient's appointments: what was booked must be in each appointment found."""

from __future__ import annotations

from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.appointment_content import contents
from conformance.scenarios.steps.booking import attempt, need_booked
from conformance.scenarios.steps.retrieve import RETRIEVE, retrieved

CONTENT = contents(
    "retrieve", RETRIEVE, "retrieved",
    why="An incomplete list of appointments sends the patient to the wrong place, practitioner or time.",
    fix="Fill in each entry as in the response to the booking.",
)  # fmt: skip


@scenarios(CONTENT)
def test_content(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    entry = retrieved(context, need_booked(tried))
    context.judge(entry, *case["holds"](tried))
