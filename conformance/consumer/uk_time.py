"""Dates and times as the specification means them: in the United Kingdom, whatever the tester's zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
Clock = Callable[[], datetime]

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LONGEST_KEPT = 40  # characters: what a provider sends may be of any length


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC: the clock where no other is given."""
    return datetime.now(UTC)


def uk_now(clock: Clock = utc_now) -> datetime:
    """Return the present moment in UK time."""
    return clock().astimezone(LONDON)


def uk_date(moment: datetime) -> date:
    """Return the day that a moment (aware) falls on in the UK."""
    return moment.astimezone(LONDON).date()


def uk_midnight(day: date) -> datetime:
    """Return the first moment of a day in the UK."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON)


def to_uk_text(moment: datetime) -> str:
    """Return `yyyy-mm-ddThh:mm:ss+hh:mm` in UK time, whole seconds, `+00:00` rather than `Z` (STU3-SLOT-005).

    Raises ValueError for a moment without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone to be written in UK time")
    return moment.astimezone(LONDON).replace(microsecond=0).isoformat()


def parse_instant(text: object) -> datetime | None:
    """Return the moment that a FHIR dateTime with time and zone names and that can be said in UK time, or None."""
    if not isinstance(text, str):
        return None
    return _instant(text) if len(text) <= _LONGEST_KEPT else _instant.__wrapped__(text)


@lru_cache(maxsize=8192)  # the times of a diary come back in response after response
def _instant(text: str) -> datetime | None:
    if not _INSTANT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        moment.astimezone(LONDON)
    except (ValueError, OverflowError):  # the first and last hours of the calendar have no UK time
        return None
    return moment


@cache
def clock_changes(year: int) -> tuple[date, ...]:
    """Return the days of a year on which the UK clock changes, in order."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return tuple(day for day in days if day.year == year and _changes_on(day))


def window(today: date, first: date, last: date) -> tuple[date, date]:
    """Return the days from `first` to `last`, cut so that no clock change lies within; never before `today`.

    The longer side of the change is kept (the earlier of equal ones); the day of the change itself is in neither.
    """
    first = max(first, today)
    changes = [day for year in range(first.year, last.year + 1) for day in clock_changes(year) if first <= day <= last]
    bounds = [first - timedelta(days=1), *changes, last + timedelta(days=1)]
    sides = [(lower + timedelta(days=1), upper - timedelta(days=1)) for lower, upper in pairwise(bounds)]
    return max(sides, key=lambda side: (side[1] - side[0]).days)


def _changes_on(day: date) -> bool:
    return uk_midnight(day).utcoffset() != uk_midnight(day + timedelta(days=1)).utcoffset()
