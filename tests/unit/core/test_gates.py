"""Gates: what makes a run fail beside a fail, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.errors import ExitCode
from conformance.core.gates import Gates, verified
from conformance.core.results import RunResult, ScenarioResult, Verdict
from conformance.pytest_plugin.exit_codes import exit_code
from tests.support.samples import RUN
from tests.support.trials import result


def run(*scenarios: ScenarioResult) -> RunResult:
    return RunResult(replace(RUN, complete=True), scenarios)


def of(name: str, verdict: Verdict, *requirements: str) -> ScenarioResult:
    return replace(result(name, verdict), requirements=requirements)


PASS, WARN, SKIP = of("a.a", Verdict.PASS, "R-1"), of("a.b", Verdict.WARN, "R-2"), of("a.c", Verdict.SKIP, "R-3")


@pytest.mark.parametrize(
    ("fail_on", "scenarios", "said"),
    [
        ((), (PASS, WARN, SKIP), []),
        (("fail",), (PASS, WARN, SKIP), []),
        (("warn",), (PASS, SKIP), []),
        (("warn",), (PASS, WARN, SKIP), ["--fail-on warn: 1 scenario with a warning (a.b)"]),
        (("not-tested",), (PASS, WARN), []),
        (
            ("warn", "not-tested"),
            (PASS, WARN, SKIP),
            [
                "--fail-on warn: 1 scenario with a warning (a.b)",
                "--fail-on not-tested: 1 scenario with no verdict, as they could not be tested (a.c)",
            ],
        ),
    ],
)
def test_verdicts_that_count(fail_on: tuple[str, ...], scenarios: tuple[ScenarioResult, ...], said: list[str]) -> None:
    missed = list(Gates(frozenset(fail_on)).missed(run(*scenarios)))
    assert missed == said
    assert exit_code(run(*scenarios), missed=missed) is (ExitCode.NON_CONFORMANT if said else ExitCode.CONFORMANT)


def test_a_requirement_is_verified_by_a_pass_and_no_fail() -> None:
    scenarios = (
        of("a.a", Verdict.PASS, "R-1", "R-2"),
        of("a.b", Verdict.FAIL, "R-2"),
        of("a.c", Verdict.SKIP, "R-1", "R-3"),
        of("a.d", Verdict.OMIT, "R-4"),
        of("a.e", Verdict.WARN, "R-5"),
        of("a.f", Verdict.ERROR, "R-5"),
    )
    assert verified(run(*scenarios)) == {"R-1": True, "R-2": False, "R-3": False, "R-5": False}


@pytest.mark.parametrize(("least", "met"), [(0, True), (66.6, True), (66.7, False), (100, False)])
def test_the_least_share_of_requirements(least: float, met: bool) -> None:
    missed = list(Gates(min_verified=least).missed(run(PASS, WARN, SKIP)))
    assert (not missed) is met
    if missed:
        assert f"--min-verified {least:g}: 66.7 % of the 3 requirements are verified; not R-3" in missed[0]


def test_nothing_judged_and_a_fault_of_ours_weigh_more_than_a_gate() -> None:
    assert exit_code(run(SKIP), missed=["x"]) is ExitCode.UNTESTABLE
    assert exit_code(run(PASS, of("a.e", Verdict.ERROR)), missed=["x"]) is ExitCode.OUR_FAULT
    assert exit_code(run(of("a.f", Verdict.FAIL)), missed=["x"]) is ExitCode.NON_CONFORMANT
