"""What is said of every response a scenario received, whatever it is about: bytes too many, parts that cannot be used.

Both are judged where they are the subject (all-responses scenarios); here they explain why a scenario went as it did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from conformance.checks.framing import surplus
from conformance.consumer.response import Response
from conformance.consumer.usable_parts import misfits
from conformance.core.results import Finding, Severity
from conformance.engine.values import Sends

_MOST = 5


def late_bytes(client: Sends) -> Iterator[Finding]:
    """Yield the notice of the responses behind which bytes came once their scenarios were over; nothing where none did."""
    found = client.late_bytes
    if found:
        yield Finding(
            "bytes came on the connection after a response had ended; the connection was closed, so that they are not "
            "taken for the next response",
            Severity.WARN, location="connection", found=f"behind {len(found)} {'response' if len(found) == 1 else 'responses'}",
            expected="nothing behind a response", code="surplus-bytes", exchange=min(found),
        )  # fmt: skip


def remarks_on(response: Response) -> Iterator[Finding]:
    """Yield a warning for what came behind a response, and notes on its parts that cannot be used (at most a few)."""
    yield from (replace(found, severity=Severity.WARN) for found in surplus(response))
    found = list(islice(misfits(response.value), _MOST + 1))
    for misfit in found[:_MOST]:
        yield Finding(
            misfit.message, Severity.INFO, misfit.path, misfit.found, code="unusable-part", exchange=response.number
        )
    if len(found) > _MOST:
        yield Finding("more parts of the same response cannot be used", Severity.INFO, code="unusable-part",
                      exchange=response.number)  # fmt: skip
