"""UK dates and times, whatever the zone of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.consumer import uk_time
from tests.support.zones import in_zone


@pytest.fixture(params=["Pacific/Auckland", "America/Los_Angeles", "Europe/London"], autouse=True)
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    with in_zone(request.param):
        yield request.param


@pytest.mark.parametrize(
    ("moment", "text", "day"),
    [
        (datetime(2026, 1, 5, 9, 0, tzinfo=UTC), "2026-01-05T09:00:00+00:00", date(2026, 1, 5)),
        (datetime(2026, 7, 5, 23, 30, 9, 999, tzinfo=UTC), "2026-07-06T00:30:09+01:00", date(2026, 7, 6)),
        (datetime(2026, 7, 5, 8, tzinfo=timezone(timedelta(hours=12))), "2026-07-04T21:00:00+01:00", date(2026, 7, 4)),
        (datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), "2026-10-25T01:59:59+01:00", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "2026-10-25T01:00:00+00:00", date(2026, 10, 25)),
    ],
)
def test_uk_text_and_day(moment: datetime, text: str, day: date) -> None:
    assert uk_time.to_uk_text(moment) == text
    assert uk_time.uk_date(moment) == day
    # Not `==`: across zones Python calls the hour that comes twice unequal to itself (PEP 495).
    assert uk_time.uk_now(lambda: moment).timestamp() == moment.timestamp()
    assert uk_time.uk_now(lambda: moment).tzinfo is uk_time.LONDON


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        uk_time.to_uk_text(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-05T09:00:00+01:00", datetime(2026, 7, 5, 8, tzinfo=UTC)),
        ("2026-07-05T08:00:00Z", datetime(2026, 7, 5, 8, tzinfo=UTC)),
        ("2026-07-05T08:00:00.123456789Z", datetime(2026, 7, 5, 8, 0, 0, 123456, tzinfo=UTC)),
        (f"2026-07-05T08:00:00.{'0' * 5000}Z", datetime(2026, 7, 5, 8, tzinfo=UTC)),
        ("2026-07-05T08:00:00", None),
        ("2026-07-05", None),
        ("2026-02-30T08:00:00Z", None),
        ("2026-07-05T08:00:60Z", None),
        ("2026-07-05T08:00:00Z ", None),
        ("٢٠٢٦-07-05T08:00:00Z", None),
        ("", None),
        (None, None),
        (20260705, None),
        (["2026-07-05T08:00:00Z"], None),
    ],
)
def test_instants(text: object, moment: datetime | None) -> None:
    assert uk_time.parse_instant(text) == moment


def test_clock_changes() -> None:
    assert uk_time.clock_changes(2026) == (date(2026, 3, 29), date(2026, 10, 25))
    assert uk_time.clock_changes(2024) == (date(2024, 3, 31), date(2024, 10, 27))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 6, 1), date(2026, 6, 14), (date(2026, 6, 1), date(2026, 6, 14))),
        (date(2026, 3, 20), date(2026, 4, 1), (date(2026, 3, 20), date(2026, 3, 28))),
        (date(2026, 3, 28), date(2026, 4, 9), (date(2026, 3, 30), date(2026, 4, 9))),
        (date(2026, 10, 25), date(2026, 10, 30), (date(2026, 10, 26), date(2026, 10, 30))),
        (date(2025, 12, 25), date(2026, 1, 6), (date(2026, 1, 1), date(2026, 1, 6))),
    ],
)
def test_windows_avoid_clock_changes_and_the_past(first: date, last: date, expected: tuple[date, date]) -> None:
    assert uk_time.window(date(2026, 1, 1), first, last) == expected


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 30), st.integers(2, 60))
def test_no_window_holds_a_clock_change(today: date, start: int, length: int) -> None:
    first, last = today + timedelta(days=start), today + timedelta(days=start + length)
    lower, upper = uk_time.window(today, first, last)
    assert first <= lower <= upper <= last
    offsets = {
        uk_time.uk_midnight(lower + timedelta(days=number)).utcoffset() for number in range((upper - lower).days + 2)
    }
    assert len(offsets) == 1
    assert (upper - lower).days + 1 >= length // 2
