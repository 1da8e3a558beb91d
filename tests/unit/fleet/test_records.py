"""The record that a worker makes of a run that ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance import __version__
from conformance.fleet.model import Job, Provider, Record, State
from conformance.fleet.task import _errors, record_of
from tests.support.paths import ROOT

RESULTS = json.loads((ROOT / "tests" / "approved" / "results.json").read_text(encoding="utf-8"))
PROVIDER = Provider("A1001", "https://x.example/A1001", "000000000001", "A1001")
JOB = Job(PROVIDER, "smoke", 60.0, (), "f" * 16, "/fleet", "t", __version__)


def made(code: int, results: Any = None, errors: str = "", *, stopped: bool = False) -> Record:
    facts = {"exit_code": code, "started": "2026-11-29T10:00:00+00:00", "seconds": 2.5, "folder": "/fleet/runs/A1001/1"}
    return record_of(JOB, facts, results, errors, stopped=stopped)


def test_a_record_has_counts_and_causes_of_the_results() -> None:
    found = made(1, RESULTS)
    assert found.state is State.NOT_CONFORMANT
    assert found.counts == {name: number for name, number in RESULTS["summary"].items() if number}
    assert [cause.id for cause in found.causes] == [cause["id"] for cause in RESULTS["causes"]]
    assert found.causes[0].scenarios == len(RESULTS["causes"][0]["scenarios"])
    assert found.reason.startswith("Not conformant: ")
    assert (found.edition, found.seal, found.seconds) == (RESULTS["run"]["edition"], "", 2.5)


def test_warnings_without_failures_are_a_state_of_their_own() -> None:
    warned = [one for one in RESULTS["scenarios"] if one["verdict"] in ("pass", "warn")]
    assert made(0, {**RESULTS, "scenarios": warned}).state is State.WARNED
    passed = [one for one in warned if one["verdict"] == "pass"]
    assert made(0, {**RESULTS, "scenarios": passed, "causes": []}).state is State.CLEAN


@pytest.mark.parametrize(
    ("code", "results", "errors", "state", "reason"),
    [
        (3, None, "Nothing listens there.", State.NOT_TESTABLE, "Nothing listens there."),
        (2, None, "data.patients: nobody.", State.CONFIGURATION, "data.patients: nobody."),
        (4, None, "", State.FAULT, "it ended with exit code 4"),
        (1, {"schema": 77}, "", State.NOT_CONFORMANT, "it ended with exit code 1"),
        (1, {"schema": 2, "run": {}}, "", State.NOT_CONFORMANT, "it ended with exit code 1"),
        (-9, None, "", State.NOT_TESTABLE, "its process was killed (signal 9)"),
    ],
)
def test_a_run_without_results_has_a_reason(code: int, results: Any, errors: str, state: State, reason: str) -> None:
    found = made(code, results, errors)
    assert (found.state, found.reason, found.causes, found.attempt) == (state, reason, (), 1)


def test_a_run_that_was_stopped_says_so_whatever_its_code() -> None:
    found = made(143, None, "terminated.", stopped=True)
    assert (found.state, found.reason) == (State.NOT_TESTABLE, "it did not end within 60 s and was stopped")


def test_what_a_run_complained_of_last_is_read(tmp_path: Path) -> None:
    text = "a warning\ngpconnect-assure: the provider cannot be reached\n  Check provider.base_url.\n"
    (tmp_path / "1.errors.txt").write_text(text, encoding="utf-8")
    assert _errors(tmp_path / "1.log") == "the provider cannot be reached. Check provider.base_url."
    (tmp_path / "1.errors.txt").write_text("", encoding="utf-8")
    assert _errors(tmp_path / "1.log") == ""
