"""NHS numbers: ten digits, the last one a check digit by modulus 11 (NHS Data Dictionary, "NHS NUMBER")."""

from __future__ import annotations

LENGTH = 10


def is_nhs_number(digits: str) -> bool:
    """Say whether a text is ten ASCII digits with a right check digit."""
    return not problem_with(digits)


def problem_with(digits: str) -> str:
    """Return what is wrong with a text as an NHS number, for people; "" when it is one."""
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        return "an NHS number has ten digits and nothing else"
    wanted = check_digit(digits)
    if wanted == LENGTH:
        return "no NHS number begins with these nine digits: their check digit would be 10"
    return "" if wanted == int(digits[-1]) else f"its check digit (the last) should be {wanted}, not {digits[-1]}"


def check_digit(digits: str) -> int:
    """Return what the first nine digits ask for as the tenth: 0 to 9, or 10 where no number has them."""
    weighted = sum((LENGTH - position) * int(digit) for position, digit in enumerate(digits[: LENGTH - 1]))
    return (11 - weighted % 11) % 11


def invalid_like(digits: str) -> str:
    """Return an NHS number with a wrong check digit."""
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)
