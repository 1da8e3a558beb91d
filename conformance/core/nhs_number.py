"""NHS numbers: ten digits, the last one a check digit by modulus 11 (NHS Data Dictionary, "NHS NUMBER")."""

from __future__ import annotations

LENGTH = 10


def is_nhs_number(digits: str) -> bool:
    """Say whether a text is ten ASCII digits with a right check digit."""
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        return False
    weighted = sum((LENGTH - position) * int(digit) for position, digit in enumerate(digits[:-1]))
    check = (11 - weighted % 11) % 11
    return check == int(digits[-1])
