"""Waivers used on the results of a run: which failures they excuse, and what became of each waiver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from conformance.causes import causes_of
from conformance.causes.cause import Member
from conformance.core.counting import counted
from conformance.core.results import Blame, Finding, RunResult, ScenarioResult, Severity, Verdict
from conformance.core.waivers import Waiver, WaiverState, WaiverUse

_EXCUSED = (Verdict.FAIL, Verdict.WARN)
_JUDGED = frozenset({Verdict.PASS, Verdict.WARN, Verdict.FAIL})
_SELECTIONS = ("selection", "pack", "read_only", "scenarios", "shard")  # settings of a run that is not of all scenarios
Matches = Mapping[int, frozenset[Member]]


def waived(result: RunResult, waivers: Sequence[Waiver], today: date) -> RunResult:
    """Return a run with its waived failures and warnings as `waived`, and what became of each waiver.

    A scenario is waived where waivers that count on that day excuse every finding that makes it fail (else warn). A waiver of
    a requirement excuses the findings that name it, and those that name none in scenarios that verify it.
    """
    matches = {
        number: _matched(waiver, result) if waiver.expires >= today else frozenset()
        for number, waiver in enumerate(waivers)
    }
    excused = frozenset().union(*matches.values()) if matches else frozenset()
    named = {waiver.target for waiver in waivers if waiver.kind == "scenario" and waiver.expires >= today}
    scenarios = tuple(
        replace(one, verdict=Verdict.WAIVED) if _is_waived(one, excused, named) else one for one in result.scenarios
    )
    uses = [_use(waiver, matches[number], scenarios, result, today) for number, waiver in enumerate(waivers)]
    return replace(result, scenarios=scenarios, waivers=tuple(uses))


def _matched(waiver: Waiver, result: RunResult) -> frozenset[Member]:
    """The findings that a waiver excuses."""
    if waiver.kind == "cause":
        return frozenset(member for cause in causes_of(result) if cause.id == waiver.target for member in cause.members)
    return frozenset(
        Member(scenario.id, nth)
        for scenario in result.scenarios
        if scenario.verdict in _EXCUSED
        for nth, finding in enumerate(scenario.findings)
        if finding.severity is not Severity.INFO and _names(waiver, scenario, finding)
    )


def _names(waiver: Waiver, scenario: ScenarioResult, finding: Finding) -> bool:
    if waiver.kind == "scenario":
        return scenario.id == waiver.target
    return waiver.target in ((finding.requirement,) if finding.requirement else scenario.requirements)


def _is_waived(scenario: ScenarioResult, excused: frozenset[Member], named: set[str]) -> bool:
    if scenario.verdict not in _EXCUSED:
        return False
    decisive = {
        Member(scenario.id, nth) for nth, finding in enumerate(scenario.findings) if _decides(finding, scenario)
    }
    return scenario.id in named or (bool(decisive) and decisive <= excused)


def _decides(finding: Finding, scenario: ScenarioResult) -> bool:
    """Whether a finding makes a scenario fail, or warn (core.results.verdict_of)."""
    if scenario.verdict is Verdict.FAIL:
        return finding.severity is Severity.FAIL and finding.blame is Blame.PROVIDER
    return finding.severity is not Severity.INFO


def _use(
    waiver: Waiver, matched: frozenset[Member], scenarios: Sequence[ScenarioResult], result: RunResult, today: date
) -> WaiverUse:
    if waiver.expires < today:
        why = f"expired on {_day(waiver.expires)}: fix what it excuses, or agree on another date"
        return WaiverUse(waiver, WaiverState.EXPIRED, (), why)
    if matched or any(one.id == waiver.target and one.verdict is Verdict.WAIVED for one in scenarios):
        hit = {member.scenario for member in matched} | {waiver.target}
        ids = tuple(one.id for one in scenarios if one.id in hit and one.verdict is Verdict.WAIVED)
        return WaiverUse(waiver, WaiverState.USED, ids, _waives(waiver, len(ids), hit, scenarios))
    return WaiverUse(waiver, *_idle(waiver, result))


def _waives(waiver: Waiver, count: int, hit: set[str], scenarios: Iterable[ScenarioResult]) -> str:
    until = f"until {_day(waiver.expires)}"
    others = sum(one.id in hit and one.verdict in _EXCUSED for one in scenarios)
    more = f"; {_scenarios(others)} not waived, for other findings" if others else ""
    return f"waives {counted(count, 'scenario')} {until}{more}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _scenarios(count: int) -> str:
    return f"{count} more scenario{' that it names is' if count == 1 else 's that it names are'}"


def _idle(waiver: Waiver, result: RunResult) -> tuple[WaiverState, tuple[str, ...], str]:
    """What to say of a waiver that excuses nothing in this run: it passes, it is for nothing, or it was not tested."""
    concerned = list(_concerned(waiver, result))
    verdicts = {one.verdict for one in concerned}
    if verdicts & {Verdict.SKIP, Verdict.ERROR} or not (verdicts or _is_whole(result)):
        return WaiverState.UNTESTED, (), "is not in question: what it excuses was not tested in this run"
    if verdicts & _JUDGED:
        return WaiverState.PASSING, (), "excuses nothing any more: what it is for passes now. Remove it"
    if waiver.kind == "cause" and _is_whole(result):
        return (
            WaiverState.UNUSED,
            (),
            "is not used: no finding of this run has that cause. Remove it, or correct the id",
        )
    what = "does not apply here" if verdicts else "is not in this run"
    return WaiverState.UNUSED, (), f"is not used: the {waiver.kind} {what}. Remove it"


def _concerned(waiver: Waiver, result: RunResult) -> Iterator[ScenarioResult]:
    """The scenarios that a waiver is about; of a cause that is gone, those that an older run names."""
    of_cause = result.since.causes.get(waiver.target, ()) if result.since else ()
    for scenario in result.scenarios:
        if waiver.kind == "requirement":
            named = waiver.target in scenario.requirements
        else:
            named = scenario.id == waiver.target or scenario.id in of_cause
        if named:
            yield scenario


def _is_whole(result: RunResult) -> bool:
    return result.run.complete and not any(result.run.settings.get(name) for name in _SELECTIONS)
