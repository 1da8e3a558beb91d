"""A cause in words: what differs, the marked place, the command that repeats the request."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from conformance.core.results import Finding, Verdict
from conformance.reporting.cause_view import curl, differs, in_one_line, marked_lines, shortened, shown_causes
from tests.support.samples import RUN, exchange, lifelike, recorded, scenario


def cause_of(finding: Finding, **changes: object) -> str:
    one = scenario("book.x", Verdict.FAIL, findings=(finding,), exchanges=(exchange(1),))
    (shown,) = shown_causes(recorded(RUN, one))
    return differs(shown.cause)


@pytest.mark.parametrize(
    ("location", "found", "expected", "words"),
    [
        ("status", "400 BAD_REQUEST", "422 BAD_REQUEST", "the status"),
        ("status", "422 BAD_REQUEST", "422 INVALID_RESOURCE", "the error code"),
        ("status", "400 BAD_REQUEST", "422 INVALID_RESOURCE", "the status and the error code"),
        ("header ETag", "none", 'W/"1"', "the header ETag"),
        ("Appointment.start", "nothing", "a time", "the element Appointment.start"),
    ],
)
def test_what_differs(location: str, found: str, expected: str, words: str) -> None:
    assert cause_of(Finding("wrong", location=location, found=found, expected=expected, code="x", exchange=1)) == words


def test_the_place_is_marked_where_it_is_to_be_seen() -> None:
    def marked(location: str) -> list[str]:
        return [line.text.strip() for line in marked_lines(exchange(1), location) if line.marked]

    assert marked("Appointment.status") == ['"status": "booked",']
    assert marked("status")[0].startswith("HTTP/1.1")
    assert marked("Appointment.nowhere") == []


def test_an_element_is_looked_for_below_those_that_hold_it() -> None:
    body = b'{"identifier": [{"system": "a"}], "telecom": [{"use": "work", "system": "phone"}], "active": true}'
    shown = replace(exchange(1), response_body=body)

    def marked(location: str) -> list[str]:
        return [line.text.strip() for line in marked_lines(shown, location) if line.marked]

    assert marked("Organization.telecom[0].system") == ['"system": "phone"']
    assert marked("Organization.identifier.system") == ['"system": "a"']
    assert marked("Organization.telecom.rank") == ['"telecom": [']  # where it is missing


def test_the_command_is_one_for_a_shell_and_holds_no_token() -> None:
    one = exchange(1, request_body=b"it's $HOME")
    words = shlex.split(curl(one).replace("\\\n", ""))
    assert words[:4] == ["curl", "-i", "-X", "POST"]
    assert words[-1] == "it's $HOME"
    assert "Authorization: Bearer $TOKEN" in words


def test_the_command_sends_what_an_argument_cannot_hold_and_headers_without_a_value() -> None:
    odd = exchange(1, request_body=b"\xff\x00", request_headers=(("X-Empty", ""), ("Accept-Encoding", "gzip")))
    assert curl(odd).startswith("base64 -d <<'END' | ")
    assert "-H 'X-Empty;'" in curl(odd)
    assert "gzip" not in curl(odd)
    assert curl(exchange(1, request_body=b"x" * 5_000)).endswith("--data-binary @body-of-the-exchange")


def test_a_finding_in_one_line() -> None:
    finding = Finding("wrong", location="Slot.start", found="a\nb", expected="c")
    assert in_one_line(finding) == "wrong at Slot.start; found a b, expected c"
    assert len(shortened("x" * 5_000_000)) == 120


def test_every_cause_of_a_run_is_shown() -> None:
    shown = shown_causes(lifelike())
    assert shown
    assert all(one.title for one in shown)
