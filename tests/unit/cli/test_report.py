"""`gpconnect-assure report`: outputs again, from the evidence of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.evidence.reader import read_evidence
from conformance.evidence.seal import Seal, seal, verify
from conformance.evidence.writer import EvidenceWriter
from conformance.redaction.redactor import Redactor
from tests.support.samples import RUN, lifelike, write


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["report", *map(str, arguments)])
    return int(caught.value.code or 0)


def test_from_evidence_cut_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with EvidenceWriter(tmp_path, replace(RUN, complete=False, finished=""), Redactor()) as writer:
        write(writer, replace(lifelike(), scenarios=lifelike().scenarios[:3]))
    assert run(tmp_path) == 0
    said = capsys.readouterr().out
    assert said.startswith("Incomplete: No non-conformity was found, but the run was cut short.")
    assert "report.html" in said
    assert (tmp_path / "report.html").is_file()
    again = tmp_path / "again"
    assert run(tmp_path / "evidence.sqlite", "--out", again) == 0
    assert (again / "results.json").read_bytes() == (tmp_path / "results.json").read_bytes()
    assert len(read_evidence(tmp_path).scenarios) == 3
    assert sorted(path.name for path in again.iterdir()) == [
        "exchanges",
        "junit.xml",
        "manifest.json",
        "report.html",
        "results.json",
        "summary.md",
    ]


def test_what_is_written_from_a_sealed_run_has_a_seal_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "run"
    with EvidenceWriter(source, RUN, Redactor()) as writer:
        write(writer, lifelike())
        writer.finish(RUN)
    parent = seal(source, RUN.id)
    assert run(source) == 0
    made = tmp_path / "run-report-1"
    found = verify(made)
    assert found.intact
    assert found.sealed.parents == (Seal(RUN.id, parent.seal),)
    assert f"<dt>Seal</dt><dd><code>{found.sealed.seal}</code></dd>" in (made / "report.html").read_text(
        encoding="utf-8"
    )
    assert verify(source).intact
    capsys.readouterr()
    assert run(source, "--out", made) == 2
    assert "is sealed, and stays as it is" in capsys.readouterr().err
    assert verify(made).intact


def test_unknown_edition_and_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with EvidenceWriter(tmp_path, replace(RUN, edition="r9"), Redactor()):
        pass
    assert run(tmp_path) == 0
    assert run(tmp_path / "none.json") == 2
    said = capsys.readouterr().err
    assert "none.json cannot be read" in said
    assert "Traceback" not in said
