"""How untrusted text and bytes are shown: nothing invisible, nothing that reorders what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from conformance.core.exchange import Exchange, Headers

LONGEST = 10_000  # characters of any text but a body
_ACRONYMS = frozenset({"fhir", "http", "https", "json", "jwt", "nfr", "ods", "sha256", "ssp", "tls", "url", "xml"})
_MOST_GROWTH = 3  # times its length that a body may have when it is broken into lines
_DEEPEST = 30  # levels of indentation

# Controls, directional marks and overrides, zero-width and tag characters, lone surrogates, noncharacters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_XML_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_XML_TOKEN = re.compile(r"<[^<>]*+>?|[^<]+")


def bounded(text: str, most: int = LONGEST) -> str:
    """Return a text cut at so many characters, said so."""
    return text if len(text) <= most else f"{text[:most]}… cut here: {len(text):,} characters, whole in evidence.sqlite"


def visible(text: str) -> str:
    """Return a text in which every character that cannot be seen, or that reorders others, is spelled out."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return _UNSEEN.sub(_spelled, text.replace("\r\n", "\n"))


def xml_safe(text: str) -> str:
    """Return a text that may stand in XML 1.0; what may not is spelled out."""
    return _XML_FORBIDDEN.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"


def body_text(data: bytes, limit: int) -> str:
    """Return a body for reading: JSON and XML on one line are broken into lines; cut at `limit` characters, said so."""
    return _cut(data, limit, _in_lines)


def cut(data: bytes, limit: int) -> str:
    """Return a body as text as it came, cut at `limit` characters, said so."""
    return _cut(data, limit, lambda text: text)


def _cut(data: bytes, limit: int, shown: Callable[[str], str]) -> str:
    if not data:
        return ""
    text = data[: limit * 4].decode("utf-8", "backslashreplace").lstrip("\ufeff")
    part = text[:limit]
    broken = shown(part)
    readable = broken if len(broken) <= _MOST_GROWTH * limit else part  # brackets in brackets grow without end
    if len(text) <= limit and len(data) <= limit * 4:
        return readable
    return f"{readable}\n… cut here: the body has {len(data):,} bytes, whole in evidence.sqlite"


@lru_cache(maxsize=512)  # most bodies of a run begin alike, and no more than their beginning is shown
def _in_lines(text: str) -> str:
    if "\n" in text[:200]:
        return text
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return _json_lines(text)
    return _xml_lines(text) if start == "<" else text


def _json_lines(text: str) -> str:
    """Break JSON into lines by its tokens alone, so that repeated keys and odd numbers are shown as they came."""
    parts: list[str] = []
    depth, before = 0, ""
    for piece in _JSON_TOKEN.findall(text):
        if piece in ("}", "]"):
            depth -= 1
            parts.append(piece if before in ("{", "[") else _line(depth) + piece)
        elif before in ("{", "[", ","):
            parts.append(_line(depth) + piece)
        else:
            parts.append(": " if piece == ":" else piece)
        depth += piece in ("{", "[")
        before = piece
    return "".join(parts)


def _xml_lines(text: str) -> str:
    """Break XML into lines between tags; text between tags stays on the line of its tag."""
    parts: list[str] = []
    depth, after_tag = 0, False
    for token in _XML_TOKEN.findall(text):
        tag = token.startswith("<")
        closing = token.startswith("</")
        depth -= closing
        if tag and after_tag:
            parts.append(_line(depth))
        parts.append(token)
        depth += tag and not closing and not token.endswith("/>") and token[1:2] not in ("?", "!")
        after_tag = tag
    return "".join(parts)


def _line(depth: int) -> str:
    return "\n" + "  " * max(0, min(depth, _DEEPEST))


def request_text(exchange: Exchange, limit: int) -> str:
    """Return the request as a reader of HTTP knows it: request line, headers, body."""
    return _message(request_head(exchange), exchange.request_body, limit)


def request_head(exchange: Exchange) -> str:
    """Return the request line and the headers."""
    return _head(f"{exchange.method} {exchange.url}", exchange.request_headers)


def response_text(exchange: Exchange, limit: int) -> str:
    """Return the response likewise, or why there is none."""
    shown = _message(response_head(exchange), exchange.response_body, limit)
    failure = exchange.failure
    came = exchange.status is not None or exchange.response_body
    return f"{shown}\n\nNo response ({failure.kind}): {failure.message}" if failure and came else shown


def response_head(exchange: Exchange) -> str:
    """Return the status line and the headers, or why there are none."""
    failure = exchange.failure
    if exchange.status is None and not exchange.response_body:
        return f"No response ({failure.kind}): {failure.message}" if failure else "No response"
    first = f"{exchange.http_version or 'HTTP'} {exchange.status} {exchange.reason}".rstrip()
    return _head(first, exchange.response_headers)


def _head(first: str, headers: Headers) -> str:
    return "\n".join([first, *(f"{name}: {value}" for name, value in headers)])


def _message(head: str, body: bytes, limit: int) -> str:
    return f"{head}\n\n{body_text(body, limit)}" if body else head


def duration(milliseconds: float) -> str:
    """Return a time span for people: `42 ms`, `1.3 s`."""
    return f"{milliseconds:.0f} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.1f} s"


def moment(iso: str) -> str:
    """Return an ISO 8601 time for people: `22 November 2026, 10:15:00 UTC`; as given when it is none."""
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = at.strftime("%z")
    named = "" if not zone else " UTC" if zone == "+0000" else f" UTC{zone[:3]}:{zone[3:]}"
    return f"{at.day} {at:%B %Y, %H:%M:%S}{named}"


def words(key: str) -> str:
    """Return a key as words: `search_free_slots` → `Search free slots`."""
    parts = [part.upper() if part in _ACRONYMS else part for part in re.split(r"[_-]+", key.strip()) if part]
    spaced = " ".join(parts)
    return spaced[:1].upper() + spaced[1:] if spaced else "Other"
