"""The end of a run: nothing is sent after it but what undoes the last scenario, and the run is not complete."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.core.errors import ExitCode
from conformance.core.results import Blame, RunResult, Verdict
from conformance.engine.context import ScenarioContext
from conformance.engine.deadline import CLEAN_UP_SECONDS, Deadline
from conformance.engine.runner import run_case
from conformance.engine.scenario import Case
from conformance.engine.stop_reasons import CannotTest
from conformance.pytest_plugin.exit_codes import exit_code
from tests.support.in_process import session_on
from tests.support.samples import RUN, scenario

CASE = Case(id="book.x", title="A title", interaction="book_appointment", verifies="STU3-BOOK-019 DSTU2-BOOK-015")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_clean_up_has_a_minute_more() -> None:
    clock = Clock()
    deadline = Deadline(100, clock=clock)
    clock.now = 100
    deadline.check()
    assert not deadline.cut_short
    clock.now = 101
    with pytest.raises(CannotTest, match=r"run.deadline: 100 s") as stopped:
        deadline.check()
    assert stopped.value.blame is Blame.ENVIRONMENT
    assert deadline.cut_short
    deadline.cleaning_up(True)
    deadline.check()
    clock.now = 102 + CLEAN_UP_SECONDS
    with pytest.raises(CannotTest):
        deadline.check()
    clock.now = 101
    deadline.cleaning_up(False)
    with pytest.raises(CannotTest):
        deadline.check()


def test_a_scenario_stops_at_the_deadline_undoes_what_it_made_and_no_other_is_begun(tmp_path: Path) -> None:
    clock = Clock()
    played: list[str] = []

    def books_and_dawdles(context: ScenarioContext, case: Case) -> None:
        played.append(case.id)
        context.arrange.booked()
        clock.now = 1000
        context.send(context.requests.capability())

    with session_on("stu3", tmp_path) as session:
        session.deadline = Deadline(500, clock=clock)
        first = run_case(books_and_dawdles, CASE, session)
        methods = [exchange.interaction for exchange in session.exchanges]
        second = run_case(books_and_dawdles, CASE, session)
    assert (first.verdict, second.verdict) == (Verdict.SKIP, Verdict.SKIP)
    assert first.reason == second.reason == "the run's time was over (run.deadline: 500 s)"
    assert methods[-1] == "cancel_appointment"
    assert "get_capability_statement" not in methods
    assert not [finding for finding in first.findings if finding.code == "left-over"]
    assert played == ["book.x"]
    assert second.exchanges == ()


def test_a_run_that_is_not_complete_is_not_conformant() -> None:
    passed = (scenario("a"),)
    assert exit_code(RunResult(replace(RUN, complete=True), passed)) is ExitCode.CONFORMANT
    assert exit_code(RunResult(replace(RUN, complete=False), passed)) is ExitCode.UNTESTABLE
    failed = (*passed, scenario("b", Verdict.FAIL))
    assert exit_code(RunResult(replace(RUN, complete=False), failed)) is ExitCode.NON_CONFORMANT
