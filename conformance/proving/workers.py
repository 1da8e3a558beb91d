"""Processes that share the work of a proof: each has a provider of its own for each edition that it meets."""

from __future__ import annotations

import atexit
import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from types import FrameType

from conformance.core.errors import InternalError
from conformance.core.results import ScenarioResult
from conformance.engine.collection import Entry
from conformance.proving.outcome import Outcome, outcome
from conformance.proving.plan import Task, entries_of
from conformance.proving.test_bed import Bench

_benches: dict[str, Bench] = {}  # of this process
_at_work: list[Task] = []  # what this process is doing: one task, or none
_stopped = threading.Event()  # by Ctrl-C


def share(tasks: Sequence[Task], workers: int) -> Iterator[tuple[Task, list[Outcome]]]:
    """Run tasks in so many processes, in their order, and yield each with its results as it ends.

    Results come as outcomes: what is large stays in the process that made it. InternalError when a
    process dies; whatever else a process raises is raised here.
    """
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_settle)
    try:
        with _deaf():
            running = {pool.submit(perform, task): task for task in tasks}
        for done in as_completed(running):
            yield running.pop(done), done.result()
    except KeyboardInterrupt:  # Ctrl-C reaches every process, SIGTERM this one alone
        for process in active_children():
            process.terminate()
        raise
    except BrokenProcessPool as error:
        raise InternalError("a process of the proof ended before its work was done", fix="Run it again.") from error
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes begun in here do not hear Ctrl-C until they have settled; this one not until they are begun."""
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)


def _settle() -> None:
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    logging.disable(logging.CRITICAL)  # a provider that is made to fail says so on every request
    atexit.register(close_benches)


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """Leave the task at work, and begin no other."""
    _stopped.set()
    if _at_work:
        raise KeyboardInterrupt


def close_benches() -> None:
    """Stop the providers of this process."""
    while _benches:
        _benches.popitem()[1].close()


def perform(task: Task) -> list[Outcome]:
    """Run the cases of a task on this process's provider: first those that name a fault, then, afresh, the others."""
    bench = _benches.get(task.edition) or _benches.setdefault(task.edition, Bench(task.edition))
    results: list[Outcome] = []
    _at_work.append(task)
    try:
        if _stopped.is_set():
            raise KeyboardInterrupt
        if task.traced:
            return [outcome(result, touched) for result, touched in bench.trace(entries_of(task.edition, task.named))]
        for names in filter(None, (task.named, task.others)):
            entries = entries_of(task.edition, names)
            results += map(outcome, _played(bench, task, entries))
    finally:
        _at_work.clear()
    return results


def _played(bench: Bench, task: Task, entries: Sequence[Entry]) -> Iterator[ScenarioResult]:
    if task.variants:
        return bench.play_variants(entries, task.variants, task.faults)
    return bench.play(entries, task.faults)
