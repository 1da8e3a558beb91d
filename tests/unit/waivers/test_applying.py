"""What a waiver excuses, what it does not, and what becomes of it: each state, each with its exit code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from conformance.causes import causes_of
from conformance.comparing import older
from conformance.core.errors import ExitCode
from conformance.core.gates import Gates, verified
from conformance.core.results import Blame, Finding, RunResult, ScenarioResult, Severity, Verdict
from conformance.core.waivers import Waiver, WaiverState
from conformance.pytest_plugin.exit_codes import exit_code
from conformance.reporting.outcome import outcome
from conformance.waivers import waived
from tests.support.samples import RUN, scenario

TODAY = date(2026, 11, 29)
FIRST = Finding("wrong start", location="Slot.start", found="a", expected="b", code="x")
SECOND = Finding("wrong end", location="Slot.end", requirement="R-2", found="a", expected="b", code="y")
PASSED = scenario("book.fine", requirements=("R-9",))


def failing(name: str, *findings: Finding, verdict: Verdict = Verdict.FAIL) -> ScenarioResult:
    return scenario(name, verdict, findings=findings, requirements=("R-1", "R-3"))


def waiver(kind: str, target: str, expires: date = date(2027, 3, 1)) -> Waiver:
    return Waiver(kind, target, "Known.", "Jo", "GPC-1", expires)


def run(*scenarios: ScenarioResult, **settings: str) -> RunResult:
    return RunResult(replace(RUN, settings=settings), (*scenarios, PASSED))


def code(result: RunResult) -> ExitCode:
    return exit_code(result, missed=tuple(Gates().missed(result)))


def verdicts(result: RunResult) -> dict[str, Verdict]:
    return {one.id: one.verdict for one in result.scenarios}


def cause_of(result: RunResult, name: str) -> str:
    return next(cause.id for cause in causes_of(result) if name in cause.scenarios)


@pytest.mark.parametrize("kind", ["scenario", "cause", "requirement"])
def test_each_kind_waives_a_failure_and_leaves_the_exit_code_alone(kind: str) -> None:
    before = run(failing("book.a", FIRST))
    assert code(before) is ExitCode.NON_CONFORMANT
    target = {"scenario": "book.a", "cause": cause_of(before, "book.a"), "requirement": "R-1"}[kind]
    after = waived(before, [waiver(kind, target)], TODAY)
    assert verdicts(after)["book.a"] is Verdict.WAIVED
    (use,) = after.waivers
    assert (use.state, use.scenarios) == (WaiverState.USED, ("book.a",))
    assert use.sentence == f"the waiver of {kind} {target} (GPC-1, Jo) waives 1 scenario until 1 March 2027"
    assert code(after) is ExitCode.CONFORMANT
    assert outcome(after).word == "Conformant with waivers"
    assert after.summary()["waived"] == 1
    assert after.scenarios[0].findings == before.scenarios[0].findings


def test_what_is_not_waived_still_fails() -> None:
    after = waived(run(failing("book.a", FIRST), failing("book.b", FIRST)), [waiver("scenario", "book.a")], TODAY)
    assert verdicts(after) == {"book.a": Verdict.WAIVED, "book.b": Verdict.FAIL, "book.fine": Verdict.PASS}
    assert code(after) is ExitCode.NON_CONFORMANT
    assert outcome(after).sentence == "1 scenario found a non-conformity; 1 more is waived."


def test_a_scenario_with_a_further_failure_is_not_waived() -> None:
    before = run(failing("book.a", FIRST, SECOND))
    after = waived(before, [waiver("requirement", "R-1")], TODAY)
    assert verdicts(after)["book.a"] is Verdict.FAIL
    assert after.waivers[0].sentence.endswith(
        "waives 0 scenarios until 1 March 2027; 1 more scenario that it names is not waived, for other findings"
    )
    both = waived(before, [waiver("requirement", "R-1"), waiver("requirement", "R-2")], TODAY)
    assert verdicts(both)["book.a"] is Verdict.WAIVED
    assert {use.state for use in both.waivers} == {WaiverState.USED}


def test_a_warning_is_waived_too_and_counts_no_more_for_its_gate() -> None:
    warned = replace(FIRST, severity=Severity.WARN)
    before = run(failing("book.a", warned, verdict=Verdict.WARN))
    gates = Gates(frozenset({"warn"}))
    assert list(gates.missed(before))
    after = waived(before, [waiver("scenario", "book.a")], TODAY)
    assert verdicts(after)["book.a"] is Verdict.WAIVED
    assert list(gates.missed(after)) == []


@pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.SKIP])
def test_what_was_not_judged_is_not_waived(verdict: Verdict) -> None:
    found = replace(FIRST, blame=Blame.TOOL)
    after = waived(run(failing("book.a", found, verdict=verdict)), [waiver("scenario", "book.a")], TODAY)
    assert verdicts(after)["book.a"] is verdict
    assert after.waivers[0].state is WaiverState.UNTESTED
    assert not after.waivers[0].missed


def test_expired() -> None:
    before = run(failing("book.a", FIRST))
    last_day = waived(before, [waiver("scenario", "book.a", TODAY)], TODAY)
    assert last_day.waivers[0].state is WaiverState.USED
    after = waived(before, [waiver("scenario", "book.a", date(2026, 11, 28))], TODAY)
    assert verdicts(after)["book.a"] is Verdict.FAIL
    assert after.waivers[0].state is WaiverState.EXPIRED
    assert "expired on 28 November 2026: fix what it excuses, or agree on another date" in after.waivers[0].sentence
    assert code(after) is ExitCode.NON_CONFORMANT
    passing = waived(run(), [waiver("scenario", "book.fine", date(2026, 11, 28))], TODAY)
    assert code(passing) is ExitCode.NON_CONFORMANT


@pytest.mark.parametrize(
    ("kind", "target", "state"),
    [
        ("scenario", "book.fine", WaiverState.PASSING),
        ("requirement", "R-9", WaiverState.PASSING),
        ("scenario", "book.absent", WaiverState.UNUSED),
        ("requirement", "R-absent", WaiverState.UNUSED),
        ("cause", "C-0000000000", WaiverState.UNUSED),
    ],
)
def test_passing_and_unused_miss_the_gate_in_a_whole_run(kind: str, target: str, state: WaiverState) -> None:
    after = waived(run(), [waiver(kind, target)], TODAY)
    (use,) = after.waivers
    assert use.state is state
    assert list(Gates().missed(after)) == [use.sentence]
    assert use.sentence.startswith(f"the waiver of {kind} {target} (GPC-1, Jo) ")
    assert code(after) is ExitCode.NON_CONFORMANT


@pytest.mark.parametrize(("kind", "target"), [("scenario", "book.absent"), ("cause", "C-0000000000")])
@pytest.mark.parametrize("settings", [{"selection": "book"}, {"pack": "smoke"}, {"read_only": "yes"}])
def test_a_run_of_a_selection_says_nothing_of_what_it_left_out(
    kind: str, target: str, settings: dict[str, str]
) -> None:
    after = waived(run(**settings), [waiver(kind, target)], TODAY)
    assert after.waivers[0].state is WaiverState.UNTESTED
    assert code(after) is ExitCode.CONFORMANT
    cut = replace(run(), run=replace(RUN, complete=False))
    assert waived(cut, [waiver(kind, target)], TODAY).waivers[0].state is WaiverState.UNTESTED


def test_a_cause_that_an_older_run_had_passes_now() -> None:
    before = run(failing("book.a", FIRST))
    name = cause_of(before, "book.a")
    now = replace(run(scenario("book.a")), since=older(before))
    assert waived(now, [waiver("cause", name)], TODAY).waivers[0].state is WaiverState.PASSING
    skipped = replace(run(scenario("book.a", Verdict.SKIP)), since=older(before))
    assert waived(skipped, [waiver("cause", name)], TODAY).waivers[0].state is WaiverState.UNTESTED


def test_what_does_not_apply_needs_no_waiver() -> None:
    after = waived(run(scenario("book.a", Verdict.OMIT)), [waiver("scenario", "book.a")], TODAY)
    assert after.waivers[0].state is WaiverState.UNUSED
    assert "does not apply here" in after.waivers[0].sentence


def test_a_waived_requirement_is_neither_verified_nor_missing() -> None:
    after = waived(run(failing("book.a", FIRST)), [waiver("scenario", "book.a")], TODAY)
    assert verified(after) == {"R-9": True}


def test_nothing_changes_without_waivers() -> None:
    before = run(failing("book.a", FIRST))
    assert waived(before, [], TODAY) == before
