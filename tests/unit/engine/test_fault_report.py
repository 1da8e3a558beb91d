"""A fault of ours while a response is judged: verdict error, a report without patient data, and the run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.consumer.usable_parts import UnusableResponseError
from conformance.core.results import Blame, Verdict
from conformance.engine.context import ScenarioContext
from conformance.engine.runner import run_case
from conformance.engine.scenario import Case
from conformance.spec import editions
from tests.support.in_process import session_on

CASE = Case(id="read.broken", title="A title", interaction="read_appointment", verifies="STU3-READ-003 DSTU2-READ-003")
SECRET = "Lighthouse 9476719931"


def _breaks(context: ScenarioContext, case: Case) -> None:
    context.send(context.requests.capability())
    names = {"known": 1}
    try:
        int(SECRET)
    except ValueError as error:
        raise KeyError(names[SECRET]) from error


@pytest.mark.parametrize("edition", editions())
def test_a_fault_of_ours_is_a_verdict_and_a_report_without_patient_data(edition: str, tmp_path: Path) -> None:
    with session_on(edition, tmp_path) as session:
        result = run_case(_breaks, CASE, session)
        following = run_case(lambda context, case: context.findings.note("x"), CASE, session)
    assert (result.verdict, following.verdict) == (Verdict.ERROR, Verdict.PASS)
    assert "a fault of this tool (KeyError)" in result.reason
    report = result.traceback
    assert report.startswith("gpconnect-assure ")
    assert f"scenario read.broken, edition {edition}" in report
    assert "builtins.KeyError" in report
    assert "builtins.ValueError" in report
    assert "tests/unit/engine/test_fault_report.py" in report
    assert "GET get_capability_statement: 200, " in report
    everything = "\n".join([result.reason, report, *(finding.message for finding in result.findings)])
    assert "Lighthouse" not in everything
    assert "9476719931" not in everything
    assert str(Path.home()) not in report
    assert len(report) < 3000


def test_what_no_request_can_carry_is_not_tested(tmp_path: Path) -> None:
    def breaks(context: ScenarioContext, case: Any) -> None:
        raise UnusableResponseError("a text has U+0000")

    with session_on("stu3", tmp_path) as session:
        result = run_case(breaks, CASE, session)
    assert (result.verdict, result.reason, result.traceback) == (Verdict.SKIP, "a text has U+0000", "")
    assert [(found.blame, found.code) for found in result.findings] == [(Blame.PROVIDER, "cannot-test")]
