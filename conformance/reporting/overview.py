"""What the assurance report shows, worked out from the results: groups, tables, anchors, which exchange stands where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from conformance.core.exchange import Exchange
from conformance.core.results import RunResult, ScenarioResult, Verdict
from conformance.reporting import proven

INFERRED = frozenset({"derived", "example", "spreadsheet"})
PLANNED = "planned_scenarios"  # the setting of a run that says how many it was to have
MOST_SHOWN = 8  # exchanges shown with one scenario that looks at many
MOST_OPEN = 2  # of these, shown open and printed
SEQUENCE = (
    "search_free_slots", "book_appointment", "retrieve_patient_appointments", "read_appointment", "amend_appointment",
    "cancel_appointment", "get_capability_statement", "find_patient", "read_patient", "register_patient",
    "find_practitioner", "read_practitioner", "find_organization", "read_organization", "find_location", "read_location",
)  # fmt: skip
_ORDER = (
    Verdict.FAIL, Verdict.WAIVED, Verdict.ERROR, Verdict.WARN, Verdict.SKIP, Verdict.OMIT, Verdict.PASS,
)  # fmt: skip


class RequirementText(NamedTuple):
    """What the catalogue says of a requirement. A plain (level, text) will do wherever one is requested."""

    level: str = ""
    text: str = ""
    source: str = ""
    actor: str = ""
    testable: str = ""
    url: str = ""

    @property
    def binding(self) -> bool:
        """Whether it is a SHALL, so that a breach is a fail."""
        return self.level.startswith(("SHALL", "MUST"))


Catalogue = Mapping[str, RequirementText | tuple[str, str]]
_UNKNOWN = RequirementText()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of verdicts: an interaction (or all of them) and its counts by verdict."""

    name: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """The number of scenarios."""
        return sum(self.counts.values())


@dataclass(slots=True)
class Shown:
    """A scenario as the report shows it: its anchor, the exchanges shown with it and those shown elsewhere (by number)."""

    result: ScenarioResult
    anchor: str
    recorded: Mapping[int, Exchange] = field(default_factory=dict)
    shown: list[int] = field(default_factory=list)
    elsewhere: list[int] = field(default_factory=list)

    @property
    def exchanges(self) -> Iterator[Exchange]:
        """The exchanges shown with it, read one by one."""
        return (self.recorded[number] for number in self.shown if number in self.recorded)

    @property
    def opened(self) -> list[int]:
        """The numbers of the exchanges shown open, and so printed: the first that its findings point to."""
        pointed = {finding.exchange for finding in self.result.findings}
        return [number for number in self.shown if number in pointed][:MOST_OPEN]

    @property
    def inferred(self) -> bool:
        """Whether what it verifies is not stated in the specification but inferred from it."""
        return self.result.basis in INFERRED

    @property
    def known_for(self) -> str:
        """What a proof has shown of it on the bundled provider, in words; "" where it was not proven."""
        known = proven.known(self.result.edition).get(self.result.id)
        return known.words if known else ""


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement, the scenarios that verify it and the verdict they add up to (the worst of them)."""

    id: str
    text: RequirementText
    scenarios: tuple[Shown, ...]
    verdict: Verdict


def page_named(interaction: str) -> str:
    """Return the path of the annex page with the exchanges of an interaction (a key), from report.html."""
    return f"exchanges/{re.sub(r'[^a-z0-9_-]+', '-', interaction.lower()) or 'other'}.html"


def shown_scenarios(result: RunResult) -> list[Shown]:
    """Return the scenarios in the order they ended, with anchors and exchanges placed."""
    taken: set[str] = set()
    scenarios = [Shown(scenario, _anchor(scenario.id, taken), result.exchanges) for scenario in result.scenarios]
    _place_exchanges(scenarios)
    return scenarios


def texts_of(catalogue: Catalogue | None) -> dict[str, RequirementText]:
    """Return a catalogue with every entry as a RequirementText."""
    return {name: RequirementText(*entry) for name, entry in (catalogue or {}).items()}


def by_interaction(scenarios: Iterable[Shown]) -> dict[str, list[Shown]]:
    """Return the scenarios by interaction, in the order of the specification."""
    groups: dict[str, list[Shown]] = {}
    for scenario in scenarios:
        groups.setdefault(scenario.result.interaction, []).append(scenario)
    return {name: groups[name] for name in in_order(groups)}


def in_order(interactions: Iterable[str]) -> list[str]:
    """Return interactions (keys) in the order of the specification, the same in each edition; unknown ones last."""
    return sorted(interactions, key=lambda name: SEQUENCE.index(name) if name in SEQUENCE else len(SEQUENCE))


def verdicts_shown(result: RunResult) -> list[Verdict]:
    """Return the verdicts that tables have a column for: waived only where something is."""
    waived = any(scenario.verdict is Verdict.WAIVED for scenario in result.scenarios)
    return [verdict for verdict in Verdict if waived or verdict is not Verdict.WAIVED]


def rows(result: RunResult) -> list[Row]:
    """Return the table of verdicts: a row for each interaction."""
    counts: dict[str, dict[str, int]] = {}
    for scenario in result.scenarios:
        row = counts.setdefault(scenario.interaction, {verdict.value: 0 for verdict in Verdict})
        row[scenario.verdict.value] += 1
    return [Row(name, counts[name]) for name in in_order(counts)]


def not_run(result: RunResult) -> int:
    """Return how many scenarios a run was to have and did not come to; 0 where it does not say how many it was to have."""
    planned = result.run.settings.get(PLANNED, "")
    return max(0, int(planned) - len(result.scenarios)) if planned.isdecimal() else 0


def untested(scenarios: Iterable[Shown]) -> list[tuple[str, str, list[Shown]]]:
    """Return what was not tested: (verdict, reason, scenarios), the reason that hits most scenarios first."""
    groups: dict[tuple[str, str], list[Shown]] = {}
    for scenario in scenarios:
        if scenario.result.verdict in (Verdict.SKIP, Verdict.OMIT):
            reason = scenario.result.reason or "no reason was recorded"
            groups.setdefault((scenario.result.verdict.value, reason), []).append(scenario)
    listed = [(verdict, reason, hit) for (verdict, reason), hit in groups.items()]
    return sorted(listed, key=lambda entry: (entry[0] != "skip", -len(entry[2])))


def requirement_rows(scenarios: Iterable[Shown], catalogue: Mapping[str, RequirementText]) -> list[RequirementRow]:
    """Return the requirements that the scenarios name, by id."""
    named: dict[str, list[Shown]] = {}
    for scenario in scenarios:
        for requirement in dict.fromkeys(scenario.result.requirements):
            named.setdefault(requirement, []).append(scenario)
    return [
        RequirementRow(name, text := catalogue.get(name, _UNKNOWN), tuple(verifying), _verdict(text, verifying))
        for name, verifying in sorted(named.items())
    ]


def section_of(requirement: str) -> str:
    """Return the section of a requirement's id: `STU3-BOOK-001` → `BOOK`."""
    return requirement.rpartition("-")[0].partition("-")[2] or requirement


