"""`gpconnect-assure diff`: forms, exit codes, and what it cannot use."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.core.results import RunResult, Verdict
from conformance.evidence.writer import EvidenceWriter
from conformance.redaction.redactor import Redactor
from conformance.reporting.results_json import dumps
from tests.support.samples import RUN, lifelike, scenario, write


def diff(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["diff", *map(str, arguments)])
    return int(caught.value.code or 0)


def folder(path: Path, result: RunResult) -> Path:
    with EvidenceWriter(path, result.run, Redactor()) as writer:
        write(writer, result)
        writer.finish(result.run)
    return path


def test_exit_codes_and_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = lifelike()
    old = folder(tmp_path / "old", run)
    worse = folder(tmp_path / "worse", replace(run, scenarios=(*run.scenarios, scenario("book.new", Verdict.FAIL))))
    fewer = tmp_path / "results.json"
    fewer.write_bytes(dumps(replace(run, scenarios=run.scenarios[1:])))
    assert diff(old, old / "evidence.sqlite") == 0
    assert capsys.readouterr().out.endswith("Nothing is worse.\n")
    assert diff(old, worse) == 1
    assert "book.new: not in the run → Fail" in capsys.readouterr().out
    assert diff(old, fewer, "--as", "json") == 3
    assert json.loads(capsys.readouterr().out)["summary"]["gone"] == 1
    page = tmp_path / "diff.html"
    assert diff(old, worse, "--as", "html", "--out", page) == 1
    assert "book.new" in page.read_text(encoding="utf-8")
    assert str(page) in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1}', "\x00", "[" * 100_000])
def test_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    wrong = tmp_path / "results.json"
    wrong.write_text(text, encoding="utf-8")
    assert diff(wrong, wrong) == 2
    said = capsys.readouterr().err
    assert "results.json" in said
    assert "Traceback" not in said
    assert diff(tmp_path, tmp_path / "absent.json") == 2


def test_of_the_sample_run(tmp_path: Path) -> None:
    assert RUN.complete
    assert diff(folder(tmp_path / "a", lifelike()), folder(tmp_path / "b", RunResult(RUN, ()))) == 3
