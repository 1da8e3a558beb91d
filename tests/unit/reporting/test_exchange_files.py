"""Exchanges as curl commands and as files."""

from __future__ import annotations

import base64
import shlex
from pathlib import Path

import pytest

from conformance.core.exchange import TransportFailure
from conformance.reporting.curl import curl_command
from conformance.reporting.exchange_files import curl_commands, write_files
from tests.support.samples import exchange


def arguments(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", " "))


def test_a_command_sends_what_was_sent() -> None:
    sent = exchange(
        1,
        method="POST",
        url="https://p/Appointment?a=it's",
        request_headers=(("Accept", "application/fhir+json"), ("X-Empty", ""), ("X-Quote", "it's")),
        request_body=b'{"a": "it\'s"}',
    )
    assert arguments(curl_command(sent)) == [
        "curl", "-i", "-X", "POST", "https://p/Appointment?a=it's", "-H", "Accept: application/fhir+json", "-H", "X-Empty;",
        "-H", "X-Quote: it's", "--data-binary", '{"a": "it\'s"}',
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Connection"])
def test_headers_that_curl_writes_itself_are_left_to_it(name: str) -> None:
    assert "-H" not in arguments(curl_command(exchange(1, request_headers=((name, "1"),), request_body=b"")))


def test_without_a_body_none_is_sent() -> None:
    assert "--data-binary" not in curl_command(exchange(1, request_body=b""))


@pytest.mark.parametrize(
    ("body", "piped"),
    [
        (b"x", False),
        (b"x" * 100_000, False),
        (b"x" * 100_001, True),
        (b"@file", True),
        (b"a\0b", True),
        (b"\xff", True),
        (b"a@b", False),
    ],
)
def test_a_body_that_no_argument_can_hold_comes_through_a_pipe(body: bytes, piped: bool) -> None:
    command = curl_command(exchange(1, request_body=body))
    assert command.startswith("base64 -d <<'END' | \\\n  curl -i -X ") is piped
    assert ("--data-binary @-" in command) is piped
    if piped:
        assert command.endswith("\nEND")
        assert base64.b64decode(command.partition("@-\n")[2].removesuffix("END")) == body


def test_a_script_says_which_exchange_is_which() -> None:
    one = exchange(7, label="Book an\nappointment", status=201)
    two = exchange(8, label="Read it", status=None)
    script = "".join(curl_commands([one, two]))
    assert script.startswith("#!/bin/sh\n# Tokens, keys and patients are masked")
    assert f"\n# exchange 7: Book an appointment (201)\n{curl_command(one)}\n" in script
    assert "\n# exchange 8: Read it (no response)\n" in script


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("application/fhir+json", "json"), ("application/FHIR+XML;charset=utf-8", "xml"), ("text/html", "html"),
        ("text/plain", "bin"), ("", "bin"),
    ],
)  # fmt: skip
def test_a_body_is_written_as_it_came_and_named_after_its_type(tmp_path: Path, kind: str, ending: str) -> None:
    came = exchange(
        12, response_headers=(("X-A", "b"), ("content-TYPE", kind)), response_body=b"\xff body", request_body=b""
    )
    assert write_files([came], tmp_path) == 1
    assert {path.name for path in tmp_path.iterdir()} == {
        "00012-request.txt",
        "00012-response.txt",
        f"00012-response.{ending}",
    }
    assert (tmp_path / f"00012-response.{ending}").read_bytes() == b"\xff body"
    head = (tmp_path / "00012-response.txt").read_text(encoding="utf-8")
    assert head == f"HTTP/1.1 201 Created\nX-A: b\ncontent-TYPE: {kind}\n"


def test_a_response_that_did_not_come_is_said(tmp_path: Path) -> None:
    lost = exchange(
        1, status=None, reason="", response_headers=(), response_body=b"", failure=TransportFailure("reset", "gone")
    )
    assert write_files([lost, exchange(2)], tmp_path) == 2
    assert (tmp_path / "00001-response.txt").read_text(encoding="utf-8") == "HTTP/1.1\nno response (reset): gone\n"
    assert (tmp_path / "00001-request.txt").read_text(encoding="utf-8").startswith(f"{lost.method} {lost.url}\n")
    assert write_files([], tmp_path) == 0
