"""Runs a fleet: what is to be played, what each run came to, and what is written of it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from conformance import __version__
from conformance.core.counting import counted
from conformance.core.stop_signals import StopSignal
from conformance.fleet.model import MOST_ATTEMPTS, Fleet, Gathered, Job, Provider, Record, State
from conformance.fleet.reading import own_overrides
from conformance.fleet.store import Store
from conformance.fleet.summary import GOING_ON, Summary
from conformance.reporting.cause_view import shortened
from conformance.reporting.display import visible

_WRITE_EVERY = 60.0  # seconds between two looks that the outputs give while runs go on
_SHOWN = 160


class Player(Protocol):
    """What plays jobs: conformance.fleet.cluster.Cluster."""

    def play(
        self,
        jobs: Iterable[Job],
        configuration: str,
        take: Callable[[Job, Gathered | None, str], Job | None],
        meanwhile: Callable[[], None],
    ) -> str:
        """Play jobs and return why it ended early, "" where it did not."""
        ...


class FleetRun:
    """One run of a fleet in its folder. `write` writes the outputs, `say` gets a line for the person who watches."""

    def __init__(
        self, fleet: Fleet, store: Store, write: Callable[[Summary], None], say: Callable[[str], None]
    ) -> None:
        self.fleet, self._store = fleet, store
        self._write, self._say = write, say
        self._started = _now()
        self._records: dict[str, Record] = {}
        self._written = time.monotonic()
        self._changed = False

    def play(self, player: Player) -> Summary:
        """Play what has not ended yet, write the outputs and return what it came to; a signal ends it early."""
        jobs = list(self._jobs())
        done = len(self.fleet.providers) - len(jobs)
        self._say(
            f"{counted(len(jobs), 'provider')}, pack {self.fleet.pack}{f'; {done} have ended before' if done else ''}"
        )
        stopped = "interrupted"
        try:
            stopped = player.play(jobs, self.fleet.configuration, self._take, self._look) if jobs else ""
        except StopSignal:
            self._say("Stopped. The runs that go on undo what they booked, and end.")
            raise
        finally:
            for provider in self.fleet.providers if stopped else ():  # what ended while nobody could gather it
                self._recorded(self._job(provider))
            summary = self.summary(stopped)
            self._write(summary)
        return summary

    def summary(self, stopped: str = "") -> Summary:
        """Return what is known now; `stopped` says why it ended early, "" where it did not."""
        records = [self._records.get(one.name) or _not_run(one) for one in self.fleet.providers]
        return Summary(
            self.fleet.path.name, self.fleet.pack, self._started, _now(), tuple(records), self.fleet.remarks, stopped
        )

    def _jobs(self) -> Iterator[Job]:
        """What is to be played; the records of what has ended are taken."""
        for provider in self.fleet.providers:
            job = self._job(provider)
            record = self._recorded(job)
            if record is None:
                yield job
            elif not record.settled:
                yield replace(job, attempt=record.attempt + 1)

    def _recorded(self, job: Job) -> Record | None:
        """Take the record of a run that has ended, whoever played it; None where there is none of this very job."""
        record = self._store.get(job.provider.name)
        if record is None or record.fingerprint != job.fingerprint:
            return None
        self._records[record.name] = record
        return record

    def _job(self, provider: Provider) -> Job:
        own = {**self.fleet.added, **own_overrides(provider)}
        overrides = tuple(f"{key}={value}" for key, value in own.items())
        fixed = json.dumps([self.fleet.configuration, self.fleet.pack, overrides])
        fingerprint = hashlib.sha256(fixed.encode("utf-8", "backslashreplace")).hexdigest()[:16]
        folder = str(self._store.folder.resolve())
        limit, token = self.fleet.time_limit, self._store.token
        return Job(provider, self.fleet.pack, limit, overrides, fingerprint, folder, token, __version__)

    def _take(self, job: Job, gathered: Gathered | None, failure: str) -> Job | None:
        """A job has ended: write it down, and return it again where its environment ended it for the first time."""
        record = self._store.take(gathered) if gathered else _failed(job, failure)
        if gathered is None:
            self._store.put(record)
        self._records[record.name] = record
        self._changed = True
        again = not record.settled
        self._say(self._line(record) + (" (to be repeated)" if again else ""))
        return replace(job, attempt=job.attempt + 1) if again else None

    def _line(self, record: Record) -> str:
        known = sum(one.settled for one in self._records.values())
        what = visible(shortened(record.reason, _SHOWN))
        return f"{known}/{len(self.fleet.providers)} {record.name}: {record.state.word}, {record.seconds:.0f} s. {what}"

    def _look(self) -> None:
        """Write the outputs once a minute, where something has ended."""
        now = time.monotonic()
        if self._changed and now - self._written > _WRITE_EVERY:
            self._write(self.summary(GOING_ON))
            self._written, self._changed = now, False


def _failed(job: Job, failure: str) -> Record:
    """The record of a run of which a worker returned nothing."""
    one = job.provider
    return Record(
        one.name, one.base_url, one.asid, one.ods_code, job.fingerprint, State.FAULT, failure, attempt=MOST_ATTEMPTS
    )


def _not_run(one: Provider) -> Record:
    return Record(one.name, one.base_url, one.asid, one.ods_code, "", State.NOT_RUN, "it has not been run", attempt=0)


def _now() -> str:
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")
