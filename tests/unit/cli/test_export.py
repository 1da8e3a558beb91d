"""`gpconnect-assure export`: HAR that is valid, curl commands that run, files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.evidence.writer import EvidenceWriter
from conformance.redaction.redactor import Redactor
from tests.support.samples import RUN, hostile, lifelike, write


@pytest.fixture
def run(tmp_path: Path) -> Path:
    with EvidenceWriter(tmp_path / "run", RUN, Redactor()) as writer:
        write(writer, lifelike())
    return tmp_path / "run"


def export(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["export", *map(str, arguments)])
    return int(caught.value.code or 0)


def test_har(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(run) == 0
    log = json.loads(capsys.readouterr().out)["log"]
    assert (log["version"], len(log["entries"])) == ("1.2", len(lifelike().exchanges))
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= entry.keys()
        assert {
            "method",
            "url",
            "httpVersion",
            "cookies",
            "headers",
            "queryString",
            "headersSize",
            "bodySize",
        } <= entry["request"].keys()
        assert {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"} <= entry[
            "response"
        ].keys()
    posted = next(one for one in log["entries"] if one["request"]["method"] == "POST")
    assert json.loads(posted["request"]["postData"]["text"])["resourceType"] == "Appointment"


def test_har_of_a_scenario_into_a_file_and_an_unknown_one(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = run.parent / "one.har"
    assert export(run, "--scenario", "book.double", "--out", out) == 0
    assert [
        one["comment"].partition(":")[0] for one in json.loads(out.read_text(encoding="utf-8"))["log"]["entries"]
    ] == [
        "exchange 13",
        "exchange 14",
    ]
    assert export(run, "--scenario", "book.duble") == 2
    assert "Did you mean book.double" in capsys.readouterr().err


def test_files(run: Path) -> None:
    out = run.parent / "files"
    assert export(run, "--as", "files", "--out", out) == 0
    assert json.loads((out / "00012-request.json").read_text(encoding="utf-8"))["resourceType"] == "Appointment"
    assert (out / "00012-response.txt").read_text(encoding="utf-8").startswith("HTTP/1.1 201 Created\n")
    assert export(run, "--as", "files") == 2


def test_hostile_exchanges_can_be_exported(tmp_path: Path) -> None:
    with EvidenceWriter(tmp_path / "run", RUN, Redactor(enabled=False)) as writer:
        write(writer, hostile())
    for form in ("har", "curl", "files"):
        assert export(tmp_path / "run", "--as", form, "--out", tmp_path / form) == 0
