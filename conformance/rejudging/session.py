"""Plays one recorded session of a run again: the same scenarios in the same order, with what was recorded in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from conformance.config.model import Config
from conformance.consumer.response import resource_names
from conformance.core.errors import TargetError
from conformance.core.exchange import Exchange
from conformance.core.judged import Judged
from conformance.core.pace import Pace
from conformance.core.results import Blame, Finding, ScenarioResult, Severity, Verdict
from conformance.core.taken import BEFORE, EXCHANGE, clean_up_part, scenario_of, scenario_part
from conformance.engine.clean_up import clean_up
from conformance.engine.collection import Entry
from conformance.engine.context import binds
from conformance.engine.controls import revised
from conformance.engine.preflight import preflight
from conformance.engine.run_end import end
from conformance.engine.runner import run_case
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest
from conformance.evidence.reader import RecordedSession
from conformance.evidence.writer import EvidenceWriter
from conformance.readiness.filling_in import fill_in
from conformance.rejudging.comparison import details_of
from conformance.rejudging.playback import CannotJudgeAgain, PlayedValues
from conformance.rejudging.renaming import Renaming


class SessionAgain:
    """One session of a run, judged again. `play` yields its results as they come, written already; `end` ends it.

    `entries` are the scenarios of this version by id; `missing` are recorded ones that this version does not have. Workers have
    the `renaming` of their run.
    """

    def __init__(
        self,
        config: Config,
        recorded: RecordedSession,
        exchanges: Mapping[int, Exchange],
        entries: Mapping[str, Entry],
        writer: EvidenceWriter,
        renaming: Renaming,
    ) -> None:
        self.recorded, self.entries, self._writer = recorded, entries, writer
        self._number = writer.session(recorded.document, current=False)
        self.renaming = renaming
        self.values = PlayedValues(recorded.parts, exchanges, renaming)
        self.config = config
        self.session = Session(config, values=self.values)
        self.session.pace = Pace()  # nothing is sent: there is nobody to go easy on
        self.session.read_only = bool(recorded.document["read_only"])
        self.results: dict[str, ScenarioResult] = {}
        self.missing: list[str] = []

    @property
    def cases(self) -> list[Case]:
        """The scenarios that the session set out to play, as far as this version has them."""
        return self._known(self.recorded.document["cases"])

    @property
    def rules(self) -> list[Case]:
        """The scenarios about all responses by whose rules it judges: a shard by those of the other shards, too."""
        shard = self.recorded.shard
        return [case for case in (self._known(shard["rules"]) if shard else self.cases) if case.rule is not None]

    def _known(self, names: Iterable[str]) -> list[Case]:
        return [self.entries[name].case for name in names if name in self.entries]

    def look(self, judged: Mapping[str, Judged]) -> None:
        """Play what the session looked at before its first scenario; `judged` is what was seen in sessions before."""
        session = self.session
        try:
            with session.values.part(BEFORE):
                session.notices.extend(preflight(session, self.cases))
                session.notices.extend(fill_in(session, self.cases))
        except (CannotTest, TargetError) as stop:
            session.notices.append(_not_looked(stop))
        self.values.take_differences()
        session.watch(self.rules, judged)

    def play(self) -> Iterator[ScenarioResult]:
        """Judge the recorded scenarios again and yield each result."""
        for name in filter(None, map(scenario_of, self.recorded.parts)):
            entry = self.entries.get(name)
            if entry is None:
                self.missing.append(name)
            else:
                yield self._played(entry)

    def _played(self, entry: Entry) -> ScenarioResult:
        result = self.judge(entry)
        self.results[result.id] = self.written().scenario(result, self.session.judge.changed())
        self.session.release()
        return result

    def judge(self, entry: Entry) -> ScenarioResult:
        """Return what a recorded scenario comes to now; what it received is judged by the rules about all responses, too."""
        result = run_case(entry.function, entry.case, self.session)
        result = _as_far_as_recorded(self._as_recorded(result), self.values.take_differences())
        self._keep_rest(entry.case)
        self.session.judge_received()
        return result

    def _keep_rest(self, case: Case) -> None:
        """What a scenario received and does not look at any more is still judged by the rules about all responses."""
        part, session = scenario_part(case.id), self.session
        for exchange in (*self.values.rest_of(part), *self.values.rest_of(clean_up_part(part))):
            session.recorder.keep(exchange)
            if not binds(case, session):
                session.sent_mildly.add(exchange.number)
            response = session.response_to(exchange)
            if exchange.deviant and exchange.method != "GET" and response.carried_out:
                session.made_by_invalid.update(resource_names(response))

    def _as_recorded(self, result: ScenarioResult) -> ScenarioResult:
        """A result with what stands in the evidence for values of ours."""
        findings = tuple(map(self._finding_as_recorded, result.findings))
        return replace(result, reason=self.renaming.out(result.reason), findings=findings)

    def _finding_as_recorded(self, finding: Finding) -> Finding:
        out = self.renaming.out
        return replace(
            finding,
            message=out(finding.message),
            found=out(finding.found),
            expected=out(finding.expected),
            evidence=out(finding.evidence),
        )

    def judged(self) -> dict[str, Judged]:
        """Return what the rules about all responses have seen, by scenario, as the evidence has it; of a shard, in what came
        late, too.
        """
        session = self.session
        if self.recorded.shard:
            session.judge.judge_late(session.exchanges)
        found = {case.id: session.judge.judged(case.id, ()) for case in self.rules}
        for alike in (alike for judged in found.values() for alike in judged.found.values()):
            alike.heaviest = self._finding_as_recorded(alike.heaviest)
        return found

    def end(self, *, complete: bool) -> tuple[Finding, ...]:
        """Play what the session did after its last scenario, and return its notices. `complete`: it repeated the controls."""
        session = self.session
        end(session, self._repeat_controls, lambda: clean_up(session), complete=complete)
        self.written()
        return tuple(session.notices)

    def _repeat_controls(self) -> None:
        for name, result in revised(self.session, list(self.results.values())).items():
            self.results[name] = self.written().revise(result)

    def written(self) -> EvidenceWriter:
        """Return the writer, which has taken all exchanges so far, and what else came from outside."""
        for exchange in self.session.recorder.take():
            kept = self.values.exchanges[exchange.number]
            self._writer.exchange(replace(kept, deviant=exchange.deviant, below_fhir=exchange.below_fhir))
        self._writer.take(self.session.values.take(), self._number)
        return self._writer

    def go_on_as(self, recorded: RecordedSession) -> None:
        """Write what comes from now on as that of another recorded session, which is the same process's."""
        self.written()
        self._number = self._writer.session(recorded.document, current=False)


