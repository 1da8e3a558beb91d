"""Small real proofs, a provider and faults and all, and what is made of the results of tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conformance.core.results import Verdict
from conformance.proving import workers
from conformance.proving.plan import Task, owners
from conformance.proving.trials import Scope, judge, prove
from conformance.spec import editions
from tests.proving.trials import FAIL, PASS, SKIP, result

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
        assert not any(scenario.exchanges for scenario in proof.clean.values())
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


def _task(*faults: str) -> Task:
    return Task("stu3", faults, tuple(dict.fromkeys(name for fault in faults for name in owners("stu3")[fault])))


def _results(task: Task, verdict: Verdict) -> tuple[Task, list]:
    return task, [result(name, verdict) for name in task.named]


def test_what_tasks_found_is_set_beside_the_clean_verdicts() -> None:
    named = _task(BUSY).named
    clean = (Task("stu3", (), named), [result(name, PASS) for name in named])
    proof = judge("stu3", [clean, _results(_task(BUSY), FAIL)])
    assert proof.sound
    assert {t.scenario for t in proof.trials if t.listed} == set(named)
    assert judge("stu3", [clean, _results(_task(BUSY), PASS)]).survivors() == [BUSY]
    assert judge("stu3", [clean, _results(_task(BUSY), SKIP)]).survivors() == [BUSY]
    warned = (clean[0], [result(name, Verdict.WARN) for name in named])
    assert judge("stu3", [warned, _results(_task(BUSY), Verdict.WARN)]).survivors() == [BUSY]


def test_a_fault_without_trials_is_still_counted() -> None:
    proof = judge("stu3", [(Task("stu3", (), ()), []), (Task("stu3", (BUSY,), ()), [])])
    assert proof.survivors() == [BUSY]
    assert not proof.sound
