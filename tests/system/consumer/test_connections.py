"""The connection under an exchange: used again while it is clean, closed when anything is left on it."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator

import httpcore
import httpx
import pytest

from conformance.consumer import network
from conformance.consumer.network import ExchangeMonitor, Transport, monitored
from tests.support.loopback import Script, serving

LONG = 600  # seconds: a limit that no case runs into
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nT: 1\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.fixture(autouse=True)
def _idle_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a busy machine takes from one request to the next."""
    monkeypatch.setattr(network, "_KEEP_ALIVE_SECONDS", LONG)


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(ssl.create_default_context())
    yield made
    made.close()


def begin(transport: Transport, url: str, method: str = "PUT") -> httpx.Response:
    timeout = httpx.Timeout(LONG, pool=0.01).as_dict()
    request = httpx.Request(method, url, content=b"{}", extensions={"timeout": timeout})
    return transport.handle_request(request)


def body_of(response: httpx.Response) -> bytes:
    assert isinstance(response.stream, httpx.SyncByteStream)
    return b"".join(response.stream)  # without closing, which response.read() does


def ask(transport: Transport, url: str, method: str = "PUT") -> tuple[bytes, bytes]:
    """The body and what was left over behind it."""
    with monitored(LONG, method) as monitor:
        response = begin(transport, url, method)
        body = body_of(response)
        left = monitor.left_over()
        response.close()
    return body, left


class Visits:
    """The ports that connections came from, one a request, and a script that notes them."""

    def __init__(self, response: bytes = OK, *, closing: bool = False) -> None:
        self.ports: list[int] = []
        self.response = response
        self.closing = closing

    def script(self) -> Script:
        def answer(connection: socket.socket, _: bytes) -> None:
            self.ports.append(connection.getpeername()[1])
            connection.sendall(self.response)
            if self.closing:
                connection.shutdown(socket.SHUT_RDWR)

        return answer


def test_a_connection_is_used_again_by_requests_to_the_same_origin(transport: Transport) -> None:
    one, other = Visits(), Visits(CHUNKED)
    with serving(one.script()) as first, serving(other.script()) as second:
        for url in (first, second, first, second):
            assert ask(transport, url) == (b"{}", b"")
        transport.close()
    assert len(one.ports) == len(other.ports) == 2
    assert (len(set(one.ports)), len(set(other.ports))) == (1, 1)


def test_a_connection_that_the_provider_has_closed_is_not_used_again(transport: Transport) -> None:
    visits = Visits(closing=True)
    with serving(visits.script()) as url:
        for _ in range(3):
            response = begin(transport, url)
            assert body_of(response) == b"{}"
            closed = response.extensions["network_stream"].get_extra_info("socket")
            assert select.select([closed], [], [], LONG)[0]  # the other side's end has come
            response.close()
        transport.close()
    assert len(set(visits.ports)) == 3


def test_a_connection_of_a_response_that_was_not_read_is_not_used_again(transport: Transport) -> None:
    visits = Visits()
    with serving(visits.script()) as url:
        begin(transport, url).close()
        assert ask(transport, url) == (b"{}", b"")
        transport.close()
    assert len(set(visits.ports)) == 2


