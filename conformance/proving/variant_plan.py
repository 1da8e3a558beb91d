"""Which variants to try, alone and together, on which scenarios."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from conformance.provider.variants import Variant, choose, variants_of
from conformance.provider.variants.variant import compatible
from conformance.proving.task import Scope, Task

_SLOW_SAMPLE = 50  # scenarios that a slow variant or an environment is tried on
_TOGETHER_SAMPLE = 60  # scenarios that a pair or a triple is tried on
_QUICK_SAMPLE = 300  # scenarios of a quick proof that all variants, as many at once as go together, are tried on
_AT_ONCE = (
    16  # variants at once on every scenario: with more, hardly two responses are alike, and validating takes long
)
_TRIES = 50
_WORTH_TRACING = 4  # so many variants alone, or more: to see what they touch costs as much as two or three of them


def variant_tasks(edition: str, scope: Scope, everything: Sequence[str], named: dict[str, list[str]]) -> list[Task]:
    """Return the tasks about variants: each alone, pairs and triples, faults under variants.

    `everything` holds the edition's scenarios, `named` those that name each fault.
    """
    found = variants_of(edition)
    chance = random.Random(scope.seed)
    chosen = [name for name in found if not scope.select or scope.select in name]
    if scope.select and chosen and scope.variants != "none":
        tasks = [_alone(edition, found[name], everything, scope, chance) for name in chosen]
    elif scope.select:
        tasks = _on_selected(edition, scope, everything) if scope.variants != "none" else []
    elif scope.variants == "all":
        tasks = [Task(edition, (), tuple(everything), variants=names) for names in together(edition, _AT_ONCE)]
        tasks += [_alone(edition, found[name], everything, scope, chance) for name in chosen]
    elif scope.variants == "quick":
        tasks = [_quick(edition, names, everything, chance) for names in together(edition)]
    else:
        tasks = []
    if sum(bool(task.alone) for task in tasks) > _WORTH_TRACING:
        tasks.insert(0, Task(edition, (), tuple(everything), traced=True))
    if scope.select:
        return tasks
    combined = [name for name, one in found.items() if _combines(one)]
    tasks += [
        _several(edition, combined, number, everything, chance)
        for number, count in ((2, scope.variant_pairs), (3, scope.variant_triples))
        for _ in range(count)
    ]
    return [*tasks, *_disguises(edition, scope, named, combined, chance)]


def together(edition: str, most: int = 1000) -> list[tuple[str, ...]]:
    """Return an edition's variants that combine with others in as few groups as go together.

    No group has more than `most`.
    """
    groups: list[list[Variant]] = []
    for one in variants_of(edition).values():
        if not _combines(one):
            continue
        group = next((group for group in groups if len(group) < most and compatible((*group, one))), None)
        if group is None:
            groups.append(group := [])
        group.append(one)
    return [tuple(one.id for one in group) for group in groups]


def _combines(one: Variant) -> bool:
    """Whether a variant can be at work beside any others, and costs no time."""
    return not (one.slow or one.gateway or one.options)


def _alone(edition: str, one: Variant, everything: Sequence[str], scope: Scope, chance: random.Random) -> Task:
    count = len(everything) if scope.variant_sample is None else scope.variant_sample
    names = _sample(everything, min(count, _SLOW_SAMPLE) if one.slow or one.gateway else count, chance)
    return Task(edition, (), tuple(names), variants=(one.id,))


def narrowed(task: Task, touched: Mapping[str, Collection[str]]) -> Task:
    """Return a task; that of a variant alone without what it cannot touch. `touched` has the scenarios of each variant."""
    if not task.alone or not touched:
        return task
    within = touched.get(task.alone, ())
    return replace(task, named=tuple(name for name in task.named if name in within))


def _quick(edition: str, names: tuple[str, ...], everything: Sequence[str], chance: random.Random) -> Task:
    return Task(edition, (), tuple(_sample(everything, _QUICK_SAMPLE, chance)), variants=names)


def _on_selected(edition: str, scope: Scope, everything: Sequence[str]) -> list[Task]:
    """Scenarios selected by name, on all variants that go together, with what can touch them."""
    selected = [name for name in everything if scope.select in name]
    if not selected:
        return []
    groups = [Task(edition, (), tuple(selected), variants=names) for names in together(edition, _AT_ONCE)]
    return [Task(edition, (), tuple(selected), traced=True), *groups]


def _several(
    edition: str, combined: Sequence[str], number: int, everything: Sequence[str], chance: random.Random
) -> Task:
    return Task(
        edition,
        (),
        tuple(_sample(everything, _TOGETHER_SAMPLE, chance)),
        variants=_drawn(edition, combined, number, chance),
    )


def _drawn(edition: str, names: Sequence[str], number: int, chance: random.Random) -> tuple[str, ...]:
    """So many variants that go together."""
    known = variants_of(edition)
    for _ in range(_TRIES):
        drawn = tuple(chance.sample(list(names), number))
        if compatible(tuple(known[name] for name in drawn)):
            return drawn
    raise AssertionError(f"no {number} variants of edition {edition} go together")


def _disguises(
    edition: str, scope: Scope, named: dict[str, list[str]], combined: Sequence[str], chance: random.Random
) -> list[Task]:
    """Faults, each under a few variants, on the scenarios that name it."""
    faults = [fault for fault, own in named.items() if own]
    tasks = []
    for fault in chance.sample(faults, min(scope.disguised, len(faults))):
        variants = _drawn(edition, combined, chance.choice((1, 2, 3)), chance)
        kept = tuple(one.id for one in choose(variants, edition) if not _conceals(one, fault, named[fault]))
        tasks.append(Task(edition, (fault,), tuple(named[fault]), variants=kept or ("ids.uuid",)))
    return tasks


def _conceals(one: Variant, fault: str, scenarios: Sequence[str]) -> bool:
    """Whether a fault cannot show through a variant, or all scenarios that name it are expected to skip there."""
    return one.hides(fault) or all(one.expected(name, "skip") for name in scenarios)


def _sample(everything: Sequence[str], count: int, chance: random.Random) -> list[str]:
    """A sample in running order."""
    drawn = set(chance.sample(list(everything), min(count, len(everything))))
    return [name for name in everything if name in drawn]
