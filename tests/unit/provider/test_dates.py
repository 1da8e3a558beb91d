from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.provider.clock import Clock, seconds_of, uk_text
from conformance.provider.dates import parse_bound


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("ge2026-03-29", "2026-03-29T00:00+00:00", "2026-03-29T23:00+00:00"),  # a day of 23 hours
        ("2026-10-25", "2026-10-24T23:00+00:00", "2026-10-26T00:00+00:00"),  # and one of 25
        ("le2026-07-01T09:00:00+01:00", "2026-07-01T08:00+00:00", "2026-07-01T08:00:01+00:00"),
        ("le2026-07-01T09:00:00 01:00", "2026-07-01T08:00+00:00", "2026-07-01T08:00:01+00:00"),
        ("2026-07-01T09:00:00Z", "2026-07-01T09:00+00:00", "2026-07-01T09:00:01+00:00"),
        ("2026-07-01T09:00Z", "2026-07-01T09:00+00:00", "2026-07-01T09:01+00:00"),
        ("2026-07-01T09:00:00", "2026-07-01T08:00+00:00", "2026-07-01T08:00:01+00:00"),
        ("2026-02", "2026-02-01T00:00+00:00", "2026-03-01T00:00+00:00"),
        ("2026", "2026-01-01T00:00+00:00", "2027-01-01T00:00+00:00"),
    ],
)
def test_what_a_bound_covers(text: str, low: str, high: str) -> None:
    bound = parse_bound(text)
    assert bound is not None
    assert (bound.low, bound.high) == tuple(int(datetime.fromisoformat(item).timestamp()) for item in (low, high))


@pytest.mark.parametrize(
    "text", ["", "ge", "2026-13-01", "2026-02-30", "x", "2026-01-01T25:00:00Z", "GE2026-01-01", "9999", "2026-1-1"]
)
def test_what_is_no_date(text: str) -> None:
    assert parse_bound(text) is None


def test_uk_time() -> None:
    assert uk_text(seconds_of("2026-07-01T08:00:00Z") or 0) == "2026-07-01T09:00:00+01:00"
    assert uk_text(seconds_of("2026-12-01T08:00:00+02:00") or 0) == "2026-12-01T06:00:00+00:00"
    assert [seconds_of(item) for item in (None, 5, "2026-07-01", "2026-07-01T08:00:00", "x" * 30)] == [None] * 5


def test_the_clock_can_be_set() -> None:
    clock = Clock()
    clock.set(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    assert str(clock.today()) == "2026-07-01"
    clock.set(None)
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5
