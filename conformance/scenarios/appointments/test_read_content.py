"""Read an appointment: what the appointment read must hold of what was booked."""

from __future__ import annotations

from conformance.checks.response import success
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.appointment_content import contents
from conformance.scenarios.steps.booking import attempt, made_or_skip
from conformance.scenarios.steps.read import READ

CONTENT = contents(
    "read", READ, "read",
    why="An appointment that is read is what the user of the consumer sees and acts on.",
    fix="Fill the appointment in as the response to the booking was filled in.",
)  # fmt: skip


@scenarios(CONTENT)
def test_content(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    response = context.arrange.read(made_or_skip(tried).id)
    context.need(response, success("Appointment"), what="the appointment cannot be read")
    context.judge(response, *case["holds"](tried))
