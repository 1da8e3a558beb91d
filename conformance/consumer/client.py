"""The one place that knows the HTTP library: a Request goes in, an Exchange comes out, whatever happens.

Headers are those of the request and no others but Host and Content-Length; redirects are not followed; a failure of
the transport is part of the exchange and never raised. Environment variables for proxies are not heeded: what is tested
is named in the configuration.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from conformance.config.model import Config, Tls
from conformance.consumer import xml_bodies
from conformance.consumer.content_decoding import decoded
from conformance.consumer.network import MOST_CONNECTIONS, ExchangeMonitor, Transport, monitored
from conformance.consumer.recording import Recorder
from conformance.consumer.request import Pairs, Request
from conformance.consumer.tls_context import make_context
from conformance.consumer.transport_failures import classify
from conformance.core.exchange import Exchange, TransportFailure
from conformance.spec import Edition

if TYPE_CHECKING:
    from conformance.fhir.definitions.element_layout import Shapes

# These log URLs and headers, which hold patient identifiers and tokens.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request made ready: the URL and body as they are recorded, and the library's request."""

    url: str
    body: bytes
    wire: httpx.Request


@dataclass(frozen=True, slots=True)
class _Received:
    """What came back: a whole response has a status and no failure."""

    status: int | None = None
    reason: str = ""
    http_version: str = ""
    headers: Pairs = ()
    body: bytes = b""
    failure: TransportFailure | None = None
    surplus: bytes = b""


@cache
def _context(tls: Tls) -> ssl.SSLContext:
    """Return the context for these certificates, made once: loading the trusted authorities takes longer than a request."""
    return make_context(tls)


