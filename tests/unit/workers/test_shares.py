"""A run divided among workers: nothing twice, nothing lost, and fewer workers where people or days are few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from conformance.config.model import Config
from conformance.consumer.uk_time import uk_date
from conformance.engine.collection import collect
from conformance.engine.scenario import Case
from conformance.engine.slot_pool import FreeSlot, SlotPool
from conformance.planning.cost import facts_of, writes
from conformance.planning.facts import read_facts
from conformance.planning.phases import Phase, phase_of
from conformance.spec import editions, load
from conformance.workers.shares import Division, bookable, divide, restricted
from tests.support.configs import config_for

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def cases_in(edition: str) -> list[Case]:
    return [entry.case for entry in collect() if entry.case.runs_in(edition)]


def pool(days: int, slots: int = 12) -> SlotPool:
    def of_day(day: int) -> Iterator[FreeSlot]:
        for number in range(slots):
            start = BEGIN + timedelta(days=day, minutes=10 * number)
            schedule = {"id": f"schedule-{day}", "actor": [{"reference": "Location/1"}]}
            yield FreeSlot({"id": f"{day}-{number}"}, schedule, start, start + timedelta(minutes=10))

    return SlotPool(slot for day in range(days) for slot in of_day(day))


def configuration(edition: str, people: int = 20) -> Config:
    config = config_for(edition, "http://provider.test/x", Path("reports"))
    may = bookable(config)[:people]
    others = [one for one in config.data.patients if one not in bookable(config)]
    return replace(config, data=replace(config.data, patients=(*may, *others)))


def divided(edition: str, wanted: int, *, days: int = 10, people: int = 20) -> Division:
    facts = read_facts(load(edition))
    return divide(cases_in(edition), facts, configuration(edition, people), pool(days), wanted)


@pytest.mark.parametrize("edition", editions())
@pytest.mark.parametrize("wanted", [2, 3, 8])
def test_no_scenario_person_or_day_is_in_two_shares(edition: str, wanted: int) -> None:
    shares = divided(edition, wanted).shares
    assert len(shares) == wanted
    for what in ("ids", "people", "days"):
        shared = [one for share in shares for one in getattr(share, what)]
        assert len(shared) == len(set(shared)) > wanted
    assert all(share.people and share.days for share in shares if share.writing)


@pytest.mark.parametrize("edition", editions())
def test_all_that_is_not_played_alone_is_in_a_share(edition: str) -> None:
    facts, cases = read_facts(load(edition)), cases_in(edition)
    shares = divided(edition, 4).shares
    phases = {case.id: phase_of(case, facts, 5) for case in cases}
    assert {name for share in shares for name in share.writing} == {
        name for name, phase in phases.items() if phase is Phase.WRITING
    }
    assert {name for share in shares for name in share.reading} == {
        name for name, phase in phases.items() if phase is Phase.READING
    }
    assert sum(phase is not Phase.ALONE for phase in phases.values()) > len(cases) * 0.7


@pytest.mark.parametrize("edition", editions())
def test_the_shares_cost_about_the_same(edition: str) -> None:
    facts = read_facts(load(edition))
    cases = {case.id: case for case in cases_in(edition)}
    costs = [
        sum(facts_of(cases[name], facts).requests for name in share.writing) for share in divided(edition, 4).shares
    ]
    assert max(costs) - min(costs) <= 20


@pytest.mark.parametrize("edition", editions())
def test_what_is_played_alone_and_what_only_reads(edition: str) -> None:
    facts = read_facts(load(edition))
    for case in cases_in(edition):
        phase, row = phase_of(case, facts, 20), facts_of(case, facts)
        if case.judges_all_responses or case.id.startswith("tls.") or row.registrations or ".at-once" in case.id:
            assert phase is Phase.ALONE, case.id
        if phase is Phase.READING:
            assert not writes(case, facts), case.id
        if phase is Phase.WRITING:
            assert writes(case, facts), case.id


def test_a_scenario_that_was_never_measured_is_played_alone() -> None:
    case = next(one for one in cases_in(editions()[0]) if not one.judges_all_responses)
    assert phase_of(case, {}, 20) is Phase.ALONE


def test_a_scenario_that_needs_two_people_is_played_alone_where_each_worker_has_one() -> None:
    edition = editions()[0]
    facts = read_facts(load(edition))
    two = [case for case in cases_in(edition) if "data.patients bookable 2" in facts_of(case, facts).needs]
    before = {case.id for case in two if phase_of(case, facts, 2) is Phase.WRITING}
    assert before
    assert not [case.id for case in two if case.id in before and phase_of(case, facts, 1) is not Phase.ALONE]


@pytest.mark.parametrize(
    ("days", "people", "writers", "said"),
    [
        (10, 2, 2, "2 people under data.patients may be booked for"),
        (3, 20, 3, "free slots for it are found on 3 days of data.window"),
        (1, 20, 1, "on 1 day of data.window"),
        (0, 20, 1, "on 0 days of data.window"),
        (10, 1, 1, "one person under data.patients may be booked for"),
        (10, 20, 4, ""),
    ],
)
def test_fewer_workers_book_where_people_or_days_are_few(days: int, people: int, writers: int, said: str) -> None:
    division = divided(editions()[0], 4, days=days, people=people)
    assert len(division.shares) == 4
    assert sum(bool(share.writing) for share in division.shares) == writers
    assert len(division.limits) == bool(said)
    assert said in "".join(division.limits)


def test_days_with_hardly_any_slot_count_for_nobody() -> None:
    facts = read_facts(load(editions()[0]))
    division = divide(cases_in(editions()[0]), facts, configuration(editions()[0]), pool(5, slots=3), 4)
    assert sum(bool(share.writing) for share in division.shares) == 1


def test_nobody_else_may_be_booked_for_and_places_stay() -> None:
    config = configuration(editions()[0])
    mine = frozenset(one.nhs_number for one in bookable(config)[1:3])
    own = restricted(config, mine)
    assert {one.nhs_number for one in bookable(own)} == mine
    assert [one.nhs_number for one in own.data.patients] == [one.nhs_number for one in config.data.patients]
    assert own.data.patients_with("sensitive") == config.data.patients_with("sensitive") != ()


def test_a_pool_of_some_days_holds_no_slot_of_others_whatever_a_search_finds() -> None:
    every = pool(3)
    day = BEGIN.date() + timedelta(days=1)
    mine = every.copy(frozenset({day}))
    assert {uk_date(slot.start) for slot in mine.free()} == {day}
    mine.replace(every.free())
    assert {uk_date(slot.start) for slot in mine.free()} == {day}
    assert {uk_date(slot.start) for slot in every.free()} == {date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)}


def test_slots_that_stay_taken_are_not_leased_again() -> None:
    every = pool(1, slots=2)
    taken = every.copy()
    taken.take()
    every.keep(taken.leased)
    assert [slot.id for slot in every.free()] == ["0-1"]