def renaming_of(config: Config, sessions: Iterable[RecordedSession], exchanges: Mapping[int, Exchange]) -> Renaming:
    """Return what stands for values of ours in the exchanges of a process of a run and of its workers: one redactor did it."""
    parts = (events for recorded in sessions for events in recorded.parts.values())
    sent = (event[1] for events in parts for event in events if event[0] == EXCHANGE)
    details = details_of(exchanges[number] for number in sent if number in exchanges)
    return Renaming(pseudonyms_in(config), details, redacted=config.run.redact)


def pseudonyms_in(config: Config) -> Iterator[str]:
    """Yield what stands for people in a recorded configuration."""
    data = config.data
    for patient in data.patients:
        yield from (patient.nhs_number, *patient.name.split())
    for one in data.registrations:
        yield from (one.nhs_number, one.family, one.given, one.birth_date)
    yield data.unknown.nhs_number


def _as_far_as_recorded(result: ScenarioResult, differences: list[str]) -> ScenarioResult:
    """A result, or where something could not be played back, that it cannot be judged again: whatever was found so far."""
    if not differences:
        return result
    reason = f"cannot be judged again: {differences[0]}"
    note = Finding(reason, Severity.INFO, blame=Blame.UNDETERMINED, code=CannotJudgeAgain.code)
    return replace(result, verdict=Verdict.SKIP, reason=reason, findings=(note,), traceback="")


def _not_looked(stop: CannotTest | TargetError) -> Finding:
    said = stop.reason if isinstance(stop, CannotTest) else stop.message
    return Finding(
        f"what the run looked at before its first scenario cannot be judged again: {said}",
        Severity.WARN,
        blame=Blame.UNDETERMINED,
        code=CannotJudgeAgain.code,
    )
