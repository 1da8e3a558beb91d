"""Packs, needs, costs and the permission to write: pure, from data."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conformance.config.model import Config
from conformance.core.errors import UsageError
from conformance.engine.collection import collect
from conformance.engine.scenario import Case
from conformance.engine.selection import select
from conformance.planning.cost import MOST_REQUESTS, by_want, cost_of, facts_of, suggested_workers, wanting, writes
from conformance.planning.facts import STEP, ScenarioFacts, read_facts
from conformance.planning.needs import in_words, is_met, key_of
from conformance.planning.packs import by_pack, load_pack, only_reading, pack_names
from conformance.planning.permission import demand_permission, is_loopback, may_write
from conformance.spec import editions, load
from tests.support.configs import config_for

EDITIONS = editions()
EVERY = {entry.case.id for entry in collect()}


def cases(edition: str) -> list[Case]:
    return [entry.case for entry in collect() if entry.case.runs_in(edition)]


@pytest.fixture(params=EDITIONS)
def edition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def config(edition: str, tmp_path: Path) -> Config:
    return config_for(edition, "https://127.0.0.1:1/A20047/gpconnect", tmp_path)


# the measured facts


def test_every_scenario_has_a_row(edition: str) -> None:
    missing = {case.id for case in cases(edition)} - set(read_facts(load(edition)))
    assert not missing, "run: python tools/measure_scenarios.py --missing"


def test_every_step_that_a_row_names_has_a_row(edition: str) -> None:
    facts = read_facts(load(edition))
    assert {STEP + step for row in facts.values() for step in row.steps} <= set(facts)


def test_every_need_is_one_that_can_be_met_and_named(edition: str, config: Config) -> None:
    needs = {need for row in read_facts(load(edition)).values() for need in row.needs}
    assert len(needs) > 30
    certificates = {need for need in needs if need.startswith("tls.")}
    unmet = {need for need in needs if not is_met(need, config)}
    assert unmet == certificates - {"tls.plain_port"}
    assert all(key_of(need).split(".")[0] in ("data", "tls", "provider") and in_words(need) for need in needs)


# needs


@pytest.mark.parametrize(
    ("need", "words"),
    [
        ("https", "provider.base_url: an address that begins with https"),
        ("data.patients bookable 2", "data.patients: two with the role bookable"),
        ("data.patients.logical_id sensitive", "data.patients: the logical_id of the patient with the role sensitive"),
        ("data.registrations new 3", "data.registrations: three whom the practice does not know"),
        ("data.registrations any", "data.registrations: one who can be registered"),
        ("data.registrations deceased", "data.registrations: one with refused: deceased"),
        ("data.locations 2", "data.locations: two of them"),
        ("data.closed_slot", "data.closed_slot"),
    ],
)
def test_a_need_in_words(need: str, words: str) -> None:
    assert in_words(need) == words


def test_needs_of_patients_count_the_spare_ones(config: Config) -> None:
    one = next(patient for patient in config.data.patients if "bookable" in patient.roles)
    spare = next(patient for patient in config.data.patients if "spare" in patient.roles)
    with_people = lambda *people: replace(config, data=replace(config.data, patients=people))  # noqa: E731
    assert is_met("data.patients bookable 2", with_people(one, spare))
    assert not is_met("data.patients bookable 2", with_people(one))
    assert not is_met("data.patients bookable", with_people(spare))


# cost


def test_a_step_is_counted_once() -> None:
    facts = {
        "a": ScenarioFacts("a", 2, 1, 1, 1, 0, frozenset({"find"})),
        "b": ScenarioFacts("b", 3, 0, 0, 0, 0, frozenset({"find"})),
        STEP + "find": ScenarioFacts(STEP + "find", 4, 0, 0, 0, 1),
    }
    rows = [Case(id=name, title="", interaction="", verifies="") for name in "ab"]
    cost = cost_of(rows, facts)
    assert (cost.scenarios, cost.requests, cost.writes, cost.bookings, cost.registrations) == (2, 9, 1, 1, 1)
    assert cost.minutes(0.585) == pytest.approx(9 * 0.6 / 60)
    assert [writes(row, facts) for row in rows] == [True, False]


def test_a_control_is_counted_again_for_the_end_of_the_run() -> None:
    name = "control: a valid request (book_appointment)"
    facts = {
        "a": ScenarioFacts("a", 2, 1, 1, 2, 0, frozenset({name})),
        STEP + name: ScenarioFacts(STEP + name, 3, 2, 1, 1, 1),
    }
    cost = cost_of([Case(id="a", title="", interaction="", verifies="")], facts)
    assert (cost.requests, cost.writes, cost.bookings, cost.at_once, cost.registrations) == (8, 5, 3, 3, 1)


@pytest.mark.parametrize(("bookings", "retrievals"), [(0, 0), (1, 1), (3, 2)])
def test_the_patients_booked_for_are_looked_at_once_more(config: Config, bookings: int, retrievals: int) -> None:
    one = [replace(person, roles=("bookable", "spare")) for person in config.data.patients[:2]]
    few = replace(config, data=replace(config.data, patients=tuple(one)))
    facts = {"a": ScenarioFacts("a", 5, 3, bookings, 1, 0)}
    cost = cost_of([Case(id="a", title="", interaction="", verifies="")], facts, few)
    assert cost.requests == 5 + retrievals


def test_a_step_that_cannot_be_performed_costs_nothing(edition: str, config: Config) -> None:
    facts = read_facts(load(edition))
    nobody = replace(config, data=replace(config.data, registrations=()))
    will_run = [one for one in cases(edition) if not wanting(one, nobody, facts)]
    assert cost_of(will_run, facts, nobody).registrations == 0
    assert cost_of(will_run, facts).registrations > 0
    assert "register.every-answer-conforms" not in [one.id for one in will_run]
    returning = tuple(one for one in config.data.registrations if one.inactive)
    somebody = replace(config, data=replace(config.data, registrations=returning))
    assert "register.every-answer-conforms" in [one.id for one in cases(edition) if not wanting(one, somebody, facts)]


def test_a_scenario_that_was_never_measured_is_taken_to_write() -> None:
    stranger = Case(id="no.such", title="", interaction="", verifies="")
    assert writes(stranger, {})
    assert facts_of(stranger, {}).requests == 1


def test_what_is_wanting_names_the_key(edition: str, config: Config) -> None:
    facts = read_facts(load(edition))
    bare = replace(config, data=replace(config.data, closed_slot=None))
    case = next(one for one in cases(edition) if one.id == "book.closed-slot")
    assert "data.closed_slot" in wanting(case, bare, facts)
    assert not wanting(case, config, facts)
    assert [one.id for one in by_want([case], bare, facts)["data.closed_slot"]] == ["book.closed-slot"]


# packs


def test_packs_are_as_large_as_they_should_be(edition: str) -> None:
    sizes = {name: len(select(cases(edition), by_pack([name], load(edition)))) for name in ("smoke", "core", "full")}
    assert 35 <= sizes["smoke"] <= 45
    assert 350 <= sizes["core"] <= 460
    assert sizes["full"] == len(cases(edition))


@pytest.mark.parametrize("name", ["smoke", "core", "full"])
def test_every_pattern_of_a_pack_takes_a_scenario(name: str) -> None:
    pack = load_pack(name)
    patterns = (*pack.scenarios, *pack.without)
    assert not [one for one in patterns if not any(fnmatchcase(scenario, one) for scenario in EVERY)]
    assert len(set(patterns)) == len(patterns)


def test_smoke_and_read_only_write_nothing(edition: str) -> None:
    facts = read_facts(load(edition))
    for criteria in (by_pack(["smoke"], load(edition)), [only_reading(load(edition))]):
        chosen = select(cases(edition), criteria)
        assert cost_of(chosen, facts).writes == 0
        assert cost_of(chosen, facts).bookings == 0
    everything = [one.id for one in cases(edition) if load_pack("smoke").takes(one)]
    assert len(everything) == len(select(cases(edition), by_pack(["smoke"], load(edition))))


def test_a_pack_that_does_not_exist_is_named_with_one_that_is_near() -> None:
    assert set(pack_names()) == {"smoke", "core", "full"}
    with pytest.raises(UsageError, match="there is no pack smok") as caught:
        load_pack("smok")
    assert "Did you mean smoke?" in str(caught.value)
    with pytest.raises(UsageError):
        load_pack("../packs/core")


# permission


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:80/x", True),
        ("https://localhost/x", True),
        ("https://[::1]:4/x", True),
        ("https://gp.localhost/x", True),
        ("https://10.0.0.1/x", False),
        ("https://provider.example.org/x", False),
        ("https://localhost.example.org/x", False),
    ],
)
def test_what_is_this_machine(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_writing_elsewhere_needs_permission(edition: str, config: Config) -> None:
    far = replace(config, provider=replace(config.provider, base_url="https://gp.example.org/x"))
    everything = cases(edition)
    with pytest.raises(UsageError) as caught:
        demand_permission(far, everything)
    assert "this run writes to gp.example.org" in str(caught.value)
    assert "provider.may_write: true" in str(caught.value)
    demand_permission(far, select(everything, [only_reading(load(edition))]))
    demand_permission(config, everything)
    allowed = replace(far, provider=replace(far.provider, may_write=True))
    demand_permission(allowed, everything)
    assert may_write(allowed)
    beyond = replace(config, provider=replace(config.provider, via_proxy=True, proxy_url="https://ssp.example.org"))
    assert not may_write(beyond)


@pytest.mark.parametrize("edition", editions())
def test_a_scenario_takes_at_most_as_many_requests_in_the_mean_as_the_budget_says(edition: str) -> None:
    """Over the whole edition: each scenario's own requests as measured, and each named step once."""
    cases = [entry.case for entry in collect() if entry.case.runs_in(edition)]
    cost = cost_of(cases, read_facts(load(edition)))
    assert cost.scenarios == len(cases) > 2000
    assert 1 < cost.mean <= MOST_REQUESTS


@pytest.mark.parametrize(("latency", "workers"), [(0.005, 1), (0.149, 1), (0.15, 2), (0.2, 2), (0.3, 4), (5.0, 4)])
def test_workers_are_suggested_by_the_latency(latency: float, workers: int) -> None:
    assert suggested_workers(latency) == workers
