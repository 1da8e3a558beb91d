"""What the probes make of the bytes and exceptions that a connection ends with; no socket is opened."""

from __future__ import annotations

import ssl
from typing import Any, cast

import pytest

from conformance.consumer.probes import client_certificate_probe as admission
from conformance.consumer.probes import plain_http
from conformance.consumer.probes.raw_http import header_of, is_whole, resource_type_of, status_of
from conformance.consumer.probes.tls_probe import Outcome, Place, UnreachableError, _agreed, _judged
from conformance.tls.hello import Offer, alert, server_hello, ssl2_server_hello
from conformance.tls.suites import SSL2, TLS12

AGREED, REFUSED, UNCLEAR = Outcome.AGREED, Outcome.REFUSED, Outcome.UNCLEAR
OFFER = Offer(TLS12, (0xC02F, 0xC030))


def http(status: int, body: str = "", *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} X", *headers, "", body]).encode()


PATIENT, OUTCOME = '{"resourceType": "Patient"}', '{"resourceType": "OperationOutcome"}'


@pytest.mark.parametrize(
    ("data", "outcome", "how", "form", "status"),
    [
        (b"", REFUSED, "refused: connection closed at the first read", "eof", None),
        (b"SSH-2.0", UNCLEAR, "the response is not HTTP", "", None),
        (http(200, PATIENT), AGREED, "returned: HTTP 200 with Patient", "", 200),
        (http(404), AGREED, "returned: HTTP 404", "", 404),
        *[(http(status), REFUSED, f"refused: HTTP {status}", "http", status) for status in (400, 401, 403, 495, 496)],
        (http(403, OUTCOME), REFUSED, "refused: HTTP 403", "http", 403),
        (http(403, PATIENT), AGREED, "returned: HTTP 403 with Patient", "", 403),
        (http(499), AGREED, "returned: HTTP 499", "", 499),
        (http(500), UNCLEAR, "returned: HTTP 500", "", 500),
        (http(500, OUTCOME), AGREED, "returned: HTTP 500 with OperationOutcome", "", 500),
    ],
)
def test_what_an_http_response_says_of_admission(
    data: bytes, outcome: Outcome, how: str, form: str, status: int | None
) -> None:
    found = admission._returned(data, "TLS 1.3")
    assert (found.outcome, found.how, found.form, found.status, found.version) == (
        outcome,
        how,
        form,
        status,
        "TLS 1.3",
    )
    assert found.resource_type == (resource_type_of(data) if status else "")


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


def unverified() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "outcome", "how", "form"),
    [
        (unverified(), UNCLEAR, "the server's certificate is not accepted: self-signed certificate", ""),
        (TimeoutError(), UNCLEAR, "no response in the handshake within the time: the server hangs", ""),
        (ssl.SSLEOFError(8, "x"), REFUSED, "refused: connection closed in the handshake", "eof"),
        (ssl.SSLZeroReturnError(6, "x"), REFUSED, "refused: connection closed in the handshake", "eof"),
        (ConnectionResetError(), REFUSED, "refused: connection reset in the handshake", "reset"),
        (BrokenPipeError(), REFUSED, "refused: connection reset in the handshake", "reset"),
        (ConnectionAbortedError(), REFUSED, "refused: connection reset in the handshake", "reset"),
        (tls_error("TLSV1_ALERT_UNKNOWN_CA"), REFUSED, "refused: tlsv1 alert unknown ca in the handshake", "alert"),
        (
            tls_error("NO_CIPHERS_AVAILABLE"),
            UNCLEAR,
            "TLS failed on this side in the handshake: no ciphers available",
            "",
        ),
        (ValueError("an alert came"), UNCLEAR, "TLS failed on this side in the handshake: an alert came", ""),
    ],
)
def test_what_an_exception_stands_for(error: Exception, outcome: Outcome, how: str, form: str) -> None:
    found = admission._broken(error, "in the handshake")
    assert (found.outcome, found.how, found.form, found.status, found.body) == (outcome, how, form, None, b"")


