"""Run one case: call its function on a fresh scene, clean up, and add what was found up to a verdict."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import replace

from conformance.consumer.paths import NothingToChangeError
from conformance.core.errors import AssureError
from conformance.core.results import Blame, Finding, ScenarioResult, Severity, Verdict, verdict_of
from conformance.harness.case import Case, Weight, weigh
from conformance.harness.outcomes import CannotTest, DoesNotApply
from conformance.harness.scene import Scene
from conformance.harness.session import Session

ScenarioFunction = Callable[[Scene, Case], None]

PROXY_REASON = "the Spine proxy in front of the provider answers for this before the provider sees it"


def run_case(function: ScenarioFunction, case: Case, session: Session) -> ScenarioResult:
    """Return what became of a case. Never raises for what a provider or a scenario does; KeyboardInterrupt passes."""
    scene = Scene(session, case)
    weight = weigh(case, session.edition)
    started = time.perf_counter()
    ended = _play(function, case, scene)
    ended = _tidy(scene, ended)
    findings = _weighed(scene.findings, weight, session.config.run.strict)
    verdict, reason, trace = ended or (verdict_of(findings), "", "")
    if verdict is Verdict.SKIP and verdict_of(findings) is Verdict.FAIL:
        verdict = Verdict.FAIL  # what was seen before the scenario had to stop stands
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
        duration_ms=(time.perf_counter() - started) * 1000,
        exchanges=tuple(scene.exchanges),
        why=case.why,
        mend=case.mend,
        contradictions=_contradictions(case, session),
        faults=case.fault_ids(session.edition.name),
        traceback=trace,
    )


_Ended = tuple[Verdict, str, str]


def _play(function: ScenarioFunction, case: Case, scene: Scene) -> _Ended | None:
    if case.wire and scene.config.provider.via_proxy:
        return Verdict.OMIT, PROXY_REASON, ""
    return _guarded(lambda: function(scene, case), scene)


def _tidy(scene: Scene, ended: _Ended | None) -> _Ended | None:
    return _guarded(scene.clean_up, scene) or ended


def _guarded(action: Callable[[], None], scene: Scene) -> _Ended | None:
    try:
        action()
    except CannotTest as stop:
        scene.findings.append(Finding(stop.reason, severity=Severity.INFO, blame=stop.blame, code="cannot-test"))
        return Verdict.SKIP, stop.reason, ""
    except DoesNotApply as stop:
        return Verdict.OMIT, stop.reason, ""
    except NothingToChangeError as error:  # our own bodies hold what we change: a run on any sound provider shows it
        return Verdict.SKIP, f"the provider's answer leaves nothing to make the change of: {error}", ""
    except AssureError as error:
        return Verdict.ERROR, str(error), ""
    except Exception as error:  # whatever breaks in a scenario is ours, and must not end the run
        where = traceback.format_exc()
        scene.findings.append(
            Finding(f"the scenario itself broke: {error!r}", severity=Severity.INFO, blame=Blame.TOOL, code="broken")
        )
        return Verdict.ERROR, f"the scenario itself broke: {error!r}", where
    return None


def _weighed(findings: list[Finding], weight: Weight, strict: bool) -> list[Finding]:
    """Turn fails into warns where no requirement binds: the text does not state the demand, or only recommends it."""
    if weight.binding or (strict and weight.level in {"SHALL", "SHALL NOT", "MUST", "MUST NOT"}):
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
    told = [
        f"{known[name]['contradiction']} Accepted: {known[name]['fair_outcome']}"
        for name in dict.fromkeys(named + cited)
    ]
    return tuple(told) if named or not case.noted else (case.noted, *told)
