"""Small real proofs, a provider and faults and all, and what is made of the results of tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conformance.proving import workers
from conformance.proving.plan import Task, owners
from conformance.proving.trials import Scope, judge, prove
from conformance.spec import editions

BUSY = "book.accepts-busy-slot"


@pytest.fixture
def perform() -> Iterator[Callable[[Task], list]]:
    yield workers.perform
    workers.close_benches()


def test_a_small_proof_of_all_editions_in_processes_of_its_own() -> None:
    told: list[tuple[int, int, str]] = []
    proofs = prove(
        editions(), Scope(select="read.unknown-is-", far=1), workers=2, watch=lambda *state: told.append(state)
    )
    assert [proof.edition for proof in proofs] == list(editions())
    for proof in proofs:
        assert len(proof.faults) == 4
        assert set(proof.caught_by) == set(proof.faults)
        assert not proof.false_alarms()
        assert not proof.broken_pairs()
        assert not proof.errors()
    done, total, _ = told[-1]
    assert done == total == sum(len(proof.clean) + len(proof.trials) for proof in proofs)


@pytest.mark.parametrize("edition", editions())
def test_a_provider_with_two_faults_at_once_has_both_reported(edition: str, perform: Callable[[Task], list]) -> None:
    named = owners(edition)
    pair = (BUSY, "search.finds-busy")
    names = (*named[pair[0]], *named[pair[1]])
    tasks = [Task(edition, (), names), *(Task(edition, (fault,), tuple(named[fault])) for fault in pair)]
    proof = judge(edition, [(task, perform(task)) for task in [*tasks, Task(edition, pair, names)]])
    assert proof.sound
    assert len(proof.trials) == len(names)
    assert proof.pairs[0].both
    assert proof.pairs[0].faults == pair
