"""Kept connections: used again while they are open, and closed when they are not wanted any more."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Iterator
from types import SimpleNamespace

import httpcore
import httpx
import pytest

from conformance.consumer import connections
from conformance.consumer.connections import Connections
from conformance.consumer.network import Transport, _Stream
from tests.support.loopback import Script, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Wire(httpcore.NetworkStream):
    """A socket that keeps what is written, and fails to write when told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.written: list[bytes] = []
        self.error = error

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return OK

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self.error:
            raise self.error
        self.written.append(buffer)


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(ssl.create_default_context())
    yield made
    made.close()


def begin(transport: Transport, url: str) -> httpx.Response:
    timeout = httpx.Timeout(2, pool=0.01).as_dict()
    request = httpx.Request("PUT", url, content=b"{}", extensions={"timeout": timeout})
    return transport.handle_request(request)


def ask(transport: Transport, url: str) -> bytes:
    response = begin(transport, url)
    body = response.read()
    response.close()
    return body


class Visits:
    """The ports that connections came from, one a request, and a script that notes them."""

    def __init__(self, *, closing: bool = False) -> None:
        self.ports: list[int] = []
        self.closing = closing

    def script(self) -> Script:
        def answer(connection: socket.socket, _: bytes) -> None:
            self.ports.append(connection.getpeername()[1])
            connection.sendall(OK)
            if self.closing:
                connection.shutdown(socket.SHUT_RDWR)

        return answer


def test_a_connection_is_used_again_by_requests_to_the_same_origin(transport: Transport) -> None:
    one, other = Visits(), Visits()
    with serving(one.script()) as first, serving(other.script()) as second:
        for url in (first, second, first, second):
            assert ask(transport, url) == b"{}"
        transport.close()
    assert len(one.ports) == len(other.ports) == 2
    assert (len(set(one.ports)), len(set(other.ports))) == (1, 1)


def test_a_connection_that_the_provider_has_closed_is_not_used_again(transport: Transport) -> None:
    visits = Visits(closing=True)
    with serving(visits.script()) as url:
        for _ in range(3):
            response = begin(transport, url)
            assert response.read() == b"{}"
            closed = response.extensions["network_stream"].get_extra_info("socket")
            assert select.select([closed], [], [], 5)[0]  # the other side's end has come
        transport.close()
    assert len(set(visits.ports)) == 3


def test_a_connection_of_an_answer_that_was_not_read_is_not_used_again(transport: Transport) -> None:
    visits = Visits()
    with serving(visits.script()) as url:
        begin(transport, url).close()
        assert ask(transport, url) == b"{}"
        transport.close()
    assert len(set(visits.ports)) == 2


def test_a_connection_that_was_idle_too_long_is_closed(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    visits, elsewhere = Visits(), Visits()
    with serving(visits.script()) as url, serving(elsewhere.script()) as other:
        ask(transport, url)
        kept = transport._connections._idle[0][1]
        monkeypatch.setattr(connections, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 3))
        ask(transport, other)
        assert kept.is_closed()
        transport.close()


def test_no_more_than_so_many_exchanges_are_under_way(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_MOST_AT_ONCE", 1)
    crowded = Transport(ssl.create_default_context())
    with serving(Visits().script()) as url:
        response = begin(crowded, url)
        with pytest.raises(httpcore.PoolTimeout):
            begin(crowded, url)
        response.close()
        assert ask(crowded, url) == b"{}"
        crowded.close()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for _ in range(2):  # a failed exchange makes room for the next
            with pytest.raises(httpcore.ConnectError):
                begin(crowded, nobody)


def test_a_failed_connection_is_not_kept() -> None:
    made = Connections(ssl.create_default_context(), httpcore.MockBackend([]))
    connection = made.take(httpcore.Origin(b"http", b"h.test", 80), None)
    made.give_up(connection)
    assert made.take(httpcore.Origin(b"http", b"h.test", 80), None) is not connection


def test_head_and_body_leave_together_before_the_answer_is_read() -> None:
    wire = Wire()
    stream = _Stream(wire)
    stream.write(b"PUT / HTTP/1.1\r\n\r\n")
    stream.write(b"{}")
    assert stream.read(100) == OK
    assert stream.read(100) == OK
    assert wire.written == [b"PUT / HTTP/1.1\r\n\r\n{}"]


def test_an_answer_that_came_before_the_request_had_left_is_read() -> None:
    stream = _Stream(Wire(httpcore.WriteError("reset")))
    stream.write(b"x")
    assert stream.read(100) == OK


def test_a_request_that_does_not_leave_in_time_is_told() -> None:
    stream = _Stream(Wire(httpcore.WriteTimeout("slow")))
    stream.write(b"x")
    with pytest.raises(httpcore.WriteTimeout):
        stream.read(100)
