"""`run --watch` as a process, beside a provider that is not there, comes, goes and comes back."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from conformance.core.resources import data_path
from conformance.provider.server_thread import start
from conformance.spec import load
from tests.support.loopback import free_port

_PATIENCE = 600  # seconds, for a machine that is very busy
_AGAIN, _BACK, _GONE = "Enter: run again", "The provider is back.", "The provider is gone"


class Watched:
    """The command, with what it has printed so far in a file."""

    def __init__(self, folder: Path, url: str, *options: str) -> None:
        self._said = folder / "said.txt"
        command = [sys.executable, "-m", "conformance", "run", "--config", str(data_path("config.example.yaml"))]
        settings = ["--set", f"provider.base_url={url}", "--set", f"run.reports={(folder / 'reports').as_posix()}"]
        with self._said.open("w", encoding="utf-8") as said:
            self.process = subprocess.Popen(
                [*command, *settings, "--no-html", "--watch", *options],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
            )

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def until(self, text: str, times: int) -> None:
        end = time.monotonic() + _PATIENCE
        while self.said.count(text) < times:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.05)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


def test_the_selection_runs_again_when_the_provider_comes_back_and_on_a_key(tmp_path: Path) -> None:
    port, edition = free_port(), load("stu3")
    watched = Watched(tmp_path, f"http://127.0.0.1:{port}/A20047/STU3/1/gpconnect", "--id", "book.times")
    try:
        watched.until(_AGAIN, 1)
        assert "nothing listens at that address" in watched.said
        with start(edition, port=port):
            watched.until(_BACK, 1)
            watched.until(_AGAIN, 2)
        watched.until(_GONE, 1)
        with start(edition, port=port):
            watched.until(_BACK, 2)
            watched.until(_AGAIN, 3)
            watched.type("")
            watched.until(_AGAIN, 4)
            watched.type("f")
            watched.until("no scenario failed", 1)
            watched.type("q")
            assert watched.process.wait(_PATIENCE) == 0
    finally:
        watched.close()
    assert "Traceback" not in watched.said
    assert len(list((tmp_path / "reports").iterdir())) == 3


def test_what_failed_is_run_again_on_its_key(tmp_path: Path) -> None:
    with start(load("stu3"), faults=["book.accepts-busy-slot"]) as provider:
        watched = Watched(tmp_path, provider.base_url, "--id", "book.times", "--id", "book.taken-by-same")
        try:
            watched.until(_AGAIN, 1)
            watched.type("f")
            watched.until(_AGAIN, 2)
            watched.type("q")
            assert watched.process.wait(_PATIENCE) == 1
        finally:
            watched.close()
    assert watched.said.index("2 scenarios") < watched.said.index("1 scenario\n")
