"""Show that scenarios fail on a provider that is wrong in their way: run cases against each fault of the bundled provider."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from conformance.core.results import Verdict
from conformance.provider.faults import faults_of
from conformance.provider.variants import choose
from conformance.proving.kept import Kept
from conformance.proving.outcome import Outcome
from conformance.proving.plan import Scope, Task, entries_of, owners, plan, unknown_names
from conformance.proving.proof import DisguisedFault, PairTrial, Proof, Trial, worse
from conformance.proving.test_bed import Bench
from conformance.proving.variant_plan import narrowed
from conformance.proving.variant_proof import VariantTrial, variant_trial
from conformance.proving.workers import share

__all__ = ["Bench", "Scope", "entries_of", "prove"]

# Reported as the work goes: trials done, trials in all, and what has just ended.
Watch = Callable[[int, int, str], None]
_Done = tuple[Task, list[Outcome]]


def prove(
    editions: Sequence[str],
    scope: Scope,
    *,
    workers: int = 0,
    watch: Watch | None = None,
    kept: Kept | None = None,
) -> list[Proof]:
    """Run every case on the clean provider and, by `plan`, on faults and variants; return what came of it, by edition.

    `workers` processes (0: one a core) share the tasks of all editions, so that no core waits for an edition to end.
    `watch` is told how far it is; `kept` has what an earlier proof did, and gets what this one does.
    UsageError for an unknown edition or a selection that fits nothing.
    """
    tasks = [task for edition in editions for task in plan(edition, scope)]
    ended: dict[str, list[_Done]] = {edition: [] for edition in editions}
    total, done = sum(task.size for task in tasks), 0
    for stage in (True, False):
        if not stage:
            tasks = [narrowed(task, _touched(ended[task.edition])) for task in tasks]
            total = sum(task.size for task in tasks)
        now = sorted((task for task in tasks if task.traced is stage), key=lambda task: (not task.clean, -task.size))
        for task, results in _ended(now, kept, workers or os.cpu_count() or 1):
            ended[task.edition].append((task, results))
            done += task.size
            if watch:
                watch(done, total, task.what)
    return [judge(edition, ended[edition]) for edition in editions]


def _touched(ended: Iterable[_Done]) -> Mapping[str, set[str]]:
    """Return the scenarios that each variant can touch; nothing where that was not looked for."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in _traced(ended):
        for variant in one.touched_by:
            found[variant].add(one.id)
    return found


def _traced(ended: Iterable[_Done]) -> Iterator[Outcome]:
    for task, results in ended:
        yield from results if task.traced else ()


def _ended(tasks: Sequence[Task], kept: Kept | None, workers: int) -> Iterator[_Done]:
    """The tasks as they end, those first that have ended before; the others are kept."""
    before = kept.found if kept else {}
    yield from ((task, before[task]) for task in tasks if task in before)
    left = [task for task in tasks if task not in before]
    for task, results in share(left, workers) if left else ():
        if kept:
            kept.keep(task, results)
        yield task, results


def judge(edition: str, ended: Sequence[_Done]) -> Proof:
    """Return the proof that an edition's ended tasks amount to."""
    named = owners(edition)
    clean = {result.id: result for task, results in ended if task.clean for result in results}
    single = sorted(
        (done for done in ended if len(done[0].faults) == 1 and not done[0].variants), key=lambda done: done[0].faults
    )
    chosen = {task.faults[0] for task, _ in single}
    return Proof(
        edition,
        faults={name: about for name, about in faults_of(edition).items() if name in chosen},
        clean=clean,
        trials=[
            Trial(
                task.faults[0],
                r.id,
                clean[r.id].verdict,
                r.verdict,
                r.id in named[task.faults[0]],
                r.told,
                r.duration_ms,
            )
            for task, results in single
            for r in results
        ],
        unknown=[pair for pair in unknown_names(edition) if pair[0] in clean],
        pairs=[_pair(task, results, clean, named) for task, results in ended if task.pair],
        variants=sorted(_left_alone(ended), key=lambda trial: (len(trial.variants), trial.variants)),
        disguised=[_disguised(task, results) for task, results in ended if task.faults and task.variants],
        touched=_touched(ended),
        whole={entry.case.id for entry in entries_of(edition)} <= {one.id for one in _traced(ended)},
    )


def _left_alone(ended: Sequence[_Done]) -> Iterator[VariantTrial]:
    for task, results in ended:
        if task.variants and not task.faults:
            yield variant_trial(choose(task.variants, task.edition), results)


def _disguised(task: Task, results: Sequence[Outcome]) -> DisguisedFault:
    caught = tuple(result.id for result in results if worse(result.verdict, Verdict.PASS))
    return DisguisedFault(task.faults[0], task.variants, caught)


def _pair(task: Task, results: Sequence[Outcome], clean: dict[str, Outcome], named: dict[str, list[str]]) -> PairTrial:
    caught = [result.id for result in results if worse(result.verdict, clean[result.id].verdict)]
    first, second = task.faults
    return PairTrial(
        (first, second),
        (
            tuple(name for name in caught if name in named[first]),
            tuple(name for name in caught if name in named[second]),
        ),
    )
