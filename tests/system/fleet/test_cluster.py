"""A fleet on the workers of a scheduler, in other processes: one is killed, the scheduler goes away, there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.fleet.conftest import Bed, command, finished
from tests.system.fleet.test_fleet import of_this_fleet, results, waited

Start = Callable[[str], subprocess.Popen[bytes]]


class Dask:
    """A scheduler and two workers of one thread, which find it by a file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder, self._file = folder, folder / "scheduler.json"
        self.scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        waited(self._file.exists)
        self.workers = [self._start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)]

    def _start(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", f"distributed.cli.{module}", "--scheduler-file", str(self._file), *words]
        return subprocess.Popen(line, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def address(self) -> str:
        import json

        return str(json.loads(self._file.read_text(encoding="utf-8"))["address"])

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    found = Dask(tmp_path / "dask")
    yield found
    found.close()


def started(bed: Bed, dask: Dask, names: list[str]) -> tuple[subprocess.Popen[str], Path]:
    """Start a fleet; return when its first provider has ended and others go on."""
    out, file = bed.folder / "out", bed.fleet([bed.row(name) for name in names])
    words = command(file, "--out", out, "--scheduler", dask.address)
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    records = out / "records"
    waited(lambda: records.is_dir() and any(records.glob("*.json")) and len(of_this_fleet(out)) > 1)
    return running, out


def test_a_worker_that_is_killed_loses_nothing(bed: Bed, dask: Dask) -> None:
    names = [f"P0000{number}" for number in (1, 2, 3, 4, 5, 6)]
    running, out = started(bed, dask, names)
    dask.workers[0].kill()
    said, _ = running.communicate()
    assert running.returncode == 0, said
    assert results(out)["states"] == dict.fromkeys(names, "no-non-conformity")
    assert "Traceback" not in said, said


def test_a_scheduler_that_goes_away_ends_the_fleet_with_what_there_is(bed: Bed, dask: Dask) -> None:
    names = [f"P0000{number}" for number in (1, 2, 3, 4, 5, 6, 8, 9)]
    running, out = started(bed, dask, names)
    dask.close()
    said, _ = running.communicate()
    assert running.returncode == 3, said
    assert "gpconnect-assure: the fleet ended early: the scheduler went away" in said
    assert f"--resume {out} goes on with it" in said
    assert "Traceback" not in said, said
    states = list(results(out)["states"].values())
    assert set(states) == {"no-non-conformity", "not-run"}
    waited(lambda: not of_this_fleet(out))
    done = finished(bed.folder / "fleet.yaml", "--resume", out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert results(out)["states"] == dict.fromkeys(names, "no-non-conformity")


def test_no_scheduler_is_one_message(bed: Bed) -> None:
    file = bed.fleet([bed.row("P00001")])
    done = finished(file, "--out", bed.folder / "out", "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stderr.startswith("gpconnect-assure: there is no dask scheduler at tcp://127.0.0.1:9: ")
    assert "Traceback" not in done.stderr
    for words, said in ((["--workers", "2"], "--workers is for this machine"), (["--resume", "x"], "leave --out out")):
        done = finished(file, "--out", bed.folder / "out", "--scheduler", "tcp://127.0.0.1:9", *words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
