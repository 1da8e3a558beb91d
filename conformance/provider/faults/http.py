"""Faults of HTTP itself: paths, methods, codings, and headers that should not matter."""

from __future__ import annotations

import gzip
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import body, delay, header, misanswer, refuses
from conformance.provider.faults.fault import DSTU2, Fault
from conformance.provider.http import Call, Response

_BROKEN = "INTERNAL_SERVER_ERROR"
_TYPES = ("Slot", "Patient", "Appointment", "Practitioner", "Organization", "Location", "metadata")
_SPELT = {name.lower(): name for name in _TYPES}


def _any_case(path: str, call: Call | None) -> str:  # noqa: ARG001
    return "/".join(_SPELT.get(part.lower(), part) for part in path.split("/"))


def _forwarded_host(call: Call, same: Call | None) -> Call:  # noqa: ARG001
    host = call.header("X-Forwarded-Host")
    if host:
        call.base_url = f"https://{host}"
    return call


def _echo(response: Response, call: Call | None) -> Response:
    if call is None or call.method != "TRACE":
        return response
    return Response(
        200, None, response.headers, "".join(f"{name}: {value}\r\n" for name, value in call.headers).encode()
    )


def _french(response: Response, call: Call | None) -> Response:
    if call and call.header("Accept-Language").startswith(("fr", "tr")) and response.resource:
        response.resource = _commas(response.resource)
    return response


def _commas(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _commas(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_commas(item, name) for item in value]
    return (
        value.replace("-", "/") if name in ("start", "end", "date", "birthDate") and isinstance(value, str) else value
    )


def _encoded(*parts: str) -> Effect:
    return refuses(lambda call: any(part in call.target for part in parts), "BAD_REQUEST")


FAULTS = (
    Fault("http.any-case", "takes paths in any letter case", Effect(Seam.SETTING, _any_case, of="http.path")),
    Fault(
        "http.unknown-path-is-server-error",
        "returns 500 for paths that it does not know",
        (misanswer("http.path", code=_BROKEN, status=500), misanswer("http.implemented", code=_BROKEN, status=500)),
    ),
    Fault("http.head-is-server-error", "breaks on HEAD", refuses(lambda call: call.method == "HEAD", _BROKEN)),
    Fault("http.traces", "echoes the request to TRACE, including its token", Effect(Seam.RESPONSE, _echo)),
    Fault(
        "http.body-on-get-is-server-error",
        "breaks on a GET with a body",
        refuses(lambda call: call.method == "GET" and bool(call.body), _BROKEN),
    ),
    Fault(
        "http.refuses-chunked",
        "wants a Content-Length",
        refuses(lambda call: call.header("Transfer-Encoding").lower() == "chunked", "BAD_REQUEST"),
    ),
    Fault(
        "http.always-compresses",
        "always compresses, whether requested or not",
        (body(gzip.compress), header("Content-Encoding", "gzip")),
    ),
    Fault("http.mislabels-gzip", "calls plain text gzip", header("Content-Encoding", "gzip")),
    Fault(
        "http.refuses-forwarded",
        "refuses requests that came through a further proxy",
        refuses(lambda call: bool(call.header("Forwarded") or call.header("X-Forwarded-For")), "BAD_REQUEST"),
    ),
    Fault("http.follows-forwarded-host", "builds its URLs from X-Forwarded-Host", Effect(Seam.CALL, _forwarded_host)),
    Fault(
        "http.long-url-is-server-error",
        "breaks on URLs of more than 4000 characters",
        refuses(lambda call: len(call.target) > 4000, _BROKEN),
    ),
    Fault(
        "http.large-header-is-server-error",
        "breaks on headers of more than 3000 characters",
        refuses(lambda call: any(len(value) > 3000 for _, value in call.headers), _BROKEN),
    ),
    Fault(
        "http.refuses-odd-headers",
        "refuses headers that it does not know",
        refuses(lambda call: bool(call.header("X-Unheard-Of")), "BAD_REQUEST"),
    ),
    Fault(
        "http.wants-user-agent",
        "refuses callers that do not name themselves",
        refuses(lambda call: not call.header("User-Agent"), "BAD_REQUEST"),
    ),
    Fault(
        "http.speaks-french", "writes dates as the caller's language has them", Effect(Seam.RESPONSE, _french), DSTU2
    ),
    Fault("http.encoded-colon-unknown", "does not decode %3A", _encoded("%3A", "%3a")),
    Fault("http.encoded-slash-unknown", "does not decode %2F", _encoded("%2F", "%2f")),
    Fault("http.encoded-letters-unknown", "does not decode letters", _encoded("%4", "%6")),
    Fault("http.small-hex-unknown", "does not decode %7c", _encoded("%7c", "%2f", "%3a")),
    Fault(
        "http.plain-bar-is-server-error",
        "returns 500 for an unencoded |",
        refuses(lambda call: "|" in call.target, _BROKEN),
    ),
    Fault(
        "http.slow-commands",
        "takes a third of a second for what changes something",
        delay(330, on="book amend register"),
    ),
    Fault("http.slow-searches", "takes more than a second for a slot search", delay(1100, on="search")),
    Fault(
        "http.other-foundations",
        "does not know patients here",
        refuses(lambda call: bool(call.path), "NOT_IMPLEMENTED", on="find_patient read_patient"),
    ),
)
