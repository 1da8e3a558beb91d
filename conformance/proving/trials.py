"""Show that scenarios fail on a provider that is wrong in their way: run cases against each fault of the bundled provider."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from conformance.core.results import ScenarioResult
from conformance.provider.faults import faults_of
from conformance.proving.plan import Scope, Task, entries_of, owners, plan, unknown_names
from conformance.proving.proof import PairTrial, Proof, Trial, told, worse
from conformance.proving.test_bed import Bench
from conformance.proving.workers import share

__all__ = ["Bench", "Scope", "entries_of", "prove"]

# Reported as the work goes: trials done, trials in all, and what has just ended.
Watch = Callable[[int, int, str], None]
_Done = tuple[Task, list[ScenarioResult]]


def prove(editions: Sequence[str], scope: Scope, *, workers: int = 0, watch: Watch | None = None) -> list[Proof]:
    """Run every case on the clean provider and, by `plan`, on each fault; return what came of it, edition by edition.

    `workers` processes (0: one a core) share the tasks of all editions, so that no core waits for an edition to end.
    `watch` is told how far it is. UsageError for an unknown edition or a selection that fits nothing.
    """
    plans = {edition: plan(edition, scope) for edition in editions}
    clean_first = [task for tasks in plans.values() for task in tasks if not task.faults]
    rest = sorted((task for tasks in plans.values() for task in tasks if task.faults), key=lambda task: -task.size)
    total, done = sum(task.size for task in (*clean_first, *rest)), 0
    ended: dict[str, list[_Done]] = {edition: [] for edition in editions}
    for task, results in share([*clean_first, *rest], workers or os.cpu_count() or 1):
        ended[task.edition].append((task, results))
        done += task.size
        if watch:
            watch(done, total, f"{task.edition} {' and '.join(task.faults) or 'without faults'}")
    return [judge(edition, ended[edition]) for edition in editions]


def judge(edition: str, ended: Sequence[_Done]) -> Proof:
    """Return the proof that an edition's ended tasks amount to."""
    named = owners(edition)
    clean = {result.id: result for task, results in ended if not task.faults for result in results}
    single = sorted((done for done in ended if len(done[0].faults) == 1), key=lambda done: done[0].faults)
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
                told(r),
                r.duration_ms,
            )
            for task, results in single
            for r in results
        ],
        unknown=[pair for pair in unknown_names(edition) if pair[0] in clean],
        pairs=[_pair(task, results, clean, named) for task, results in ended if task.pair],
    )


def _pair(
    task: Task, results: Sequence[ScenarioResult], clean: dict[str, ScenarioResult], named: dict[str, list[str]]
) -> PairTrial:
    caught = [result.id for result in results if worse(result.verdict, clean[result.id].verdict)]
    first, second = task.faults
    return PairTrial(
        (first, second),
        (
            tuple(name for name in caught if name in named[first]),
            tuple(name for name in caught if name in named[second]),
        ),
    )
