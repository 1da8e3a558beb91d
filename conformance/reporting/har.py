"""Exchanges as an HTTP Archive (HAR 1.2), which browsers, Postman and proxies open.

Source: "HAR 1.2 Spec" (Jan Odvarko), and the JSON Schema of the W3C draft it comes from.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.core.exchange import Exchange, Headers

Json = dict[str, Any]
_UNKNOWN = -1  # what HAR writes for a size or a time that is not known


def pieces(exchanges: Iterable[Exchange], version: str) -> Iterator[str]:
    """Yield a HAR document piece by piece; `version` is that of this tool."""
    creator = json.dumps({"name": "gpconnect-assure", "version": version})
    yield f'{{"log":{{"version":"1.2","creator":{creator},"entries":['
    separator = "\n"
    for exchange in exchanges:
        yield separator + json.dumps(entry(exchange))
        separator = ",\n"
    yield "\n]}}\n"


def entry(exchange: Exchange) -> Json:
    """Return one exchange as a HAR entry. Without a response its status is 0, and the comment says why."""
    why = f"; no response ({exchange.failure.kind}): {exchange.failure.message}" if exchange.failure else ""
    return {
        "startedDateTime": exchange.started or "1970-01-01T00:00:00Z",
        "time": exchange.elapsed_ms,
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": exchange.elapsed_ms, "receive": 0},
        "comment": f"exchange {exchange.number}: {exchange.label}{why}",
    }


def _request(exchange: Exchange) -> Json:
    made: Json = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.request_headers),
        "queryString": _pairs(parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)),
        "headersSize": _UNKNOWN,
        "bodySize": len(exchange.request_body),
    }
    if exchange.request_body:
        text, encoding = _text(exchange.request_body)
        kind = exchange.request_header("Content-Type") or ""
        made["postData"] = {"mimeType": kind, "text": text, **({"comment": "text is base64"} if encoding else {})}
    return made


def _response(exchange: Exchange) -> Json:
    text, encoding = _text(exchange.response_body)
    content = {"size": len(exchange.response_body), "mimeType": exchange.header("Content-Type") or "", "text": text}
    return {
        "status": exchange.status or 0,
        "statusText": exchange.reason,
        "httpVersion": exchange.http_version or "unknown",
        "cookies": [],
        "headers": _pairs(exchange.response_headers),
        "content": {**content, **({"encoding": encoding} if encoding else {})},
        "redirectURL": exchange.header("Location") or "",
        "headersSize": _UNKNOWN,
        "bodySize": len(exchange.response_body),
    }


def _pairs(headers: Headers | list[tuple[str, str]]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in headers]


def _text(data: bytes) -> tuple[str, str]:
    """A body as text and its encoding: "" for text as it is, base64 for bytes that are no UTF-8."""
    try:
        return data.decode(), ""
    except UnicodeDecodeError:
        return base64.b64encode(data).decode("ascii"), "base64"
