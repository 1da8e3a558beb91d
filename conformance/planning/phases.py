"""Which scenarios may be played beside others: those that change something with people and slots of their own, those that only
read while nothing is changed, and those that are played alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml

from conformance.engine.scenario import Case
from conformance.planning.cost import writes
from conformance.planning.facts import ScenarioFacts

_ALONE = Path(__file__).with_name("alone.yaml")
_REGISTRATIONS, _BOOKABLE = "data.registrations", "data.patients bookable"
_READ_ONLY = ("data.practitioners",)  # what writing scenarios share and do not change


class Phase(StrEnum):
    """When a scenario is played in a run with workers, in this order."""

    WRITING = "writing"
    READING = "reading"
    ALONE = "alone"


def phase_of(case: Case, facts: Mapping[str, ScenarioFacts], people: int) -> Phase:
    """Return when a case is played where each worker has so many people of its own to book for."""
    row = facts.get(case.id)
    if row is None or case.judges_all_responses or any(fnmatchcase(case.id, one) for one in _patterns()):
        return Phase.ALONE
    if row.registrations or any(need.startswith(_REGISTRATIONS) for need in row.needs):
        return Phase.ALONE
    if not writes(case, facts):
        return Phase.READING
    shared = [need for need in row.needs if not need.startswith((_BOOKABLE, *_READ_ONLY))]
    return Phase.ALONE if shared or people_for(row) > people else Phase.WRITING


def people_for(row: ScenarioFacts) -> int:
    """Return how many people to book for a scenario needs."""
    counts = [need.removeprefix(_BOOKABLE).strip() or "1" for need in row.needs if need.startswith(_BOOKABLE)]
    return max((int(count) for count in counts), default=0)


@cache
def _patterns() -> tuple[str, ...]:
    return tuple(pattern for group in yaml.safe_load(_ALONE.read_text(encoding="utf-8")).values() for pattern in group)
