"""The provider's connections: ambiguous framing is refused, and a client that goes away leaves no traceback."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from conformance.provider.server_thread import Running, start
from conformance.spec import load
from tests.support.loopback import reset

HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture
def running() -> Iterator[Running]:
    with start(load("stu3")) as made:
        yield made


def connect(running: Running) -> socket.socket:
    port = int(running.base_url.split(":")[2].split("/")[0])
    return socket.create_connection(("127.0.0.1", port), timeout=600)


def said(connection: socket.socket) -> bytes:
    data = b""
    while part := connection.recv(65536):
        data += part
    return data


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\nCONTENT-LENGTH: 0\r\n\r\n0\r\n\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    ],
    ids=["length-and-chunks", "chunks-and-length", "two-lengths"],
)
def test_a_length_that_is_stated_twice_over_is_refused_and_nothing_behind_it_served(
    running: Running, framing: bytes
) -> None:
    with connect(running) as connection:
        connection.sendall(HEAD + framing + b"GET /metadata HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = said(connection)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET /metadata HT",
        b"GET /metadata HTTP/1.1\r\nHost: a\r\n\r\n" * 20,
        HEAD + b"Content-Length: 30\r\n\r\nabc",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
        HEAD + b"Expect: 100-continue\r\nContent-Length: 30\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
    ],
    ids=["nothing", "half-a-line", "pipelined", "half-a-body", "half-chunked", "no-chunk", "expecting", "tls"],
)
def test_a_client_that_goes_away_leaves_no_traceback(
    running: Running, caplog: pytest.LogCaptureFixture, data: bytes, how: str
) -> None:
    connection = connect(running)
    connection.sendall(data)
    if how == "reset":
        reset(connection)
    connection.close()
    with connect(running) as other, suppress(OSError):  # served, so what was before it has been dealt with
        other.sendall(b"GET /metadata HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert said(other).startswith(b"HTTP/1.1 ")
    running.close()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
