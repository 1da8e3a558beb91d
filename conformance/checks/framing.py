"""A check of where a response ends on its connection."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.check import Context
from conformance.consumer.response import Response
from conformance.core.results import Finding


def framed(response: Response, context: Context) -> Iterator[Finding]:
    """Nothing comes behind a response that it did not announce (RFC 9112 section 6.3)."""
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
