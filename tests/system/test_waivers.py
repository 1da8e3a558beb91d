"""Waivers and comparisons over real HTTP: each change of state with its exit code, in the command and under plain pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.core.resources import data_path
from conformance.provider.server_thread import Running, start
from conformance.spec import load

SELECT = "book.one-slot or :read.every-answer-etag"
FAILING = "read.every-answer-etag"
WAIVER = """\
waivers:
  - {what}
    reason: Known; release 12.5 has it.
    owner: Jo Bloggs
    ticket: GPC-1
    expires: {expires}
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with start(load("stu3")) as running:
        running.set_faults(["http.no-etags"])
        yield running


def waivers(folder: Path, what: str, expires: str = "2999-12-31") -> Path:
    file = folder / "waivers.yaml"
    file.write_text(WAIVER.format(what=what, expires=expires), encoding="utf-8")
    return file


def call(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "conformance", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=1200, check=False, cwd=folder)


def run(provider: Running, out: Path, *more: str | Path) -> subprocess.CompletedProcess[str]:
    settings = ("--set", f"provider.base_url={provider.base_url}", "--no-html", "--out", out, "-k", SELECT)
    return call(out.parent, "run", "--config", data_path("config.example.yaml"), *settings, *more)


def results(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return found


def test_each_state_of_a_waiver_and_its_exit_code(provider: Running, tmp_path: Path) -> None:
    first = tmp_path / "first"
    assert run(provider, first).returncode == 1
    (cause,) = results(first)["causes"]
    for what, expires, state, code in (
        (f"scenario: {FAILING}", "2999-12-31", "used", 0),
        (f"cause: {cause['id']}", "2999-12-31", "used", 0),
        (f"requirement: {cause['requirement']}", "2999-12-31", "used", 0),
        (f"scenario: {FAILING}", "2020-01-01", "expired", 1),
        ("scenario: book.one-slot", "2999-12-31", "passing", 1),
        ("scenario: book.double-booking", "2999-12-31", "", 2),
        ("scenario: cancel.one", "soon", "", 2),
    ):
        again = tmp_path / f"{state}-{what.split(': ')[1]}"
        done = call(tmp_path, "report", first, "--out", again, "--waivers", waivers(tmp_path, what, expires))
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        if state:
            (found,) = results(again)["waivers"]
            assert found["state"] == state
            assert (found["sentence"] in done.stdout) is (code == 1)
        else:
            assert "waivers.yaml" in done.stderr
            assert "line " in done.stderr


def test_a_run_with_a_waiver_beside_an_older_run(provider: Running, tmp_path: Path) -> None:
    older, newer = tmp_path / "older", tmp_path / "newer"
    assert run(provider, older).returncode == 1
    done = run(provider, newer, "--waivers", waivers(tmp_path, f"scenario: {FAILING}"), "--since", older)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"WAIVED {FAILING}" in done.stdout
    assert "1 cause, 0 of them new since the run of" in done.stdout
    assert "html report" not in done.stdout
    document = results(newer)
    assert document["summary"]["waived"] == 1
    assert document["since"]["worse"] == []
    same = call(tmp_path, "diff", older, newer)
    assert (same.returncode, same.stdout.splitlines()[-1]) == (0, "Nothing is worse.")


def test_what_is_fixed_and_broken_between_runs(provider: Running, tmp_path: Path) -> None:
    faulty, sound = tmp_path / "faulty", tmp_path / "sound"
    assert run(provider, faulty).returncode == 1
    provider.set_faults([])
    try:
        assert run(provider, sound).returncode == 0
    finally:
        provider.set_faults(["http.no-etags"])
    fixed = call(tmp_path, "diff", faulty, sound, "--as", "json")
    assert fixed.returncode == 0
    assert json.loads(fixed.stdout)["summary"] == {"broken": 0, "fixed": 1, "new": 0, "gone": 0, "unchanged": 1}
    broken = call(tmp_path, "diff", sound, faulty)
    assert broken.returncode == 1
    assert f"    {FAILING}: Pass → Fail" in broken.stdout.splitlines()


def test_under_plain_pytest(provider: Running, tmp_path: Path) -> None:
    arguments = ["--pyargs", "conformance.scenarios", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "-k", SELECT]
    arguments += ["--gpc-config", str(data_path("config.example.yaml")), "--rootdir", str(tmp_path)]
    arguments += ["--gpc-set", f"provider.base_url={provider.base_url}"]
    for expires, code in (("2999-12-31", 0), ("2020-01-01", 1)):
        file = waivers(tmp_path, f"scenario: {FAILING}", expires)
        more = ["--gpc-waivers", str(file), "--gpc-out", str(tmp_path / expires)]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments, *more],
            capture_output=True, text=True, timeout=1200, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Generated html report" not in done.stdout
        assert ("1 waived" in done.stdout) is (code == 0)
        assert ("expired on 1 January 2020" in done.stdout) is (code == 1)


def test_plain_pytest_ends_with_a_message_of_ours(tmp_path: Path) -> None:
    arguments = ["--pyargs", "conformance.scenarios", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "-k", SELECT]
    config = [
        "--gpc-config",
        str(data_path("config.example.yaml")),
        "--rootdir",
        str(tmp_path),
        "--gpc-out",
        str(tmp_path),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, *config, "--gpc-waivers", str(tmp_path / "none.yaml")],
        capture_output=True, text=True, timeout=1200, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "gpconnect-assure: there is no waivers file" in done.stdout + done.stderr
    assert "_pytest.outcomes" not in done.stdout + done.stderr
