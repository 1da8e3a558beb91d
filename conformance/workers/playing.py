"""A worker's side of a run: it plays its share, and reports what came of each scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial

from conformance.consumer.recording import Recorder
from conformance.core.exchange import Exchange
from conformance.core.footprint import Change
from conformance.core.results import ScenarioResult, Verdict
from conformance.core.taken import AFTER
from conformance.engine.collection import collect
from conformance.engine.controls import revised
from conformance.engine.named_steps import perform
from conformance.engine.remarks import late_bytes
from conformance.engine.runner import ScenarioFunction, run_case
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.slot_pool import FREE_SLOTS, SlotPool
from conformance.engine.step_record import StepRecord
from conformance.workers.hub import Line
from conformance.workers.messages import Record, Setup
from conformance.workers.shares import restricted

_NOT_TESTED = frozenset({Verdict.SKIP, Verdict.OMIT})
_OF_ENVIRONMENT = frozenset({"provider-gone", "environment", "response-lost"})


@dataclass(frozen=True)
class _Reported:
    """What the run knows already."""

    made_by_invalid: AbstractSet[str] = frozenset()
    sent_mildly: AbstractSet[int] = frozenset()
    repeats: int = 0


class _PaceOfRun:
    """The pace that all workers of a run share (core.pace.Pacing)."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def admit(self, requests: int = 1) -> None:
        """Wait until so many requests may leave."""
        self._line.call("admit", requests)

    def hold(self, seconds: float) -> None:
        """Let nothing leave for so many seconds, from any worker."""
        self._line.call("hold", seconds)


class Player:
    """Plays the scenarios of one share over a line to the run."""

    def __init__(self, line: Line) -> None:
        self._line = line
        setup: Setup = line.call("begin")
        self._setup, self.share = setup, setup.share
        self.edition = setup.config.edition
        self._results: list[ScenarioResult] = []
        self._reading = False
        self.session = self._make_session()
        line.call("start", self.session.config, self.share.ids)
        self._reported = _Reported()

    def _make_session(self) -> Session:
        setup, line = self._setup, self._line
        one = replace(setup.config.run, max_connections=1)
        config = replace(restricted(setup.config, self.share.people), run=one)
        session = Session(config, recorder=Recorder(lambda: int(line.call("number"))))
        session.read_only = setup.read_only
        session.pace = _PaceOfRun(line)
        session.footprint.keep_in(self._keep)
        rules = [entry.case for entry in collect() if entry.case.id in setup.rules]
        equip(session, rules, setup.pool.copy(self.share.days) if setup.pool is not None else None, setup.shown_by)
        return session

    def _keep(self, change: Change) -> None:
        self._line.call("change", change)

    def play(self, function: ScenarioFunction, case: Case) -> ScenarioResult | None:
        """Play a case and return what came of it; None where it has to be played again, alone."""
        if case.id in self.share.reading and not self._reading:
            self._begin_reading()
        self._line.call("play", case.id)
        result = run_case(function, case, self.session)
        own = None if self._wants_more(result) else result
        self._report(case.id, own)
        if own is not None:
            self._results.append(own)
        return own

    def leave(self) -> None:
        """The share is played: see whether the controls still succeed, and report what has come late."""
        self._end_phase(last=True)
        self._line.call("end")
        self.session.close()
        self._line.close()

    def _wants_more(self, result: ScenarioResult) -> bool:
        """Whether a scenario may have lacked what is in the shares of others: people, days."""
        codes = {finding.code for finding in result.findings}
        return result.verdict in _NOT_TESTED and not codes & _OF_ENVIRONMENT

    def _begin_reading(self) -> None:
        """No worker changes anything from now on, and each may look at the people and days of all."""
        self._end_phase()
        self._line.call("wait_for_writers")
        self.session.config = replace(self._setup.config, run=self.session.config.run)
        self._line.call("start", self.session.config, self.share.reading)
        look_at_all_slots(self.session, self._setup.pool)
        self._reading = True

    def _end_phase(self, *, last: bool = False) -> None:
        changed = end_phase(self.session, self._results, last=last)
        self._report("", None, revised=tuple(changed.values()), last=last)

    def _report(
        self, name: str, result: ScenarioResult | None, revised: tuple[ScenarioResult, ...] = (), *, last: bool = False
    ) -> None:
        session, environment = self.session, self.session.environment
        session.judge_received()
        record = Record(
            id=name,
            result=result,
            exchanges=session.recorder.take(),
            taken=tuple(session.values.take()),
            judged=session.judge.take_new(session.exchanges if last else ()),
            kept=kept_slots(session),
            made_by_invalid=frozenset(session.made_by_invalid - self._reported.made_by_invalid),
            sent_mildly=frozenset(session.sent_mildly - self._reported.sent_mildly),
            notices=(*session.notices, *environment.notices),
            revised=revised,
            broken=dict(environment.broken),
            gone=environment.gone,
            repeats=environment.repeats - self._reported.repeats,
            cut_short=session.deadline.cut_short,
        )
        self._line.call("record", record)
        self._reported = _Reported(set(session.made_by_invalid), set(session.sent_mildly), environment.repeats)
        session.notices.clear()
        environment.notices.clear()
        session.release()


# What a worker's session is, and does, in a run as well as in one that is judged again (rejudging/workers.py).


def equip(session: Session, rules: Iterable[Case], pool: SlotPool | None, shown_by: tuple[Exchange, ...]) -> None:
    """Give a worker's session its free slots (None where it needs none), found by those exchanges, and the rules that it judges
    by: not those about response times.
    """
    if pool is not None:
        again = partial(perform, FREE_SLOTS, session)
        session.steps[FREE_SLOTS.name] = StepRecord(FREE_SLOTS.name, pool, shown_by, None, False, again)
    session.watch((case for case in rules if case.rule and not case.rule.timed), {})


def look_at_all_slots(session: Session, pool: SlotPool | None) -> None:
    """Let a worker's session look at all free slots from now on, those of the other workers too: it only reads."""
    step = session.steps.get(FREE_SLOTS.name)
    if step is not None and pool is not None:
        session.steps[FREE_SLOTS.name] = replace(step, value=pool.copy())


def end_phase(session: Session, results: Sequence[ScenarioResult], *, last: bool) -> dict[str, ScenarioResult]:
    """Do what a worker does when nobody changes anything any more, or when all is played (`last`): perform the controls again.

    Returns the results that no longer stand, by id.
    """
    session.environment.begin()
    changed: dict[str, ScenarioResult] = {}
    if not session.environment.gone and not session.deadline.cut_short:
        changed = revised(session, results)
        session.environment.settle_open()
    session.steps.update({name: replace(record, control=False) for name, record in session.steps.items()})
    session.notices.extend(note for note in session.environment.notes if note.code == "left-over")
    if last:
        with session.values.part(AFTER):
            session.note_late_bytes()
        session.notices.extend(late_bytes(session.client))
    return changed


def kept_slots(session: Session) -> frozenset[str]:
    """Return the ids of the slots that stay taken."""
    step = session.steps.get(FREE_SLOTS.name)
    return (step.value.leased if step and step.value else frozenset()) | session.environment.spent_slots
