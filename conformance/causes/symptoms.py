"""Symptoms: findings that are alike in code, place, requirement and interaction. Causes are built of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from conformance.causes.cause import Member
from conformance.causes.places import element_of, place_of
from conformance.core.results import Finding, ScenarioResult, Severity, Verdict

REFUSED_OTHERWISE = "refusal-other"  # refused, but with another status or code than is named
_REFUSALS = frozenset({"refusal", REFUSED_OTHERWISE, "refusal-tolerated", "status"})
# What follows from a request that was wrongly accepted or refused; shown beside it, it explains nothing more.
CONSEQUENCES = frozenset(
    {"changed", "disclosed", "double-booked", "kept", "lost-update", "made", "refusal-body", "refusal-empty",
     "registered", "slot-state", "stored"}
)  # fmt: skip
# Places that hold too many things for two findings there to be the same one.
_WIDE = frozenset(
    {"", "Appointment", "Appointment.participant", "Appointment.slot", "Bundle.entry", "Patient", "Slot", "TLS hello",
     "body", "resource"}
)  # fmt: skip
_ALL_RESPONSES = ".every-answer-"  # in the id of a scenario about all responses
_ACCEPTED = re.compile(r"2\d\d$")  # a success, and no error code
_UNREADABLE = frozenset({"not-json", "not-utf8", "not-xml", "unreadable"})


class Symptom(NamedTuple):
    """Findings that are alike. `requirement` is the finding's own or the first that its scenario verifies."""

    code: str
    place: str
    requirement: str
    interaction: str

    @property
    def refusal(self) -> bool:
        """Whether it is about a request that was refused or accepted as it should not be."""
        return self.code in _REFUSALS

    @property
    def by_requirement(self) -> bool:
        """Whether the requirement says what was done wrong, whatever the interaction."""
        return self.refusal

    @property
    def narrow(self) -> bool:
        """Whether its place alone says what is wrong: an element, a header."""
        named = self.code or element_of(self.place)
        return bool(named) and not self.refusal and (self.place not in _WIDE or self.code in _UNREADABLE)

    @property
    def element(self) -> tuple[str, str] | None:
        """The resource type and the element right below it, where the place is narrow and an element."""
        return element_of(self.place) if self.narrow else None


class Symptoms(dict[Symptom, list[Member]]):
    """The symptoms of a run, each with its findings.

    `found` has of each what was found and what was expected, `where` the symptoms of each scenario; `general` are those
    that a scenario about all responses shows, whose requirement says best what is wrong.
    """

    def __init__(self, scenarios: Iterable[ScenarioResult]) -> None:
        super().__init__()
        self.found: dict[Symptom, list[tuple[str, str]]] = defaultdict(list)
        self.where: dict[str, list[Symptom]] = defaultdict(list)
        self.general: set[Symptom] = set()
        for scenario in scenarios:
            if scenario.verdict in (Verdict.FAIL, Verdict.WARN, Verdict.ERROR, Verdict.WAIVED):
                self._read(scenario)

    def _read(self, scenario: ScenarioResult) -> None:
        for index, finding in enumerate(scenario.findings):
            if finding.severity is not Severity.INFO:
                symptom = symptom_of(finding, scenario)
                self.setdefault(symptom, []).append(Member(scenario.id, index))
                self.found[symptom].append((finding.found, finding.expected))
                self.where[scenario.id].append(symptom)
                if _ALL_RESPONSES in scenario.id:
                    self.general.add(symptom)


def symptom_of(finding: Finding, scenario: ScenarioResult) -> Symptom:
    """Return the symptom that a scenario's finding belongs to."""
    code = finding.code
    if code == "refusal" and not _ACCEPTED.match(finding.found):
        code = REFUSED_OTHERWISE
    elif code == "resource-type" and " bytes of " in finding.found:
        code = "unreadable"
    place = "resource" if code == "changed" else place_of(finding.location, scenario.interaction)
    requirement = finding.requirement or next(iter(scenario.requirements), "")
    return Symptom(code, place, requirement, scenario.interaction)


class Groups:
    """Symptoms that belong together (a union-find structure)."""

    def __init__(self) -> None:
        self._above: dict[Symptom, Symptom] = {}

    def add(self, symptom: Symptom) -> None:
        """Know a symptom, in a group of its own."""
        self._above.setdefault(symptom, symptom)

    def join(self, first: Symptom, second: Symptom) -> None:
        """Make the groups of two symptoms one."""
        one, other = sorted((self._top(first), self._top(second)))
        self._above[other] = one

    def together(self) -> Iterator[list[Symptom]]:
        """Yield the groups."""
        groups: dict[Symptom, list[Symptom]] = defaultdict(list)
        for symptom in self._above:
            groups[self._top(symptom)].append(symptom)
        yield from groups.values()

    def _top(self, symptom: Symptom) -> Symptom:
        while self._above[symptom] != symptom:
            symptom = self._above[symptom]
        return symptom