class Secure:
    """A TLS connection that gives parts, then an end or an exception."""

    def __init__(self, *parts: Any, broken: bool = False) -> None:
        self.parts, self.broken = list(parts), broken
        self.sizes: list[int] = []

    def version(self) -> str | None:
        return "TLSv1.2"

    def sendall(self, request: bytes) -> None:
        if self.broken:
            raise BrokenPipeError

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def recv(self, size: int) -> bytes:
        self.sizes.append(size)
        part = self.parts.pop(0) if self.parts else b""
        if isinstance(part, Exception):
            raise part
        return cast(bytes, part)


@pytest.mark.parametrize(
    ("secure", "outcome", "form", "reads"),
    [
        (Secure(http(200, PATIENT)), AGREED, "", 2),
        (Secure(http(200, "ab", "Content-Length: 2"), b"more"), AGREED, "", 1),
        (Secure(http(200, "a", "Content-Length: 2"), b"b", b"more"), AGREED, "", 2),
        (Secure(ConnectionResetError()), REFUSED, "reset", 1),
        (Secure(http(200), ConnectionResetError()), AGREED, "", 2),
        (Secure(b"HTT", ConnectionResetError()), REFUSED, "reset", 2),
        (Secure(ssl.SSLEOFError(8, "x"), broken=True), REFUSED, "eof", 1),
        (Secure(*[b"x" * 65_536] * 9), UNCLEAR, "", 4),
    ],
)
def test_what_is_read_after_the_handshake(secure: Secure, outcome: Outcome, form: str, reads: int) -> None:
    found = admission._send(cast(ssl.SSLSocket, secure), b"GET", 9e15)
    assert (found.outcome, found.form, found.version, len(secure.sizes)) == (outcome, form, "TLS 1.2", reads)
    if form == "reset":
        assert found.how == "refused: connection reset at the first read"


def plainly(monkeypatch: pytest.MonkeyPatch, data: bytes | Exception, ending: str = "eof") -> plain_http.PlainResponse:
    def exchange(*_: Any) -> tuple[bytes, str]:
        if isinstance(data, Exception):
            raise data
        return data, ending

    monkeypatch.setattr(plain_http, "exchange", exchange)
    return plain_http.request_plainly(cast(Place, None), b"GET")


@pytest.mark.parametrize(
    ("data", "ending", "outcome", "how"),
    [
        (http(200), "eof", AGREED, "returned: HTTP 200"),
        (http(200, PATIENT), "eof", AGREED, "returned: HTTP 200 with Patient"),
        (http(400), "eof", REFUSED, "refused: HTTP 400"),
        (http(400, OUTCOME), "eof", AGREED, "returned: HTTP 400 with OperationOutcome"),
        (http(404), "eof", AGREED, "returned: HTTP 404"),
        (http(301, "", "Location: https://a"), "eof", REFUSED, "refused: HTTP 301 to https://a"),
        (http(308, "", "location:HTTPS://a"), "eof", REFUSED, "refused: HTTP 308 to HTTPS://a"),
        (http(301, "", "Location: http://a"), "eof", AGREED, "returned: HTTP 301 to http://a"),
        (http(304, "", "Location: https://a"), "eof", AGREED, "returned: HTTP 304 to https://a"),
        (b"\x15\x03\x01", "eof", REFUSED, "refused: a TLS alert"),
        (b"\x16\x03\x01", "eof", UNCLEAR, "the response is not HTTP"),
        (b"", "eof", REFUSED, "refused: connection closed without a response"),
        (b"", "reset", REFUSED, "refused: connection reset"),
        (b"", "timeout", UNCLEAR, "no response in time: the server hangs"),
        (b"x", "reset", UNCLEAR, "the response is not HTTP"),
    ],
)
def test_what_a_request_in_the_clear_comes_to(
    monkeypatch: pytest.MonkeyPatch, data: bytes, ending: str, outcome: Outcome, how: str
) -> None:
    found = plainly(monkeypatch, data, ending)
    assert (found.outcome, found.how) == (outcome, how)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_which_redirections_lead_to_tls(status: int) -> None:
    assert plain_http.PlainResponse(AGREED, "", status, "Https://a").leads_to_tls
    assert not plain_http.PlainResponse(AGREED, "", status, "http://a").leads_to_tls
    assert not plain_http.PlainResponse(AGREED, "", 304, "https://a").leads_to_tls


