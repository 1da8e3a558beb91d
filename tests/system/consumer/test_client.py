"""The HTTP adapter: exact requests, whole exchanges, and every way an answer can fail to come."""

from __future__ import annotations

import gzip
import logging
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.bundled import bundled_config
from conformance.consumer import request_mutations as d
from conformance.consumer.client import Client
from conformance.consumer.recording import Recorder
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.core.exchange import Exchange
from conformance.spec import load
from tests.support.loopback import Script, reset, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Twice: a\r\nx-twice: b\r\n\r\n{}"
LONG = 600  # seconds: a limit that no case runs into
Answer = Callable[[httpx.Request], httpx.Response]


class Rig:
    """A client, its builder and its recorder against one base URL."""

    def __init__(self, url: str, folder: Path, answer: Answer | None = None, **run: float) -> None:
        edition = load("stu3")
        config = bundled_config("stu3", url, folder)
        self.config = replace(config, run=replace(config.run, **run))
        self.recorder = Recorder()
        self.requests = RequestBuilder(edition, self.config)
        transport = httpx.MockTransport(answer) if answer else None
        self.client = Client(edition, self.config, self.recorder, transport=transport)

    def send(self, request: Request | None = None) -> Exchange:
        return self.client.send(request or self.requests.capability())


@contextmanager
def rig(url: str, folder: Path, answer: Answer | None = None, **run: float) -> Iterator[Rig]:
    made = Rig(url, folder, answer, **run)
    try:
        yield made
    finally:
        made.client.close()


def answered(status: int, body: bytes = b"", **rest: Any) -> httpx.Response:
    """An answer whose body has still to be read, as one from a network."""
    return httpx.Response(status, stream=httpx.ByteStream(body), **rest)


def answering(data: bytes) -> Script:
    return lambda connection, _: connection.sendall(data)


def raw_exchange(tmp_path: Path, *changes: d.Change, request: str = "capability") -> bytes:
    seen: list[bytes] = []

    def script(connection: socket.socket, data: bytes) -> None:
        seen.append(data)
        connection.sendall(OK)

    with serving(script) as url, rig(f"{url}/A/1", tmp_path) as it:
        made = it.requests.capability() if request == "capability" else it.requests.amend({"id": "1", "x": "é"}, "W/1")
        for change in changes:
            made = change(made)
        exchange = it.send(made)
    assert exchange.status == 200
    assert exchange.request_body == seen[0].partition(b"\r\n\r\n")[2]
    return seen[0]


def test_nothing_is_sent_but_what_the_request_says(tmp_path: Path) -> None:
    head, *lines = raw_exchange(tmp_path, d.without_header("Accept")).partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert head == b"GET /A/1/metadata HTTP/1.1"
    assert [line.split(b":")[0] for line in lines] == [
        b"Host",
        b"User-Agent",
        b"Ssp-TraceID",
        b"Ssp-From",
        b"Ssp-To",
        b"Ssp-InteractionID",
        b"Authorization",
    ]


def test_a_body_and_its_length(tmp_path: Path) -> None:
    data = raw_exchange(tmp_path, request="amend")
    head, _, body = data.partition(b"\r\n\r\n")
    assert body == '{"id": "1", "x": "é"}'.encode()
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"If-Match: W/1" in head


def test_a_verb_that_lets_a_body_be_expected_says_that_there_is_none(tmp_path: Path) -> None:
    head, *lines = raw_exchange(tmp_path, d.no_body(), request="amend").partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert head.startswith(b"PUT ")
    assert [line.split(b":")[0] for line in lines[:3]] == [b"Host", b"Content-Length", b"User-Agent"]
    assert lines[1] == b"Content-Length: 0"


@pytest.mark.parametrize(("name", "value"), [("Host", "elsewhere.test"), ("Content-Length", "22")])
def test_a_header_that_the_request_holds_is_not_added_again(tmp_path: Path, name: str, value: str) -> None:
    lines = raw_exchange(tmp_path, d.header(name, value), request="amend").partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert [line for line in lines if line.startswith(name.encode())] == [f"{name}: {value}".encode()]


def test_headers_can_be_sent_twice_and_paths_as_they_stand(tmp_path: Path) -> None:
    path, query = d.path("//Slot/%7c/../a|b;"), d.raw_query("a=|&b=%2b+")
    data = raw_exchange(tmp_path, d.add_header("Ssp-To", "x"), path, query, d.header("X", "é"))
    assert data.startswith(b"GET /A/1//Slot/%7c/../a|b;?a=|&b=%2b+ HTTP/1.1")
    assert data.count(b"\r\nSsp-To: ") == 2
    assert "\r\nX: é\r\n".encode() in data


