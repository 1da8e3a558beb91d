"""One run as the plugin drives it: preflight, playing cases, journal, outputs, exit code."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.config.loading import load_config
from conformance.config.model import Config
from conformance.core.errors import AssureError, ExitCode, TargetError, UsageError
from conformance.core.results import Blame, Finding, RunInfo, RunResult, ScenarioResult, Severity, Verdict
from conformance.core.stop_signals import raise_if_received
from conformance.engine.controls import lost_controls, notice_of, revised
from conformance.engine.fault_report import without_evidence
from conformance.engine.preflight import preflight
from conformance.engine.registrations import registrations_made
from conformance.engine.remarks import late_bytes
from conformance.engine.runner import ScenarioFunction, run_case
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.planning.permission import demand_permission
from conformance.pytest_plugin.choosing import Wanted
from conformance.pytest_plugin.resume import CONFIGURATION, Earlier, continued, read_earlier, set_aside
from conformance.readiness.filling_in import fill_in
from conformance.redaction.redactor import Redactor
from conformance.reporting.console import Progress
from conformance.reporting.heartbeat import Heartbeat
from conformance.reporting.journal import JournalWriter

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
        self.heartbeat = Heartbeat(self._say, lambda: self.session.client.waiting, longest=config.run.deadline)
        self.redactor = _redactor(config)
        self.results: list[ScenarioResult] = []
        self.info = _info(self.session)
        self.earlier = earlier
        self.opened = False
        self.wanted = EVERYTHING
        self.outputs: Any = None
        self._journal: JournalWriter | None = None

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
        folder = earlier.folder if earlier else Path(out) if out else output_folder(config)
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

    def wants(self, case: Case) -> bool:
        """Whether a case is to be run: not where it ended in the run that this one goes on with."""
        return self.earlier is None or case.id not in self.earlier.finished

    @property
    def gone(self) -> bool:
        """Whether the provider cannot be reached any more, so that the run ends."""
        return bool(self.session.environment.gone)

    @property
    def edition(self) -> str:
        """The name of the run's edition."""
        return self.config.edition

    def open(self, cases: Sequence[Case]) -> None:
        """Look whether the cases can be tested and begin the journal; TargetError when they cannot."""
        self.heartbeat.start()
        try:
            demand_permission(self.config, cases)
            self.session.notices.extend(preflight(self.session, cases))
            self.session.notices.extend(fill_in(self.session, cases))
        except (TargetError, UsageError) as error:
            self.heartbeat.stop()
            raise type(error)(self.redactor.text(error.message), fix=self.redactor.text(error.fix)) from None
        self.heartbeat.total(len(cases))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.info = replace(self.info, notices=tuple(self.session.notices))
        if self.earlier:
            set_aside(self.folder)
        self._journal = JournalWriter(self.folder / "journal.jsonl", self.info, self.redactor)
        for result in self.earlier.kept if self.earlier else ():
            self._journal.carry_over(result)
            self.results.append(result)
        self.opened = True
        if self.progress:
            self.progress.start(len(cases))

    def play(self, function: ScenarioFunction, case: Case) -> ScenarioResult:
        """Run one case, journal its result, and return it as journalled: redacted, once for all outputs."""
        assert self._journal is not None
        self.heartbeat.begin(case.id)
        result = self._kept(run_case(function, case, self.session))
        self.results.append(result)
        self.heartbeat.end()
        if self.progress:
            self.progress.scenario(result)
        raise_if_received()
        return result

    def _kept(self, result: ScenarioResult) -> ScenarioResult:
        """Journal a result; one that cannot be written down is journalled without what it holds, as a fault of ours."""
        assert self._journal is not None
        try:
            return self._journal.scenario(result)
        except AssureError:
            raise
        except Exception as error:
            return self._journal.scenario(without_evidence(result, error))

    def _say(self, line: str) -> None:
        if self.progress:
            self.progress.waiting(line)

    def explain(self, result: ScenarioResult) -> str:
        """Return a failed scenario's findings as text for pytest's report, redacted."""
        lines = [f"{result.id}: {result.title}", *([result.reason] if result.reason else [])]
        for found in result.findings:
            where = f" at {found.location}" if found.location else ""
            told = f" (found {found.found or 'nothing'}, expected {found.expected})" if found.expected else ""
            lines.append(f"  {found.severity}: {found.message}{where}{told}")
        lines.append(f"  verifies {', '.join(result.requirements)}")
        return str(self.redactor.text("\n".join(lines + ([result.traceback] if result.traceback else []))))

    def decorate(self, report: Any, result: ScenarioResult, *, with_html: bool) -> None:
        """Add what the pytest-html page shows of a scenario to pytest's report of it."""
        if with_html:
            from conformance.reporting.pytest_html_page import RESULT_ATTRIBUTE, html_extras

            setattr(report, RESULT_ATTRIBUTE, result)
            report.extras = [*getattr(report, "extras", []), *html_extras(result)]

    def finish(self, *, complete: bool) -> ExitCode:
        """Write the outputs and return the exit code that the verdicts stand for."""
        from conformance.reporting.overview import RequirementText
        from conformance.reporting.writing import write_all

        complete = complete and not self.session.deadline.cut_short
        environment = self.session.environment
        environment.begin()
        if complete and not self.gone:
            self._repeat_controls()
        if not self.gone:
            environment.settle_open()
        complete = complete and not self.gone
        self.session.close()
        left_over = [note for note in environment.notes if note.code == "left-over"]
        self.session.notices.extend([*environment.notices, *left_over])
        self.session.notices.extend(late_bytes(self.session.client))
        self.session.notices.extend(registrations_made(self.session.exchanges))
        if environment.repeats:
            self.session.notices.append(_repeats_notice(environment.repeats))
        info = replace(self.info, finished=_now(), complete=complete, notices=tuple(self.session.notices))
        result = RunResult(self.redactor.run(info), tuple(self.results))
        assert self._journal is not None
        self._journal.finish(info)
        rows = self.session.edition.requirements
        catalogue = {name: RequirementText(row.level, row.text, row.source) for name, row in rows.items()}
        lines = None if self._journal.revised else self._journal.lines
        self.outputs = write_all(result, self.folder, redactor=None, catalogue=catalogue, lines=lines)
        self.heartbeat.stop()
        if self.progress:
            self.progress.finish(result)
        return ExitCode.UNTESTABLE if self.gone else exit_code(result, broken=bool(environment.broken))

    def _repeat_controls(self) -> None:
        """Perform the controls again; what rests on one that no longer succeeds becomes not tested."""
        lost = lost_controls(self.session)
        changed = revised(self.results, lost)
        if lost:
            self.session.notices.append(notice_of(lost, len(changed)))
        assert self._journal is not None
        for place, result in enumerate(self.results):
            if result.id in changed:
                self.results[place] = self._journal.revise(changed[result.id])