def by_section(rows: Iterable[RequirementRow]) -> dict[str, dict[Verdict, list[str]]]:
    """Return the ids of requirements by section (`STU3-BOOK-001`: `BOOK`) and verdict, sections in alphabetical order."""
    sections: dict[str, dict[Verdict, list[str]]] = {}
    for row in rows:
        section = section_of(row.id)
        sections.setdefault(section, {}).setdefault(row.verdict, []).append(row.id)
    return dict(sorted(sections.items()))


def attestations(catalogue: Mapping[str, RequirementText]) -> list[tuple[str, RequirementText]]:
    """Return the requirements on a provider that no tool can verify from outside, by id: a person attests them.

    Those on a consumer or on the Spine proxy are left out: a provider cannot attest them.
    """
    return [
        (name, text)
        for name, text in sorted(catalogue.items())
        if text.testable in ("inspection", "manual") and text.actor in ("provider", "")
    ]


def _verdict(text: RequirementText, scenarios: Iterable[Shown]) -> Verdict:
    """The worst verdict; a recommendation or an option that is not followed is a warning at most."""
    worst = _worst(scenarios)
    return Verdict.WARN if worst is Verdict.FAIL and text.level and not text.binding else worst


def _worst(scenarios: Iterable[Shown]) -> Verdict:
    """Return the verdict that weighs most; one scenario that passed outweighs others that could not be tested."""
    verdicts = {scenario.result.verdict for scenario in scenarios}
    weight = (
        Verdict.FAIL, Verdict.ERROR, Verdict.WAIVED, Verdict.WARN, Verdict.PASS, Verdict.SKIP, Verdict.OMIT,
    )  # fmt: skip
    return next(verdict for verdict in weight if verdict in verdicts)


def anchor_named(scenario: str) -> str:
    """Return the anchor in report.html of the scenario with an id."""
    return "scenario-" + re.sub(r"[^A-Za-z0-9._-]+", "-", scenario)


def _anchor(name: str, taken: set[str]) -> str:
    base = anchor = anchor_named(name)
    count = 1
    while anchor in taken:
        count += 1
        anchor = f"{base}-{count}"
    taken.add(anchor)
    return anchor


def _place_exchanges(scenarios: list[Shown]) -> None:
    """Show each exchange once: with the scenario that needs it most as evidence; the others link to it."""
    owners: dict[int, Shown] = {}
    for scenario in sorted(scenarios, key=lambda one: _ORDER.index(one.result.verdict)):
        for number in evidence(scenario.result):
            owners.setdefault(number, scenario)
    for scenario in scenarios:
        for number in scenario.result.exchanges:
            if owners.setdefault(number, scenario) is scenario:
                scenario.shown.append(number)
            else:
                scenario.elsewhere.append(number)


def evidence(scenario: ScenarioResult) -> list[int]:
    """Return the numbers of the exchanges to show with a scenario: all when few, else the first that findings point to."""
    if len(scenario.exchanges) <= MOST_SHOWN:
        return list(scenario.exchanges)
    pointed = {finding.exchange for finding in scenario.findings}
    return [number for number in scenario.exchanges if number in pointed][:MOST_SHOWN]
