"""Runs with workers: what they come to, and what becomes of one when a worker, or the run, is ended."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.config.bundled import people
from conformance.core.resources import data_path
from conformance.core.results import RunResult
from conformance.evidence.reader import read_evidence, scenarios_so_far
from conformance.provider.server_thread import Running, start
from conformance.spec import editions, load
from tests.support.paths import needs_sigint
from tools.workers_table import came, differences

# Scenarios that book, that only read, and that are played alone.
CHOICE = ("read.*", "metadata.*", "book.at-once*", "search.empty*", "retrieve.times", "patient.find-*")
PATIENCE = 600


@pytest.fixture(params=editions())
def edition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def arguments(provider: Running, edition: str, folder: Path, workers: int, *more: str, **settings: str) -> list[str]:
    given = {"edition": edition, "provider.base_url": provider.base_url, **people()}
    given |= {key.replace("__", "."): value for key, value in settings.items()}
    return [
        *(sys.executable, "-m", "conformance", "run", "--config", str(data_path("config.example.yaml"))),
        *("--out", str(folder), "--workers", str(workers), *more),
        *(part for key, value in given.items() for part in ("--set", f"{key}={value}")),
    ]


def choosing(*ids: str) -> list[str]:
    return [part for one in ids for part in ("--id", one)]


def run(words: list[str]) -> tuple[int, str]:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    return done.returncode, done.stdout + done.stderr


def result(folder: Path) -> RunResult:
    return read_evidence(folder)


@contextmanager
def slow(edition: str, seconds: float = 0.05) -> Iterator[tuple[Running, list[tuple[float, int]]]]:
    """A provider that takes its time. With it comes, for each request, when it came and how many were in it then."""
    seen: list[tuple[float, int]] = []
    inside, lock = [0], threading.Lock()
    with start(load(edition)) as provider:
        respond = provider.provider.respond

        def counted(call: Any) -> Any:
            with lock:
                inside[0] += 1
                seen.append((time.monotonic(), inside[0]))
            try:
                time.sleep(seconds)
                return respond(call)
            finally:
                with lock:
                    inside[0] -= 1

        provider.provider.respond = counted  # type: ignore[method-assign]
        yield provider, seen


@pytest.mark.parametrize("fault", ["", "read.no-etag", "patient-find.unlabelled"])
def test_a_run_with_workers_comes_to_what_a_serial_run_comes_to(edition: str, fault: str, tmp_path: Path) -> None:
    from conformance.provider.faults import faults_of

    assert not fault or fault in faults_of(edition)
    with start(load(edition), faults=[fault] if fault else []) as provider:
        code, said = run(arguments(provider, edition, tmp_path / "serial", 1, "--no-html", *choosing(*CHOICE)))
        serial = came(result(tmp_path / "serial"), code, 0)
        provider.reset()
        code, said = run(arguments(provider, edition, tmp_path / "workers", 3, *choosing(*CHOICE)))
    with_workers = result(tmp_path / "workers")
    assert list(differences(serial, came(with_workers, code, 0))) == []
    assert len(with_workers.scenarios) > 100, said
    assert with_workers.run.settings["workers"] == "3"
    assert not [change for change in with_workers.changes if change.state.value not in ("undone", "none", "exists")]
    _exchanges_are_whole(with_workers)
    _page_is_whole(tmp_path / "workers" / "pytest.html", with_workers)


def _exchanges_are_whole(found: RunResult) -> None:
    """Numbered without gaps, each with its response, in order within each scenario."""
    numbers = list(found.exchanges)
    assert numbers == list(range(1, len(numbers) + 1))
    for one in found.scenarios:
        assert set(one.exchanges) <= set(numbers)
        assert {finding.exchange for finding in one.findings} - {0} <= set(numbers)
    assert any(found.exchanges[number].response_body for number in numbers)


def _page_is_whole(page: Path, found: RunResult) -> None:
    """pytest-html's page has a row for each scenario, with its verdict, once."""
    packed = re.search(r'data-packed="([^"]*)"', page.read_text("utf-8"))
    assert packed
    data = json.loads(zlib.decompress(base64.b64decode(packed[1])))
    rows = [row for tests in data["tests"].values() for row in tests]
    shown = [
        name
        for row in rows
        for cell in row["resultsTableRow"]
        for name in re.findall(r"col-scenario\">([^:<]+):", cell)
    ]
    assert sorted(shown) == sorted(one.id for one in found.scenarios)
    assert all(row["extras"] for row in rows)


@needs_sigint
def test_a_worker_that_is_killed_is_named_and_its_share_is_played_all_the_same(tmp_path: Path) -> None:
    edition = editions()[0]
    with slow(edition) as (provider, _):
        words = arguments(provider, edition, tmp_path / "out", 2, "--no-html", *choosing("read.*", "metadata.*"))
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        _wait(process, lambda: scenarios_so_far(tmp_path / "out") > 5)
        before = scenarios_so_far(tmp_path / "out")
        os.kill(_children(process.pid)[0], signal.SIGKILL)
        said, _ = process.communicate(timeout=PATIENCE)
    found = result(tmp_path / "out")
    assert process.returncode == 0, said
    lost = [notice.message for notice in found.run.notices if notice.code == "worker-lost"]
    assert len(lost) == 1
    assert re.match(
        r"worker gw\d ended unexpectedly while it played \S+: \d+ scenarios of its share are played", lost[0]
    )
    names = [one.id for one in found.scenarios]
    assert len(names) == len(set(names)) > before
    assert {one.verdict.value for one in found.scenarios} == {"pass"}
    assert not [one for one in found.changes if one.state.value in ("intended", "unknown", "left")]
    assert "Traceback" not in said


