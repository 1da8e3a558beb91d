"""What a supplier's developer waits for: one scenario, one interaction, and what failed in an earlier run.

    python tools/bench_loop.py

Each is the command in a process of its own, against the bundled provider in another, set beside bare pytest with as many
tests that do nothing, so that the machine's own speed cancels out. Our own time is what remains of the wall-clock time when
that of the requests is taken off. Other work on the machine lengthens it, so the processor time of the command, and
that of bare pytest, is printed beside it: that of a single scenario should stay below OWN_SECONDS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.config.bundled import people
from conformance.core.resources import data_path
from conformance.core.results import RunResult
from conformance.evidence.reader import read_evidence
from conformance.provider.server_thread import Running, start
from conformance.spec import load

OWN_SECONDS = 1.5
FAULT, SCENARIO = "book.accepts-busy-slot", "book.taken-by-same"
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Loop:
    """One selection, measured. Times in seconds: wall-clock, spent in requests, of the processor; those of bare pytest."""

    name: str
    scenarios: int
    requests: int
    seconds: float
    in_requests: float
    processor: float
    bare: float
    bare_processor: float

    @property
    def own(self) -> float:
        """Our own time, in seconds."""
        return self.seconds - self.in_requests

    def __str__(self) -> str:
        ratio = f"{self.seconds / self.bare:.1f} x bare pytest with as many tests"
        spent = f"{self.own:.2f} s of our own beside {self.in_requests:.2f} s in {self.requests} requests"
        processor = f"{self.processor:.2f} s of the processor, bare pytest's {self.bare_processor:.2f} s"
        return f"loop: {self.name} ({self.scenarios}): {ratio}; {spent}; {processor}"


def loops(interaction: Sequence[str] = ("--interaction", "book"), *, rounds: int = _ROUNDS) -> Iterator[Loop]:
    """Measure the three selections that a developer repeats, on the bundled provider with FAULT, the best of some rounds.

    `interaction` are the options of the second; what failed in it is the third.
    """
    with tempfile.TemporaryDirectory() as name, start(load("stu3"), faults=[FAULT]) as provider:
        folder = Path(name)
        failed = folder / "failed"
        _run(provider, failed, *interaction)
        chosen = {
            "one scenario": ("--id", SCENARIO),
            "one interaction": interaction,
            "--failed-from": ("--failed-from", str(failed)),
        }
        for title, options in chosen.items():
            yield min(
                (_measured(title, options, provider, folder / f"{title} {n}") for n in range(rounds)), key=_seconds
            )


def _seconds(loop: Loop) -> float:
    return loop.seconds


def _measured(title: str, options: Sequence[str], provider: Running, folder: Path) -> Loop:
    provider.reset()
    began, before = time.perf_counter(), _processor()
    result = _run(provider, folder, *options)
    seconds, processor = time.perf_counter() - began, _processor() - before
    spent = sum(exchange.elapsed_ms for exchange in result.exchanges.values()) / 1000
    scenarios = len(result.scenarios)
    return Loop(title, scenarios, len(result.exchanges), seconds, spent, processor, *_bare(scenarios, folder))


def _processor() -> float:
    """The processor time of the commands that have ended, in seconds; 0 where the system does not say."""
    times = os.times()
    return times.children_user + times.children_system


def _run(provider: Running, folder: Path, *options: str) -> RunResult:
    """Run the command to its end, whatever the verdicts, and return what it recorded."""
    settings = {"provider.base_url": provider.base_url, **people()}
    given = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    command = [sys.executable, "-m", "conformance", "run", "-c", str(data_path("config.example.yaml")), *given]
    done = subprocess.run([*command, "--out", str(folder), *options], capture_output=True, text=True, check=False)
    if not (folder / "results.json").exists():
        raise SystemExit(done.stdout + done.stderr)
    return read_evidence(folder)


def _bare(tests: int, folder: Path) -> tuple[float, float]:
    """Return how long bare pytest takes for so many tests that do nothing, and its processor time, in seconds."""
    file = folder / "test_bare.py"
    file.write_text(
        f"import pytest\n@pytest.mark.parametrize('n', range({tests}))\ndef test(n): pass\n", encoding="utf-8"
    )
    began, before = time.perf_counter(), _processor()
    command = [sys.executable, "-m", "pytest", "-qq", "-p", "no:cacheprovider", file.name]
    bare = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=bare)
    return time.perf_counter() - began, _processor() - before


if __name__ == "__main__":
    for measured in loops():
        print(measured)
        if measured.scenarios == 1 and measured.processor > OWN_SECONDS:
            print(f"  a single scenario should take less than {OWN_SECONDS} s of the processor")
