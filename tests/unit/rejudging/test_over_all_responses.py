"""A scenario about all responses, judged over those of all shards, though its own saw nothing wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.core.judged import Judged
from conformance.core.results import Blame, Finding, ScenarioResult, Severity, Verdict
from conformance.engine.collection import collect
from conformance.rejudging.all_responses import over_all
from conformance.spec import editions
from tests.support.samples import exchange, scenario

NAME = "read.every-answer-uncacheable"
ENTRIES = {entry.case.id: entry for entry in collect()}
EXCHANGES = {number: exchange(number, "read_appointment") for number in (1, 2, 7)}
SWEPT = Finding("2 responses judged", severity=Severity.INFO, code="swept")
OWN = scenario(NAME, Verdict.PASS, findings=(SWEPT,), exchanges=(1, 2), duration_ms=5.0)
FOUND = Finding("it may be cached", location="header Cache-Control", code="cacheable", exchange=7)


def judged(*findings: Finding, responses: int = 9) -> Judged:
    seen = Judged(responses, responses, responses)
    for finding in findings:
        seen.keep(finding)
    return seen


@pytest.fixture(params=editions())
def edition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def again(edition: str, own: ScenarioResult, seen: Judged) -> ScenarioResult:
    config = bundled_config(edition, "http://provider.test/x", Path("reports"))
    others = [scenario("read.times", Verdict.PASS)]
    found = over_all([(config, [own, *others]), (config, others)], ENTRIES, {NAME: seen}, EXCHANGES)
    assert found.keys() == {NAME}
    return found[NAME]


def test_what_another_shard_received_makes_it_fail(edition: str) -> None:
    result = again(edition, OWN, judged(FOUND, FOUND))
    assert result.verdict is Verdict.FAIL
    assert [(one.code, one.exchange) for one in result.findings] == [("cacheable", 7), ("swept", 0)]
    assert result.findings[0].evidence == "seen 2 times"
    assert result.findings[1].message == "9 responses judged"
    assert (result.exchanges, result.duration_ms) == ((1, 2, 7), 5.0)


def test_where_nothing_was_found_it_passes_over_more_responses(edition: str) -> None:
    result = again(edition, OWN, judged())
    assert (result.verdict, [one.message for one in result.findings]) == (Verdict.PASS, ["9 responses judged"])


def test_one_that_saw_no_response_in_its_own_shard_is_tested_by_those_of_the_others(edition: str) -> None:
    own = replace(OWN, verdict=Verdict.SKIP, reason="no such response to this interaction was seen", findings=())
    assert again(edition, own, judged(FOUND)).verdict is Verdict.FAIL
    assert again(edition, own, judged(responses=0)) == own


def test_what_the_environment_kept_from_being_tested_stays_so(edition: str) -> None:
    why = Finding("no response came", severity=Severity.INFO, blame=Blame.ENVIRONMENT, code="environment")
    own = replace(OWN, verdict=Verdict.SKIP, reason=why.message, findings=(why,))
    assert again(edition, own, judged(FOUND)) == own


def test_notes_of_its_own_shard_stay_with_it(edition: str) -> None:
    note = Finding("sent again", severity=Severity.INFO, blame=Blame.ENVIRONMENT, code="environment", exchange=2)
    result = again(edition, replace(OWN, findings=(SWEPT, note)), judged(FOUND))
    assert [one.code for one in result.findings] == ["cacheable", "swept", "environment"]
    assert result.verdict is Verdict.FAIL
