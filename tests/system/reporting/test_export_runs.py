"""What `export` writes of a run against the bundled provider: commands that curl runs, and an archive that is valid."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.evidence.reader import read_evidence
from conformance.provider.server_thread import start
from conformance.spec import load
from tests.support.paths import ROOT
from tests.system.test_runs import command

HAR = json.loads((ROOT / "tests" / "support" / "har.schema.json").read_text(encoding="utf-8"))
SELECT = "metadata.answered or practitioner-find or location-read or book.without-status or ssp.read-without"
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")  # a body need not end its line


def export(run: Path, *more: str) -> bytes:
    arguments = [sys.executable, "-m", "conformance", "export", str(run), *more]
    return subprocess.run(arguments, capture_output=True, check=True, timeout=1200).stdout


@pytest.mark.skipif(not shutil.which("curl") or os.name == "nt", reason="needs curl and a POSIX shell")
def test_curl_gets_the_responses_of_the_run_again(tmp_path: Path) -> None:
    with start(load("stu3")) as running:
        arguments = command("stu3", running.base_url, tmp_path / "out", "--no-html", "--select", SELECT)
        arguments += ["--set", "run.redact=false"]  # else the token, and who it is about, are masked
        subprocess.run(arguments, capture_output=True, check=False, timeout=1200)
        script = export(tmp_path / "out", "--as", "curl")
        done = subprocess.run(["sh"], input=script, capture_output=True, check=True, timeout=1200)
    recorded = [one for _, one in sorted(read_evidence(tmp_path / "out").exchanges.items())]
    assert len(recorded) > 10
    assert {one.method for one in recorded} >= {"GET", "POST"}
    again = [int(status) for status in _STATUS.findall(done.stdout)]
    assert len(again) == len(recorded)
    differ = [
        (one.label, one.status, status)
        for one, status in zip(recorded, again, strict=True)
        if status != one.status and (one.method == "GET" or one.status not in (200, 201))
    ]
    assert differ == []  # what was booked then is booked anew, so that only writes that succeeded may end otherwise


def test_the_archive_of_a_run_is_valid_and_whole(tmp_path: Path) -> None:
    with start(load("dstu2"), faults=["http.latin-1"]) as running:
        arguments = command("dstu2", running.base_url, tmp_path / "out", "--no-html", "--select", f"{SELECT} or xml")
        subprocess.run(arguments, capture_output=True, check=False, timeout=1200)
    archive: dict[str, Any] = json.loads(export(tmp_path / "out", "--as", "har"))
    jsonschema.Draft202012Validator(HAR).validate(archive)
    recorded = read_evidence(tmp_path / "out").exchanges
    assert len(archive["log"]["entries"]) == len(recorded) > 10
    for entry, (_, one) in zip(archive["log"]["entries"], sorted(recorded.items()), strict=True):
        assert (entry["request"]["url"], entry["response"]["status"]) == (one.url, one.status or 0)
        assert entry["response"]["content"]["size"] == len(one.response_body)