class Client:
    """Sends requests to the configured provider and records every exchange. Close it when done."""

    def __init__(
        self,
        edition: Edition,
        config: Config,
        recorder: Recorder,
        *,
        shapes: Callable[[], Shapes] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Make the TLS context; nothing is sent yet.

        `shapes` gives the definitions by which XML bodies are written (default: the edition's base types). `transport`
        stands in for the network in tests. Raises UsageError for certificates that cannot be used.
        """
        self._root = config.provider.root
        self._run = config.run
        self._recorder = recorder
        self._shapes = shapes or (lambda: xml_bodies.base_types(edition))
        # The transport is called directly: httpx.Client adds redirects, cookies and authentication, none of them wanted here.
        most = config.run.max_connections or MOST_CONNECTIONS
        self._transport = transport or Transport(_context(config.tls), most=most)
        self._most_bytes = config.run.max_response_bytes * 4 + 1_000_000  # on the wire, framing included
        self._under_way: tuple[str, float] | None = None
        self._late: list[tuple[ExchangeMonitor, bytes]] = []
        self._timeout = httpx.Timeout(config.run.read_timeout, connect=config.run.connect_timeout).as_dict()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    @property
    def late_bytes(self) -> Mapping[int, bytes]:
        """What came on a connection after the exchange with that number was over, at most some of it."""
        return {monitor.number: data for monitor, data in list(self._late)}

    @property
    def waiting(self) -> tuple[str, float] | None:
        """What is waited for, in words, and for how many seconds; None while nothing is."""
        under_way = self._under_way
        return (under_way[0], time.monotonic() - under_way[1]) if under_way else None

    def send(self, request: Request) -> Exchange:
        """Send a request and return the exchange, recorded."""
        prepared = self.prepare(request)
        with self._waiting_for(f"the response to {_named(request)}"):
            exchange, monitor = self._exchange(request, prepared)
        return self._recorded(exchange, monitor)

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same moment, each from a thread of its own; exchanges in the order of the requests."""
        prepared = [self.prepare(request) for request in requests]
        barrier = threading.Barrier(max(len(requests), 1))

        def send(number: int) -> tuple[Exchange, ExchangeMonitor]:
            barrier.wait()
            return self._exchange(requests[number], prepared[number])

        pool = ThreadPoolExecutor(max_workers=max(len(requests), 1))
        try:
            with self._waiting_for(f"{len(requests)} responses at once"):
                exchanges = list(pool.map(send, range(len(requests))))
        finally:
            pool.shutdown(wait=False)  # nothing to wait for but after an interrupt, which waits for nothing
        return [self._recorded(exchange, monitor) for exchange, monitor in exchanges]

    def _recorded(self, exchange: Exchange, monitor: ExchangeMonitor) -> Exchange:
        recorded = self._recorder.add(exchange)
        monitor.number = recorded.number
        return recorded

    @contextmanager
    def _waiting_for(self, what: str) -> Iterator[None]:
        self._under_way = (what, time.monotonic())
        try:
            yield
        finally:
            self._under_way = None

    def prepare(self, request: Request) -> Outgoing:
        """Make the library's request with exact headers, target and body."""
        url = request.target(self._root)
        body = request.wire_body(lambda resource: xml_bodies.to_xml(resource, self._shapes()))
        parts = urlsplit(url)
        target = url[url.index(parts.netloc) + len(parts.netloc) :] or "/"
        origin = _origin(parts.scheme, parts.netloc)
        wire = httpx.Request(
            request.method,
            origin,
            headers=_completed(request, body, origin),
            stream=httpx.ByteStream(body),
            extensions={"target": target.encode(), "timeout": self._timeout},
        )
        return Outgoing(url, body, wire)

    def _exchange(self, request: Request, outgoing: Outgoing) -> tuple[Exchange, ExchangeMonitor]:
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        start = time.perf_counter()
        with monitored(self._run.response_timeout, request.method, self._most_bytes) as monitor:
            monitor.came_late = lambda *late: self._late.append(late)
            received = self._attempt(outgoing.wire, monitor)
        exchange = Exchange(
            number=0,
            interaction=request.interaction.key,
            label=request.label,
            method=request.method,
            url=outgoing.url,
            request_headers=_texts(outgoing.wire.headers),
            request_body=outgoing.body,
            started=started,
            elapsed_ms=(time.perf_counter() - start) * 1000,
            status=received.status,
            reason=received.reason,
            http_version=received.http_version,
            response_headers=received.headers,
            response_body=received.body,
            failure=received.failure,
            deviant=request.deviant,
            surplus=received.surplus,
            below_fhir=request.below_fhir,
        )
        return exchange, monitor

    def _attempt(self, wire: httpx.Request, monitor: ExchangeMonitor) -> _Received:
        try:
            return self._receive(wire, monitor)
        except Exception as error:  # whatever goes wrong on the wire is evidence, not an error of ours
            return _Received(body=monitor.received, failure=classify(error))

    def _receive(self, wire: httpx.Request, monitor: ExchangeMonitor) -> _Received:
        response = self._transport.handle_request(wire)
        version, headers = response.http_version, _texts(response.headers)
        try:
            assert isinstance(response.stream, httpx.SyncByteStream)
            encoding = response.headers.get("Content-Encoding", "")
            body = decoded(response.stream, encoding, self._run.max_response_bytes)
            surplus = monitor.left_over()
        except Exception as error:  # half a response is none, but what had come of it says a lot
            failure = classify(error)
            message = f"{failure.message} (status {response.status_code} and headers had come)"
            return _Received(http_version=version, headers=headers, failure=TransportFailure(failure.kind, message))
        finally:
            response.close()
        reason = response.extensions.get("reason_phrase", b"").decode("latin-1")
        return _Received(response.status_code, reason, version, headers, body, surplus=surplus)


def _named(request: Request) -> str:
    return request.interaction.title.lower() or request.method


@lru_cache(maxsize=64)  # a run has one provider; a few scenarios use other roots
def _origin(scheme: str, netloc: str) -> httpx.URL:
    return httpx.URL(f"{scheme}://{netloc}/")


def _completed(request: Request, body: bytes, origin: httpx.URL) -> list[tuple[bytes, bytes]]:
    """Return the headers of a request, completed by Host in front and Content-Length at the end where it has none itself.

    A request that frames its body otherwise (Transfer-Encoding) gets no length; one without a body has the length 0 in
    front, if its verb lets a body be expected.
    """
    headers = [(name.encode(), value.encode()) for name, value in request.wire_headers()]
    names = {name.lower() for name, _ in headers}
    framed = not names.isdisjoint((b"content-length", b"transfer-encoding"))
    if body and b"content-length" not in names and not request.header("Transfer-Encoding"):
        headers.append((b"Content-Length", str(len(body)).encode()))
    elif not framed and request.method.upper() in ("POST", "PUT", "PATCH"):
        headers.insert(0, (b"Content-Length", b"0"))
    if b"host" not in names and origin.host:
        headers.insert(0, (b"Host", origin.netloc))
    return headers


def _texts(headers: httpx.Headers) -> Pairs:
    return tuple((name.decode("latin-1"), _text(value)) for name, value in headers.raw)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
