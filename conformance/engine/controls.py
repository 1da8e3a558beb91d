"""Controls at the end of a run: what rests on one that no longer succeeds is not tested after all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from conformance.core.results import Blame, Finding, ScenarioResult, Severity, Verdict
from conformance.engine.named_steps import repeat_controls
from conformance.engine.session import Session
from conformance.engine.step_record import StepRecord
from conformance.engine.stop_reasons import EnvironmentTrouble

_OF_A_REFUSAL = ("refusal", "refusal-tolerated", "refusal-alternative", "refusal-body")


def revised(session: Session, results: Sequence[ScenarioResult]) -> dict[str, ScenarioResult]:
    """Perform the controls of a run again; return, by id, the results that rest on one that is lost, as not tested.

    What failed in another way stays as it is. Lost controls become a notice of the run.
    """
    lost = _lost(session)
    changed = {
        result.id: _not_tested(result, lost[name])
        for result in results
        if (name := next((name for name in result.controls if name in lost), "")) and _rests_on_refusal(result)
    }
    if lost:
        session.notices.append(_notice_of(lost, len(changed)))
    return changed


def _lost(session: Session) -> dict[str, StepRecord]:
    """Perform the controls again; return, by name, those that succeeded at first and do not now.

    One that the environment keeps from being performed shows nothing, and becomes a notice of the run.
    """
    lost: dict[str, StepRecord] = {}
    for first, again in repeat_controls(session):
        if isinstance(again.stopped, EnvironmentTrouble):
            session.notices.append(_not_repeated(again))
        elif first.stopped is None and again.stopped is not None:
            lost[first.name] = again
    return lost


def _not_repeated(again: StepRecord) -> Finding:
    return Finding(
        f"{again.name}: it could not be performed again at the end of the run",
        Severity.WARN,
        blame=Blame.ENVIRONMENT,
        code="control-not-repeated",
        evidence=again.stopped.reason if again.stopped else "",
    )


def _rests_on_refusal(result: ScenarioResult) -> bool:
    fails = [finding for finding in result.findings if finding.severity is Severity.FAIL]
    if result.verdict is Verdict.FAIL:
        return all(finding.code in _OF_A_REFUSAL for finding in fails)
    return result.verdict in (Verdict.PASS, Verdict.WARN)


def _not_tested(result: ScenarioResult, again: StepRecord) -> ScenarioResult:
    said = again.stopped.reason if again.stopped else ""
    reason = f"the control succeeded at first and failed at the end of the run: {said}"
    note = Finding(reason, Severity.INFO, blame=Blame.UNDETERMINED, code="control-lost")
    mild = tuple(
        replace(found, severity=Severity.INFO) if found.code in _OF_A_REFUSAL else found for found in result.findings
    )
    return replace(
        result,
        verdict=Verdict.SKIP,
        reason=reason,
        findings=(*mild, note),
        exchanges=(*result.exchanges, *(exchange.number for exchange in again.exchanges)),
    )


def _notice_of(lost: Mapping[str, StepRecord], revisions: int) -> Finding:
    return Finding(
        f"{len(lost)} controls succeeded at first and failed at the end of the run: {revisions} scenarios that rest on them "
        f"are not tested ({', '.join(sorted(lost))})",
        Severity.WARN,
        blame=Blame.UNDETERMINED,
        code="control-lost",
    )
