"""`gpconnect-assure report`: outputs again, from a journal, a results.json or a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.redaction.redactor import Redactor
from conformance.reporting.journal import JournalWriter
from conformance.reporting.loading import load
from tests.support.samples import RUN, lifelike


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["report", *map(str, arguments)])
    return int(caught.value.code or 0)


def test_from_a_journal_cut_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with JournalWriter(tmp_path / "journal.jsonl", replace(RUN, complete=False, finished=""), Redactor()) as journal:
        for scenario in lifelike().scenarios[:3]:
            journal.scenario(scenario)
    assert run(tmp_path / "journal.jsonl") == 0
    said = capsys.readouterr().out
    assert said.startswith("Incomplete: No non-conformity was found, but the run was cut short.")
    assert "report.html" in said
    assert (tmp_path / "report.html").is_file()
    again = tmp_path / "again"
    assert run(tmp_path / "results.json", "--out", again) == 0
    assert load(again).scenarios == load(tmp_path).scenarios
    assert sorted(path.name for path in again.iterdir()) == ["junit.xml", "report.html", "results.json"]


def test_unknown_edition_and_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with JournalWriter(tmp_path / "journal.jsonl", replace(RUN, edition="r9"), Redactor()):
        pass
    assert run(tmp_path) == 0
    assert run(tmp_path / "none.json") == 2
    said = capsys.readouterr().err
    assert "none.json cannot be read" in said
    assert "Traceback" not in said
