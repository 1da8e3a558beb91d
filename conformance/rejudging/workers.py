"""What the workers of a run played, judged again: each with the people, days and slots that it had.

The process of the run searched for free slots and divided them by days; each worker noted which days were its own. What it
came to goes to the process of the run, as it did then (workers/crew.py), one worker after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from conformance.config.recording import from_recorded
from conformance.core.results import ScenarioResult
from conformance.core.taken import AFTER, BESIDE, EXCHANGE, scenario_of, scenario_part
from conformance.engine.named_steps import Sender
from conformance.engine.slot_pool import FREE_SLOTS, SlotPool, search_free_slots
from conformance.engine.stop_reasons import CannotTest
from conformance.evidence.reader import RecordedSession
from conformance.evidence.schema import WORKER
from conformance.rejudging.session import SessionAgain
from conformance.workers.playing import end_phase, equip, kept_slots, look_at_all_slots


def play_workers(main: SessionAgain, sessions: Sequence[RecordedSession]) -> Iterator[ScenarioResult]:
    """Judge again what the workers of a run played, and yield each result.

    `main` is the process of the run, `sessions` are what was recorded of its workers.
    """
    shares = [_share(sessions, number) for number in sorted({one.worker for one in sessions if one.worker is not None})]
    if not shares:
        return
    pool = _free_slots(main) if any(share.days is not None for share in shares) else None
    main.written()
    main.session.release()
    for share in shares:
        yield from _WorkerAgain(main, share, pool).play()
    if pool is not None and main.values.has_more(BESIDE, EXCHANGE):
        try:
            pool.replace(search_free_slots(Sender(main.session, FREE_SLOTS.name)).free())
        except CannotTest:
            return


@dataclass(frozen=True)
class _Share:
    """What was recorded of one worker: as it began, and as it went on once it only read (None where it did not come to that).

    `days` are those that it booked on, None where no worker of the run needed a free slot.
    """

    began: RecordedSession
    reads: RecordedSession | None
    days: frozenset[date] | None

    @property
    def whole(self) -> RecordedSession:
        """All that the worker took from outside, part by part."""
        parts = {name: list(events) for name, events in self.began.parts.items()}
        for name, events in self.reads.parts.items() if self.reads else ():
            parts.setdefault(name, []).extend(events)
        return RecordedSession(self.began.document, parts)


def _share(sessions: Iterable[RecordedSession], number: int) -> _Share:
    began, *later = [one for one in sessions if one.worker == number]
    days = began.document[WORKER]["days"]
    return _Share(
        began, later[0] if later else None, None if days is None else frozenset(map(date.fromisoformat, days))
    )


def _free_slots(main: SessionAgain) -> SlotPool:
    try:
        return Sender(main.session).once(FREE_SLOTS)
    except CannotTest:
        return SlotPool(())


class _WorkerAgain(SessionAgain):
    """One worker, judged again."""

    def __init__(self, main: SessionAgain, share: _Share, pool: SlotPool | None) -> None:
        config = from_recorded(share.began.document["config"])
        super().__init__(config, share.whole, main.values.exchanges, main.entries, main.written(), main.renaming)
        self._main, self._share, self._pool = main, share, pool
        self._reading = False
        self._keys: dict[int, int] = {}
        self.session.footprint.keep_in(lambda change: main.session.footprint.adopt(change, self._keys))
        own = pool.copy(share.days or frozenset()) if pool is not None else None
        step = main.session.steps.get(FREE_SLOTS.name)
        equip(self.session, main.rules, own, step.exchanges if step else ())

    def play(self) -> Iterator[ScenarioResult]:
        """Judge its scenarios again, and yield the results of those that were not played again by the process of the run."""
        for name in filter(None, map(scenario_of, self.recorded.parts)):
            entry = self.entries.get(name)
            if self._share.reads and not self._reading and scenario_part(name) in self._share.reads.parts:
                self._begin_reading(self._share.reads)
            if entry is None:
                self._main.missing.append(name)
                continue
            result = self.judge(entry)
            if scenario_part(name) not in self._main.recorded.parts:
                self.results[name] = self._main.results[name] = self.written().scenario(result)
                yield result
            self._keep()
            self.session.release()
        if AFTER in self.recorded.parts:
            self._end(last=True)
        self._report()

    def _begin_reading(self, recorded: RecordedSession) -> None:
        self._end(last=False)
        self._keep()
        self.go_on_as(recorded)
        self.session.config = from_recorded(recorded.document["config"])
        look_at_all_slots(self.session, self._pool)
        self._reading = True

    def _end(self, *, last: bool) -> None:
        for name, result in end_phase(self.session, list(self.results.values()), last=last).items():
            self.results[name] = self._main.results[name] = self.written().revise(result)
        self.session.judge_received()
        self.written()
        self.session.release()

    def _report(self) -> None:
        """Let the process of the run know what it knew of its worker."""
        own, main = self.session, self._main.session
        self.written().flush()
        main.recorder.adopt(own.exchanges)
        main.judge.absorb(own.judge.take_new(own.exchanges))
        main.made_by_invalid |= own.made_by_invalid
        main.sent_mildly |= own.sent_mildly
        main.notices.extend([*own.notices, *own.environment.notices])
        main.environment.take(own.environment.broken, own.environment.gone, own.environment.repeats)
        self._keep()

    def _keep(self) -> None:
        if self._pool is not None:
            self._pool.keep(kept_slots(self.session))
