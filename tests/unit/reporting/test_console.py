"""Progress and the table at the end, live and plain."""

from __future__ import annotations

import io
import re

import pytest

from conformance.core.results import Finding, RunResult, ScenarioResult, Severity, Verdict
from conformance.reporting.console import (
    LiveProgress,
    PlainProgress,
    Progress,
    failure_line,
    last_lines,
    make_progress,
    table_lines,
    verdict_lines,
)
from tests.support.samples import RUN, exchange, hostile, large, lifelike, recorded, scenario


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def play(progress: Progress, run: RunResult) -> None:
    progress.start(len(run.scenarios))
    for result in run.scenarios:
        progress.scenario(result)
    progress.finish(run)


def test_plain_lines() -> None:
    stream = io.StringIO()
    play(make_progress(stream), lifelike())
    text = stream.getvalue()
    assert text.startswith("22 scenarios\n")
    assert "[13/22] FAIL  book.double: Two simultaneous" in text
    assert "WARN  book.description-kept" in text
    assert text.endswith("Not conformant: 2 scenarios found a non-conformity.\n")
    assert "\x1b" not in text


def test_a_failure_names_its_cause_and_the_first_of_a_cause_is_said_so() -> None:
    stream = io.StringIO()
    play(PlainProgress(stream), large(300, 1))
    failed = [line for line in stream.getvalue().splitlines() if line.startswith("[") and "] FAIL" in line]
    named = [re.search(r"\[(new )?cause (C-\w+)\]$", line) for line in failed]
    assert failed
    assert all(named)
    first = [match[2] for match in named if match and match[1]]
    assert first == list(dict.fromkeys(match[2] for match in named if match))
    assert len(first) < len(failed)


def test_plain_lines_say_how_far_it_is() -> None:
    stream = io.StringIO()
    play(PlainProgress(stream), large(200, 1))
    assert "[50/200] 44 pass, 2 fail, 2 warn, 2 skip after" in stream.getvalue()
    assert " s left" in stream.getvalue()


def test_verdict_table() -> None:
    lines = table_lines(lifelike())
    assert lines[0].split() == ["Interaction", "pass", "fail", "warn", "skip", "omit", "error"]
    assert "Book              1      2      1      .      .      ." in lines
    assert next(line for line in lines if line.startswith("All")).split()[1:] == ["15", "2", "2", "1", "1", "1"]
    assert len({len(line) for line in lines}) == 1
    assert verdict_lines(RunResult(RUN, ()))[-1].startswith("Incomplete")


@pytest.mark.parametrize("run", [lifelike(), hostile(), RunResult(RUN, ())])
def test_live(run: RunResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    progress = make_progress(stream)
    assert isinstance(progress, LiveProgress)
    play(progress, run)
    assert "Interaction" in stream.getvalue()
    assert "\x1b[31mnp" not in stream.getvalue()


def test_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(make_progress(Terminal()), PlainProgress)


def test_narrow_encoding_and_hostile_names_do_not_stop_it() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp1252")
    play(PlainProgress(stream), hostile())
    assert b"\x1b" not in raw.getvalue()
    assert b"?U+202E?" in raw.getvalue()


def failing(name: str, code: str = "status") -> ScenarioResult:
    found = Finding("the status is another", location="status", found="500", expected="422", code=code)
    return scenario(name, Verdict.FAIL, exchanges=(exchange(1),), findings=(found,))


def test_the_last_lines_count_causes_and_scenarios_in_good_english() -> None:
    (_, count, line) = last_lines(recorded(RUN, failing("book.one")))
    assert count == "1 cause"
    assert line.endswith("found 500, expected 422 (1 scenario)")
    two = last_lines(recorded(RUN, failing("book.one"), failing("book.two"), failing("read.one", "other")))
    assert two[1] == "2 causes"
    assert [text for text in two if text.endswith("(2 scenarios)")]


@pytest.mark.parametrize("count", [1, 5, 7])
def test_reasons_for_what_was_not_tested_are_counted(count: int) -> None:
    skipped = [scenario(f"book.skip-{number}", Verdict.SKIP, reason="no free slot") for number in range(count)]
    assert last_lines(recorded(RUN, *skipped)) == ["", "Not tested", f"  {count:4} no free slot"]


def test_the_heaviest_finding_stands_in_the_line_of_a_scenario() -> None:
    mild = Finding("seen", Severity.WARN)
    info = Finding("noted", Severity.INFO)
    heavy = Finding("wrong", Severity.FAIL, location="body", found="a", expected="b")
    result = scenario("book.one", Verdict.FAIL, findings=(info, mild, heavy))
    assert failure_line(result) == f"FAIL  book.one: {result.title}: wrong at body; found a, expected b"
    assert failure_line(scenario("book.one", Verdict.WARN, findings=(info, mild))).endswith(": seen")
    assert failure_line(scenario("book.one", Verdict.SKIP, findings=(info,))).endswith(result.title)