def test_the_proxy_form_of_the_url_goes_out_as_it_stands(tmp_path: Path) -> None:
    data = raw_exchange(tmp_path, d.path("/https://provider.test/A/1/metadata"))
    assert data.startswith(b"GET /A/1/https://provider.test/A/1/metadata HTTP/1.1")


def test_an_exchange_is_whole(tmp_path: Path) -> None:
    with serving(answering(OK)) as url, rig(url, tmp_path) as it:
        request = d.no_token()(it.requests.capability())
        exchange = it.send(request)
        again = it.send()
        assert it.recorder.exchanges == (exchange, again)
    assert (exchange.number, again.number) == (1, 2)
    assert (exchange.status, exchange.reason, exchange.http_version) == (200, "OK", "HTTP/1.1")
    assert (exchange.interaction, exchange.deviant) == ("get_capability_statement", True)
    assert exchange.response_headers == (("Content-Length", "2"), ("X-Twice", "a"), ("x-twice", "b"))
    assert exchange.response_body == b"{}"
    assert exchange.url == f"{url}/metadata"
    assert exchange.elapsed_ms > 0
    assert exchange.failure is None
    assert exchange.started.endswith("+00:00")


@pytest.mark.parametrize("location", ["/x", "http://[", "https://h.test:none/", ""])
def test_redirects_are_evidence_wherever_they_lead(tmp_path: Path, location: str) -> None:
    headers = {"Location": location}
    with rig("http://h.test", tmp_path, lambda request: answered(302, headers=headers)) as it:
        exchange = it.send()
    assert (exchange.status, exchange.failure, exchange.header("Location")) == (302, None, location)


def cut(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}")
    connection.shutdown(socket.SHUT_RDWR)


def hang_up(connection: socket.socket, _: bytes) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def slam(connection: socket.socket, _: bytes) -> None:
    reset(connection)
    connection.close()


def drip_head(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:  # until the client has gone
        connection.sendall(b"X-Drip: 1\r\n")
        threading.Event().wait(0.02)


def wait(connection: socket.socket, _: bytes) -> None:
    connection.recv(1)


BOMB = b"".join([gzip.compress(b"0" * 1_000_000)] * 50)  # 50 MB of noughts in 50 members


def bomb(connection: socket.socket, _: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB)
    connection.sendall(head + BOMB)


def flood(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"0" * 0x10000 + b"\r\n")


def encoded(body: bytes, name: str = "gzip") -> Script:
    return answering(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (name.encode(), len(body)) + body
    )


@pytest.mark.parametrize(
    ("script", "kind", "said", "limits"),
    [
        (cut, "eof", "before the whole response", {}),
        (hang_up, "eof", "before the whole response", {}),
        (slam, "reset", "reset the connection", {}),
        (drip_head, "timeout", "run.response_timeout", {"response_timeout": 0.5}),
        (wait, "timeout", "run.read_timeout", {"read_timeout": 0.25}),
        (bomb, "too-large", "after decompression", {}),
        (flood, "too-large", "run.max_response_bytes (1,000,000 bytes)", {}),
        (answering(b"SSH-2.0-OpenSSH\r\n\r\n"), "protocol", "not HTTP", {}),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), "protocol", "not HTTP", {}),
        (encoded(b"no gzip at all"), "protocol", "Content-Encoding", {}),
        (encoded(gzip.compress(b"{}")[:-4]), "protocol", "cut short", {}),
    ],
    ids=["cut", "eof", "reset", "drip", "silence", "bomb", "flood", "ssh", "length", "no-gzip", "gzip-cut"],
)
def test_failures_are_evidence(tmp_path: Path, script: Script, kind: str, said: str, limits: dict[str, float]) -> None:
    """The one limit that a case is about is short; all others are so long that no machine is too slow for them."""
    limits = {"read_timeout": LONG, "response_timeout": LONG, "max_response_bytes": 1_000_000, **limits}
    with serving(script) as url, rig(url, tmp_path, **limits) as it:
        exchange = it.send()
    assert exchange.failure is not None
    assert (exchange.failure.kind, exchange.status) == (kind, None)
    assert said in exchange.failure.message
    assert exchange.number == 1


def test_half_an_answer_keeps_its_headers(tmp_path: Path) -> None:
    with serving(cut) as url, rig(url, tmp_path) as it:
        exchange = it.send()
    assert exchange.failure is not None
    assert exchange.failure.message.endswith("(status 200 and headers had come)")
    assert (exchange.status, exchange.header("content-length"), exchange.response_body) == (None, "10", b"")


def test_nobody_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with rig(f"http://127.0.0.1:{port}", tmp_path) as it:
        failure = it.send().failure
    assert failure is not None
    assert failure.kind == "refused"


