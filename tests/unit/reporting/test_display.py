"""Untrusted text and bytes as they are shown."""

from __future__ import annotations

import json

import pytest

from conformance.reporting.display import (
    body_text,
    duration,
    moment,
    request_text,
    response_text,
    visible,
    words,
    xml_safe,
)
from tests.support.samples import exchange


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain é 漢 🙂 עברית\n\tx", "plain é 漢 🙂 עברית\n\tx"),
        ("a\x00b\x1bc\x85", "a⟨U+0000⟩b⟨U+001B⟩c⟨U+0085⟩"),
        ("\u202egnp\u2066\u200b\ufeff\ud800", "⟨U+202E⟩gnp⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩⟨U+D800⟩"),
        ("a\r\nb\rc", "a\nb⟨U+000D⟩c"),
    ],
)
def test_visible(raw: str, shown: str) -> None:
    assert visible(raw) == shown
    assert visible(shown) == shown


def test_xml_safe_keeps_what_xml_may_hold() -> None:
    assert xml_safe("a\u202e\n\x0b\ufffe") == "a\u202e\n⟨U+000B⟩⟨U+FFFE⟩"


def test_json_is_broken_into_lines_without_changing_it() -> None:
    body = b'{"a":1.50,"a":[],"b":{"c":["x, {y}",null]},"d":{}}'
    shown = body_text(body, 1_000)
    assert shown.splitlines() == [
        "{",
        '  "a": 1.50,',
        '  "a": [],',
        '  "b": {',
        '    "c": [',
        '      "x, {y}",',
        "      null",
        "    ]",
        "  },",
        '  "d": {}',
        "}",
    ]
    assert json.loads(shown) == json.loads(body)


def test_xml_is_broken_into_lines() -> None:
    shown = body_text(b'<?xml version="1.0"?><a><b v="1"/><c>text</c></a>', 1_000)
    assert shown.splitlines() == ['<?xml version="1.0"?>', "<a>", '  <b v="1"/>', "  <c>text</c>", "</a>"]


@pytest.mark.parametrize(
    "body", [b"{\n  1}", b"plain", b"\xff\xfe\x00", b'{"cut": "sho', b"}}}]]]", b"<a", b"[" * 5_000]
)
def test_anything_is_shown(body: bytes) -> None:
    assert body_text(body, 10_000)


def test_a_long_body_is_cut_and_says_so() -> None:
    assert body_text(b"x" * 50, 50) == "x" * 50
    assert body_text(b"x" * 51, 50).endswith("cut here: the body has 51 bytes, whole in evidence.sqlite")
    assert body_text("é".encode() * 50, 50) == "é" * 50
    assert body_text("\U00010428".encode() * 50, 50) == "\U00010428" * 50  # four bytes each: all that the limit allows
    assert body_text("\U00010428".encode() * 51, 50).startswith("\U00010428" * 50 + "\n… cut here")
    assert body_text(b"", 50) == ""
    assert body_text(b"\xef\xbb\xbfx", 50) == "x"


def test_messages() -> None:
    assert request_text(exchange(1), 100).startswith("POST https://gp.example")
    assert response_text(exchange(1), 100).startswith("HTTP/1.1 201 Created\nContent-Type")
    assert response_text(exchange(1, status=None, response_body=b""), 100) == "No response"


def test_words_and_times() -> None:
    assert words("search_free_slots") == "Search free slots"
    assert words("http-conventions") == "HTTP conventions"
    assert words("") == "Other"
    assert (duration(41.7), duration(1_340)) == ("42 ms", "1.3 s")
    assert moment("2026-07-01T09:05:00+01:00") == "1 July 2026, 09:05:00 UTC+01:00"
    assert moment("yesterday") == "yesterday"


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0.4, "0 ms"),
        (999.4, "999 ms"),
        (999.9, "1000 ms"),
        (1_000, "1.0 s"),
        (1_249, "1.2 s"),
        (60_000, "60.0 s"),
        (3_600_000, "3600.0 s"),
    ],
)
def test_a_time_span_for_people(milliseconds: float, shown: str) -> None:
    assert duration(milliseconds) == shown
