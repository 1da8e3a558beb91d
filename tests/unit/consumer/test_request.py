"""What goes on the wire: percent encoding, bodies, the token kept apart."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import parse_qsl, unquote

from hypothesis import given
from hypothesis import strategies as st

from conformance.consumer.request import BEARER, encode_query, json_bytes
from conformance.consumer.request_builder import RequestBuilder

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_queries_arrive_as_meant(pairs: list[tuple[str, str]]) -> None:
    encoded = encode_query(tuple(pairs))
    assert encoded.isascii()
    assert not set(encoded) & set('+| "<>#;')
    if pairs:
        assert parse_qsl(encoded, keep_blank_values=True) == pairs
        assert [tuple(map(unquote, pair.split("="))) for pair in encoded.split("&")] == pairs


def test_what_servers_may_misread_is_encoded() -> None:
    assert encode_query((("a", "2026-07-01T00:00:00+01:00"), ("b", "s|v"))) == "a=2026-07-01T00:00:00%2B01:00&b=s%7Cv"


def test_bodies_as_given(builder: RequestBuilder) -> None:
    request = builder.book({"resourceType": "Appointment", "comment": "naïve 🎉"})

    def never(resource: dict[str, object]) -> bytes:
        raise AssertionError("JSON needs no XML")

    assert json.loads(request.wire_body(never)) == request.body
    assert "naïve 🎉".encode() in request.wire_body(never)
    assert request.with_(body=b"\xff").wire_body(never) == b"\xff"
    assert request.with_(body="é").wire_body(never) == "é".encode()
    assert request.with_(body=[1]).wire_body(never) == b"[1]"
    assert request.with_(body=None).wire_body(never) == b""
    assert request.with_(form="xml").wire_body(lambda resource: b"<x/>") == b"<x/>"


def test_no_token_is_shown_where_a_request_is(builder: RequestBuilder) -> None:
    request = builder.find("find_patient", "s", "1")
    assert request.header("authorization") == BEARER
    assert request.token.render() not in repr(request)
    assert dict(request.wire_headers())["Authorization"] == f"Bearer {request.token.render()}"
    assert request.parameter("identifier") == "s|1"
    assert request.parameter("none") is None


def test_decimals_go_back_exactly_as_they_came() -> None:
    assert (
        json_bytes({"a": Decimal("1.50"), "b": [Decimal("-1E-400"), "\x00é"]})
        == '{"a": 1.50, "b": [-1E-400, "\\u0000é"]}'.encode()
    )
