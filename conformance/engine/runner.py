"""Run one case: call its function with a new context, clean up, and derive the verdict from the findings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from conformance.consumer.json_edit import NothingToChangeError
from conformance.consumer.usable_parts import UnusableResponseError
from conformance.core.errors import AssureError
from conformance.core.exchange import Exchange
from conformance.core.results import Blame, Finding, ScenarioResult, Severity, Verdict, verdict_of
from conformance.core.taken import scenario_part
from conformance.engine.attribution import attributed
from conformance.engine.bounds import bounded
from conformance.engine.context import ScenarioContext
from conformance.engine.fault_report import fault_report
from conformance.engine.scenario import Case, Weight, weigh
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest, DoesNotApply, EnvironmentTrouble
from conformance.engine.values import stopwatch

ScenarioFunction = Callable[[ScenarioContext, Case], None]

PROXY_REASON = "the Spine proxy in front of the provider responds to this before the provider sees it"


def run_case(function: ScenarioFunction, case: Case, session: Session) -> ScenarioResult:
    """Return what became of a case. Never raises for what a provider or a scenario does; KeyboardInterrupt passes."""
    weight = weigh(case, session.edition)
    started = stopwatch()
    mark = session.recorder.mark()
    session.environment.begin()
    with session.values.part(scenario_part(case.id)):
        session.values.begin()
        context, ended = _played(function, case, session)
    shown = _with_repeats(context.sender.exchanges, session.recorder.since(mark))
    exchanges = {exchange.number: exchange for exchange in shown}
    findings = bounded([*context.findings, *context.sender.remarks])
    if session.config.provider.via_proxy:
        findings = attributed(findings, exchanges, session.is_providers)
    findings += session.environment.notes
    findings = _weighed(findings, weight, session.config.run.strict)
    verdict, reason, trace = _verdict(findings, ended)
    return ScenarioResult(
        id=case.id,
        title=case.title,
        edition=session.edition.name,
        interaction=case.interaction,
        level=weight.level,
        basis=weight.basis,
        requirements=case.requirement_ids(session.edition.name),
        verdict=verdict,
        reason=reason,
        findings=tuple(findings),
        duration_ms=(stopwatch() - started) * 1000,
        exchanges=tuple(exchanges),
        why=case.why,
        fix=case.fix,
        contradictions=_contradictions(case, session),
        faults=case.fault_ids(session.edition.name),
        controls=tuple(sorted(context.controls)),
        traceback=trace,
    )


def _with_repeats(listed: Sequence[Exchange], sent: Sequence[Exchange]) -> list[Exchange]:
    """The exchanges that a scenario lists, and in place all else sent meanwhile: repeats, look-ups, earlier starts."""
    known = {exchange.number for exchange in listed}
    others = deque(exchange for exchange in sent if exchange.number not in known)
    shown: list[Exchange] = []
    for exchange in listed:
        while others and others[0].number < exchange.number:
            shown.append(others.popleft())
        shown.append(exchange)
    return [*shown, *others]


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a scenario ended early. `again` says that it may be started again."""

    verdict: Verdict
    reason: str
    traceback: str = ""
    again: bool = False


def _played(function: ScenarioFunction, case: Case, session: Session) -> tuple[ScenarioContext, _Ended | None]:
    """Play a case, again where the environment cost it a response; slots of open bookings are not used again."""
    starts = 0
    while True:
        starts += 1
        context = ScenarioContext(session, case)
        ended = _tidy(context, _play(function, case, context))
        enough = starts > session.config.run.resilience.scenario_repeats or bool(session.environment.gone)
        if ended is None or not ended.again or enough:
            return context, ended
        note = Finding(f"started again: {ended.reason}", Severity.INFO, blame=Blame.ENVIRONMENT, code="started-again")
        session.environment.notes.append(note)


def _play(function: ScenarioFunction, case: Case, context: ScenarioContext) -> _Ended | None:
    if case.wire and context.config.provider.via_proxy:
        return _Ended(Verdict.OMIT, PROXY_REASON)

    def play() -> None:
        context.session.deadline.check()
        function(context, case)
        context.need_subject()

    return _guarded(play, context)


