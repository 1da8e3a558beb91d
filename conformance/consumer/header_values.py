"""Reads header values that anybody may have written: what cannot be read is None, never an exception."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_DATE = 100


def http_date(text: str | None) -> datetime | None:
    """Return the moment (aware) that an HTTP date names (RFC 9110 section 5.6.7), None for anything else."""
    if not text or len(text) > _LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def whole_number(text: str) -> int | None:
    """Return the number that up to 15 ASCII digits spell, None for anything else."""
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) <= 15 else None
