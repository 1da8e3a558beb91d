"""Date parameters of searches: a prefix and a date or dateTime, as an interval of seconds since 1970 in UK time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from conformance.provider.clock import LONDON, midnight

_SHAPE = re.compile(
    r"(?P<prefix>[a-z]*)(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?P<time>T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)


@dataclass(frozen=True)
class Bound:
    """A parsed parameter. It covers [low, high); `whole` is the day where one was given, `local` its UK clock time.

    `precision` is year, month, day or time; `zoned` says whether a time came with its offset.
    """

    text: str
    prefix: str
    precision: str
    low: int
    high: int
    local: datetime
    zoned: bool = True

    @property
    def day(self) -> date:
        """The UK day that the bound begins on."""
        return self.local.date()


def parse_bound(text: str) -> Bound | None:
    """Return what a parameter says, or None where it is no date. A blank stands for an unescaped plus."""
    match = _SHAPE.fullmatch(text.replace(" ", "+"))
    if match is None:
        return None
    try:
        if match["time"]:
            return _instant(text, match)
        return _days(text, match)
    except (ValueError, OverflowError):
        return None


def _instant(text: str, match: re.Match[str]) -> Bound:
    moment = datetime.fromisoformat(f"{match['year']}-{match['month']}-{match['day']}{match['time']}")
    zoned = match["zone"] is not None
    moment = moment if zoned else moment.replace(tzinfo=LONDON)
    low = int(moment.timestamp())
    step = 1 if match["time"].count(":") >= 2 + (1 if zoned and match["zone"] != "Z" else 0) else 60
    local = moment.astimezone(LONDON).replace(tzinfo=None)
    return Bound(text, match["prefix"], "time", low, low + step, local, zoned)


def _days(text: str, match: re.Match[str]) -> Bound:
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    first = date(year, month, day)
    if match["day"]:
        precision, after = "day", first + timedelta(days=1)
    elif match["month"]:
        precision, after = "month", (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    else:
        precision, after = "year", date(year + 1, 1, 1)
    low, high = (int(midnight(item).timestamp()) for item in (first, after))
    return Bound(text, match["prefix"], precision, low, high, datetime(year, month, day))  # noqa: DTZ001 - clock time
