from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.support.paths import ROOT, needs_sigint

COMMAND = [sys.executable, "-m", "conformance", "provider"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=1200)


@needs_sigint
def test_serves_until_interrupted() -> None:
    with subprocess.Popen(
        [
            *COMMAND,
            "--edition",
            "dstu2",
            "--port",
            "0",
            "--fault",
            "http.cacheable",
            "--option",
            "free_parameter=fb-type",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip().rpartition(" at ")[2]
        assert url.endswith("/A20047/DSTU2/1/gpconnect")
        reply = httpx.get(f"{url}/metadata")
        assert (reply.status_code, "Cache-Control" in reply.headers) == (400, False)
        process.send_signal(signal.SIGINT)
        assert process.wait(1200) == 0
        assert process.stderr.read() == ""


def test_lists_its_faults() -> None:
    listed = run("--edition", "stu3", "--list-faults")
    assert listed.returncode == 0
    lines = listed.stdout.splitlines()
    assert lines[-1] == f"{len(lines) - 1} faults in edition stu3"
    assert any(line.startswith("book.accepts-busy-slot ") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fault", "book.accept-busy-slot"], "Did you mean book.accepts-busy-slot"),
        (["--option", "free_parameter"], "no value"),
        (["--edition", "dstu2", "--option", "x=y"], "has no option 'x'"),
        (["--database", "/nowhere/at/all.sqlite"], "cannot be used"),
        (["--edition", "r4"], "r4"),
        (["--port", "99999"], "99999"),
    ],
)
def test_bad_calls_are_answered_clearly(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "is in use" in done.stderr
