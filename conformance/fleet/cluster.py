"""dask.distributed plays the jobs: on this machine's cores, or on a cluster. The one module that imports dask.

A job is a process of its own in any case, so that the workers of this machine are threads of this process: no port is open to
anybody else, and when this process is killed, its runs end.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import dask
from distributed import Client, Future, LocalCluster, as_completed

from conformance.core import stop_signals
from conformance.core.errors import AssureError, TargetError
from conformance.fleet.model import Gathered, Job
from conformance.fleet.task import play

Take = Callable[[Job, Gathered | None, str], Job | None]
"""Takes what a job came to (None and why, where there is nothing), and returns a job to be played after all others, if any."""

_PAUSE = 0.2  # seconds between two looks for what has ended
_LOOK = 10.0  # seconds between two looks for workers
_WITHOUT_WORKERS = 600.0  # seconds that are waited for a worker
_CONNECTING = 15  # seconds in which a scheduler has to respond
_LATER = -1  # the priority of a repeated job
_QUIET = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.admin.system-monitor.gil.enabled": False,
}


@contextmanager
def connected(address: str, workers: int) -> Iterator[Client]:
    """Yield a client of the scheduler at `address`, or of one in this process with so many threads where it is "".

    Raises TargetError where the scheduler does not respond.
    """
    logging.disable(logging.CRITICAL)  # tracebacks of connections that broke, of which one sentence is said
    warnings.filterwarnings("ignore", module=r"distributed\..*")
    with _cluster(workers) if not address else _given(address) as scheduler:
        client = _client(scheduler, address)
        yield client
        with suppress(Exception):  # what is over need not end well
            client.close(timeout=_CONNECTING)


@contextmanager
def _given(address: str) -> Iterator[str]:
    yield address


@contextmanager
def _cluster(workers: int) -> Iterator[Any]:
    """A scheduler and a worker in this process. After a signal nothing is waited for: the runs end with this process."""
    with dask.config.set(_QUIET):
        cluster = LocalCluster(
            processes=False,
            n_workers=1,
            threads_per_worker=workers or os.cpu_count() or 1,
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        )
        yield cluster
        cluster.close()


def _client(scheduler: Any, address: str) -> Client:
    try:
        return Client(scheduler, timeout=_CONNECTING, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        fix = "Start one with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`."
        raise TargetError(f"there is no dask scheduler at {address}: {error}", fix=fix) from error


class Cluster:
    """Plays jobs through a client of a scheduler. `say` gets a line for the person who watches."""

    def __init__(self, client: Client, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say
        self._jobs: dict[Any, Job] = {}  # by the key of the future
        self._waiting = as_completed(loop=client.loop)
        self._text: Future[str] | None = None
        self._looked = self._worker_seen = time.monotonic()

    def play(self, jobs: Iterable[Job], configuration: str, take: Take, meanwhile: Callable[[], None]) -> str:
        """Play jobs; `take` gets what each came to as it ends. Return why it ended early, "" where it did not.

        `meanwhile` is called again and again while nothing has ended.
        """
        self._text = self._client.submit(str, configuration, pure=False)
        for job in jobs:
            self._submit(job)
        while self._waiting.count():
            ended = self._waiting.next_batch(block=False)
            if not all(self._take(future, take) for future in ended):
                return "the scheduler went away"
            stop_signals.raise_if_received()
            if not ended:
                meanwhile()
                if trouble := self._without_workers():
                    return trouble
                time.sleep(_PAUSE)
        return ""

    def _submit(self, job: Job, priority: int = 0) -> None:
        future = self._client.submit(play, job, self._text, pure=False, priority=priority, retries=1)
        self._jobs[future.key] = job
        self._waiting.add(future)

    def _take(self, future: Future[Gathered], take: Take) -> bool:
        """Hand over what a job came to. Return False where the scheduler is gone."""
        try:
            gathered, failure = _outcome(future)
        except TimeoutError:  # its worker was lost with what it came to: another plays it, or finds its record
            self._waiting.add(future)
            return True
        except Exception:  # whatever a client says that has lost its scheduler
            return False
        future.release()  # what is let go is forgotten by the scheduler
        if again := take(self._jobs.pop(future.key), gathered, failure):
            self._submit(again, _LATER)
        return True

    def _without_workers(self) -> str:
        """Why it cannot go on, where no worker has been there for too long; says so before."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return ""
        self._looked = now
        with suppress(Exception):  # a scheduler that is gone shows in the futures
            if self._client.nthreads():
                self._worker_seen = now
                return ""
        missing = now - self._worker_seen
        self._say(f"no worker is connected to the scheduler (since {missing:.0f} s)")
        return "no worker was connected to the scheduler any more" if missing > _WITHOUT_WORKERS else ""


def _outcome(future: Future[Gathered]) -> tuple[Gathered | None, str]:
    """What a job came to, or why there is nothing. TimeoutError where it cannot be fetched, other errors where all is lost."""
    if future.status != "error":
        return future.result(timeout=_CONNECTING), ""
    error = future.exception()
    return None, str(error) if isinstance(error, AssureError) else f"{type(error).__name__}: {error}"
