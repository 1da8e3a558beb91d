"""`prove` as it is called: exit codes, messages, files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.cli import main


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["prove", *arguments])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_a_proof_without_complaint_ends_with_0_and_writes_the_matrix(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = _run(capsys, "--quick", "-e", "stu3", "-k", "read.unknown-is-gone", "--out", str(tmp_path))
    assert code == 0
    assert [line for line in err.splitlines() if not re.fullmatch(r"  \d+ of \d+ trials after \d+ s", line)] == []
    assert out.splitlines()[0].startswith("stu3: 1 of 1 faults caught")
    assert out.splitlines()[-1].startswith("proven, in ")
    assert {path.name for path in tmp_path.iterdir()} == {"matrix-stu3.html", "matrix-stu3.json"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-e", "r5"), "r5"),
        (("-e", "stu3", "-k", "xyzzy"), "no fault, no variant and no scenario of edition stu3 has 'xyzzy' in its name"),
        (("--far", "-1"), "-1"),
    ],
)
def test_a_call_that_cannot_be_meant_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = _run(capsys, "--quick", *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert out == ""


PATIENCE = 1200  # seconds


def wait_for_the_end_of_all(group: int) -> None:
    """Return when no process of a group is left, its helpers of the standard library included."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.2)
    pytest.fail("processes of the proof are left")


@pytest.mark.skipif(os.name != "posix", reason="sends SIGTERM to one process of several")
def test_a_proof_that_is_terminated_ends_its_processes_and_can_go_on(tmp_path: Path) -> None:
    arguments = ["--only", "faults", "--near", "9", "--far", "9", "-e", "stu3", "-k", "read.un", "--workers", "2"]
    command = [sys.executable, "-m", "conformance", "prove", *arguments, "--out", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True, text=True)
    kept = tmp_path / "progress.jsonl"
    while not (kept.exists() and kept.read_text(encoding="utf-8").count("\n") > 1):  # processes are at work
        assert process.poll() is None
        time.sleep(0.1)
    process.terminate()
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 143
    assert "Traceback" not in said
    wait_for_the_end_of_all(process.pid)
    resumed = subprocess.run([*command, "--resume"], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert resumed.returncode == 0, resumed.stderr
