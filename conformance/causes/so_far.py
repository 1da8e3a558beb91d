"""Causes while a run goes on: which one a scenario that has just ended belongs to, and whether it is a new one."""

from __future__ import annotations

from typing import NamedTuple

from conformance.causes.cause import Cause
from conformance.causes.grouping import group
from conformance.causes.symptoms import Symptom, Symptoms
from conformance.core.results import ScenarioResult


class Seen(NamedTuple):
    """The cause that explains a scenario best by what is known so far, and whether this scenario is the first of it."""

    cause: Cause
    new: bool


class CausesSoFar:
    """The causes of the scenarios that ended. What comes later may join them: the end of the run has the final ones."""

    def __init__(self) -> None:
        self._results: list[ScenarioResult] = []
        self._causes: dict[Symptom, Cause] = {}
        self._ids: set[str] = set()

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, result: ScenarioResult) -> Seen | None:
        """Take a scenario that ended; return the cause of its failure or warning, None where it has none."""
        symptoms = list(Symptoms((result,)))
        if not symptoms:
            return None
        self._results.append(result)
        if all(symptom in self._causes for symptom in symptoms):
            return Seen(self._causes[symptoms[0]], False)
        causes = group(self._results)
        self._remember(causes)
        cause = next(one for one in causes if result.id in one.scenarios)
        return Seen(cause, set(cause.scenarios) == {result.id})

    def _remember(self, causes: tuple[Cause, ...]) -> None:
        self._ids = {cause.id for cause in causes}
        by_member = {member: cause for cause in causes for member in cause.members}
        for symptom, members in Symptoms(self._results).items():
            self._causes[symptom] = by_member[members[0]]
