"""A request as a curl command: what a shell makes of it is what was sent."""

from __future__ import annotations

import json
import shlex

import pytest

from conformance.core.exchange import Exchange
from conformance.explaining.curl import as_curl

ROOT = "http://localhost:1/gp"


def exchange(method: str = "GET", target: str = "/Slot?a=b%7Cc&d=e", body: bytes = b"") -> Exchange:
    headers = (("Host", "localhost"), ("Ssp-From", "it's"), ("X-Empty", ""))
    return Exchange(1, "search_free_slots", "label", method, ROOT + target, headers, body, "", 0.0)


def words(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", ""))


def test_the_root_is_left_to_the_reader_and_all_else_is_quoted() -> None:
    assert words(as_curl(exchange(), ROOT)) == [
        "curl", "-i", "$BASE_URL/Slot?a=b%7Cc&d=e", "-H", "Ssp-From: it's", "-H", "X-Empty;",
    ]  # fmt: skip


def test_an_address_of_elsewhere_stays_whole() -> None:
    assert "http://localhost:1/gp/Slot?a=b%7Cc&d=e" in words(as_curl(exchange(), "http://other"))


@pytest.mark.parametrize("body", [b'{"a": [1, 2]}', b'{"a":[1,2]}'])
def test_json_is_laid_out_where_only_blanks_change(body: bytes) -> None:
    sent = words(as_curl(exchange("POST", "/Appointment", body), ROOT))[-1]
    assert "\n" in sent
    assert json.loads(sent) == json.loads(body)


@pytest.mark.parametrize("body", ['{"a": 1, "a": 2}', '{"a": 1.50}', "{broken", "<xml/>", "[" * 3000])
def test_a_body_that_would_change_is_shown_as_it_was_sent(body: str) -> None:
    assert words(as_curl(exchange("POST", "/Appointment", body.encode()), ROOT))[-1] == body


def test_a_body_that_cannot_be_pasted_is_described() -> None:
    assert "3 bytes that are not UTF-8" in as_curl(exchange("POST", "/A", b"\xff\xfea"), ROOT)
    assert "9000 bytes that begin with" in as_curl(exchange("POST", "/A", b"a" * 9000), ROOT)
