"""The numbers of exchanges of one run as those of another: behind what came before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.core.exchange import Exchange
from conformance.core.judged import Alike, Judged
from conformance.core.results import Finding, ScenarioResult
from conformance.core.taken import EXCHANGE, OBSERVED, Event
from conformance.engine.values import LATE_BYTES


@dataclass(frozen=True, slots=True)
class Renumbering:
    """Adds `by` to each number of an exchange. 0 stands for none and stays."""

    by: int

    def number(self, number: int) -> int:
        """Return a number."""
        return number + self.by if number else 0

    def finding(self, finding: Finding) -> Finding:
        """Return a finding."""
        return replace(finding, exchange=self.number(finding.exchange))

    def scenario(self, result: ScenarioResult) -> ScenarioResult:
        """Return the result of a scenario."""
        findings = tuple(map(self.finding, result.findings))
        return replace(result, findings=findings, exchanges=tuple(map(self.number, result.exchanges)))

    def event(self, event: Event) -> Event:
        """Return what was taken from outside (core/taken.py)."""
        if event[0] == EXCHANGE:
            return [EXCHANGE, self.number(event[1])]
        if event[:2] == [OBSERVED, LATE_BYTES]:
            return [*event[:2], {str(self.number(int(number))): data for number, data in event[2].items()}]
        return event

    def judged(self, judged: Judged, numbered: int | None) -> Judged:
        """Return what a rule has seen; `numbered` is the place in its facts that has the number of an exchange, if any."""
        found = Judged(judged.responses, judged.subjects, judged.resources)
        found.found.update({key: Alike(self.finding(one.heaviest), one.count) for key, one in judged.found.items()})
        for fact in judged.facts:
            found.note(
                fact if numbered is None else (*fact[:numbered], self.number(fact[numbered]), *fact[numbered + 1 :])
            )
        return found


class Exchanges(Mapping[int, Exchange]):
    """The exchanges of several runs as those of one, each read when it is looked at."""

    def __init__(self, runs: Sequence[Mapping[int, Exchange]]) -> None:
        self.renumberings: list[Renumbering] = []
        self._parts: list[tuple[Renumbering, Mapping[int, Exchange]]] = []
        last = 0
        for exchanges in runs:
            renumbering = Renumbering(last)
            self._parts.append((renumbering, exchanges))
            self.renumberings.append(renumbering)
            last += max(exchanges, default=0)

    def __getitem__(self, number: int) -> Exchange:
        for renumbering, exchanges in reversed(self._parts):
            if number > renumbering.by:
                return replace(exchanges[number - renumbering.by], number=number)
        raise KeyError(number)

    def __iter__(self) -> Iterator[int]:
        return (renumbering.number(number) for renumbering, exchanges in self._parts for number in exchanges)

    def __len__(self) -> int:
        return sum(len(exchanges) for _, exchanges in self._parts)
