"""Probes below HTTP: every form of refusal is told apart from what is none, in bounded time."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.consumer.probes.plain_http import request_plainly
from conformance.consumer.probes.probe_calibration import Serve, serving
from conformance.consumer.probes.tls_probe import HelloResponse, Outcome, Place, UnreachableError, connect, offer
from conformance.tls.hello import alert, server_hello
from conformance.tls.suites import SSL2, TLS10, TLS12, suites_of
from tests.support.loopback import reset

RC4 = suites_of("RC4")
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


def saying(*parts: bytes) -> Serve:
    def serve(wire: socket.socket) -> None:
        wire.recv(65536)
        for part in parts:
            wire.sendall(part)

    return serve


def resetting(wire: socket.socket) -> None:
    wire.recv(65536)
    reset(wire)


def silent(wire: socket.socket) -> None:
    while wire.recv(65536):
        pass


def dripping(wire: socket.socket) -> None:
    wire.sendall(server_hello(TLS12, RC4[0])[:5])  # a record begins, and never ends
    while True:  # until the probe has gone
        wire.sendall(b"\0")
        time.sleep(0.02)


def offered(serve: Serve, version: int = TLS12, patience: float = 600) -> HelloResponse:
    with serving(serve) as place:
        return offer(Place(place.host, place.port, patience), version, RC4)


@pytest.mark.parametrize(
    ("serve", "outcome", "how"),
    [
        (saying(server_hello(TLS12, RC4[1])), Outcome.AGREED, "agreed to TLS 1.2, RC4-SHA"),
        (saying(server_hello(TLS10, RC4[1])), Outcome.AGREED, "agreed to TLS 1.0, RC4-SHA"),
        (saying(alert(40)), Outcome.REFUSED, "refused: alert handshake failure"),
        (saying(alert(70)), Outcome.REFUSED, "refused: alert protocol version"),
        (saying(), Outcome.REFUSED, "refused: the server closed the connection in response to the hello"),
        (resetting, Outcome.REFUSED, "refused: the server reset the connection in response to the hello"),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Outcome.UNCLEAR, "the response is not TLS: not a TLS record"),
        (
            saying(server_hello(TLS12, 0xC02F)),
            Outcome.UNCLEAR,
            "returned with TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256, which was not offered",
        ),
        (
            saying(b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"),
            Outcome.UNCLEAR,
            "the response is not TLS: a broken ServerHello",
        ),
    ],
)
def test_answers_to_a_hello(serve: Serve, outcome: Outcome, how: str) -> None:
    response = offered(serve)
    assert (response.outcome, response.how) == (outcome, how)


def test_a_version_above_the_offer_is_no_agreement_to_the_offer() -> None:
    assert offered(saying(server_hello(TLS12, RC4[0])), TLS10).outcome is Outcome.UNCLEAR


@pytest.mark.parametrize("serve", [silent, dripping])
def test_a_server_that_hangs_is_no_refusal_and_takes_no_longer_than_allowed(serve: Serve) -> None:
    response = offered(serve, patience=0.3)
    assert response.outcome is Outcome.UNCLEAR
    assert response.how == "no response to the hello in time: the server hangs"


def test_ssl2_is_refused_with_an_alert_or_silence_of_the_peer() -> None:
    assert offered(saying(alert(70)), SSL2).outcome is Outcome.REFUSED
    assert offered(saying(), SSL2).outcome is Outcome.REFUSED


@contextmanager
def closed_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_nothing_there_is_no_refusal_of_tls() -> None:
    with closed_port() as port:
        here = Place("127.0.0.1", port)
        response = offer(here, TLS12, RC4)
        assert response.outcome is Outcome.UNCLEAR
        assert "no connection to 127.0.0.1" in response.how
        assert request_plainly(here, REQUEST).outcome is Outcome.REFUSED
    nowhere = Place("no-such-host.invalid", 443)
    assert "cannot be resolved" in offer(nowhere, TLS12, RC4).how
    assert request_plainly(nowhere, REQUEST).outcome is Outcome.UNCLEAR
    with pytest.raises(UnreachableError) as caught:
        connect(nowhere)
    assert caught.value.kind == "dns"


def test_places() -> None:
    assert Place.of("https://provider.example.org/a/b") == Place("provider.example.org", 443)
    assert Place.of("https://127.0.0.1:8443/x", 2) == Place("127.0.0.1", 8443, 2)
    assert Place.of("http://h").port == 80
    assert Place.of("https://[::1]:4/").host == "::1"
    assert Place("127.0.0.1", 1).server_name == ""
    assert Place("provider.example.org", 1).server_name == "provider.example.org"


def answer_of(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


STATEMENT = b'{"resourceType": "CapabilityStatement"}'


@pytest.mark.parametrize(
    ("serve", "outcome", "how"),
    [
        (saying(), Outcome.REFUSED, "refused: connection closed without a response"),
        (resetting, Outcome.REFUSED, "refused: connection reset"),
        (saying(alert(40)), Outcome.REFUSED, "refused: a TLS alert"),
        (saying(answer_of("400 Bad Request", b"HTTPS please")), Outcome.REFUSED, "refused: HTTP 400"),
        (
            saying(answer_of("301 Moved", b"", "Location: https://here/")),
            Outcome.REFUSED,
            "refused: HTTP 301 to https://here/",
        ),
        (
            saying(answer_of("302 Found", b"", "Location: http://here/")),
            Outcome.AGREED,
            "returned: HTTP 302 to http://here/",
        ),
        (saying(answer_of("200 OK", STATEMENT)), Outcome.AGREED, "returned: HTTP 200 with CapabilityStatement"),
        (saying(answer_of("403 Forbidden", STATEMENT)), Outcome.AGREED, "returned: HTTP 403 with CapabilityStatement"),
        (saying(answer_of("500 Oops")), Outcome.AGREED, "returned: HTTP 500"),
        (saying(b"220 ready\r\n"), Outcome.UNCLEAR, "the response is not HTTP"),
    ],
)
def test_asking_in_the_clear(serve: Serve, outcome: Outcome, how: str) -> None:
    with serving(serve) as place:
        response = request_plainly(place, REQUEST)
    assert (response.outcome, response.how) == (outcome, how)


def test_no_answer_in_the_clear_is_no_refusal() -> None:
    with serving(silent) as place:
        response = request_plainly(Place(place.host, place.port, 0.2), REQUEST)
    assert (response.outcome, response.how) == (Outcome.UNCLEAR, "no response in time: the server hangs")
