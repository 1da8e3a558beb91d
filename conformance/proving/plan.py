"""What to try: which cases on which faults, and which faults together."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

from conformance.core.errors import UsageError
from conformance.engine.collection import Entry, collect
from conformance.provider.faults import faults_of
from conformance.proving.proof import area
from conformance.proving.task import Scope, Task
from conformance.proving.variant_plan import variant_tasks

__all__ = ["Scope", "Task", "entries_of", "owners", "plan", "unknown_names"]


def entries_of(edition: str, names: Iterable[str] | None = None) -> list[Entry]:
    """Return an edition's cases in running order, all or those named."""
    wanted = None if names is None else set(names)
    return [entry for entry in collect() if entry.case.runs_in(edition) and (wanted is None or entry.case.id in wanted)]


def owners(edition: str) -> dict[str, list[str]]:
    """Return, for each fault of an edition, the cases that name it."""
    found: dict[str, list[str]] = {fault: [] for fault in faults_of(edition)}
    for scenario, fault in _claims(edition):
        if fault in found:
            found[fault].append(scenario)
    return found


def unknown_names(edition: str) -> list[tuple[str, str]]:
    """Return the scenarios that name a fault which the edition has not, each with the name."""
    known = faults_of(edition)
    return [(scenario, fault) for scenario, fault in _claims(edition) if fault not in known]


def _claims(edition: str) -> Iterator[tuple[str, str]]:
    for entry in entries_of(edition):
        yield from ((entry.case.id, fault) for fault in entry.case.fault_ids(edition))


def plan(edition: str, scope: Scope) -> list[Task]:
    """Return an edition's tasks, the clean run first, then the largest first. UsageError when `select` fits nothing."""
    named = owners(edition)
    everything = [entry.case.id for entry in entries_of(edition)]
    chosen = [fault for fault, own in named.items() if any(scope.select in name for name in (fault, *own))]
    chance = random.Random(scope.seed)
    tried_faults = chosen if scope.faults else []
    tasks = [_task(edition, fault, named[fault], everything, scope, chance) for fault in tried_faults]
    tasks += _pairs(edition, {fault: named[fault] for fault in tried_faults}, scope.pairs, chance)
    tasks += variant_tasks(edition, scope, everything, named)
    tried = {name for task in tasks if task.faults and not task.variants for name in (*task.named, *task.others)}
    clean = [name for name in everything if scope.select in name or name in tried] if scope.select else everything
    if not clean and not tasks:
        raise UsageError(f"no fault, no variant and no scenario of edition {edition} has {scope.select!r} in its name")
    first = [Task(edition, (), tuple(clean))] if clean and scope.faults else []
    return [*first, *sorted(tasks, key=lambda task: -task.size)]


def _task(
    edition: str, fault: str, own: Sequence[str], everything: Sequence[str], scope: Scope, chance: random.Random
) -> Task:
    if scope.near == scope.far == 0:
        return Task(edition, (fault,), tuple(own))
    others = [name for name in everything if name not in own]
    near = [name for name in others if area(name) == area(fault)]
    far = [name for name in others if area(name) != area(fault)]
    drawn = near if scope.near is None else chance.sample(near, min(scope.near, len(near)))
    return Task(edition, (fault,), tuple(own), (*drawn, *chance.sample(far, min(scope.far, len(far)))))


# What bookings are made with: a fault there may leave the scenarios about bookings with nothing to look at.
_BUILT_ON = ("search", "book")
_BUILDING = (*_BUILT_ON, "retrieve", "read", "amend", "cancel")
_TRIES = 100  # for each pair wanted: a selection may hold few pairs that are apart, or none


def _pairs(edition: str, named: dict[str, list[str]], count: int, chance: random.Random) -> list[Task]:
    """Draw pairs of faults, each of which some case names, of areas that do not stand on each other."""
    known = [fault for fault, own in named.items() if own]
    drawn: dict[tuple[str, str], Task] = {}
    for _ in range(count * _TRIES if len(known) > 1 else 0):
        first, second = sorted(chance.sample(known, 2))
        if len(drawn) < count and _apart(area(first), area(second)):
            drawn[first, second] = Task(edition, (first, second), tuple(dict.fromkeys(named[first] + named[second])))
    return list(drawn.values())


def _apart(first: str, second: str) -> bool:
    if first in _BUILDING and second in _BUILDING and {first, second} & set(_BUILT_ON):
        return False
    return first != second
