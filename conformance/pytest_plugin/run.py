"""One run as the plugin drives it: preflight, playing cases, evidence, outputs, exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.config.loading import load_config
from conformance.config.model import Config
from conformance.core.errors import AssureError, ExitCode, TargetError, UsageError
from conformance.core.exchange import Exchange
from conformance.core.footprint import receipt
from conformance.core.gates import Gates
from conformance.core.results import Blame, Finding, RunInfo, ScenarioResult, Severity
from conformance.core.stop_signals import raise_if_received, say_at_the_end
from conformance.core.taken import BEFORE
from conformance.engine.clean_up import clean_up
from conformance.engine.controls import revised
from conformance.engine.definitions import definitions_used
from conformance.engine.fault_report import without_evidence
from conformance.engine.preflight import preflight
from conformance.engine.run_end import end
from conformance.engine.runner import ScenarioFunction, run_case
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.evidence.folders import new_folder
from conformance.evidence.footprint import keep_footprint
from conformance.evidence.reader import read_evidence
from conformance.evidence.schema import SHARD, WORKER
from conformance.evidence.seal import UNSEALED, seal, unseal
from conformance.evidence.writer import EvidenceWriter
from conformance.planning.facts import read_facts
from conformance.planning.permission import demand_permission
from conformance.planning.sharding import part_of
from conformance.pytest_plugin.choosing import Wanted
from conformance.pytest_plugin.exit_codes import exit_code
from conformance.pytest_plugin.marking import Marks
from conformance.pytest_plugin.redacting import redactor_of
from conformance.pytest_plugin.reports import decorate, described
from conformance.pytest_plugin.resume import Earlier, continued, read_earlier
from conformance.pytest_plugin.run_info import info_of
from conformance.pytest_plugin.session_start import session_start, shard_start
from conformance.readiness.filling_in import fill_in
from conformance.redaction.run_key import forget_key, keep_key, kept_key
from conformance.reporting import job_annotations
from conformance.reporting.console import Progress
from conformance.reporting.heartbeat import Heartbeat
from conformance.reporting.outcome import outcome
from conformance.reporting.overview import PLANNED
from conformance.workers.crew import Crew
from conformance.workers.messages import Record

EVERYTHING = Wanted()


class Run:
    """A run in progress. `start` reads the configuration, `open` meets the provider, `finish` writes the outputs."""

    def __init__(
        self, config: Config, folder: Path, progress: Progress | None = None, earlier: Earlier | None = None
    ) -> None:
        self.config = config
        self.folder = folder
        self.session = Session(config)
        self.progress = progress
        self.heartbeat = Heartbeat(self.say, lambda: self.session.client.waiting, longest=config.run.deadline)
        self.redactor = redactor_of(config, kept_key(earlier.folder) if earlier else None)
        self.results: list[ScenarioResult] = []
        self.info = info_of(self.session, _now())
        self.earlier = earlier
        self.opened = False
        self.wanted = EVERYTHING
        self.outputs: Any = None
        self.gates = Gates()
        self.marks = Marks()
        self.workbook = False
        self.last_words: tuple[str, ...] = ()
        self._evidence: EvidenceWriter | None = None
        self.full = ""  # why no more evidence is written, "" while it is
        self.broken_off: AssureError | None = None
        self.left = False  # whether something of the run is left at the provider
        self.cases: tuple[Case, ...] = ()
        self.selection: tuple[Case, ...] = ()  # of a shard: the whole that it is a part of
        self.crew: Crew | None = None
        self.shown: dict[str, ScenarioResult] = {}  # of workers, by id, as it is shown

    @classmethod
    def start(
        cls,
        path: Path,
        *,
        overrides: Mapping[str, str],
        out: str | None,
        strict: bool,
        selection: str = "",
        progress: Progress | None,
        loaded: Config | None = None,
        resume: str | None = None,
        wanted: Wanted = EVERYTHING,
    ) -> Run:
        """Return a run from a configuration file, read already (`loaded`) or not; UsageError when it cannot be used.

        `resume` is the folder of a run that ended early, to go on with.
        """
        config = loaded or load_config(path, overrides=overrides)
        if strict:
            config = replace(config, run=replace(config.run, strict=True))
        earlier = read_earlier(Path(resume)) if resume else None
        folder = earlier.folder if earlier else Path(out) if out is not None else output_folder(config)
        wanted.check()
        run = cls(config, folder, progress, earlier)
        run.wanted, run.session.read_only = wanted, wanted.reads_only
        run.info.settings.update(wanted.settings)
        run.info.settings.update({"selection": selection} if selection else {})
        if earlier:
            run.info = continued(run.info, earlier, _now())
            run.session.notices.extend(run.info.notices)
            run.session.recorder.continue_after(earlier.last_exchange)
        return run

    def wanted_of(self, cases: Sequence[Case]) -> frozenset[str]:
        """Return the ids of the cases of a selection that are to be run: those of the shard, where the run is one, that did
        not end in the run that this one goes on with. Raises UsageError where the selection makes fewer shards.
        """
        shard, own = self.wanted.shard, tuple(cases)
        if shard is not None and own:
            self.selection, own = own, part_of(own, read_facts(self.session.edition), shard)
        finished = self.earlier.finished if self.earlier else frozenset()
        return frozenset(case.id for case in own if case.id not in finished)

    @property
    def rules(self) -> tuple[Case, ...]:
        """The scenarios about all responses by whose rules the run judges: a shard by those of the others, too."""
        return tuple(case for case in self.selection or self.cases if case.judges_all_responses)

    @property
    def settings(self) -> dict[str, str]:
        """What the report says of how the run went."""
        return self.info.settings

    @property
    def gone(self) -> bool:
        """Whether the provider cannot be reached any more, so that the run ends."""
        return bool(self.session.environment.gone)

    @property
    def edition(self) -> str:
        """The name of the run's edition."""
        return self.config.edition

    def open(self, cases: Sequence[Case]) -> None:
        """Look whether the cases can be tested and begin the evidence; TargetError when they cannot."""
        self.cases = tuple(cases)
        self.heartbeat.start()
        try:
            demand_permission(self.config, cases)
            start = session_start(self.config, self.redactor, cases, read_only=self.session.read_only)
            if self.wanted.shard:
                start[SHARD] = shard_start(self.config, self.redactor, self.wanted.shard, self.selection)
            with self.session.values.part(BEFORE):
                self.session.notices.extend(preflight(self.session, cases))
                self.session.notices.extend(fill_in(self.session, cases))
        except (TargetError, UsageError) as error:
            self.heartbeat.stop()
            self.session.close()
            raise type(error)(self.redactor.text(error.message), fix=self.redactor.text(error.fix)) from None
        self.heartbeat.total(len(cases))
        used = definitions_used(self.session.definitions, self.session.edition)
        planned = len(cases) + (len(self.earlier.kept) if self.earlier else 0)
        settings = {**self.info.settings, PLANNED: str(planned)}
        self.info = replace(self.info, notices=tuple(self.session.notices), definitions=used, settings=settings)
        if self.earlier:
            unseal(self.folder)
        self._evidence = EvidenceWriter(self.folder, self.info, self.redactor, resume=self.earlier is not None)
        self._evidence.session(start)
        keep_footprint(self.session.footprint, self._evidence, self.redactor)
        keep_key(self.folder, self.redactor.key)
        self.results.extend(self.earlier.kept if self.earlier else ())
        self.session.watch(self.rules, self.earlier.judged if self.earlier else {})
        self.opened = True
        say_at_the_end(
            f"gpconnect-assure: stopped at once. What the run left at the provider is undone by: gpconnect-assure cleanup "
            f"{self.folder} --config {self.config.path}"
        )
        if self.progress:
            self.progress.start(len(cases))
        self.crew = Crew.of(self, cases)

    def play(self, function: ScenarioFunction, case: Case) -> ScenarioResult:
        """Run one case, write its evidence, and return its result: redacted, and waived where a waiver excuses it."""
        self.heartbeat.begin(case.id)
        result = self._kept(run_case(function, case, self.session))
        self.session.release()
        shown = self._add(result)
        raise_if_received()
        return shown

    def _add(self, result: ScenarioResult) -> ScenarioResult:
        """A scenario has ended and is written; return it as it is shown."""
        self.results.append(result)
        shown = self.marks.so_far(self.info, self.results)
        self.heartbeat.end()
        if self.progress:
            self.progress.scenario(shown)
        self._look_at_size()
        return shown

    def take(self, record: Record, session: int) -> None:
        """Write what a worker reports, and know it; `session` is its own part of the evidence. One call at a time."""
        own, environment = self.session, self.session.environment
        for exchange in record.exchanges:
            self._writer.exchange(exchange)
        self._writer.take(record.taken, session)
        own.recorder.adopt(record.exchanges)
        own.judge.absorb(record.judged)
        own.made_by_invalid |= record.made_by_invalid
        own.sent_mildly |= record.sent_mildly
        own.notices.extend(record.notices)
        environment.take(record.broken, record.gone, record.repeats)
        own.deadline.cut_short |= record.cut_short
        if record.result is not None:
            self.shown[record.id] = self._add(self._written(record.result, record.exchanges))
        self._revise({result.id: result for result in record.revised})

    def begin_session(self, config: Config, cases: Iterable[Case], share: Mapping[str, Any]) -> int:
        """Write what a worker starts with, its number and days (`share`) too; return the number of its part of the evidence."""
        start = session_start(config, self.redactor, cases, read_only=self.session.read_only)
        return self._writer.session({**start, WORKER: dict(share)}, current=False)

    def flush(self) -> None:
        """Take what was sent so far into the evidence, and keep no body of it."""
        self._take_exchanges()
        self.session.release()

    def break_off(self, error: AssureError) -> None:
        """Note why the run cannot go on: what is written already stays. The first reason counts."""
        self.broken_off = self.broken_off or error

    def _look_at_size(self) -> None:
        most = self.config.run.max_evidence_bytes
        if self._evidence and not self.full and self._evidence.size > most:
            self.full = f"the evidence has more than {most / 1e6:,.0f} MB (run.max_evidence_bytes): the run stops"
            note = f"gpconnect-assure run --resume {self.folder} goes on with it, with a larger bound"
            self.session.notices.append(
                Finding(self.full, Severity.WARN, blame=Blame.CONFIGURATION, code="evidence-full", evidence=note)
            )
            self.say(f"{self.full}; {note}")

    def _kept(self, result: ScenarioResult) -> ScenarioResult:
        """Write a result; one that cannot be written down is written without what it holds, as a fault of ours."""
        self._take_exchanges()
        self.session.judge_received()
        return self._written(result, self.session.exchanges)

    def _written(self, result: ScenarioResult, exchanges: Iterable[Exchange]) -> ScenarioResult:
        evidence = self._writer
        try:
            return evidence.scenario(result, self.session.judge.changed())
        except AssureError:
            raise
        except Exception as error:
            seen = [exchange for exchange in exchanges if exchange.number in result.exchanges]
            evidence.leave_out()
            return evidence.scenario(without_evidence(result, error, seen))

    @property
    def _writer(self) -> EvidenceWriter:
        assert self._evidence is not None
        return self._evidence

    def _take_exchanges(self) -> None:
        """Take all exchanges so far into the evidence, and what else came from outside."""
        for exchange in self.session.recorder.take():
            self._writer.exchange(exchange)
        self._writer.take(self.session.values.take())

    def say(self, line: str) -> None:
        """Say a line to the person who watches."""
        if self.progress:
            self.progress.waiting(line)

    def explain(self, result: ScenarioResult) -> str:
        """Return a failed scenario's findings as text for pytest's report, redacted."""
        return str(self.redactor.text(described(result)))

    def decorate(self, report: Any, result: ScenarioResult, *, with_html: bool) -> None:
        """Add what the pytest-html page shows of a scenario to pytest's report of it."""
        if with_html:
            decorate(report, result)

    def finish(self, *, complete: bool) -> ExitCode:
        """Write the outputs and return the exit code that the verdicts stand for."""
        from conformance.pytest_plugin.requirement_texts import requirement_texts
        from conformance.reporting.writing import write_all

        complete = complete and not self.session.deadline.cut_short
        environment = self.session.environment
        end(self.session, self._repeat_controls, self._clean_up, complete=complete)
        complete = complete and not self.gone
        if self.wanted.shard:
            self.session.judge.judge_late(self.session.exchanges)
        if environment.repeats:
            self.session.notices.append(_repeats_notice(environment.repeats))
        info = replace(self.info, finished=_now(), complete=complete, notices=tuple(self.session.notices))
        self._close_evidence(info)
        result = self.marks.on(read_evidence(self.folder))
        self.left = bool(receipt(result.changes).left)
        catalogue = requirement_texts(self.session.edition)
        self.outputs = write_all(result, self.folder, catalogue=catalogue, seal=UNSEALED, workbook=self.workbook)
        if complete and not self.broken_off:
            forget_key(self.folder)
        self.heartbeat.stop()
        if self.progress:
            self.progress.finish(result)
        missed = tuple(self.gates.missed(result))
        verdict = outcome(result)
        said = (*missed, *(job_annotations.lines(result) if job_annotations.wanted() else ()))
        self.last_words = (f"{verdict.word}: {verdict.sentence}", *said)
        for line in said:
            self.say(line)
        return ExitCode.UNTESTABLE if self.gone else exit_code(result, broken=bool(environment.broken), missed=missed)

    def _close_evidence(self, info: RunInfo) -> None:
        """End the evidence. Where it cannot be written, what it has is still reported on."""
        try:
            self._take_exchanges()
            self._writer.judged(self.session.judge.changed())
            self._writer.finish(info)
        except AssureError as error:
            self.break_off(error)
            self._writer.close()

    def seal(self) -> str:
        """Seal the folder once all outputs are written, and return the seal; UsageError when it cannot be sealed."""
        return seal(self.folder, self.info.id, key=self.config.report.signing_key).seal

    def _clean_up(self) -> None:
        """Undo what the run made at the provider, also where its footprint cannot be written any more."""
        if self.session.footprint.open:
            self.say("Undoing what the run left at the provider; Ctrl-C or SIGTERM stops at once")
        try:
            clean_up(self.session)
        except AssureError:
            self.session.footprint.keep_in(None)
            clean_up(self.session)

    def _repeat_controls(self) -> None:
        """Perform the controls again; what rests on one that no longer succeeds becomes not tested."""
        changed = revised(self.session, self.results)
        self._take_exchanges()
        self._revise(changed)

    def _revise(self, changed: Mapping[str, ScenarioResult]) -> None:
        """Write results that no longer stand in the place of those from before."""
        for place, result in enumerate(self.results):
            if result.id in changed:
                self.results[place] = self._writer.revise(changed[result.id])


def _repeats_notice(repeats: int) -> Finding:
    return Finding(
        f"{repeats} requests were sent again because of the environment, or as a control; each is an exchange of its own",
        Severity.INFO,
        blame=Blame.ENVIRONMENT,
        code="repeats",
    )


def _now() -> str:
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")


def output_folder(config: Config) -> Path:
    """Make and return a new folder for a run's outputs, named for the edition and the moment: no other run gets it.

    Raises UsageError when it cannot be made.
    """
    stamp = datetime.now(UTC).astimezone().strftime("%Y%m%d-%H%M%S")
    return new_folder(Path(config.run.reports) / f"{config.edition}-{stamp}")
