"""What a shell offers for an incomplete word."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from conformance import cli
from conformance.causes import causes_of
from conformance.core.results import Finding, Verdict
from conformance.evidence.reader import read_evidence
from tests.support.trials import result
from tests.unit.pytest_plugin.test_choosing import written


def offered(*words: str) -> list[str]:
    *arguments, incomplete = words
    found = ShellComplete(cli.root, {}, "gpconnect-assure", "_X").get_completions(arguments, incomplete)
    return [item.value for item in found]


def test_commands_are_offered_without_importing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.LazyGroup, "get_command", None)
    assert offered("") == list(cli.COMMANDS)
    assert offered("ex") == ["explain", "export"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("explain", "book.taken-by-s"), ["book.taken-by-same"]),
        (("explain", "STU3-BOOK-01"), [f"STU3-BOOK-01{digit}" for digit in range(10)]),
        (("explain", "DUPLICATE"), ["DUPLICATE_REJECTED"]),
        (("explain", "C-JWT-4"), ["C-JWT-401"]),
        (("run", "--pack", "s"), ["smoke"]),
        (("check", "--pack", ""), ["smoke", "core", "full"]),
        (("explain", "--edition", ""), ["dstu2", "stu3"]),
        (("provider", "--fault", "book.accepts-busy"), ["book.accepts-busy-slot"]),
        (("provider", "--edition", "dstu2", "--fault", "location-find.with-full-url"), []),
        (("prove", "-k", "book.accepts-busy"), ["book.accepts-busy-slot"]),
    ],
)
def test_ids_and_names_are_offered(words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_an_edition_on_the_line_narrows_what_is_offered() -> None:
    both = offered("explain", "location-find.every-answer-c")
    assert both
    assert offered("explain", "--edition", "stu3", "location-find.every-answer-c") == []


FAILED = result("book.times", Verdict.FAIL, findings=(Finding("wrong", location="Appointment.start", code="times"),))


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Two runs below reports; returns the id of the cause of each."""
    monkeypatch.chdir(tmp_path)
    other = Finding("wrong too", location="Appointment.end", code="times")
    ids = []
    for name, found in (("stu3-1", FAILED.findings[0]), ("stu3-2", other)):
        folder = written(tmp_path / "reports" / name, result("book.times", Verdict.FAIL, findings=(found,)))
        ids += [cause.id for cause in causes_of(read_evidence(folder))]
    return ids[0], ids[1]


def test_causes_of_the_last_run_are_offered(runs: tuple[str, str]) -> None:
    _, last = runs
    assert offered("run", "--cause", "") == [last]
    assert offered("run", "--cause", last[:4]) == [last]
    assert last in offered("explain", "C-")


def test_causes_are_those_of_the_run_on_the_line(runs: tuple[str, str]) -> None:
    first, _ = runs
    assert offered("run", "--of", "reports/stu3-1", "--cause", "") == [first]
    assert first in offered("explain", "--of", "reports/stu3-1", "C-")


def test_runs_are_offered_the_last_first(runs: tuple[str, str]) -> None:
    both = [str(Path("reports") / name) for name in ("stu3-2", "stu3-1")]
    for words in (("report",), ("verify",), ("explain", "--of"), ("run", "--failed-from"), ("run", "--resume")):
        assert offered(*words, "") == both
    assert offered("report", "else") == ["else"]


def test_without_a_run_no_cause_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert offered("run", "--cause", "") == []
    assert offered("run", "--of", "nowhere", "--cause", "") == []
