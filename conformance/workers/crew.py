"""The workers of a run, as the process of the run sees them: it divides the scenarios, writes what they report, and goes on.

pytest-xdist starts the workers, has each play what it has collected, and passes their reports on. What a scenario came to goes
another way, over the line of workers/hub.py, as it happens: so one process writes the evidence, and a worker that is killed
loses nothing that it has reported.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.config.model import Config
from conformance.core.errors import AssureError
from conformance.core.footprint import Change
from conformance.core.results import Blame, Finding, Severity
from conformance.engine.named_steps import Sender
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.slot_pool import FREE_SLOTS, SlotPool, search_free_slots
from conformance.engine.stop_reasons import CannotTest
from conformance.planning.cost import suggested_workers
from conformance.planning.facts import read_facts
from conformance.planning.permission import is_loopback
from conformance.workers.hub import Hub
from conformance.workers.messages import Record, Setup
from conformance.workers.shares import Division, Share, divide, needs_slots


class Heart(Protocol):
    """What says now and then how far a run is (reporting.heartbeat)."""

    def begin(self, name: str) -> None:
        """Something begins."""


class Run(Protocol):
    """A run as its workers' side knows it (pytest_plugin.run.Run)."""

    full: str
    session: Session
    cases: tuple[Case, ...]

    @property
    def rules(self) -> tuple[Case, ...]:
        """The scenarios about all responses by whose rules the run judges."""

    @property
    def settings(self) -> dict[str, str]:
        """What the report says of how the run went."""

    @property
    def heartbeat(self) -> Heart:
        """What says how far it is."""

    def say(self, line: str) -> None:
        """Say a line to the person who watches."""

    def take(self, record: Record, session: int) -> None:
        """Write what a worker reports, and know it; `session` is the part of the evidence that is its own."""

    def begin_session(self, config: Config, cases: Iterable[Case], share: Mapping[str, Any]) -> int:
        """Write what a worker starts with, its number and days (`share`) too; return the number of its part of the evidence."""

    def flush(self) -> None:
        """Write what was sent so far, and keep no body of it."""

    def break_off(self, error: AssureError) -> None:
        """Note why the run cannot go on."""


def workers_wanted(run: Run) -> int:
    """Return how many workers a run is to have: as configured, else as the latency of what was sent so far calls for."""
    settings = run.session.config.run
    wanted = settings.workers
    if not wanted and not is_loopback(run.session.config.provider.base_url):
        times = [one.elapsed_ms for one in run.session.exchanges if one.status is not None]
        wanted = suggested_workers(statistics.median(times) / 1000) if times else 1
    return min(wanted or 1, settings.max_connections or wanted or 1)


@dataclass
class _Worker:
    """One worker: its share, the scenario that it is at, whether it may still change something, whether it has ended."""

    share: Share
    at: str = ""
    writes: bool = False
    ended: bool = False
    session: int = 0  # the part of the evidence that is its own
    keys: dict[int, int] = field(default_factory=dict)  # of its changes: in its footprint → in that of the run


