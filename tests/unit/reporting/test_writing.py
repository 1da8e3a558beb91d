"""All outputs from one result: whole files, nothing private, and clear words when they cannot be written."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.core.errors import UsageError
from conformance.core.results import Finding, RunResult, Verdict
from conformance.evidence.reader import read_evidence
from conformance.evidence.writer import EvidenceWriter
from conformance.redaction.redactor import Redactor
from conformance.reporting.writing import write_all, write_whole
from tests.support.paths import needs_modes
from tests.support.redacting import redacted
from tests.support.samples import NHS_NUMBER, RUN, TOKEN, exchange, hostile, lifelike, recorded, scenario, write

PRIVATE = (NHS_NUMBER, TOKEN, "Meakin", "1927-06-19", "hunter2222")


def test_all_files_from_one_result_without_anything_private(tmp_path: Path) -> None:
    spoilt = scenario("book.secret", Verdict.FAIL, findings=(Finding(f"hunter2222 of {NHS_NUMBER}"),))
    run = replace(lifelike(), scenarios=(*lifelike().scenarios, spoilt))
    outputs = write_all(redacted(run, Redactor(extra_secrets=["hunter2222"])), tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    named = {outputs.results, outputs.junit, outputs.report}
    files = {path for path in folder.rglob("*") if path.is_file()}
    assert files > {*named, folder / "summary.md", folder / "exchanges" / "book.html"}
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not [private for private in PRIVATE if private in text], path.name
        assert path not in named or "book.secret" in text


@pytest.mark.parametrize("run", [lifelike(), hostile(), RunResult(RUN, ())], ids=["lifelike", "hostile", "empty"])
def test_written_from_the_evidence_they_are_the_same(tmp_path: Path, run: RunResult) -> None:
    with EvidenceWriter(tmp_path, run.run, Redactor(enabled=False)) as writer:
        write(writer, run)
    first = write_all(run, tmp_path / "a")
    second = write_all(read_evidence(tmp_path), tmp_path / "b")
    for name in ("results", "junit", "report"):
        one, other = getattr(first, name), getattr(second, name)
        assert one.read_bytes() == other.read_bytes()


def test_hostile_run_is_written(tmp_path: Path) -> None:
    outputs = write_all(hostile(), tmp_path)
    assert json.loads(outputs.results.read_bytes())["summary"]["fail"] == 2


secrets_ = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=6, max_size=20).filter(
    lambda text: not text.isascii() or not text.isalnum()
)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(secret=secrets_)
def test_no_secret_reaches_any_file(secret: str) -> None:
    leaky = exchange(
        1,
        label=secret,
        url=f"https://p.example/?q={quote(secret)}&r={secret}",
        request_headers=(("X-Key", secret), ("Authorization", f"Basic {secret}")),
        request_body=f"<Patient><family value='{secret}'/></Patient>".encode(),
        response_headers=(("X-Echo", secret),),
        response_body=json.dumps({"resourceType": "OperationOutcome", "diagnostics": secret}).encode(),
    )
    found = (Finding(secret, found=secret, exchange=1),)
    told = recorded(RUN, scenario("book.x", Verdict.FAIL, exchanges=(leaky,), findings=found))
    redactor = Redactor(extra_secrets=[secret])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with EvidenceWriter(folder, RUN, redactor) as writer:
            write(writer, told)
        written = read_evidence(folder)
        write_all(written, folder)
        # the run has the time zone, texts and ids of our own in common with any short secret: compare with a clean run
        clean = scenario("book.x", Verdict.FAIL, exchanges=(exchange(1, request_headers=()),), findings=(Finding("x"),))
        write_all(redacted(recorded(RUN, clean), Redactor()), folder / "clean")
        for path in ("report.html", "results.json", "junit.xml"):
            spoilt, ours = ((where / path).read_text(encoding="utf-8") for where in (folder, folder / "clean"))
            assert spoilt.count(secret) <= ours.count(secret), path
        assert secret not in f"{written.scenarios[0].findings}{written.exchanges[1]}".replace("\\\\", "\\")


def test_a_file_is_replaced_whole_or_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    write_whole(path, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"report\.html cannot be written: No space left") as caught:
        write_whole(path, b"new")
    assert "evidence" in caught.value.fix
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        write_all(lifelike(), tmp_path / "file")


@needs_modes
def test_files_are_readable_by_others_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "x", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o644
