"""Group the findings of a run into causes: findings that one change at the provider would end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from conformance.causes.cause import Cause, Member, cause_id
from conformance.causes.rules import RULES
from conformance.causes.symptoms import CONSEQUENCES, Groups, Symptom, Symptoms
from conformance.causes.untested import untested_by
from conformance.core.results import Finding, RunResult, ScenarioResult, Severity

_HEAVIEST_FIRST = (Severity.FAIL, Severity.WARN, Severity.INFO)


def causes_of(result: RunResult) -> tuple[Cause, ...]:
    """Return the causes of a run's failures and warnings: the strongest first, then those of most scenarios.

    Each such finding of a scenario that failed or warned is in one cause. A function of the results alone.
    """
    return group(result.scenarios)


def group(results: Sequence[ScenarioResult]) -> tuple[Cause, ...]:
    """Return the causes of the failures and warnings of scenarios, as `causes_of` does."""
    scenarios = {scenario.id: scenario for scenario in results}
    groups = Groups()
    symptoms = Symptoms(results)
    for symptom in symptoms:
        groups.add(symptom)
    for rule in RULES:
        rule(symptoms, groups)
    made: dict[str, tuple[Symptom, list[Symptom]]] = {}
    for together in groups.together():
        lead = min(together, key=lambda symptom: (symptom not in symptoms.general, *_leads(symptom)))
        name = cause_id(*_identity(lead, together))
        made.setdefault(name, (lead, []))[1].extend(together)
    causes = [_cause(name, lead, group, symptoms, scenarios) for name, (lead, group) in made.items()]
    found = untested_by(causes, results)
    return tuple(sorted(found, key=_weight))


def _weight(cause: Cause) -> tuple[int, int, int, str]:
    return _HEAVIEST_FIRST.index(cause.severity), -len(cause.scenarios), -cause.count, cause.id


def _leads(symptom: Symptom) -> tuple[bool, bool, str, str, str, str]:
    """The order in which a group's symptoms give it its name: never by what was found or how often."""
    return (symptom.code in CONSEQUENCES, not symptom.refusal, *symptom)


def _identity(lead: Symptom, group: Iterable[Symptom]) -> tuple[str, str, str]:
    interactions = {symptom.interaction for symptom in group}
    several = lead.by_requirement or len(interactions) > 1
    place = lead.place if several else f"{lead.interaction}: {lead.place}"
    return lead.code, place, lead.requirement


def _cause(
    name: str,
    lead: Symptom,
    group: Sequence[Symptom],
    symptoms: Symptoms,
    scenarios: dict[str, ScenarioResult],
) -> Cause:
    members = [member for symptom in dict.fromkeys(group) for member in symptoms[symptom]]
    per_scenario: dict[str, int] = defaultdict(int)
    for member in members:
        per_scenario[member.scenario] += 1

    def finding(member: Member) -> Finding:
        return scenarios[member.scenario].findings[member.nth]

    def shows(member: Member) -> tuple[object, ...]:
        one, scenario = finding(member), scenarios[member.scenario]
        vague = (not one.exchange, not one.expected, one.code in CONSEQUENCES)
        return _HEAVIEST_FIRST.index(one.severity), *vague, len(scenario.findings), one.exchange, member

    members.sort(key=shows)
    best = finding(members[0])
    code, place, requirement = _identity(lead, group)
    return Cause(
        id=name,
        code=code,
        place=place,
        requirement=requirement,
        severity=best.severity,
        message=best.message,
        found=best.found,
        expected=best.expected,
        exchange=best.exchange,
        interactions=tuple(dict.fromkeys(symptom.interaction for symptom in sorted(group))),
        members=tuple(members),
    )