@pytest.mark.parametrize(
    ("kind", "outcome", "how"),
    [
        ("refused", REFUSED, "refused: nothing listens there"),
        ("timeout", REFUSED, "dropped: no connection came about in time"),
        ("dns", UNCLEAR, "no such host"),
    ],
)
def test_without_a_connection(monkeypatch: pytest.MonkeyPatch, kind: str, outcome: Outcome, how: str) -> None:
    error = UnreachableError("no such host", kind)
    found = plainly(monkeypatch, error)
    assert (found.outcome, found.how, found.status) == (outcome, how, None)


@pytest.mark.parametrize(
    ("data", "ending", "outcome", "how"),
    [
        (alert(40), "eof", REFUSED, "refused: alert handshake failure"),
        (b"", "eof", REFUSED, "refused: the server closed the connection in response to the hello"),
        (b"", "reset", REFUSED, "refused: the server reset the connection in response to the hello"),
        (b"", "timeout", UNCLEAR, "no response to the hello in time: the server hangs"),
        (b"", "enough", UNCLEAR, "a response that is neither agreement nor refusal"),
        (server_hello(TLS12, 0xC02F), "enough", AGREED, "agreed to TLS 1.2, "),
        (server_hello(TLS12, 0x0035), "enough", UNCLEAR, "returned with TLS 1.2, "),
        (server_hello(TLS12 + 1, 0xC02F), "enough", UNCLEAR, "returned with "),
        (ssl2_server_hello(), "enough", UNCLEAR, "the response is not TLS: "),
        (b"HTTP/1.1 400", "eof", UNCLEAR, "the response is not TLS: "),
    ],
    ids=range(10),  # hello messages have random bytes: workers must collect the same names
)
def test_what_a_response_to_a_hello_says(data: bytes, ending: str, outcome: Outcome, how: str) -> None:
    found = _judged(data, ending, OFFER)
    assert found.outcome is outcome
    assert found.how.startswith(how)
    if how.startswith("returned"):
        assert found.how.endswith(", which was not offered")


def test_an_ssl2_hello_agrees_where_that_was_offered() -> None:
    found = _judged(ssl2_server_hello(), "enough", Offer(SSL2, OFFER.suites))
    assert (found.outcome, found.how, found.version) == (AGREED, "agreed to SSLv2", SSL2)


def test_what_was_agreed_to_is_known_by_number() -> None:
    found = _agreed((TLS12, 0xC030), [], OFFER)
    assert (found.outcome, found.version, found.suite) == (AGREED, TLS12, 0xC030)
    assert not found.asks_certificate
    lower = _agreed((TLS12 - 1, 0xC02F), [], OFFER)
    assert lower.outcome is AGREED


@pytest.mark.parametrize(
    ("data", "status", "whole"),
    [
        (http(204, "", "Content-Length: 0"), 204, True),
        (http(200, "abc", "content-length: 3"), 200, True),
        (http(200, "ab", "Content-Length: 3"), 200, False),
        (http(200, "abc"), 200, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", None, False),
        (b"HTTP/2 200\r\n\r\n", None, False),
        (b"HTTP/1.0 \xb2\r\n\r\n", None, False),
        (b"HTTP/1.1\r\n\r\n", None, False),
    ],
)
def test_heads_and_lengths(data: bytes, status: int | None, whole: bool) -> None:
    assert (status_of(data), is_whole(data)) == (status, whole)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"resourceType": "Slot"}', "Slot"),
        (b'1f\r\n{"resourceType": "Slot"}\r\n0', "Slot"),
        (b'{"resourceType": 3}', "a resource"),
        (b'{"resourceType": "Sl', "a resource"),
        (b'{"a": 1}', ""),
        (b'<Slot xmlns="http://hl7.org/fhir">', "Slot"),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_the_type_of_a_resource_in_bytes(body: bytes, kind: str) -> None:
    assert resource_type_of(body) == kind


def test_the_first_header_of_a_name_counts() -> None:
    data = http(200, "X-A: body", "X-A: one", "x-a : two", "B:")
    assert [header_of(data, name) for name in ("x-a", "b", "c", "http/1.1 200 x")] == ["one", "", "", ""]
