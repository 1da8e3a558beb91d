"""What is made of the results of a proof's tasks."""

from __future__ import annotations

from conformance.core.results import Verdict
from conformance.proving.plan import Task, owners
from conformance.proving.trials import judge
from tests.support.trials import FAIL, PASS, SKIP, found

BUSY = "book.accepts-busy-slot"


def _task(*faults: str) -> Task:
    return Task("stu3", faults, tuple(dict.fromkeys(name for fault in faults for name in owners("stu3")[fault])))


def _results(task: Task, verdict: Verdict) -> tuple[Task, list]:
    return task, [found(name, verdict) for name in task.named]


def test_what_tasks_found_is_set_beside_the_clean_verdicts() -> None:
    named = _task(BUSY).named
    clean = (Task("stu3", (), named), [found(name, PASS) for name in named])
    proof = judge("stu3", [clean, _results(_task(BUSY), FAIL)])
    assert proof.sound
    assert {t.scenario for t in proof.trials if t.listed} == set(named)
    assert judge("stu3", [clean, _results(_task(BUSY), PASS)]).survivors() == [BUSY]
    assert judge("stu3", [clean, _results(_task(BUSY), SKIP)]).survivors() == [BUSY]
    warned = (clean[0], [found(name, Verdict.WARN) for name in named])
    assert judge("stu3", [warned, _results(_task(BUSY), Verdict.WARN)]).survivors() == [BUSY]


def test_a_fault_without_trials_is_still_counted() -> None:
    proof = judge("stu3", [(Task("stu3", (), ()), []), (Task("stu3", (BUSY,), ()), [])])
    assert proof.survivors() == [BUSY]
    assert not proof.sound
