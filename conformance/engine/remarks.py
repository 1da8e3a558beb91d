"""What is said of every response a scenario received, whatever it is about: bytes too many, parts that cannot be used.

Both are judged where they are the subject (all-responses scenarios); here they explain why a scenario went as it did.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from conformance.consumer.response import Response
from conformance.consumer.usable_parts import misfits
from conformance.core.results import Finding, Severity

_MOST = 5


def remarks_on(response: Response) -> Iterator[Finding]:
    """Yield a warning for what came behind a response, and notes on its parts that cannot be used (at most a few)."""
    yield from surplus(response, Severity.WARN)
    found = list(islice(misfits(response), _MOST + 1))
    for misfit in found[:_MOST]:
        yield Finding(
            misfit.message, Severity.INFO, misfit.path, misfit.found, code="unusable-part", exchange=response.number
        )
    if len(found) > _MOST:
        yield Finding("more parts of the same response cannot be used", Severity.INFO, code="unusable-part",
                      exchange=response.number)  # fmt: skip


def surplus(response: Response, severity: Severity = Severity.FAIL) -> Iterator[Finding]:
    """Yield a finding when more bytes came behind a response than it announced (RFC 9112 section 6.3)."""
    behind = response.exchange.surplus
    if behind:
        what = "another response" if behind.startswith(b"HTTP/1.") else f"{len(behind):,} bytes or more"
        yield Finding(
            "more came than the response announced; the connection was closed, so that it is not taken for the next response",
            severity, "connection", what, "nothing behind the response", code="surplus-bytes", exchange=response.number,
        )  # fmt: skip
