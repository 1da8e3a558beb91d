"""A run that is killed leaves what was done; nothing private is in it."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.core.errors import UsageError
from conformance.core.results import Finding
from conformance.redaction.redactor import Redactor
from conformance.reporting.journal import JournalWriter, read_journal
from conformance.reporting.loading import load
from conformance.reporting.results_json import dumps
from tests.support.samples import NHS_NUMBER, RUN, TOKEN, hostile, lifelike

PLAIN = Redactor(enabled=False)
UNDONE = replace(RUN, finished="", complete=False, notices=())


def write(path: Path, redactor: Redactor = PLAIN) -> JournalWriter:
    journal = JournalWriter(path, UNDONE, redactor)
    for scenario in lifelike().scenarios:
        journal.scenario(scenario)
    return journal


def test_round_trip(tmp_path: Path) -> None:
    write(tmp_path / "new" / "journal.jsonl").finish(RUN)
    assert load(tmp_path / "new") == lifelike()


def test_hostile_round_trip(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "j.jsonl", UNDONE, PLAIN) as journal:
        for scenario in hostile().scenarios:
            journal.scenario(scenario)
        journal.finish(hostile().run)
    assert read_journal(tmp_path / "j.jsonl") == hostile()


def test_each_line_is_on_disk_at_once(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    journal = JournalWriter(path, UNDONE, PLAIN)
    for count, scenario in enumerate(lifelike().scenarios[:3], start=1):
        journal.scenario(scenario)
        assert len(read_journal(path).scenarios) == count
    journal.close()


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_killed_run_is_incomplete_and_keeps_whole_lines(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j.jsonl"
    write(path).close()
    path.write_bytes(path.read_bytes()[:-cut])
    result = read_journal(path)
    assert not result.run.complete
    assert result.scenarios == lifelike().scenarios[:-1]


def test_without_finish_it_is_incomplete(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path / "j.jsonl", RUN, PLAIN)
    journal.notice(Finding("the clock differs", code="clock"))
    journal.notice(RUN.notices[0])
    journal.close()
    result = read_journal(tmp_path / "j.jsonl")
    assert not result.run.complete
    assert [notice.code for notice in result.run.notices] == ["clock-skew", "clock"]


def test_nothing_private_is_in_it(tmp_path: Path) -> None:
    write(tmp_path / "j.jsonl", Redactor()).finish(RUN)
    text = (tmp_path / "j.jsonl").read_text(encoding="utf-8")
    assert not [private for private in (NHS_NUMBER, TOKEN, "Meakin", "1927-06-19") if private in text]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no run"),
        (b'{"kind": "run"', "cut short"),
        (b"hello\n", "line 1"),
        (b'{"kind": "run", "schema": 99, "run": {}}\n', "schema 99"),
        (b'{"kind": "odd"}\n', "line 1"),
        (b"[1]\n", "line 1"),
        (b"[" * 100_000 + b"\n", "line 1"),
    ],
)
def test_what_is_no_journal_is_said(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "j.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        load(path)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"3", b'{"schema": 2}', b'{"schema": 1, "scenarios": [], "run": 5}']
)
def test_what_is_no_results_json_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"results\.json"):
        load(path)


def test_results_json_loads_and_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_bytes(dumps(lifelike()))
    assert load(tmp_path) == lifelike()
    for missing in (tmp_path / "x.json", tmp_path / "x.jsonl"):
        with pytest.raises(UsageError, match="cannot be read"):
            load(missing)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="neither"):
        load(tmp_path / "empty")


def test_journal_that_cannot_be_made_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be created"):
        JournalWriter(tmp_path / "file" / "j.jsonl", RUN, PLAIN)
    journal = JournalWriter(tmp_path / "j.jsonl", RUN, PLAIN)

    class Full:
        def write(self, _: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    journal._file.close()
    monkeypatch.setattr(journal, "_file", Full())
    with pytest.raises(UsageError, match="No space left"):
        journal.scenario(lifelike().scenarios[0])
