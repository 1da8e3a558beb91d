"""Progress and the table at the end, live and plain."""

from __future__ import annotations

import io
import re

import pytest

from conformance.core.results import RunResult
from conformance.reporting.console import (
    LiveProgress,
    PlainProgress,
    Progress,
    make_progress,
    table_lines,
    verdict_lines,
)
from tests.support.samples import RUN, hostile, large, lifelike


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def play(progress: Progress, run: RunResult) -> None:
    progress.start(len(run.scenarios))
    for scenario in run.scenarios:
        progress.scenario(scenario)
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
