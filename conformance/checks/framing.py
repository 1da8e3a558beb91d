"""Checks of a response as HTTP on its connection: well-formed, whole, and nothing behind it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.check import Context
from conformance.consumer.response import Response
from conformance.core.results import Finding

_VERSIONS = ("HTTP/1.1", "HTTP/1.0", "")
_MALFORMED = ("protocol", "too-large", "eof")


def framed(response: Response, context: Context) -> Iterator[Finding]:
    """A response is whole and well-formed HTTP, and nothing comes behind it that it did not announce (RFC 9112)."""
    failure = response.exchange.failure
    if failure is not None and failure.kind in _MALFORMED:
        yield Finding("the response is no well-formed HTTP response", location="response", found=failure.message,
                      expected="a status line, headers and a body as long as they say", code="malformed-response",
                      exchange=response.number)  # fmt: skip
    if response.exchange.http_version not in _VERSIONS:
        yield Finding("the response is of another version of HTTP", location="response",
                      found=response.exchange.http_version[:40], expected="HTTP/1.1", code="http-version",
                      exchange=response.number)  # fmt: skip
    yield from surplus(response)


def surplus(response: Response) -> Iterator[Finding]:
    """Yield what came behind a response, without its content: it may be what another patient was sent."""
    behind = response.exchange.surplus
    if behind:
        what = "another response" if behind.startswith(b"HTTP/1.") else f"{len(behind):,} bytes or more"
        yield Finding(
            "more came than the response announced; the connection was closed, so that it is not taken for the next response",
            location="connection", found=what, expected="nothing behind the response", code="surplus-bytes",
            exchange=response.number,
        )  # fmt: skip