def exit_code(result: RunResult, *, broken: bool = False) -> ExitCode:
    """Return what a run's verdicts mean to the caller: a non-conformity outweighs a fault of ours.

    A run in which nothing could be judged is not conformant: the provider was not fit to be tested. Neither is one that ended
    before all was tried, or in which an interaction had to be given up (`broken`).
    """
    verdicts = {scenario.verdict for scenario in result.scenarios}
    if Verdict.FAIL in verdicts:
        return ExitCode.NON_CONFORMANT
    if Verdict.ERROR in verdicts:
        return ExitCode.OUR_FAULT
    judged = verdicts & {Verdict.PASS, Verdict.WARN}
    return ExitCode.CONFORMANT if judged and result.run.complete and not broken else ExitCode.UNTESTABLE


def _repeats_notice(repeats: int) -> Finding:
    return Finding(
        f"{repeats} requests were sent again because of the environment, or as a control; each is an exchange of its own",
        Severity.INFO,
        blame=Blame.ENVIRONMENT,
        code="repeats",
    )


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """Return KEY=VALUE texts as a mapping; UsageError for one without a sign of equality."""
    for text in texts:
        if "=" not in text:
            raise UsageError(
                f"{text!r} is not of the form KEY=VALUE", fix="For example --set provider.base_url=http://…"
            )
    return {key: value for key, _, value in (text.partition("=") for text in texts)}


def _now() -> str:
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")


def output_folder(config: Config) -> Path:
    """Return a new folder for a run's outputs, named for the edition and the moment."""
    stamp = datetime.now(UTC).astimezone().strftime("%Y%m%d-%H%M%S")
    return Path(config.run.reports) / f"{config.edition}-{stamp}"


def _info(session: Session) -> RunInfo:
    config, report = session.config, session.config.report
    subject = {
        "supplier": report.supplier,
        "product": report.product,
        "version": report.version,
        "environment": report.environment,
        "assurer": report.assurer,
    }
    settings = {
        CONFIGURATION: str(config.path),
        "via_proxy": "yes" if config.provider.via_proxy else "no",
        "strict": "yes" if config.run.strict else "no",
        "definitions": _definitions(config),
        **({} if config.tls.verify else {"server certificate": "not checked (tls.verify: false)"}),
        **{f"option {key}": value for key, value in session.edition.options.items()},
    }
    return RunInfo(
        id=str(uuid.uuid4()),
        edition=session.edition.name,
        edition_title=session.edition.title,
        provider=config.provider.base_url,
        started=_now(),
        tool_version=__version__,
        subject={key: value for key, value in subject.items() if value},
        settings=settings,
    )


def _definitions(config: Config) -> str:
    """Return in words which definitions responses are validated against."""
    shipped = f"shipped with gpconnect-assure {__version__}"
    if not config.definitions.paths:
        return shipped
    added = ", ".join(str(path) for path in config.definitions.paths)
    first, then = (added, shipped) if config.definitions.prefer == "added" else (shipped, added)
    return f"{first}; for what is not there, those {then}"


def _redactor(config: Config) -> Redactor:
    secrets = (config.tls.key_password,) if config.tls.key_password else ()
    numbers = tuple(patient.nhs_number for patient in config.data.patients)
    return Redactor(enabled=config.run.redact, extra_secrets=secrets, patient_identifiers=numbers)
