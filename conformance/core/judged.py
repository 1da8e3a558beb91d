"""What the rules about all responses have seen of the responses so far: kept with the evidence, so that a run can go on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.core.results import Finding, Severity

Key = tuple[str, str]
Fact = tuple[Any, ...]
"""A few plain values (texts, numbers) that a rule has read from a response."""
_HEAVIEST_FIRST = (Severity.FAIL, Severity.WARN, Severity.INFO)


@dataclass
class Alike:
    """Findings with one code at one place, indexes left out: the heaviest, of the first exchange, and how many there were."""

    heaviest: Finding
    count: int = 1

    def add(self, finding: Finding, count: int = 1) -> None:
        """Count another, or so many of which this is the heaviest."""
        self.count += count
        if _order(finding) < _order(self.heaviest):
            self.heaviest = finding

    @property
    def finding(self) -> Finding:
        """The one finding that stands for all."""
        if self.count == 1:
            return self.heaviest
        return replace(self.heaviest, evidence=f"{self.heaviest.evidence}; seen {self.count} times".lstrip("; "))


def _order(finding: Finding) -> tuple[int, int]:
    return _HEAVIEST_FIRST.index(finding.severity), finding.exchange


@dataclass
class Judged:
    """What one rule has seen of the responses of a run.

    `responses` counts those judged, `subjects` those of them that hold any of what the checks judge, `resources` those that
    are FHIR resources. `found` has the findings by code and place, `facts` what is judged over all responses at the end.
    What is new since `written` was last called is in `changed` (keys of `found`) and `new_facts`.
    """

    responses: int = 0
    subjects: int = 0
    resources: int = 0
    found: dict[Key, Alike] = field(default_factory=dict)
    facts: dict[Fact, None] = field(default_factory=dict)
    changed: set[Key] = field(default_factory=set, compare=False)
    new_facts: list[Fact] = field(default_factory=list, compare=False)
    is_new: bool = field(default=False, compare=False)

    def take(self, *, subject: bool, resource: bool) -> None:
        """Count a response."""
        self.responses += 1
        self.subjects += subject
        self.resources += resource
        self.is_new = True

    def keep(self, finding: Finding) -> None:
        """Take in a finding."""
        key = finding.code, re.sub(r"\[\d+\]", "", finding.location)
        if key in self.found:
            self.found[key].add(finding)
        else:
            self.found[key] = Alike(finding)
        self.changed.add(key)
        self.is_new = True

    def note(self, fact: Fact) -> None:
        """Take in a fact; one that is known already changes nothing."""
        if fact not in self.facts:
            self.facts[fact] = None
            self.new_facts.append(fact)
            self.is_new = True

    def absorb(self, other: Judged) -> None:
        """Take in what the same rule has seen elsewhere: in another process of the run."""
        self.responses += other.responses
        self.subjects += other.subjects
        self.resources += other.resources
        for key, alike in other.found.items():
            if key in self.found:
                self.found[key].add(alike.heaviest, alike.count)
            else:
                self.found[key] = replace(alike)
            self.changed.add(key)
        for fact in other.facts:
            self.note(fact)
        self.is_new = True

    def in_order(self) -> Iterator[Finding]:
        """Yield the findings by the exchange that shows each, so that it does not matter who saw them first."""
        for key in sorted(self.found, key=lambda key: (self.found[key].heaviest.exchange, key)):
            yield self.found[key].finding

    def written(self) -> None:
        """All of it is in the evidence now."""
        self.changed.clear()
        self.new_facts.clear()
        self.is_new = False
