"""The wire under the HTTP adapter: httpcore's own connection pool over sockets that watch one exchange at a time.

An `ExchangeMonitor` is the one place that sees the bytes of an exchange as they come. It bounds the exchange in time: a read
timeout alone bounds the pause between two bytes, so a provider that drips could hold a run for hours. And it knows what is
left on the connection when the response has ended (RFC 9112 sections 6 and 9.2): left-over bytes would be taken for the
response to the next request, so the connection is closed and the bytes are reported with the response that sent them. What
comes only later is reported too, when the connection is next looked at or closed; only what comes while the next request is
on its way cannot be distinguished from the response to it.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

import h11
import httpcore
import httpx

_Result = TypeVar("_Result")

# Shorter than servers keep idle connections, so that none is closed under a request that is being sent.
_KEEP_ALIVE_SECONDS = 2.0
MOST_CONNECTIONS = 64
_MOST_KEPT = 4096  # bytes kept as evidence: the first of a response, and those left over
_MOST_HEAD = 100 * 1024  # bytes of a response's head, as httpcore has it
_GRACE_SECONDS = 0.05  # how long a body is waited for behind a response that can have none
_BODILESS = (204, 304)
_IDLE_TIMEOUT = re.compile(
    rb"HTTP/1\.\d 408\b"
)  # what a server may say before it closes an idle connection (RFC 9110 section 15.5.9)


class DeadlinePassedError(httpcore.ReadTimeout):
    """The whole exchange took longer than it may."""


class HandshakeTimeoutError(httpcore.ConnectTimeout):
    """A connection came about, but the TLS handshake did not end in time."""


class TooManyBytesError(Exception):
    """More came on the wire than a response may take, framing included."""


class ExchangeMonitor:
    """What one exchange may take, and what came of it as bytes. `seconds` bounds all its network calls together.

    `method` is the request's; without one only time and size are watched. `most` is how many bytes may come, 0 for any
    number. `received` holds the first of them. `came_late` is called, at any later time and from any thread, with the monitor
    and bytes that came behind the response once the exchange was over. `number` is the exchange's, once it is recorded.
    """

    def __init__(self, seconds: float, method: str = "", most: int = 0) -> None:
        self.number = 0
        self.came_late: Callable[[ExchangeMonitor, bytes], None] | None = None
        self._end = time.monotonic() + seconds
        self._most, self._count = most, 0
        self._stream: _Stream | None = None
        self._framing = _Framing(method) if method else None
        self.received = b""

    @property
    def seconds_left(self) -> float:
        """How long the exchange may still take, in seconds; negative when its time has passed."""
        return self._end - time.monotonic()

    def saw(self, stream: _Stream, data: bytes) -> None:
        """Take note of bytes that came; b"" is the end of the connection."""
        self._stream = stream
        self._count += len(data)
        if self._most and self._count > self._most:
            raise TooManyBytesError
        if len(self.received) < _MOST_KEPT:
            self.received += data[: _MOST_KEPT - len(self.received)]
        if self._framing:
            self._framing.feed(data)

    def left_over(self) -> bytes:
        """Return what came behind a response that was read to its end, at most some of it; its connection is closed then."""
        if self._stream is None or self._framing is None or not self._framing.ended:
            return b""
        wait = _GRACE_SECONDS if self._framing.bodiless else 0.0
        found = self._framing.behind or self._stream.read_now(wait)
        if found:
            stream, self._stream = self._stream, None
            stream.close()
        return found[:_MOST_KEPT]

    def look_again(self) -> None:
        """Report what has come on the connection since the response was read to its end."""
        if self._stream is not None and self._framing is not None and self._framing.ended:
            found = self._stream.read_now(0.0)
            if found and self.came_late and not _IDLE_TIMEOUT.match(found):
                self.came_late(self, found[:_MOST_KEPT])


class _Framing:
    """Follows the framing of one response, beside httpcore and by the same rules (h11), to know where it ends."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._status = 0
        self._parser: h11.Connection | None = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)
        self.ended = False
        self.behind = b""
        try:
            self._parser.send(h11.Request(method=method, target="/", headers=[("Host", "provider")]))
            self._parser.send(h11.EndOfMessage())
        except h11.LocalProtocolError:  # a method that HTTP does not allow will not leave httpcore either
            self._parser = None

    @property
    def bodiless(self) -> bool:
        """Whether the response can have no body, whatever its headers say (RFC 9112 section 6.3)."""
        return self._method == "HEAD" or self._status in _BODILESS

    def feed(self, data: bytes) -> None:
        if self.ended:
            self.behind += data[:_MOST_KEPT]
        elif self._parser is not None:
            try:
                self._follow(self._parser, data)
            except h11.RemoteProtocolError:  # httpcore reports it
                self._parser = None

    def _follow(self, parser: h11.Connection, data: bytes) -> None:
        parser.receive_data(data)
        while (event := parser.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Response):
                self._status = event.status_code
            elif isinstance(event, h11.EndOfMessage):
                self.ended, self.behind = True, bytes(parser.trailing_data[0])
                return
            elif isinstance(event, h11.ConnectionClosed):
                return


