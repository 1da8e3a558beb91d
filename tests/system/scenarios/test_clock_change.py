"""Around the UK clock change: scenarios on both sides of it, at a clock of ours, and wherever the tester sits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.config.model import Window
from conformance.consumer.uk_time import LONDON, uk_date
from conformance.core.results import Verdict
from conformance.engine.collection import collect
from conformance.engine.named_steps import Sender
from conformance.engine.runner import run_case
from conformance.engine.session import Session
from conformance.engine.slot_pool import FREE_SLOTS
from conformance.engine.values import Values
from conformance.provider.clock import Clock
from conformance.provider.server_thread import start
from conformance.spec import load
from tests.support.zones import in_zone

BEFORE_SPRING = datetime(2027, 3, 22, 10, tzinfo=UTC)  # the clock goes forward on the 28th
BEFORE_AUTUMN = datetime(2027, 10, 25, 10, tzinfo=UTC)  # and back on the 31st
TESTED = (
    "book.times", "book.read-back", "amend.rest-stored", "cancel.read-back", "retrieve.one-day", "retrieve.late-in-the-day",
    "search.slot-times-in-order", "search.one-day", "search.dates", "search.fills-window", "search.two-weeks",
)  # fmt: skip
SIDES = pytest.mark.parametrize("days", [(1, 5), (7, 13)], ids=["this-side", "other-side"])
MOMENTS = pytest.mark.parametrize("now", [BEFORE_SPRING, BEFORE_AUTUMN], ids=["spring", "autumn"])
EDITIONS = pytest.mark.parametrize("edition", ["stu3", "dstu2"])


def verdicts(
    edition: str, now: datetime, days: tuple[int, int], folder: Path, names: tuple[str, ...], *faults: str
) -> Iterator[tuple[str, Verdict, str]]:
    """Run scenarios at a moment, with free slots looked for on some days from it."""
    with start(load(edition), clock=Clock(lambda: now), faults=faults) as provider:
        config = bundled_config(edition, provider.base_url, folder)
        config = replace(config, data=replace(config.data, window=Window(*days)))
        session = Session(config, values=Values(lambda: now))
        try:
            for entry in collect():
                if entry.case.runs_in(edition) and entry.case.id.startswith(names):
                    result = run_case(entry.function, entry.case, session)
                    yield result.id, result.verdict, result.reason or str(result.findings[:1])
        finally:
            session.close()


@EDITIONS
@MOMENTS
@SIDES
def test_scenarios_pass_on_both_sides_of_the_change(
    edition: str, now: datetime, days: tuple[int, int], tmp_path: Path
) -> None:
    found = list(
        verdicts(edition, now, days, tmp_path, (*TESTED, "time.evening", "time.day", "time.repeated", "time.skipped"))
    )
    assert len(found) >= 20
    assert [row for row in found if row[1] is not Verdict.PASS] == []


@EDITIONS
@MOMENTS
def test_slots_are_offered_on_the_day_of_the_change(edition: str, now: datetime, tmp_path: Path) -> None:
    """So that what is said of those days above is said of something."""
    from conformance.checks.searchsets import ids_of

    changes = date(2027, 3, 28) if now is BEFORE_SPRING else date(2027, 10, 31)
    with start(load(edition), clock=Clock(lambda: now)) as provider:
        session = Session(bundled_config(edition, provider.base_url, tmp_path), values=Values(lambda: now))
        response = session.send(session.requests.search_free_slots(changes, changes))
        session.close()
    assert len(ids_of(response, "Slot")) > 10


def test_offsets_of_the_wrong_season_are_seen_across_the_change(tmp_path: Path) -> None:
    names = ("search.slot-times-uk",)
    clean, faulty = (
        list(verdicts("stu3", BEFORE_SPRING, (7, 13), tmp_path, names, *faults))
        for faults in ((), ("search.slot-times-other-offset",))
    )
    assert [row[1] for row in clean] == [Verdict.PASS]
    assert [row[1] for row in faulty] == [Verdict.FAIL]


@pytest.fixture(params=["Pacific/Auckland", "America/Los_Angeles"])
def _elsewhere(request: pytest.FixtureRequest) -> Iterator[None]:
    """A tester on the other side of the world."""
    with in_zone(request.param):
        yield


@pytest.mark.usefixtures("_elsewhere")
@EDITIONS
def test_days_are_those_of_the_united_kingdom(edition: str, tmp_path: Path) -> None:
    now = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight of the first of July in the UK
    with start(load(edition), clock=Clock(lambda: now)) as provider:
        session = Session(bundled_config(edition, provider.base_url, tmp_path), values=Values(lambda: now))
        assert uk_date(session.now()) == date(2027, 7, 1)
        slots = Sender(session).once(FREE_SLOTS).free()
        session.close()
    assert min(slot.start for slot in slots).astimezone(LONDON).date() == date(2027, 7, 2)
    assert {str(slot.raw["start"])[-6:] for slot in slots} == {"+01:00"}


@pytest.mark.usefixtures("_elsewhere")
def test_scenarios_pass_wherever_the_tester_sits(tmp_path: Path) -> None:
    now = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)
    names = ("retrieve.one-day", "retrieve.from-today", "search.past", "book.times", "time.evening")
    found = list(verdicts("stu3", now, (1, 13), tmp_path, names))
    assert len(found) >= 9
    assert [row for row in found if row[1] is not Verdict.PASS] == []
