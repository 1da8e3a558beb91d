"""Register a patient: names with more parts than the shortest valid request has."""

from __future__ import annotations

from conformance.checks.response import success
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.registration import REGISTER, registered

_MATCHING = (
    "The page has a registration refused whose demographics do not match PDS, and does not say how names are compared."
)

SEVERAL_NAMES = table(
    REGISTER,
    case("register.several-given-names", "A registration with several given names is accepted", "STU3-REG-007 DSTU2-REG-005",
         expect={"stu3": refused("2xx"), "dstu2": refused("2xx", tolerated=["4xx"], because=_MATCHING)},
         faults="register.refuses-several-given-names"),
    why="Many people have more than one given name, and FHIR has a list of them.",
    fix="Read name.given as a list; compare no more of it with PDS than the page says.",
)  # fmt: skip


@scenarios(SEVERAL_NAMES)
def test_several_names(context: ScenarioContext, case: Case) -> None:
    response = registered(context, "several given names").response
    if response.status == 200:
        context.judge(response, success("Bundle"))
    else:
        expect_refused(context, response, context.parameter("expect"))