_monitor: ContextVar[ExchangeMonitor | None] = ContextVar("monitor", default=None)


@contextmanager
def monitored(seconds: float, method: str = "", most: int = 0) -> Iterator[ExchangeMonitor]:
    """Watch all network calls of this thread within the block as one exchange (parameters as of ExchangeMonitor)."""
    monitor = ExchangeMonitor(seconds, method, most)
    token = _monitor.set(monitor)
    try:
        yield monitor
    finally:
        _monitor.reset(token)


def _bounded(call: Callable[[float | None], _Result], timeout: float | None) -> _Result:
    """Make one call with the time that it may take, and say which of the two limits it ran into."""
    monitor = _monitor.get()
    if monitor is None:
        return call(timeout)
    left = monitor.seconds_left
    if left <= 0:
        raise DeadlinePassedError
    try:
        return call(left if timeout is None else min(timeout, left))
    except httpcore.TimeoutException as error:
        if monitor.seconds_left <= 0:
            raise DeadlinePassedError from error
        raise


class _Stream(httpcore.NetworkStream):
    """A socket that keeps the limit of the exchange that uses it, and lets its monitor see what comes."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._last: ExchangeMonitor | None = None  # of the exchange that was the last on it

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = _bounded(lambda seconds: self._inner.read(max_bytes, seconds), timeout)
        if monitor := _monitor.get():
            self._last = monitor
            monitor.saw(self, data)
        return data

    def read_now(self, wait: float) -> bytes:
        """Return what has come already or comes within so many seconds; b"" when nothing does."""
        secure = self._inner.get_extra_info("ssl_object")
        if not wait and not self._inner.get_extra_info("is_readable") and not (secure and secure.pending()):
            return b""
        with suppress(httpcore.ReadTimeout, httpcore.ReadError):
            return self._inner.read(_MOST_KEPT, max(wait, 0.001))
        return b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _bounded(lambda seconds: self._inner.write(buffer, seconds), timeout)

    def close(self) -> None:
        self._look_again()
        self._inner.close()

    def _look_again(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            last.look_again()

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
        """Pass on what is known of the socket. The pool drops an idle connection that is readable, as a closed one is."""
        known = self._inner.get_extra_info(info)
        if info == "is_readable" and known:
            self._look_again()
        return known


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
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


_BROKEN = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)


class Transport(httpx.BaseTransport):
    """HTTP/1.1 over httpcore's pool, within `monitored` limits. Raises httpcore's exceptions. Close each response.

    A server may close an idle connection without a word, just as a request is sent on it (RFC 9112 section 9.3.1). Once a
    connection has ended in place of a response, each request has a connection of its own.
    """

    def __init__(self, context: ssl.SSLContext, *, proxy: str = "", most: int = MOST_CONNECTIONS) -> None:
        def pool(most_idle: int) -> httpcore.ConnectionPool:
            return httpcore.ConnectionPool(
                ssl_context=context,
                max_connections=most,
                max_keepalive_connections=most_idle,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
                network_backend=_Backend(),
                proxy=httpcore.Proxy(proxy) if proxy else None,
            )

        self._keeping, self._single = pool(most), pool(0)
        self._pool = self._keeping

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
        try:
            response = self._pool.handle_request(sent)
        except _BROKEN:
            self._pool = self._single
            raise
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._keeping.close()
        self._single.close()
