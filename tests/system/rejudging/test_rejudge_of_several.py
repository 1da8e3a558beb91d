"""Runs that several processes played are judged again as they were judged: workers, shards, and runs that went on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.config.bundled import people
from conformance.core.resources import data_path
from conformance.evidence.reader import read_evidence, read_taken, scenarios_so_far
from conformance.provider.server_thread import Running, start
from conformance.rejudging.run import JudgedAgain, rejudge
from conformance.spec import editions, load
from tests.support.paths import needs_sigint

# Scenarios that book, that register, that only read, and some about the responses of all of them.
CHOICE = ("amend.read-back", "amend.cut-short", "book.times*", "book.every-answer-*", "metadata.a*", "patient.find-*",
          "read.[be]*", "register.same*", "search.every-answer-*", "http.*-in-time")  # fmt: skip
FAULTS = ("read.no-etag", "patient-find.unlabelled", "book.busy-is-server-error", "register.other-family")
PATIENCE = 600


@dataclass(frozen=True)
class Command:
    """Runs the suite against a provider: the words of the command line."""

    provider: Running
    edition: str

    def words(self, folder: Path, *more: str) -> list[str]:
        given = {"edition": self.edition, "provider.base_url": self.provider.base_url, **people()}
        return [
            *(sys.executable, "-m", "conformance", "run", "--config", str(data_path("config.example.yaml"))),
            *(("--out", str(folder)) if "--resume" not in more else ()),
            *("--no-html", *more),
            *(part for key, value in given.items() for part in ("--set", f"{key}={value}")),
        ]

    def play(self, folder: Path, *more: str) -> None:
        done = subprocess.run(self.words(folder, *more), capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert (folder / "results.json").is_file(), done.stdout + done.stderr


CHOOSING = [part for one in CHOICE for part in ("--id", one)]


@pytest.fixture(params=editions())
def edition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def serving(edition: str) -> Iterator[Command]:
    with start(load(edition), faults=FAULTS) as provider:
        yield Command(provider, edition)


def same(again: JudgedAgain) -> None:
    """Every verdict, reason and finding is as it was, every exchange was played, and the notices say the same."""
    old, new = again.original, again.result
    assert (again.differing, again.lost, again.missing) == ((), (), ())
    assert {one.id for one in new.scenarios} == {one.id for one in old.scenarios}
    assert {one.verdict for one in new.scenarios} >= {"pass", "fail"}
    assert list(new.exchanges) == list(old.exchanges)
    assert _said(new) == _said(old)


def _said(run: Any) -> set[tuple[str, str]]:
    return {(notice.code, notice.message) for notice in run.run.notices}


def test_a_run_with_workers(edition: str, tmp_path: Path) -> None:
    with serving(edition) as command:
        command.play(tmp_path / "run", "--workers", "2", *CHOOSING)
    sessions = read_taken(tmp_path / "run")
    assert {one.worker for one in sessions} == {None, 0, 1}
    again = rejudge(tmp_path / "run", tmp_path / "again")
    same(again)
    same(rejudge(tmp_path / "again", tmp_path / "twice"))


def test_a_run_that_was_merged_of_shards_one_of_which_had_workers(edition: str, tmp_path: Path) -> None:
    shards = [tmp_path / "one", tmp_path / "two"]
    with serving(edition) as command:
        command.play(shards[0], "--shard", "1/2", *CHOOSING)
        command.provider.reset()
        command.play(shards[1], "--shard", "2/2", "--workers", "2", *CHOOSING)
    for shard in shards:
        same(rejudge(shard, tmp_path / f"{shard.name}-again"))
    merged = [sys.executable, "-m", "conformance", "merge", *map(str, shards), "--out", str(tmp_path / "merged")]
    done = subprocess.run([*merged, "--no-html"], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    again = rejudge(tmp_path / "merged", tmp_path / "again")
    same(again)
    same(rejudge(tmp_path / "again", tmp_path / "twice"))


@needs_sigint
@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_that_went_on_after_it_was_stopped(killed: bool, workers: str, tmp_path: Path) -> None:
    edition = editions()[0]
    with serving(edition) as command:
        respond = command.provider.provider.respond

        def slowly(call: Any) -> Any:
            time.sleep(0.02)
            return respond(call)

        command.provider.provider.respond = slowly  # type: ignore[method-assign]
        words = command.words(tmp_path / "run", "--workers", workers, *CHOOSING)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while scenarios_so_far(tmp_path / "run") < 20 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if killed:
            process.kill()
        else:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE)
        before = scenarios_so_far(tmp_path / "run")
        command.provider.provider.respond = respond  # type: ignore[method-assign]
        command.play(tmp_path / "run", "--resume", str(tmp_path / "run"), "--workers", workers)
    found = read_evidence(tmp_path / "run")
    assert found.run.complete
    assert 20 <= before < len(found.scenarios)
    assert sum(one.worker is None for one in read_taken(tmp_path / "run")) == 2
    again = rejudge(tmp_path / "run", tmp_path / "again")
    assert (again.differing, again.lost, again.missing) == ((), (), ())