def _tidy(context: ScenarioContext, ended: _Ended | None) -> _Ended | None:
    context.session.deadline.cleaning_up(True)
    try:
        return _guarded(context.clean_up, context) or ended
    finally:
        context.session.deadline.cleaning_up(False)


def _verdict(findings: list[Finding], ended: _Ended | None) -> tuple[Verdict, str, str]:
    """The verdict, its reason and a traceback. What was seen before a scenario had to stop stands."""
    found = verdict_of(findings)
    if ended is None:
        stands = (_in_words(one) for one in findings if one.severity is Severity.FAIL)
        return found, next(stands, "") if found is Verdict.SKIP else "", ""
    if ended.verdict is Verdict.SKIP and found is Verdict.FAIL:
        return found, ended.reason, ended.traceback
    return ended.verdict, ended.reason, ended.traceback


def _in_words(finding: Finding) -> str:
    """Why a failure that is not laid on the provider leaves the scenario not tested."""
    seen = f" ({finding.found})" if finding.found else ""
    why = f": {finding.evidence}" if finding.evidence else ""
    return f"{finding.message}{seen}; whose it is: {finding.blame}{why}"


def _guarded(action: Callable[[], None], context: ScenarioContext) -> _Ended | None:
    try:
        action()
    except EnvironmentTrouble as stop:
        context.findings.note(stop.reason, blame=stop.blame, code=stop.code)
        return _Ended(Verdict.SKIP, stop.reason, again=stop.again)
    except CannotTest as stop:
        context.findings.note(stop.reason, blame=stop.blame, code="cannot-test")
        return _Ended(Verdict.SKIP, stop.reason)
    except DoesNotApply as stop:
        return _Ended(Verdict.OMIT, stop.reason)
    except NothingToChangeError as error:  # our own bodies hold what we change: a run on any sound provider shows it
        return _Ended(Verdict.SKIP, f"the provider's response leaves nothing to make the change of: {error}")
    except UnusableResponseError as error:
        context.findings.note(error.message, blame=Blame.PROVIDER, code="cannot-test")
        return _Ended(Verdict.SKIP, error.message)
    except AssureError as error:
        return _Ended(Verdict.ERROR, str(error))
    except Exception as error:  # whatever breaks in a scenario is ours, and must not end the run
        return _broken(error, context)
    return None


def _broken(error: Exception, context: ScenarioContext) -> _Ended:
    """A fault of this tool: the verdict says so, and a report without patient data takes the place of a traceback."""
    reason = (
        f"a fault of this tool ({type(error).__name__}); its report, which holds no patient data, can be sent to us"
    )
    context.findings.note(reason, blame=Blame.TOOL, code="broken")
    report = fault_report(
        error, edition=context.edition.name, scenario=context.case.id, exchanges=context.sender.exchanges
    )
    return _Ended(Verdict.ERROR, reason, report)


def _weighed(findings: list[Finding], weight: Weight, strict: bool) -> list[Finding]:
    """Turn fails into warns where no requirement binds: the text does not state the demand, or only recommends it."""
    if weight.binds(strict=strict):
        return findings
    return [
        replace(found, severity=Severity.WARN)
        if found.severity is Severity.FAIL and found.blame is Blame.PROVIDER
        else found
        for found in findings
    ]


def _contradictions(case: Case, session: Session) -> tuple[str, ...]:
    """Return in words what the catalogue says of the contradictions that touch a case."""
    known = session.edition.contradictions
    named = [name for name in case.noted.split() if name in known]
    ids = set(case.requirement_ids(session.edition.name))
    cited = [name for name, row in known.items() if ids & set(row.get("requirement_ids", ()))]
    noted = [
        f"{known[name]['contradiction']} Accepted: {known[name]['fair_outcome']}"
        for name in dict.fromkeys(named + cited)
    ]
    return tuple(noted) if named or not case.noted else (case.noted, *noted)
