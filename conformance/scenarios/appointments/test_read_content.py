"""Read an appointment: what was booked must be in the appointment read."""

from __future__ import annotations

from conformance.checks.response import success
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.appointment_content import contents
from conformance.scenarios.steps.booking import attempt, need_booked
from conformance.scenarios.steps.read import READ

CONTENT = contents(
    "read", READ, "read",
    why="The consumer's user sees and acts on the appointment as it is read.",
    fix="Fill in the appointment as in the response to the booking.",
)  # fmt: skip


@scenarios(CONTENT)
def test_content(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    response = context.arrange.read(need_booked(tried).id)
    context.need(response, success("Appointment"), what="the appointment cannot be read")
    context.judge(response, *case["holds"](tried))
