"""Just enough HTTP for probes that own their socket: a request as bytes, and what a response's bytes say."""

from __future__ import annotations

import json
from typing import Any

from conformance.consumer.header_values import whole_number
from conformance.consumer.probes.tls_probe import Place
from conformance.consumer.request import Request

# Statuses that turn a client away; 495 and 496 are nginx's own for a certificate that is bad or missing.
TURNED_AWAY = (400, 401, 403, 495, 496)


def bare_request(request: Request, root: str, place: Place) -> bytes:
    """Return a request as `plain_request` does, with nothing that everybody on the way may not read: no token, no user.

    The response to it shows whether a port serves plain HTTP at all.
    """
    kept = tuple((name, value) for name, value in request.headers if name.lower() == "accept")
    return plain_request(request.with_(headers=kept, query=(), raw_query=None), root, place)


def plain_request(request: Request, root: str, place: Place) -> bytes:
    """Return a request without a body as bytes for one connection that is closed after it. It goes through TLS only."""
    target = request.target(root)
    path = target[target.index("//") + 2 :].partition("/")[2]
    kept = [(key, value) for key, value in request.wire_headers() if key.lower() not in ("host", "connection")]
    host = place.host if ":" not in place.host else f"[{place.host}]"
    lines = [f"{request.method} /{path} HTTP/1.1", f"Host: {host}:{place.port}", "Connection: close"]
    lines += [f"{key}: {value}" for key, value in kept if key.lower() != "accept-encoding"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def status_of(data: bytes) -> int | None:
    """Return the status of a response whose head has come, None for anything else."""
    parts = data.partition(b"\r\n")[0].split(b" ")
    if b"\r\n\r\n" not in data or not parts[0].startswith(b"HTTP/1.") or len(parts) < 2:
        return None
    return whole_number(parts[1].decode("latin-1"))


def is_whole(data: bytes) -> bool:
    """Whether a response has come whole, by its length; one of another framing ends with the connection."""
    _, found, body = data.partition(b"\r\n\r\n")
    length = whole_number(header_of(data, "content-length"))
    return bool(found) and length is not None and len(body) >= length


def resource_type_of(body: bytes) -> str:
    """The type of a FHIR resource in JSON or XML, chunked or not; only whether there is one matters here."""
    text = body[body.find(b"{") :] if b"{" in body else b""
    try:
        value: Any = json.JSONDecoder().raw_decode(text.decode("utf-8", "replace"))[0] if text else None
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and isinstance(value.get("resourceType"), str):
        return str(value["resourceType"])
    if b'"resourceType"' in body:
        return "a resource"
    root = body[: body.find(b"http://hl7.org/fhir")] if b"http://hl7.org/fhir" in body else b""
    return root.rpartition(b"<")[2].split(b" ")[0].decode("ascii", "replace") if root else ""


def header_of(data: bytes, name: str) -> str:
    """Return the first header of a name (in lower case) of a response, "" when there is none."""
    for line in data.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        key, _, value = line.decode("latin-1").partition(":")
        if key.strip().lower() == name:
            return value.strip()
    return ""
