"""The provider's clock, which tests can set, and UK time. The specification: times are UK local time with offset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class Clock:
    """What time it is. A function may say so instead (an aware datetime each call)."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._now = now or _now

    def set(self, now: datetime | None) -> None:
        """Stop the clock at an aware datetime; None lets it run again."""
        self._now = _now if now is None else lambda: now

    def now(self) -> datetime:
        """The present as an aware datetime in UTC."""
        return self._now().astimezone(UTC)

    def seconds(self) -> int:
        """The present in whole seconds since 1970."""
        return int(self.now().timestamp())

    def today(self) -> date:
        """The present day in the UK."""
        return self.now().astimezone(LONDON).date()


def _now() -> datetime:
    return datetime.now(UTC)


def midnight(day: date) -> datetime:
    """The first instant of a UK day."""
    return datetime.combine(day, time(), LONDON)


@lru_cache(maxsize=4096)  # the diary has some thousand moments, and a search names each of its own
def uk_text(seconds: int) -> str:
    """Seconds since 1970 as UK local time, `2026-11-22T09:00:00+00:00`."""
    return datetime.fromtimestamp(seconds, LONDON).isoformat(timespec="seconds")


def seconds_of(text: object) -> int | None:
    """An instant or dateTime with offset as seconds since 1970; None for anything else."""
    if not isinstance(text, str) or len(text) < len("2026-01-01T00:00Z"):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else int(moment.timestamp())
