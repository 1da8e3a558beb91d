"""Header values that nobody vouches for: read, or None, never an exception."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.consumer.header_values import http_date, whole_number


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 01 Jul 2026 12:00:00 GMT",
        "Wed, 01 Jul 2026 13:00:00 +0100",
        "Wed, 01 Jul 2026 12:00:00",
    ],
)
def test_a_date_is_a_moment(text: str) -> None:
    assert http_date(text) == datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 2026 00:00:00 +99999999",
        "Mon, 32 Jan 2026 00:00:00 GMT",
        "9" * 5000,
    ],
)
def test_anything_else_is_none(text: str | None) -> None:
    assert http_date(text) is None


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z]{3}, \d+ [A-Za-z]{3} \d+ \d+:\d+:\d+ [+-]?\w+", fullmatch=True))
def test_no_date_raises(text: str) -> None:
    found = http_date(text)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        (" 12 ", 12),
        ("", None),
        ("-1", None),
        ("\u00b2", None),
        ("\u0662", None),
        ("9" * 16, None),
        ("1_0", None),
    ],
)
def test_a_number_is_ascii_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number
