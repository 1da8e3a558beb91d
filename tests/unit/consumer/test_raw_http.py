"""Requests and responses of HTTP as bytes, where a probe has no client."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.consumer.probes import plain_http
from conformance.consumer.probes.plain_http import request_plainly
from conformance.consumer.probes.raw_http import (
    bare_request,
    header_of,
    is_whole,
    plain_request,
    resource_type_of,
    status_of,
)
from conformance.consumer.probes.tls_probe import Outcome, Place, UnreachableError
from conformance.consumer.request_builder import RequestBuilder

ROOT = "https://provider.test/A20047/1"


def lines(data: bytes) -> list[str]:
    head, _, rest = data.decode().partition("\r\n\r\n")
    assert rest == ""
    return head.split("\r\n")


def test_a_request_in_the_clear_holds_nothing_that_nobody_may_read(builder_of: Callable[..., RequestBuilder]) -> None:
    request = builder_of("stu3").find("find_patient", "https://fhir.nhs.uk/Id/nhs-number", "9476719931")
    sent = lines(bare_request(request, ROOT, Place("provider.test", 8080)))
    assert sent[:3] == ["GET /A20047/1/Patient HTTP/1.1", "Host: provider.test:8080", "Connection: close"]
    assert sent[3:] == ["Accept: application/fhir+json;charset=utf-8"]
    assert b"9476719931" not in bare_request(request, ROOT, Place("provider.test", 8080))


def test_a_request_for_one_connection(builder_of: Callable[..., RequestBuilder]) -> None:
    request = builder_of("stu3").read("Appointment", "9").with_(
        headers=(("Host", "other"), ("CONNECTION", "keep-alive"), ("Accept-Encoding", "gzip"), ("X-A", "b"))
    )  # fmt: skip
    sent = lines(plain_request(request, ROOT, Place("::1", 443)))
    assert sent[:3] == ["GET /A20047/1/Appointment/9 HTTP/1.1", "Host: [::1]:443", "Connection: close"]
    assert "X-A: b" in sent
    assert not [line for line in sent[3:] if line.lower().startswith(("host:", "connection:", "accept-encoding:"))]


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://p.test/x", "p.test", 443), ("http://p.test/x", "p.test", 80), ("https://p.test:8443/x", "p.test", 8443),
        ("http://[::1]:81/x", "::1", 81),
    ],
)  # fmt: skip
def test_the_place_that_a_url_names(url: str, host: str, port: int) -> None:
    assert Place.of(url, 2.5) == Place(host, port, 2.5)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 200),
        (b"HTTP/1.0 404\r\n\r\n", 404),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", None),
        (b"HTTP/2 200\r\n\r\n", None),
        (b"HTTP/1.1\r\n\r\n", None),
        (b"HTTP/1.1 abc\r\n\r\n", None),
        (b"", None),
    ],
)
def test_the_status_once_the_head_has_come(data: bytes, status: int | None) -> None:
    assert status_of(data) == status


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\n\r\nab", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\r\nab", False),
    ],
)
def test_a_response_is_whole_by_its_length(data: bytes, whole: bool) -> None:
    assert is_whole(data) is whole


def test_a_header_is_the_first_of_its_name_in_the_head() -> None:
    data = b"HTTP/1.1 200 OK\r\nX-A : 1 \r\nx-a: 2\r\n\r\nLocation: body"
    assert (header_of(data, "x-a"), header_of(data, "location"), header_of(data, "http/1.1 200 ok")) == ("1", "", "")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"resourceType": "Patient"}', "Patient"),
        (b'1f\r\n{"resourceType": "Patient"}\r\n0\r\n', "Patient"),
        (b'{"resourceType": "Pat', "a resource"),
        (b'[{"resourceType": 7}]', "a resource"),
        (b'{"a": 1}', ""),
        (b'<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"/>', "Patient"),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_whether_a_body_is_a_resource(body: bytes, kind: str) -> None:
    assert resource_type_of(body) == kind


def response(status: str, headers: str = "", body: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}\r\n{body}".encode()


PATIENT = '{"resourceType": "Patient"}'


@pytest.mark.parametrize(
    ("data", "ending", "outcome", "how"),
    [
        (response("200 OK", body=PATIENT), "eof", Outcome.AGREED, "returned: HTTP 200 with Patient"),
        (response("200 OK", body="hello"), "eof", Outcome.AGREED, "returned: HTTP 200"),
        *(
            (
                response(f"{status} X", "Location: https://p/\r\n"),
                "eof",
                Outcome.REFUSED,
                f"refused: HTTP {status} to https://p/",
            )
            for status in (301, 302, 303, 307, 308)
        ),
        (
            response("302 X", "Location: HTTPS://p/\r\n", PATIENT),
            "eof",
            Outcome.AGREED,
            "returned: HTTP 302 to HTTPS://p/ with Patient",
        ),
        (response("302 X", "Location: http://p/\r\n"), "eof", Outcome.AGREED, "returned: HTTP 302 to http://p/"),
        (response("300 X", "Location: https://p/\r\n"), "eof", Outcome.AGREED, "returned: HTTP 300 to https://p/"),
        (response("403 X"), "eof", Outcome.REFUSED, "refused: HTTP 403"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "eof", Outcome.REFUSED, "refused: a TLS alert"),
        (b"", "eof", Outcome.REFUSED, "refused: connection closed without a response"),
        (b"", "reset", Outcome.REFUSED, "refused: connection reset"),
        (b"", "timeout", Outcome.UNCLEAR, "no response in time: the server hangs"),
        (b"SSH-2.0", "eof", Outcome.UNCLEAR, "the response is not HTTP"),
    ],
)
def test_what_came_of_a_request_in_the_clear(
    monkeypatch: pytest.MonkeyPatch, data: bytes, ending: str, outcome: Outcome, how: str
) -> None:
    monkeypatch.setattr(plain_http, "exchange", lambda *_: (data, ending))
    came = request_plainly(Place("p.test", 80), b"GET")
    assert (came.outcome, came.how) == (outcome, how)


@pytest.mark.parametrize(
    ("kind", "outcome", "how"),
    [
        ("refused", Outcome.REFUSED, "refused: nothing listens there"),
        ("timeout", Outcome.REFUSED, "dropped: no connection came about in time"),
        ("dns", Outcome.UNCLEAR, "no such host"),
    ],
)
def test_where_no_connection_came_about(monkeypatch: pytest.MonkeyPatch, kind: str, outcome: Outcome, how: str) -> None:
    def fails(*_: object) -> None:
        raise UnreachableError("no such host", kind)

    monkeypatch.setattr(plain_http, "exchange", fails)
    came = request_plainly(Place("p.test", 80), b"GET")
    assert (came.outcome, came.how, came.status) == (outcome, how, None)