class Crew:
    """The workers of a run. `begin` divides the cases, `working` serves the workers until they have ended."""

    def __init__(self, run: Run, division: Division, pool: SlotPool | None) -> None:
        self._run, self._pool = run, pool
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._workers = {f"gw{share.number}": _Worker(share, writes=bool(share.writing)) for share in division.shares}
        self._done: set[str] = set()
        self.again: set[str] = set()  # ids of scenarios that are played again, alone
        self.stop = ""  # why no worker goes on
        self.failed = 0  # tests that failed before this process began to play
        self.hub: Hub | None = None

    @classmethod
    def of(cls, run: Run, cases: Sequence[Case]) -> Crew | None:
        """Return the workers for the cases of a run; None where one process does as well, or is all that can be."""
        wanted = workers_wanted(run)
        if wanted < 2:
            return None
        facts = read_facts(run.session.edition)
        pool = _free_slots(run) if needs_slots(cases, facts) else None
        division = divide(cases, facts, run.session.config, pool, wanted)
        for limit in division.limits:
            run.say(limit)
            run.session.notices.append(Finding(limit, Severity.INFO, blame=Blame.TEST_DATA, code="workers-limited"))
        run.settings["workers"] = str(max(1, len(division.shares)))
        return cls(run, division, pool) if len(division.shares) > 1 else None

    @property
    def number(self) -> int:
        """How many workers there are."""
        return len(self._workers)

    @contextmanager
    def working(self) -> Iterator[Hub]:
        """Serve the workers within the block; afterwards none of them sends anything any more."""
        run, began = self._run, time.monotonic()
        self.hub = Hub(self._serve, self.lost)
        run.flush()
        run.session.client.close()  # an idle connection is one that the provider sees, too
        run.heartbeat.begin(f"{len(self._workers)} workers")
        try:
            yield self.hub
        finally:
            self.hub.close()
            with self._lock:
                self._end(self.stop)
            run.settings["seconds with workers"] = f"{time.monotonic() - began:.1f}"

    def finish(self) -> None:
        """See what the workers left: scenarios to be played now, slots that are free."""
        if self.stop:
            return
        for name, one in self._workers.items():
            left = [key for key in one.share.ids if key not in self._done and key not in self.again]
            if not one.ended:
                self._run.session.notices.append(_lost(name, one.at, len(left)))
        if self._pool is not None:
            try:
                again = search_free_slots(Sender(self._run.session, FREE_SLOTS.name))
            except CannotTest:
                return
            self._pool.replace(again.free())

    def remaining(self, case: Case) -> bool:
        """Whether a case is still to be played."""
        return case.id not in self._done

    # calls of workers, each from a thread of its own

    def _serve(self, worker: str, call: str, arguments: tuple[Any, ...]) -> Any:
        if call == "admit":
            return self._run.session.pace.admit(*arguments)
        if call == "hold":
            return self._run.session.pace.hold(*arguments)
        if call == "number":
            return self._run.session.recorder.next_number()
        with self._lock:
            if self.hub is None or self.hub.closed:
                raise RuntimeError("the run has ended")
            try:
                return getattr(self, f"_on_{call}")(self._workers[worker], *arguments)
            except AssureError as error:  # nothing can be written any more
                self._run.break_off(error)
                self._end(error.message)
                raise

    def _on_begin(self, worker: _Worker) -> Setup:
        run = self._run
        rules = tuple(case.id for case in run.rules)
        pool = self._pool.copy() if self._pool is not None else None
        step = run.session.steps.get(FREE_SLOTS.name)
        shown_by = step.exchanges if step else ()
        return Setup(run.session.config, worker.share, rules, run.session.read_only, pool, shown_by)

    def _on_start(self, worker: _Worker, config: Config, ids: Sequence[str]) -> None:
        days = None if self._pool is None else [day.isoformat() for day in sorted(worker.share.days)]
        share = {"number": worker.share.number, "days": days}
        worker.session = self._run.begin_session(config, [case for case in self._run.cases if case.id in ids], share)

    def _on_play(self, worker: _Worker, name: str) -> None:
        worker.at = name
        if self.stop:
            raise RuntimeError(self.stop)

    def _on_change(self, worker: _Worker, change: Change) -> None:
        self._run.session.footprint.adopt(change, worker.keys)

    def _on_record(self, worker: _Worker, record: Record) -> None:
        if self._pool is not None:
            self._pool.keep(record.kept)
        self._run.take(record, worker.session)
        if record.id:
            (self._done if record.result else self.again).add(record.id)
        worker.at = ""
        if self._run.full or record.gone:
            self._end(self._run.full or record.gone)

    def _on_wait_for_writers(self, worker: _Worker) -> None:
        worker.writes = False
        self._changed.notify_all()
        self._changed.wait_for(lambda: self.stop or not any(one.writes for one in self._workers.values()))

    def _on_end(self, worker: _Worker) -> None:
        worker.ended = True
        self._gone(worker)

    def _end(self, why: str) -> None:
        self.stop = self.stop or why
        self._changed.notify_all()

    def lost(self, name: str) -> None:
        """A worker is gone, perhaps before it called."""
        with self._lock:
            if name in self._workers:
                self._gone(self._workers[name])

    def _gone(self, worker: _Worker) -> None:
        worker.writes = False
        self._changed.notify_all()


def _free_slots(run: Run) -> SlotPool:
    """The free slots, searched for as the scenarios have it done."""
    try:
        return Sender(run.session).once(FREE_SLOTS)
    except CannotTest:
        return SlotPool(())


def _lost(name: str, at: str, left: int) -> Finding:
    what = f" while it played {at}" if at else ""
    return Finding(
        f"worker {name} ended unexpectedly{what}: {left} scenarios of its share are played in the process of the run",
        Severity.INFO,
        blame=Blame.ENVIRONMENT,
        code="worker-lost",
    )
