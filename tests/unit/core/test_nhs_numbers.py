"""Check digits of NHS numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.core.nhs_numbers import check_digit, invalid_like, is_nhs_number, problem_with


@pytest.mark.parametrize("number", ["9434765919", "9990010072", "9000000009", "0000000000"])
def test_valid(number: str) -> None:
    assert is_nhs_number(number)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("9434765918", "should be 9, not 8"),
        ("943476591", "ten digits"),
        ("94347659190", "ten digits"),
        ("943 476 59", "ten digits"),
        ("٩434765919", "ten digits"),
        ("", "ten digits"),
        ("1000000000", "should be 1, not 0"),
        ("0000000060", "no NHS number begins"),
    ],
)
def test_invalid(number: str, said: str) -> None:
    assert said in problem_with(number)
    assert not is_nhs_number(number)


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_exactly_one_digit_checks_or_none(nine: str) -> None:
    valid = [digit for digit in range(10) if is_nhs_number(f"{nine}{digit}")]
    assert valid == ([check_digit(nine)] if check_digit(nine) < 10 else [])
    for digit in valid:
        assert not is_nhs_number(invalid_like(f"{nine}{digit}"))
