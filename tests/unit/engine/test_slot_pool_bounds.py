"""Work on free slots is bounded by counts, however many a provider offers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conformance.core.results import Blame
from conformance.engine import slot_pool
from conformance.engine.slot_pool import FreeSlot, SlotPool
from conformance.engine.stop_reasons import CannotTest

BEGIN = datetime(2026, 7, 6, 8, tzinfo=UTC)


def slot(number: int, minutes: int, schedule: str = "1", length: int = 10) -> FreeSlot:
    start = BEGIN + timedelta(minutes=minutes)
    return FreeSlot(
        {"id": str(number)},
        {"id": schedule, "actor": [{"reference": "Location/1"}]},
        start,
        start + timedelta(minutes=length),
    )


def test_adjacent_slots_among_many_are_found_without_comparing_all() -> None:
    compared = 0

    def touching(first: FreeSlot, second: FreeSlot) -> bool:
        nonlocal compared
        compared += 1
        return first.touches(second)

    slots = [slot(number, number * 20) for number in range(20_000)]
    pool = SlotPool([*slots[:-1], slot(20_001, 19_998 * 20 + 10)])
    first, second = pool.take_run(touching, what="two adjacent slots")
    assert first.end == second.start
    assert compared < 20_000


def test_comparisons_end_at_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot_pool, "MOST_COMPARISONS", 1_000)
    compared = 0

    def never(first: FreeSlot, second: FreeSlot) -> bool:
        nonlocal compared
        compared += 1
        return False

    with pytest.raises(CannotTest, match="no two slots"):
        SlotPool(slot(number, number * 20) for number in range(200)).take_run(never, what="two slots")
    assert 900 < compared <= 1_000


def test_slots_that_are_apart_are_found_too() -> None:
    pool = SlotPool([slot(1, 0), slot(2, 10), slot(3, 60)])
    first, second = pool.take_run(lambda one, two: one.end < two.start, what="two slots apart")
    assert (first.id, second.id) == ("1", "3")
    assert [one.id for one in pool.following(first)] == ["2"]


def test_no_more_slots_are_known_than_so_many() -> None:
    pool = SlotPool(slot(number, number) for number in range(slot_pool.MOST_SLOTS + 10))
    assert len(pool.free()) == slot_pool.MOST_SLOTS


def test_slots_that_cannot_be_booked_are_said_and_the_providers() -> None:
    with pytest.raises(CannotTest) as stopped:
        SlotPool([], unusable=3).take()
    assert stopped.value.blame is Blame.PROVIDER
    assert "3 slots that it offers cannot be booked" in stopped.value.reason
    with pytest.raises(CannotTest) as stopped:
        SlotPool([]).take()
    assert stopped.value.blame is Blame.TEST_DATA
