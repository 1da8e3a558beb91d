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
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from conformance.config.model import Config, Tls
from conformance.consumer import forms
from conformance.consumer.decoding import decoded
from conformance.consumer.failures import classify
from conformance.consumer.network import Transport, time_limit
from conformance.consumer.recording import Recorder
from conformance.consumer.request import Pairs, Request
from conformance.consumer.tls import make_context
from conformance.core.exchange import Exchange
from conformance.spec import Edition

if TYPE_CHECKING:
    from conformance.fhir.layout import Shapes

# These log URLs and headers, which hold patient identifiers and tokens.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


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
        self._shapes = shapes or (lambda: forms.base_types(edition))
        self._http = httpx.Client(
            transport=transport or Transport(_context(config.tls)),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(config.run.read_timeout, connect=config.run.connect_timeout),
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def send(self, request: Request) -> Exchange:
        """Send a request and return the exchange, recorded."""
        return self._recorder.add(self._exchange(request, self._prepare(request)))

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same moment, each from a thread of its own; exchanges in the order of the requests."""
        prepared = [self._prepare(request) for request in requests]
        barrier = threading.Barrier(max(len(requests), 1))

        def send(number: int) -> Exchange:
            barrier.wait()
            return self._exchange(requests[number], prepared[number])

        with ThreadPoolExecutor(max_workers=max(len(requests), 1)) as pool:
            exchanges = list(pool.map(send, range(len(requests))))
        return [self._recorder.add(exchange) for exchange in exchanges]

    def _prepare(self, request: Request) -> httpx.Request:
        """Make the library's request with exact headers, target and body."""
        url = request.target(self._root)
        body = request.wire_body(lambda resource: forms.to_xml(resource, self._shapes()))
        parts = urlsplit(url)
        target = url[url.index(parts.netloc) + len(parts.netloc) :] or "/"
        made = httpx.Request(
            request.method,
            f"{parts.scheme}://{parts.netloc}/",
            headers=[(name.encode(), value.encode()) for name, value in request.wire_headers()],
            content=[body] if body and request.header("Transfer-Encoding") else body or None,  # a list gets no length
            extensions={"target": target.encode(), "timeout": self._http.timeout.as_dict()},
        )
        made.read()
        return made

    def _exchange(self, request: Request, made: httpx.Request) -> Exchange:
        exchange = Exchange(
            number=0,
            interaction=request.interaction.key,
            label=request.label,
            method=request.method,
            url=request.target(self._root),
            request_headers=_texts(made.headers),
            request_body=made.content,
            started=datetime.now(UTC).isoformat(timespec="milliseconds"),
            elapsed_ms=0.0,
            deviant=request.deviant,
        )
        start = time.perf_counter()
        try:
            with time_limit(self._run.response_timeout):
                answered = self._receive(exchange, made)
        except Exception as error:  # whatever goes wrong on the wire is evidence, not an error of ours
            answered = replace(exchange, failure=classify(error))
        return replace(answered, elapsed_ms=(time.perf_counter() - start) * 1000)

    def _receive(self, exchange: Exchange, made: httpx.Request) -> Exchange:
        response = self._http.send(made, stream=True)
        begun = replace(exchange, http_version=response.http_version, response_headers=_texts(response.headers))
        try:
            encoding = response.headers.get("Content-Encoding", "")
            body = decoded(response.iter_raw(), encoding, self._run.max_response_bytes)
        except Exception as error:  # half an answer is none, but what had come of it says a lot
            failure = classify(error)
            message = f"{failure.message} (status {response.status_code} and headers had come)"
            return replace(begun, failure=replace(failure, message=message))
        finally:
            response.close()
        reason = response.extensions.get("reason_phrase", b"").decode("latin-1")
        return replace(begun, status=response.status_code, reason=reason, response_body=body)


def _texts(headers: httpx.Headers) -> Pairs:
    return tuple((name.decode("latin-1"), _text(value)) for name, value in headers.raw)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