@pytest.mark.parametrize(
    ("method", "response", "body", "left"),
    [
        ("GET", OK + OK, b"{}", OK),
        ("GET", OK + b"more", b"{}", b"more"),
        ("GET", CHUNKED + b"more", b"{}", b"more"),
        ("GET", b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"more", b"{}", b"more"),
        ("HEAD", OK, b"", b"{}"),
        ("GET", NO_CONTENT + b"{}", b"", b"{}"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n{}", b"", b"{}"),
    ],
    ids=[
        "two-responses",
        "short-length",
        "behind-chunks",
        "interim",
        "head-with-body",
        "204-with-body",
        "304-with-body",
    ],
)
def test_left_over_bytes_are_seen_and_never_the_next_response(
    transport: Transport, method: str, response: bytes, body: bytes, left: bytes
) -> None:
    visits = Visits(response)
    with serving(visits.script()) as url:
        for _ in range(2):
            assert ask(transport, url, method) == (body, left)
        transport.close()
    assert len(set(visits.ports)) == 2


def test_left_over_bytes_in_a_packet_of_their_own_close_the_connection(transport: Transport) -> None:
    ports: list[int] = []

    def script(connection: socket.socket, _: bytes) -> None:
        ports.append(connection.getpeername()[1])
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        connection.sendall(b"Content-Length: 2\r\n\r\n{}")
        connection.sendall(OK)

    with serving(script) as url:
        for _ in range(2):
            with monitored(LONG, "GET") as monitor:
                response = begin(transport, url, "GET")
                assert body_of(response) == b"{}"
                late = response.extensions["network_stream"].get_extra_info("socket")
                if not monitor._framing or not monitor._framing.behind:
                    assert select.select([late], [], [], LONG)[0]
                assert monitor.left_over() == OK
                response.close()
        transport.close()
    assert len(set(ports)) == 2


@pytest.mark.parametrize(
    ("late", "reported"),
    [(OK, [OK]), (b"x" * 5000, [b"x" * 4096]), (b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n", [])],
    ids=["a-response", "bytes", "the-end-of-an-idle-connection"],
)
@pytest.mark.parametrize("then", ["used", "closed"])
def test_bytes_that_come_later_are_reported_with_the_response_before(
    transport: Transport, late: bytes, reported: list[bytes], then: str
) -> None:
    """Whether the connection is used again or closed: once, and never taken for the next response."""
    ports, read = [], threading.Event()

    def script(connection: socket.socket, _: bytes) -> None:
        ports.append(connection.getpeername()[1])
        connection.sendall(OK)
        if len(ports) == 1:
            assert read.wait(LONG)
            connection.sendall(late)

    found: list[tuple[ExchangeMonitor, bytes]] = []
    with serving(script) as url:
        with monitored(LONG, "GET") as monitor:
            monitor.came_late = lambda *each: found.append(each)
            response = begin(transport, url, "GET")
            assert (body_of(response), monitor.left_over()) == (b"{}", b"")
            response.close()
        read.set()
        connection = response.extensions["network_stream"].get_extra_info("socket")
        assert select.select([connection], [], [], LONG)[0]
        while len(connection.recv(len(late), socket.MSG_PEEK)) < min(len(late), 4096):
            pass
        if then == "used":
            assert ask(transport, url, "GET") == (b"{}", b"")
        transport.close()
    assert found == [(monitor, data) for data in reported]
    assert len(set(ports)) == (2 if then == "used" else 1)


def test_what_was_found_at_once_is_not_reported_again(transport: Transport) -> None:
    found: list[tuple[ExchangeMonitor, bytes]] = []
    with serving(Visits(OK + OK).script()) as url:
        with monitored(LONG, "GET") as monitor:
            monitor.came_late = lambda *each: found.append(each)
            response = begin(transport, url, "GET")
            body_of(response)
            assert monitor.left_over() == OK
            response.close()
        transport.close()
    assert found == []


def test_a_head_response_with_a_length_and_no_body_is_sound(transport: Transport) -> None:
    visits = Visits(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
    with serving(visits.script()) as url:
        for _ in range(2):
            assert ask(transport, url, "HEAD") == (b"", b"")
        transport.close()
    assert len(set(visits.ports)) == 1


def test_what_is_left_on_a_connection_that_ends_with_the_response_is_no_surplus(transport: Transport) -> None:
    with serving(Visits(b"HTTP/1.1 200 OK\r\n\r\n{}", closing=True).script()) as url:
        assert ask(transport, url) == (b"{}", b"")
        transport.close()


def test_no_more_than_so_many_exchanges_are_under_way() -> None:
    crowded = Transport(ssl.create_default_context(), most=1)
    with serving(Visits().script()) as url:
        response = begin(crowded, url)
        with pytest.raises(httpcore.PoolTimeout):
            begin(crowded, url)
        response.close()
        assert ask(crowded, url) == (b"{}", b"")
        crowded.close()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for _ in range(2):  # a failed exchange makes room for the next
            with pytest.raises(httpcore.ConnectError):
                begin(crowded, nobody)


def test_the_monitor_keeps_the_first_bytes_and_stops_at_a_size(transport: Transport) -> None:
    flood = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"0" * 300_000
    with serving(Visits(flood).script()) as url:
        with monitored(LONG, "GET", 200_000) as monitor, pytest.raises(network.TooManyBytesError):
            body_of(begin(transport, url, "GET"))
        transport.close()
    assert monitor.received == flood[: len(monitor.received)]
    assert len(monitor.received) == 4096


def test_a_method_that_is_no_token_is_not_followed() -> None:
    monitor = ExchangeMonitor(10, "NO TOKEN")
    assert monitor.left_over() == b""
