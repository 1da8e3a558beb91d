"""What stands between a consumer and a sound provider: gateways, proxies, broken connections, pauses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.provider.faults.effects import delay
from conformance.provider.variants.effects import every
from conformance.provider.variants.gateway import Action, Decide, Headers, Pause, Reset, Respond, Sent
from conformance.provider.variants.variant import Variant

_GATEWAY = "RFC 7231 sections 6.6.3 to 6.6.5 and RFC 6585 section 4: a gateway says so of itself, not of the provider behind it"
_BROKEN = "RFC 7230 section 6.5: connections fail; what did not arrive is no response of the provider"
_PROXY = "RFC 7230 section 5.7 and general API guidance, Proxying headers: proxies add and remove fields"


def _now_and_then(action: Action, often: int = 19) -> Callable[[], Decide]:
    """The same disturbance at every so-manieth request."""

    def begin() -> Decide:
        due = every(often)
        return lambda _: action if due() else None

    return begin


def _lost_writes(often: int = 25) -> Callable[[], Decide]:
    """The response to every so-manieth write is lost, although the write went through."""

    def begin() -> Decide:
        due = every(often)

        def decide(sent: Sent) -> Action:
            return Respond(504, after=True) if sent.method in {"POST", "PUT"} and due() else None

        return decide

    return begin


def _once(action: Action, at: int) -> Callable[[], Decide]:
    """A disturbance once, at the so-manieth request."""

    def begin() -> Decide:
        return lambda sent: action if sent.number == at else None

    return begin


def _environment(name: str, title: str, allowed: str, gateway: Callable[[], Decide], **more: Any) -> Variant:
    may = {"skip": 2, "warn": 2} | more.pop("most", {})  # of the sample that it is tried on
    return Variant(f"environment.{name}", title, allowed, gateway=gateway, most=may, aspect="environment", **more)


_ADDED = Headers(
    request=(b"X-Forwarded-For: 192.0.2.7", b"Forwarded: for=192.0.2.7;proto=https", b"Via: 1.1 edge.example.org"),
    response=(b"Via: 1.1 edge.example.org", b"X-Cache: MISS", b"Age: 0"),
    drops=frozenset({b"keep-alive"}),
)

_QUERIES = (
    "search_free_slots",
    "retrieve_patient_appointments",
    "find_patient",
    "find_practitioner",
    "find_organization",
)

VARIANTS = (
    *(
        _environment(
            f"every-19th-{status}",
            f"stands behind a gateway whose response to every 19th request is {status} with an HTML page",
            _GATEWAY,
            _now_and_then(Respond(status, {"Retry-After": "0"} if status == 429 else {})),
        )
        for status in (429, 502, 503, 504)
    ),
    _environment("every-19th-reset", "loses every 19th connection to a reset", _BROKEN, _now_and_then(Reset())),
    _environment(
        "lost-responses",
        "stands behind a gateway that loses the response to every 25th write",
        _GATEWAY,
        _lost_writes(),
    ),
    _environment(
        "proxy-headers",
        "stands behind a proxy that adds header fields to requests and responses and removes others",
        _PROXY,
        lambda: lambda _: _ADDED,
        most={"skip": 0, "warn": 0},
    ),
    _environment(
        "ten-seconds",
        "pauses for ten seconds in the middle of a response",
        "RFC 7230 section 3.3: a body may take its time",
        _once(Pause(10), 40),
        most={"skip": 0, "warn": 0},
        slow=True,
    ),
    Variant(
        "slow.queries",
        "takes half a second for each query",
        "volume and performance page, Query APIs: less than one second is a SHOULD, less than three a SHALL",
        delay(500, on=" ".join(_QUERIES)),
        slow=True,
    ),
)
