"""The wire under the HTTP adapter: sockets on which a whole exchange, headers included, keeps one time limit.

A read timeout alone bounds the pause between two bytes, so a provider that drips could hold a run for hours.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)

# Shorter than servers keep idle connections, so that none is closed under a request that is being sent.
_KEEP_ALIVE_SECONDS = 2.0


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


@contextmanager
def _bounded(timeout: float | None) -> Iterator[float | None]:
    """Give the time that one call may take, and tell which of the two limits it ran into."""
    left = _left()
    if left is not None and left <= 0:
        raise DeadlinePassedError
    try:
        yield timeout if left is None else left if timeout is None else min(timeout, left)
    except httpcore.TimeoutException as error:
        left = _left()
        if left is not None and left <= 0:
            raise DeadlinePassedError from error
        raise


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _bounded(timeout) as seconds:
            return self._inner.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _bounded(timeout) as seconds:
            self._inner.write(buffer, seconds)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        with _bounded(timeout) as seconds:
            try:
                return _Stream(self._inner.start_tls(ssl_context, server_hostname, seconds))
            except httpcore.ConnectTimeout as error:
                raise HandshakeTimeoutError from error

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
        with _bounded(timeout) as seconds:
            return _Stream(super().connect_tcp(host, port, seconds, local_address, socket_options))


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class Transport(httpx.BaseTransport):
    """HTTP/1.1 over pooled connections that keep `time_limit`. Raises httpcore's exceptions."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=64,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its extension `target` is the request target as it goes on the wire."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method.encode(),
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
