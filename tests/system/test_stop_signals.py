"""Ctrl-C and SIGTERM end the work at any moment with the exit codes that shells give them, and without a traceback."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.evidence.reader import scenarios_so_far
from conformance.provider.server_thread import start
from conformance.spec import load
from tests.support.loopback import serving
from tests.support.paths import needs_sigint
from tests.system.test_runs import command

SIGNALS = [
    pytest.param(signal.SIGINT, 130, marks=needs_sigint),
    pytest.param(signal.SIGTERM, 143, marks=needs_sigint),
]
PATIENCE = 1200


def begun(arguments: list[str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code as a shell has it, and all that was said."""
    told, _ = process.communicate(timeout=PATIENCE)
    code = process.returncode
    return (128 - code if code < 0 else code), told


def wait_until(process: subprocess.Popen[str], there: Callable[[], bool]) -> None:
    while not there():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_while_the_first_response_is_waited_for(tmp_path: Path, number: int, code: int) -> None:
    asked: list[bytes] = []

    def silent(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        connection.settimeout(PATIENCE)
        connection.recv(1)

    with serving(silent) as url:
        process = begun(command("stu3", url, tmp_path / "out", "--no-html"), tmp_path)
        wait_until(process, lambda: bool(asked))
        process.send_signal(number)
        found, told = ended(process)
    assert found == code, told
    assert "Traceback" not in told


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_in_the_middle_of_a_run_which_leaves_its_outputs(tmp_path: Path, number: int, code: int) -> None:
    out = tmp_path / "out"
    with start(load("stu3")) as running:
        process = begun(command("stu3", running.base_url, out, "--no-html"), tmp_path)
        wait_until(process, lambda: scenarios_so_far(out) > 10)
        process.send_signal(number)
        found, told = ended(process)
    assert found == code, told
    assert "Traceback" not in told
    assert (out / "report.html").exists()


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_twice_in_a_row_stops_at_once(tmp_path: Path, number: int, code: int) -> None:
    out = tmp_path / "out"
    with start(load("dstu2")) as running:
        process = begun(command("dstu2", running.base_url, tmp_path / "out", "--no-html"), tmp_path)
        wait_until(process, lambda: scenarios_so_far(out) > 10)
        process.send_signal(number)
        time.sleep(0.05)
        process.send_signal(number)
        found, told = ended(process)
    assert found == code, told


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_at_random_moments(tmp_path: Path, number: int, code: int) -> None:
    way = random.Random(code)
    with start(load("stu3")) as running:
        for turn in range(6):
            arguments = command("stu3", running.base_url, tmp_path / f"out{turn}", "--no-html", "--select", "metadata")
            process = begun(arguments, tmp_path)
            time.sleep(way.uniform(0.0, 2.0))
            process.send_signal(number)
            found, told = ended(process)
            # A run that was over already ended as it would have; Python itself may have been loading still.
            assert found in (code, 0), told
            assert "a fault of this tool" not in told


@needs_sigint
def test_a_demo_that_is_terminated_ends_its_runs(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "conformance", "demo", "--out", str(tmp_path / "out"), "--no-html"]
    process = begun(arguments, tmp_path)
    wait_until(process, lambda: len(list(tmp_path.glob("out/*/evidence.sqlite"))) == 2)
    process.send_signal(signal.SIGTERM)
    found, told = ended(process)
    assert found == 143, told
    assert "Traceback" not in told
    for printed in tmp_path.glob("out/*.console.txt"):
        assert "terminated" in printed.read_text(encoding="utf-8")