def test_an_unknown_host(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x") from socket.gaierror(-2, "Name or service not known")

    with rig("http://h.invalid", tmp_path, answer) as it:
        failure = it.send().failure
    assert failure is not None
    assert (failure.kind, failure.message) == ("dns", "the host name cannot be resolved: Name or service not known")


@pytest.mark.parametrize("change", [d.header("X", "a\r\nb"), d.path("/a b"), d.path("/é")])
def test_what_cannot_be_sent_is_not_blamed_on_the_wire(tmp_path: Path, change: d.Change) -> None:
    with serving(answering(OK)) as url, rig(url, tmp_path) as it:
        failure = it.send(change(it.requests.capability())).failure
    assert failure is not None
    assert failure.kind == "unsendable"
    assert "cannot be put on the wire" in failure.message


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (gzip.compress(b"abc"), "gzip"),
        (gzip.compress(b"a") + gzip.compress(b"bc"), "x-gzip"),
        (zlib.compress(b"abc"), "deflate"),
        (zlib.compress(b"abc", wbits=-15), "deflate"),
        (b"abc", "identity"),
        (b"abc", "br"),
    ],
)
def test_compression_is_undone(tmp_path: Path, body: bytes, name: str) -> None:
    with serving(encoded(body, name)) as url, rig(url, tmp_path) as it:
        exchange = it.send()
    assert exchange.response_body == b"abc"
    assert exchange.header("Content-Encoding") == name


def test_a_size_at_the_limit_is_read(tmp_path: Path) -> None:
    for size, fits in ((1000, True), (1001, False)):
        with serving(encoded(gzip.compress(b"0" * size))) as url, rig(url, tmp_path, max_response_bytes=1000) as it:
            exchange = it.send()
        assert (exchange.failure is None) is fits
        assert len(exchange.response_body) == (size if fits else 0)


def test_together_means_at_the_same_time(tmp_path: Path) -> None:
    meeting = threading.Barrier(3, timeout=LONG)

    def answer(request: httpx.Request) -> httpx.Response:
        meeting.wait()  # breaks unless all three are under way at once
        return answered(200, request.headers["X-Number"].encode())

    with rig("http://h.test", tmp_path, answer) as it:
        requests = [d.header("X-Number", str(number))(it.requests.capability()) for number in range(3)]
        exchanges = it.client.send_together(requests)
        assert it.client.send_together([]) == []
    assert [exchange.response_body for exchange in exchanges] == [b"0", b"1", b"2"]
    assert [exchange.number for exchange in exchanges] == [1, 2, 3]
    assert not any(exchange.failure for exchange in exchanges)


def test_connections_are_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.consumer.network._KEEP_ALIVE_SECONDS", LONG)
    seen: list[int] = []

    def script(connection: socket.socket, _: bytes) -> None:
        seen.append(connection.getpeername()[1])
        connection.sendall(OK)

    with serving(script) as url, rig(url, tmp_path) as it:
        for _ in range(3):
            assert it.send().status == 200
    assert len(set(seen)) == 1


def test_neither_environment_nor_cookies_change_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    seen: list[bytes] = []

    def script(connection: socket.socket, data: bytes) -> None:
        seen.append(data)
        connection.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")

    with serving(script) as url, rig(url, tmp_path) as it:
        it.send()
        it.send()
    assert len(seen) == 2
    assert b"cookie" not in seen[1].lower()


def test_nothing_of_a_request_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), serving(answering(OK)) as url, rig(url, tmp_path) as it:
        it.send()
    assert not [record for record in caplog.records if record.name.startswith("http")]


def test_xml_bodies(tmp_path: Path) -> None:
    with rig("http://h.test", tmp_path, lambda request: answered(200, request.content)) as it:
        body = {"resourceType": "Appointment", "id": "1", "status": "booked"}
        exchange = it.send(d.as_xml()(it.requests.amend(body, None)))
    assert b'<Appointment xmlns="http://hl7.org/fhir"><id value="1"/><status value="booked"/>' in exchange.response_body
    assert exchange.request_body == exchange.response_body
    assert exchange.request_header("content-type") == "application/fhir+xml;charset=utf-8"


def test_a_body_goes_in_chunks_when_asked_for(tmp_path: Path) -> None:
    heads: list[bytes] = []

    def script(connection: socket.socket, request: bytes) -> None:
        while b"0\r\n\r\n" not in request:
            request += connection.recv(65536)
        heads.append(request)
        connection.sendall(OK)

    with serving(script) as url, rig(url, tmp_path) as made:
        request = made.requests.book({"resourceType": "Appointment"})
        exchange = made.client.send(d.chunked()(request))
    assert exchange.status == 200
    assert exchange.request_body == b'{"resourceType": "Appointment"}'
    assert b"transfer-encoding: chunked" in heads[0].lower()
    assert b"content-length" not in heads[0].lower()
    assert b"1f\r\n" in heads[0].lower()
