"""What is tried on what."""

from __future__ import annotations

import pytest

from conformance.core.errors import UsageError
from conformance.provider.faults import faults_of
from conformance.proving.plan import Scope, Task, entries_of, owners, plan, unknown_names
from conformance.proving.proof import area
from conformance.spec import editions

EDITIONS = editions()


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_scenario_names_faults_and_only_those_that_are_there(edition: str) -> None:
    assert not unknown_names(edition)
    assert not [entry.case.id for entry in entries_of(edition) if not entry.case.fault_ids(edition)]


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_fault_is_named_and_there_are_at_least_two_hundred(edition: str) -> None:
    named = owners(edition)
    assert len(named) >= 200
    assert not sorted(fault for fault, own in named.items() if not own)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_quick_plan_is_the_clean_run_and_each_fault_on_those_that_name_it(edition: str) -> None:
    clean, *tasks = plan(edition, Scope())
    assert clean == Task(edition, (), tuple(entry.case.id for entry in entries_of(edition)))
    assert sorted(task.faults[0] for task in tasks) == sorted(faults_of(edition))
    assert {task.faults[0]: list(task.named) for task in tasks} == owners(edition)
    assert not any(task.others for task in tasks)
    assert [task.size for task in tasks] == sorted((task.size for task in tasks), reverse=True)


def test_a_full_plan_adds_all_of_the_area_and_a_sample_of_the_others() -> None:
    _, *tasks = plan("stu3", Scope(near=None, far=5, select="read.without-slot"))
    everything = {entry.case.id for entry in entries_of("stu3")}
    for task in tasks:
        own_area = {name for name in everything if area(name) == area(task.faults[0])}
        assert own_area <= {*task.named, *task.others}
        assert len({*task.others} - own_area) == 5
        assert not {*task.named} & {*task.others}
    assert tasks


def test_the_same_seed_draws_the_same_and_another_draws_others() -> None:
    drawn = [plan("stu3", Scope(far=5, pairs=3, seed=seed, select="amend.")) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_selection_keeps_faults_and_their_scenarios_and_scenarios_by_name() -> None:
    clean, *tasks = plan("stu3", Scope(select="book.accepts-busy-slot"))
    assert [task.faults for task in tasks] == [("book.accepts-busy-slot",)]
    assert set(clean.named) == set(tasks[0].named)


def test_a_selection_that_fits_nothing_is_said() -> None:
    with pytest.raises(
        UsageError, match="no fault, no variant and no scenario of edition stu3 has 'xyzzy' in its name"
    ):
        plan("stu3", Scope(select="xyzzy"))


@pytest.mark.parametrize("edition", EDITIONS)
def test_pairs_are_of_areas_that_do_not_stand_on_each_other(edition: str) -> None:
    pairs = [task for task in plan(edition, Scope(pairs=50)) if task.pair]
    assert len(pairs) == 50
    named = owners(edition)
    for task in pairs:
        first, second = task.faults
        assert area(first) != area(second)
        assert set(task.named) == {*named[first], *named[second]}
        assert not (
            "book" in map(area, task.faults) and {"amend", "cancel", "read", "retrieve"} & set(map(area, task.faults))
        )
