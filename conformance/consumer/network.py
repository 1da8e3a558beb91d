"""The wire under the HTTP adapter: sockets on which a whole exchange, headers included, keeps one time limit.

A read timeout alone bounds the pause between two bytes, so a provider that drips could hold a run for hours.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

import httpcore
import httpx

from conformance.consumer.connections import Connections

_Result = TypeVar("_Result")

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class DeadlinePassedError(httpcore.ReadTimeout):
    """The whole exchange took longer than it may."""


class HandshakeTimeoutError(httpcore.ConnectTimeout):
    """A connection came about, but the TLS handshake did not end in time."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Bound all network calls of this thread within the block, together, to so many seconds."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left() -> float | None:
    end = _deadline.get()
    return None if end is None else end - time.monotonic()


def _bounded(call: Callable[[float | None], _Result], timeout: float | None) -> _Result:
    """Make one call with the time that it may take, and tell which of the two limits it ran into."""
    left = _left()
    if left is not None and left <= 0:
        raise DeadlinePassedError
    try:
        return call(timeout if left is None else left if timeout is None else min(timeout, left))
    except httpcore.TimeoutException as error:
        left = _left()
        if left is not None and left <= 0:
            raise DeadlinePassedError from error
        raise


class _Stream(httpcore.NetworkStream):
    """A socket that sends what was written when something is to be read: the head and the body of a request at once."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._unsent: list[bytes] = []
        self._write_timeout: float | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            with suppress(httpcore.WriteError):  # it may have answered before it closed; so does the library
                self._send()
        return _bounded(lambda seconds: self._inner.read(max_bytes, seconds), timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent.append(buffer)
        self._write_timeout = timeout

    def _send(self) -> None:
        data, self._unsent = b"".join(self._unsent), []
        _bounded(lambda seconds: self._inner.write(data, seconds), self._write_timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        def shake_hands(seconds: float | None) -> httpcore.NetworkStream:
            try:
                return _Stream(self._inner.start_tls(ssl_context, server_hostname, seconds))
            except httpcore.ConnectTimeout as error:
                raise HandshakeTimeoutError from error

        return _bounded(shake_hands, timeout)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        connect = super().connect_tcp
        return _bounded(lambda seconds: _Stream(connect(host, port, seconds, local_address, socket_options)), timeout)


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response, done: Callable[[], None]) -> None:
        self._response = response
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        try:
            self._response.close()
        finally:
            self._done()


class Transport(httpx.BaseTransport):
    """HTTP/1.1 over kept connections that heed `time_limit`. Raises httpcore's exceptions. Close each response once."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._connections = Connections(context, _Backend())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its extension `target` is the request target as it goes on the wire."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        url = request.url
        sent = httpcore.Request(
            method=request.method.encode(),
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        connection = self._connections.take(sent.url.origin, request.extensions["timeout"]["pool"])
        try:
            response = connection.handle_request(sent)
        except BaseException:
            self._connections.give_up(connection)
            raise
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response, lambda: self._connections.give_back(connection)),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()
