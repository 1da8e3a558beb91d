from __future__ import annotations

import itertools
import re
import time
from decimal import Decimal
from typing import Any

import pytest

from conformance.fhir.validation import primitive_formats

SOUND: list[tuple[str, Any]] = [
    ("boolean", True),
    ("integer", -5),
    ("integer", 0),
    ("integer", 2147483647),
    ("positiveInt", 1),
    ("unsignedInt", 0),
    ("decimal", Decimal("1.50")),
    ("decimal", 3),
    ("string", "é\t\n🙂"),
    ("markdown", "# a"),
    ("uri", "urn:oid:1.2"),
    ("uri", "Patient/1"),
    ("code", "in-progress"),
    ("code", "two words"),
    ("id", "a-B.9"),
    ("id", "x" * 64),
    ("oid", "urn:oid:2.16.840.1"),
    ("uuid", "urn:uuid:4a0a6a3c-50c1-4a3c-9b63-5a3df6a9d1c4"),
    ("base64Binary", "YWJj\n"),
    ("date", "2020"),
    ("date", "2020-02"),
    ("date", "2020-02-29"),
    ("dateTime", "2020-02-29T00:00:00.123+14:00"),
    ("dateTime", "2020-02"),
    ("instant", "2020-02-29T10:00:00.000-05:00"),
    ("time", "10:00:00.5"),
]
FAULTY: list[tuple[str, Any]] = [
    ("boolean", "true"),
    ("boolean", 1),
    ("integer", True),
    ("integer", "1"),
    ("integer", Decimal("1.0")),
    ("integer", 2147483648),
    ("positiveInt", 0),
    ("unsignedInt", -1),
    ("decimal", "1"),
    ("decimal", False),
    ("string", ""),
    ("string", 1),
    ("string", "a\x00b"),
    ("string", "x" * (1024 * 1024 + 1)),
    ("uri", "http://a b"),
    ("uri", "http://a\n"),
    ("code", " a"),
    ("code", "a "),
    ("code", "a  b"),
    ("id", "a_b"),
    ("id", "x" * 65),
    ("id", "é"),
    ("id", "1\n"),
    ("oid", "1.2.3"),
    ("oid", "urn:oid:3.1"),
    ("oid", "urn:oid:1.02"),
    ("uuid", "4a0a6a3c-50c1-4a3c-9b63-5a3df6a9d1c4"),
    ("base64Binary", "a"),
    ("base64Binary", "a*b="),
    ("date", "2019-02-29"),
    ("date", "2020-13"),
    ("date", "2020-1-1"),
    ("date", "20200101"),
    ("date", "0000"),
    ("date", "22/02/1982"),
    ("date", "2020-01-01T10:00:00Z"),
    ("date", "\uff12\uff10\uff12\uff10"),
    ("dateTime", "2020-01-01T10:00:00"),
    ("dateTime", "2020-01-01T10:00Z"),
    ("dateTime", "2020-01-01T24:00:00Z"),
    ("dateTime", "2020-01-01 10:00:00Z"),
    ("dateTime", "2020-04-31T10:00:00Z"),
    ("instant", "2020-01-01"),
    ("instant", "2020-01-01T10:00:00"),
    ("instant", "2020-01-01T10:00:00+15:00"),
    ("time", "10:00"),
    ("time", "25:00:00"),
    ("xhtml", "text"),
]


@pytest.mark.parametrize(("code", "value"), SOUND)
def test_sound_values_have_no_fault(code: str, value: Any) -> None:
    assert primitive_formats.fault(code, value) is None


@pytest.mark.parametrize(("code", "value"), FAULTY, ids=[f"{c}-{str(v)[:20]!r}" for c, v in FAULTY])
def test_faulty_values_are_told(code: str, value: Any) -> None:
    assert primitive_formats.fault(code, value)


def test_the_zone_is_named_where_only_the_zone_is_missing() -> None:
    assert "zone" in (primitive_formats.fault("instant", "2020-01-01T10:00:00") or "")
    assert "zone" in (primitive_formats.fault("dateTime", "2020-01-01T10:00:00") or "")


def test_the_code_pattern_agrees_with_the_published_one() -> None:
    published = re.compile(r"[^\s]+([\s]?[^\s]+)*")
    for length in range(1, 8):
        for letters in itertools.product("a \t", repeat=length):
            text = "".join(letters)
            assert (primitive_formats.fault("code", text) is None) is bool(published.fullmatch(text))


@pytest.mark.parametrize(
    "code", ["code", "uri", "id", "date", "dateTime", "instant", "oid", "uuid", "base64Binary", "string"]
)
def test_no_pattern_takes_more_than_linear_time(code: str) -> None:
    started = time.process_time()
    for hostile in (
        "a" * 200_000 + "  ",
        "a " * 100_000 + " ",
        "1." * 100_000,
        "urn:oid:1" + ".1" * 100_000 + "x",
        "-" * 200_000,
    ):
        primitive_formats.fault(code, hostile)
    assert time.process_time() - started < 20  # of the processor, a hundred times what it takes


def test_types_it_does_not_know_are_not_claimed() -> None:
    assert primitive_formats.is_known("unsignedInt")
    assert not primitive_formats.is_known("HumanName")
