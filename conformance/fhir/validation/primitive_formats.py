"""Formats of FHIR's primitive types, judged on the JSON value.

`fault(code, value)` returns None for a well-formed value, else what is wrong in words. Patterns follow FHIR 3.0.1 "Data
Types" with two repairs: the published pattern of `code` is exponential (the one here agrees with it and is linear), and a
date has to exist in the calendar.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

MAX_STRING = 1024 * 1024  # "Strings SHALL NOT exceed 1MB in size"
INTEGER_LIMIT = 2**31

_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_DATE_TIME = re.compile(rf"([0-9]{{4}})(?:-([0-9]{{2}})(?:-([0-9]{{2}})(?:T{_CLOCK}{_ZONE})?)?)?", re.ASCII)
_INSTANT = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})T{_CLOCK}{_ZONE}", re.ASCII)
_NO_ZONE = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}", re.ASCII)
_TIME = re.compile(_CLOCK, re.ASCII)
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_CODE = re.compile(r"\S+(?:\s\S+)*")
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+", re.ASCII)
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SPACE = re.compile(r"\s")

# How a fault begins that is about the JSON value, not about the format of its text.
WRONG_JSON = ("it is not a JSON", "it is not true or false")
NUMBERS = frozenset(["integer", "positiveInt", "unsignedInt", "decimal"])


def fault(code: str, value: object) -> str | None:
    """What is wrong with a JSON value as the primitive type `code`; None where nothing is."""
    if code == "boolean":
        return None if isinstance(value, bool) else "it is not true or false (a JSON boolean without quotes)"
    if code in NUMBERS:
        return _number_fault(code, value)
    if not isinstance(value, str):
        return "it is not a JSON string"
    if not value:
        return "it is an empty string"
    check = _STRING_FORMATS.get(code)
    return check(value) if check is not None else _string_fault(value)


def is_known(code: str) -> bool:
    """True for the primitive types this module can judge."""
    return code == "boolean" or code in NUMBERS or code in _STRING_FORMATS


def _number_fault(code: str, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        return "it is not a JSON number"
    if code == "decimal":
        return None
    if not isinstance(value, int):
        return "it is not a whole number"
    if not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
        return "it is outside the 32-bit range"
    if code == "positiveInt" and value < 1:
        return "it is not greater than zero"
    return "it is negative" if code == "unsignedInt" and value < 0 else None


def _calendar_fault(match: re.Match[str]) -> str | None:
    year, month, day = match[1], match[2] or "01", match[3] or "01"
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return "there is no such day in the calendar"
    return None


def _date_fault(value: str) -> str | None:
    match = _DATE.fullmatch(value)
    return _calendar_fault(match) if match else "a date is YYYY, YYYY-MM or YYYY-MM-DD"


def _date_time_fault(value: str) -> str | None:
    match = _DATE_TIME.fullmatch(value)
    if match:
        return _calendar_fault(match)
    if _NO_ZONE.fullmatch(value):
        return "a time of day needs a zone, such as Z or +01:00"
    return "a dateTime is YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a zone"


def _instant_fault(value: str) -> str | None:
    match = _INSTANT.fullmatch(value)
    if match:
        return _calendar_fault(match)
    if _NO_ZONE.fullmatch(value):
        return "an instant needs a time zone, such as Z or +01:00"
    return "an instant is YYYY-MM-DDThh:mm:ss with a zone"


def _matching(pattern: re.Pattern[str], wanted: str) -> Callable[[str], str | None]:
    return lambda value: None if pattern.fullmatch(value) else wanted


def _string_fault(value: str) -> str | None:
    if len(value) > MAX_STRING:
        return "it is longer than 1 MB"
    return "it holds a control character" if _CONTROL.search(value) else None


def _code_fault(value: str) -> str | None:
    return None if _CODE.fullmatch(value) else "a code has no space at its ends and no two together"


def _uri_fault(value: str) -> str | None:
    return "a uri holds no white space" if _SPACE.search(value) else _string_fault(value)


def _base64_fault(value: str) -> str | None:
    try:
        binascii.a2b_base64("".join(value.split()), strict_mode=True)
    except (binascii.Error, ValueError):
        return "it is not base64"
    return None


def _xhtml_fault(value: str) -> str | None:
    from conformance.fhir.formats.narrative import xhtml_fault

    return xhtml_fault(value)


_STRING_FORMATS: dict[str, Callable[[str], str | None]] = {
    "base64Binary": _base64_fault,
    "code": _code_fault,
    "date": _date_fault,
    "dateTime": _date_time_fault,
    "id": _matching(_ID, "an id is 1 to 64 of A-Z a-z 0-9 . -"),
    "instant": _instant_fault,
    "markdown": _string_fault,
    "oid": _matching(_OID, "an oid is urn:oid: and numbers with dots between"),
    "string": _string_fault,
    "time": _matching(_TIME, "a time is hh:mm:ss"),
    "uri": _uri_fault,
    "uuid": _matching(_UUID, "a uuid is urn:uuid: and 8-4-4-4-12 hexadecimal digits"),
    "xhtml": _xhtml_fault,
}
