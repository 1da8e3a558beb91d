"""A selection cut into shards: nothing twice, nothing lost, of about the same cost, the same on every machine."""

from __future__ import annotations

import random

import pytest

from conformance.core.errors import UsageError
from conformance.engine.collection import collect
from conformance.engine.scenario import Case
from conformance.planning.cost import cost_of, facts_of
from conformance.planning.facts import read_facts
from conformance.planning.sharding import Shard, digest_of, part_of, read_shard
from conformance.spec import editions, load


def cases_in(edition: str) -> list[Case]:
    return [entry.case for entry in collect() if entry.case.runs_in(edition)]


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize("of", [1, 2, 3, 5, 8, 20, 100])
def test_the_shards_are_disjoint_and_complete_and_keep_the_order(edition: str, of: int) -> None:
    cases, facts = cases_in(edition), read_facts(load(edition))
    parts = [part_of(cases, facts, Shard(number, of)) for number in range(1, of + 1)]
    ids = [case.id for part in parts for case in part]
    assert all(parts)
    assert sorted(ids) == sorted(case.id for case in cases)
    assert all([case for case in cases if case in part] == list(part) for part in parts)


@pytest.mark.parametrize("edition", editions())
def test_the_shards_cost_about_the_same(edition: str) -> None:
    cases, facts = cases_in(edition), read_facts(load(edition))
    costs = [cost_of(part_of(cases, facts, Shard(number, 5)), facts).requests for number in range(1, 6)]
    assert max(costs) <= 1.2 * sum(costs) / 5
    assert sum(costs) <= 1.1 * cost_of(cases, facts).requests  # named steps are performed in each shard that needs them


@pytest.mark.parametrize("edition", editions())
def test_ids_alone_decide_and_not_the_order_in_which_scenarios_are_found(edition: str) -> None:
    cases, facts = cases_in(edition), read_facts(load(edition))
    shuffled = random.Random(19).sample(cases, len(cases))
    for number in range(1, 4):
        part, other = (part_of(order, facts, Shard(number, 3)) for order in (cases, shuffled))
        assert {case.id for case in part} == {case.id for case in other}


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize("of", [2, 8, 40])
def test_whatever_registers_people_or_looks_for_some_to_register_is_in_one_shard(edition: str, of: int) -> None:
    cases, facts = cases_in(edition), read_facts(load(edition))
    registering = {
        case.id
        for case in cases
        if any(need.startswith("data.registrations") for need in facts_of(case, facts).needs)
        or any(step.startswith("register a patient") for step in facts_of(case, facts).steps)
    }
    parts = [{case.id for case in part_of(cases, facts, Shard(number, of))} for number in range(1, of + 1)]
    assert len(registering) > 100
    assert sum(bool(part & registering) for part in parts) == 1


def test_a_scenario_that_was_never_measured_is_in_a_shard_too() -> None:
    new = Case(id="new.one", title="A title", verifies="", interaction="book_appointment")
    cases = [*cases_in(editions()[0])[:5], new]
    assert sum(new in part_of(cases, {}, Shard(number, 3)) for number in (1, 2, 3)) == 1


def test_more_shards_than_there_are_pieces_are_refused() -> None:
    cases = cases_in(editions()[0])[:3]
    assert [len(part_of(cases, {}, Shard(number, 3))) for number in (1, 2, 3)] == [1, 1, 1]
    with pytest.raises(UsageError, match="this selection of 3 scenarios makes 3 shards at the most"):
        part_of(cases, {}, Shard(4, 4))


@pytest.mark.parametrize(
    "text", ["0/5", "6/5", "2", "", "2/", "/5", "-1/5", "2/5/6", "two/five", "1/0", "2 / 5", "\u0662/\u0665"]
)
def test_what_names_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no shard"):
        read_shard(text)


@pytest.mark.parametrize(("text", "shard"), [("1/1", Shard(1, 1)), ("2/5", Shard(2, 5)), ("5/5", Shard(5, 5))])
def test_a_shard_is_read_as_it_is_written(text: str, shard: Shard) -> None:
    assert read_shard(text) == shard
    assert str(shard) == text


def test_a_digest_stands_for_the_ids_of_a_selection_in_any_order() -> None:
    assert digest_of(["b", "a"]) == digest_of(["a", "b"]) != digest_of(["ab"])
