"""What comes between us and a provider, and sending a request again where that cannot do something twice.

Nothing here is hidden: each repeat is an exchange of its own, and the caller is given them all.
Sources: RFC 9110 sections 9.2.1 (safe methods), 10.2.3 (Retry-After) and 15.6; RFC 6585 section 4 (429).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from conformance.config.model import Resilience
from conformance.consumer.header_values import http_date, whole_number
from conformance.consumer.request import Request
from conformance.consumer.response import Response

GATEWAY_STATUSES = frozenset({502, 503, 504})
TOO_MANY = 429
"""The status Too Many Requests (RFC 6585 section 4)."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_UNREACHED = frozenset({"dns", "refused", "unreachable"})
_BROKEN = frozenset({"reset", "eof"})


class Trouble(StrEnum):
    """What came back in place of a response of the provider. The value is a phrase for people."""

    UNREACHED = "no connection"
    BROKEN = "a connection that broke"
    TIMEOUT = "a time-out"
    GATEWAY = "a gateway's response"
    THROTTLED = "429 Too Many Requests"


def trouble_of(response: Response, *, by_proxy: bool = False) -> Trouble | None:
    """Return what kept a response of the provider from coming, None when it came.

    A gateway's response is a 502, 503 or 504 without a FHIR resource in it: a resource shows that the provider itself
    responded. `by_proxy` says that the response has the form of a proxy known to stand in front.
    """
    failure = response.exchange.failure
    if failure is not None:
        came = response.exchange.response_headers or response.exchange.response_body
        return None if came else _by_failure(failure.kind)
    if by_proxy:
        return Trouble.GATEWAY
    if response.status == TOO_MANY:
        return Trouble.THROTTLED
    if response.status in GATEWAY_STATUSES and not response.is_resource:
        return Trouble.GATEWAY
    return None


def _by_failure(kind: str) -> Trouble | None:
    if kind in _UNREACHED:
        return Trouble.UNREACHED
    if kind in _BROKEN:
        return Trouble.BROKEN
    return Trouble.TIMEOUT if kind == "timeout" else None


def is_safe(request: Request) -> bool:
    """Whether a request only reads and changes nothing, so that it may be sent again whatever became of it."""
    return request.method.upper() in _SAFE


class Repeater:
    """Sends requests, again where needed, within the bounds of the configuration. `made` counts the repeats of the run."""

    def __init__(
        self,
        bounds: Resilience,
        transmit: Callable[[Request], Response],
        trouble: Callable[[Response], Trouble | None],
        pause: Callable[[float], None],
    ) -> None:
        self.made = 0
        self._bounds = bounds
        self._transmit = transmit
        self._trouble = trouble
        self._pause = pause

    def send(self, request: Request) -> list[Response]:
        """Return the responses to a request, the last of which counts; the others met trouble.

        A request that was not acted on (no connection, 429) is sent again whatever its method, others if they are safe.
        """
        responses = [self._transmit(request)]
        while self._worthwhile(request, responses):
            self._pause(pause_before(responses[-1], len(responses), self._bounds))
            responses.append(self.once_more(request))
        return responses

    def once_more(self, request: Request) -> Response:
        """Send a request that was sent before, and count it."""
        self.made += 1
        return self._transmit(request)

    def _worthwhile(self, request: Request, responses: list[Response]) -> bool:
        trouble = self._trouble(responses[-1])
        if trouble is None or self.made >= self._bounds.most_repeats:
            return False
        repeats = len(responses) - 1
        if trouble is Trouble.UNREACHED:
            return repeats + 1 < self._bounds.refused_in_a_row
        if trouble is Trouble.TIMEOUT:  # each one takes as long as the time-out
            return is_safe(request) and repeats < min(1, self._bounds.repeats)
        return (is_safe(request) or trouble is Trouble.THROTTLED) and repeats < self._bounds.repeats


def pause_before(response: Response, number: int, bounds: Resilience) -> float:
    """Return the seconds to wait before repeat `number` (from 1): as Retry-After says, else doubled each time; bounded."""
    stated = retry_after(response)
    wanted = bounds.pause * 2 ** (number - 1) if stated is None else stated
    return max(0.0, min(wanted, bounds.longest_pause))


def retry_after(response: Response) -> float | None:
    """Return the seconds that the header Retry-After states (a number, or a date seen from the header Date, else from
    when the request was sent).
    """
    text = response.exchange.header("Retry-After") or ""
    seconds, until = whole_number(text), http_date(text)
    if seconds is not None:
        return float(seconds)
    if until is None:
        return None
    sent = http_date(response.exchange.header("Date")) or datetime.fromisoformat(response.exchange.started)
    return (until - sent).total_seconds()
