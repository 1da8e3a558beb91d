"""Retrieve a patient's appointments: what each appointment found must hold of what was booked."""

from __future__ import annotations

from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.appointment_content import contents
from conformance.scenarios.steps.booking import attempt, made_or_skip
from conformance.scenarios.steps.retrieve import RETRIEVE, retrieved

CONTENT = contents(
    "retrieve", RETRIEVE, "retrieved",
    why="A list of appointments that leaves out what was booked sends the patient to the wrong place, person or time.",
    fix="Fill in each entry as the response to the booking was filled in.",
)  # fmt: skip


@scenarios(CONTENT)
def test_content(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    entry = retrieved(context, made_or_skip(tried))
    context.judge(entry, *case["holds"](tried))
