"""Whole numbers in headers, up to fifteen digits."""

from __future__ import annotations

import pytest

from conformance.consumer.header_values import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), (" 12 ", 12), ("9" * 15, 10**15 - 1), ("9" * 16, None), ("007", 7), ("-1", None), ("+1", None), ("1.5", None),
        ("\u0661", None), ("", None),
    ],
)  # fmt: skip
def test_a_whole_number(text: str, number: int | None) -> None:
    assert whole_number(text) == number