@needs_sigint
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_keeps_what_is_done_and_leaves_nothing(tmp_path: Path, number: int, code: int) -> None:
    edition = editions()[0]
    with slow(edition) as (provider, seen):
        words = arguments(provider, edition, tmp_path / "out", 2, "--no-html", *choosing("read.*", "amend.*"))
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        _wait(process, lambda: scenarios_so_far(tmp_path / "out") > 5)
        before = scenarios_so_far(tmp_path / "out")
        process.send_signal(number)
        said, _ = process.communicate(timeout=PATIENCE)
        ended = len(seen)
        time.sleep(0.5)
        assert len(seen) == ended
    found = result(tmp_path / "out")
    assert process.returncode == code, said
    assert not found.run.complete
    assert len(found.scenarios) >= before
    assert (tmp_path / "out" / "report.html").is_file()
    assert not [one for one in found.changes if one.state.value in ("intended", "unknown", "left")]
    assert "Traceback" not in said


@needs_sigint
def test_workers_end_with_the_process_of_the_run_and_clean_up_finds_what_they_left(tmp_path: Path) -> None:
    edition = editions()[0]
    with slow(edition) as (provider, _):
        before = _booked(provider)
        words = arguments(provider, edition, tmp_path / "out", 2, "--no-html", *choosing("amend.*"))
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait(process, lambda: scenarios_so_far(tmp_path / "out") > 5 and _booked(provider) > before)
        workers = _children(process.pid)
        assert len(workers) == 2
        process.kill()
        process.wait()
        _until(lambda: not any(_lives(one) for one in workers))
        assert scenarios_so_far(tmp_path / "out") > 5  # a reader of ours that stays would look like the run itself
        settings = [part for part in words if part.startswith(("edition=", "provider.base_url=", "data."))]
        sets = [part for one in settings for part in ("--set", one)]
        config = str(data_path("config.example.yaml"))
        code, said = run(
            [sys.executable, "-m", "conformance", "cleanup", str(tmp_path / "out"), "--config", config, *sets]
        )
        assert code == 0, said
        assert _booked(provider) == before


def test_the_provider_sees_no_more_than_was_permitted(tmp_path: Path) -> None:
    edition = editions()[0]
    with slow(edition, 0.2) as (provider, seen):
        bounds = ("--max-rate", "5", "--max-connections", "2")
        began = time.monotonic()
        ids = choosing("metadata.*", "book.at-once-five", "book.at-once")
        code, said = run(arguments(provider, edition, tmp_path / "out", 4, "--no-html", *bounds, *ids))
    assert code in (0, 3), said
    assert max(inside for _, inside in seen) == 2
    found = result(tmp_path / "out")
    assert found.run.settings["workers"] == "2"
    verdicts = {one.id: (one.verdict.value, one.reason) for one in found.scenarios}
    assert verdicts["book.at-once"][0] == "pass"
    assert verdicts["book.at-once-five"][0] == "skip"
    assert "run.max_connections permits 2" in verdicts["book.at-once-five"][1]
    # On a loaded machine requests come late, never early. Two connections alone would let ten a second through.
    assert len(seen) > 40
    assert seen[-1][0] - began >= (len(seen) - 1) / 5


def test_fewer_workers_book_where_few_may_be_booked_for_and_the_run_says_so(tmp_path: Path) -> None:
    edition = editions()[0]
    one = people()["data.patients"]
    few = json.dumps([row for row in json.loads(one) if "spare" not in row["roles"]][:2])
    with start(load(edition)) as provider:
        words = arguments(provider, edition, tmp_path / "out", 3, "--no-html", *choosing("read.*", "metadata.*"))
        words += ["--set", f"data.patients={few}"]
        code, said = run(words)
    found = result(tmp_path / "out")
    assert [notice.code for notice in found.run.notices if notice.code == "workers-limited"] == ["workers-limited"]
    assert "2 of 3 workers play scenarios that book" in said
    assert {row.verdict.value for row in found.scenarios} <= {"pass", "skip"}
    assert code in (0, 3)


def test_workers_of_xdist_itself_are_refused(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pytest", "--pyargs", "conformance.scenarios", "-n", "2", "-p", "no:cacheprovider"]
    code, said = run(
        [*words, "--gpc-config", str(data_path("config.example.yaml")), "--gpc-out", str(tmp_path / "out")]
    )
    assert code == 2
    assert "Give --gpc-workers N in its place." in said


def _booked(provider: Running) -> set[str]:
    """The ids of the appointments that are booked, those of the fixture among them."""
    return {
        str(row["id"]) for row in provider.provider.store.rows("SELECT id FROM appointment WHERE status = 'booked'")
    }


def _wait(process: subprocess.Popen[Any], there: Any) -> None:
    while not there():
        assert process.poll() is None
        time.sleep(0.01)


def _until(there: Any) -> None:
    for _ in range(PATIENCE * 20):
        if there():
            return
        time.sleep(0.05)
    pytest.fail("it does not end")


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children")
    if not listed.is_file():
        pytest.skip("this system does not say which processes another one has started")
    return [int(one) for one in listed.read_text("utf-8").split()]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2][:3]
