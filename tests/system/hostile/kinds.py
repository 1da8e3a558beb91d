"""What a hostile provider sends: a table of kinds, each over the response that a sound provider would have given.

A kind turns a sound response into the bytes on the wire, or takes the socket into its own hands. `harmless` kinds are odd and
legal: scenarios pass over them. All others are wrong in each response, so that no scenario about it may pass.
"""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from tests.support.loopback import reset

EVIL = "http://elsewhere.invalid"
_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'


@dataclass(frozen=True)
class Sound:
    """A response as the sound provider gave it, with the method that it was given to."""

    method: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str, value: str | None) -> Sound:
        """The same with a header set, or without it."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))

    def with_body(self, body: bytes) -> Sound:
        """The same with another body, framed soundly."""
        return replace(self, body=body).header("Content-Length", str(len(body)))

    def json(self) -> Any:
        """The body as JSON; {} for none."""
        return json.loads(self.body) if self.body[:1] in (b"{", b"[") else {}

    def head(self, line: str = "") -> bytes:
        """Status line and headers."""
        lines = [line or f"HTTP/1.1 {self.status} Status", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    def wire(self) -> bytes:
        """The bytes of the response."""
        return self.head() + (b"" if self.method == "HEAD" else self.body)


Make = Callable[[Sound], bytes]
Act = Callable[[socket.socket, Sound], None]


@dataclass(frozen=True)
class Kind:
    """One kind. `make` gives the bytes; `act` is given the socket instead. `only` says which scenarios notice it."""

    name: str
    make: Make | None = None
    act: Act | None = None
    harmless: bool = False
    only: str = ""
    tags: tuple[str, ...] = field(default=())


def _raw(name: str, make: Make, **more: Any) -> Kind:
    return Kind(name, make, **more)


def _header(name: str, value: str | None, shown: str, **more: Any) -> Kind:
    return Kind(f"header-{shown}", lambda sound: sound.header(name, value).wire(), **more)


def _body(name: str, edit: Callable[[bytes], bytes], **more: Any) -> Kind:
    return Kind(f"body-{name}", lambda sound: sound.with_body(edit(sound.body)).wire(), **more)


def _value(name: str, edit: Callable[[Any], Any], **more: Any) -> Kind:
    """Each resource of the response edited in place, or replaced by what the edit returns."""

    def make(sound: Sound) -> bytes:
        value = sound.json()
        for resource in _resources(value):
            changed = edit(resource)
            if changed is not None and changed is not resource:
                resource.clear()
                resource.update(changed)
        return sound.with_body(json.dumps(value).encode("utf-8", "surrogatepass")).wire()

    return Kind(f"value-{name}", make, **more)


def _whole(name: str, edit: Callable[[Any], Any], **more: Any) -> Kind:
    """The whole value of the response replaced."""
    return Kind(f"value-{name}", lambda sound: sound.with_body(json.dumps(edit(sound.json())).encode()).wire(), **more)


def _resources(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        entries = value.get("entry")
        held = [entry["resource"] for entry in entries if "resource" in entry] if isinstance(entries, list) else []
        yield from (resource for resource in held if isinstance(resource, dict))
        if not held:
            yield value


def _chunked(sound: Sound, pieces: list[bytes], end: bytes = b"0\r\n\r\n") -> bytes:
    framed = sound.header("Content-Length", None).header("Transfer-Encoding", "chunked")
    return framed.head() + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + end


def _encoded(sound: Sound, body: bytes, name: str) -> bytes:
    return sound.header("Content-Encoding", name).with_body(body).wire()


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def _set(resource: dict[str, Any], name: str, value: Any) -> None:
    resource[name] = value


# -- framing -----------------------------------------------------------------------------------------------------------

FRAMING = (
    _raw("two-responses-in-one-packet", lambda s: s.wire() * 2, only="framed"),
    _raw("length-too-short", lambda s: s.header("Content-Length", str(max(0, len(s.body) - 9))).wire()),
    _raw("surplus-behind-the-body", lambda s: s.wire() + b"surplus", only="framed"),
    _raw("surplus-behind-chunks", lambda s: _chunked(s, [s.body]) + b"surplus", only="framed"),
    _raw("surplus-line-end", lambda s: s.wire() + b"\r\n", only="framed"),
    Kind("length-too-long-then-close", act=lambda c, s: _send_and_close(c, s.header("Content-Length", "9" * 9).wire())),
    _raw("length-negative", lambda s: s.header("Content-Length", "-5").wire()),
    _raw("length-in-words", lambda s: s.header("Content-Length", "many").wire()),
    _raw("length-with-sign", lambda s: s.header("Content-Length", f"+{len(s.body)}").wire()),
    _raw("length-of-thirty-digits", lambda s: s.header("Content-Length", "9" * 30).wire()),
    _raw("length-of-5000-digits", lambda s: s.header("Content-Length", "9" * 5000).wire()),
    _raw("two-different-lengths", lambda s: replace(s, headers=(*s.headers, ("Content-Length", "1"))).wire()),
    _raw("length-and-chunks", lambda s: s.header("Transfer-Encoding", "chunked").wire()),
    _raw("unknown-transfer-coding", lambda s: s.header("Transfer-Encoding", "brotli").wire()),
    _raw("chunks-without-size", lambda s: _chunked(s, [], b"zz\r\n{}\r\n0\r\n\r\n")),
    _raw("chunk-size-of-64-bits", lambda s: _chunked(s, [], b"FFFFFFFFFFFFFFFF\r\n" + s.body)),
    _raw("chunk-size-of-1000-digits", lambda s: _chunked(s, [], b"F" * 1000 + b"\r\n" + s.body)),
    _raw("chunk-without-end", lambda s: _chunked(s, [], b"%x\r\n%bXX" % (len(s.body), s.body))),
    _raw("chunk-extension-endless", lambda s: _chunked(s, [], b"1;" + b"x" * 300_000)),
    Kind("chunks-cut-short", act=lambda c, s: _send_and_close(c, _chunked(s, [s.body], b""))),
    _raw("chunks-of-nine-bytes", lambda s: _chunked(s, _pieces(s.body, 9)), harmless=True),
    _raw("chunks-by-the-hundred-thousand", lambda s: _chunked(s, [b" "] * 300_000 + [s.body])),
    _raw("chunks-with-trailer", lambda s: _chunked(s, [s.body], b"0\r\nX-Trailer: a\r\n\r\n"), harmless=True),
    _raw("trailers-endless", lambda s: _chunked(s, [s.body], b"0\r\n" + b"X-T: a\r\n" * 40_000)),
    _raw("line-feeds-alone", lambda s: s.head().replace(b"\r\n", b"\n") + s.body, harmless=True),
    _raw("no-reason", lambda s: s.head(f"HTTP/1.1 {s.status} ") + s.body, harmless=True),
    _raw("reason-of-script", lambda s: s.head("HTTP/1.1 200 <script>alert(1)</script>") + s.body, only="-"),
    _raw("http-0.9", lambda s: s.body or b"{}"),
    _raw("http-9.9", lambda s: s.head("HTTP/9.9 200 OK") + s.body, only="framed"),
    _raw("status-of-two-digits", lambda s: s.head("HTTP/1.1 20 OK") + s.body),
    _raw("status-099", lambda s: s.head("HTTP/1.1 099 OK") + s.body),
    _raw("status-999", lambda s: s.head("HTTP/1.1 999 OK") + s.body),
    _raw("status-1000", lambda s: s.head("HTTP/1.1 1000 OK") + s.body),
    _raw("status-in-words", lambda s: s.head("HTTP/1.1 OK") + s.body),
    _raw("header-without-colon", lambda s: s.head().replace(b"\r\n\r\n", b"\r\nno colon here\r\n\r\n") + s.body),
    _raw("header-name-with-blank", lambda s: s.header("X Y", "z").wire()),
    _raw("header-with-nul", lambda s: s.header("X", "a\0b").wire()),
    _raw("header-of-300-kilobytes", lambda s: s.header("X", "y" * 300_000).wire()),
    _raw("headers-20000", lambda s: replace(s, headers=(*s.headers, *[("X", "y")] * 20_000)).wire(), only="-"),
    _raw("interim-responses", lambda s: b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + s.wire(), harmless=True),
    _raw("switches-protocols", lambda s: s.head("HTTP/1.1 101 Switching Protocols") + s.body),
    _raw("204-with-body", lambda s: s.head("HTTP/1.1 204 No Content") + s.body),
    _raw("304-with-body", lambda s: s.head("HTTP/1.1 304 Not Modified") + s.body),
    _raw("ssh-banner", lambda s: b"SSH-2.0-OpenSSH_9.0\r\n"),
    _raw("mail-banner", lambda s: b"220 mail.invalid ESMTP\r\n"),
    _raw("tls-alert", lambda s: b"\x15\x03\x03\x00\x02\x02\x28"),
    _raw("line-ends-before-the-status", lambda s: b"\r\n\r\n" + s.wire()),
)


def _send_and_close(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    connection.shutdown(socket.SHUT_RDWR)
    connection.close()  # or what has come already would be read and carried out without a response


def _close(connection: socket.socket, sound: Sound) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def _reset_midway(connection: socket.socket, sound: Sound) -> None:
    connection.sendall(sound.wire()[: len(sound.head()) + 1])
    reset(connection)
    connection.close()


def _drip(pause: float, piece: int) -> Act:
    def act(connection: socket.socket, sound: Sound) -> None:
        data = sound.wire()
        for start in range(0, len(data), piece):
            connection.sendall(data[start : start + piece])
            Event().wait(pause)

    return act


def _silent(*, head: bool) -> Act:
    def act(connection: socket.socket, sound: Sound) -> None:
        connection.sendall(sound.head() if head else b"")
        Event().wait(30)

    return act


def _flood(connection: socket.socket, sound: Sound) -> None:
    connection.sendall(sound.header("Content-Length", None).header("Transfer-Encoding", "chunked").head())
    while True:
        connection.sendall(b"10000\r\n" + b"0" * 0x10000 + b"\r\n")


def _interim_for_ever(connection: socket.socket, sound: Sound) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def _late_surplus(connection: socket.socket, sound: Sound) -> None:
    connection.sendall(sound.wire())
    connection.sendall(sound.wire())


TIME = (
    Kind("closes-without-a-word", act=_close),
    Kind("resets-midway", act=_reset_midway),
    Kind(
        "closes-after-each", act=lambda c, s: _send_and_close(c, s.header("Connection", "close").wire()), harmless=True
    ),
    Kind("closes-unannounced", act=lambda c, s: _send_and_close(c, s.wire()), harmless=True),
    Kind(
        "ends-by-closing", act=lambda c, s: _send_and_close(c, s.header("Content-Length", None).wire()), harmless=True
    ),
    Kind("in-small-pieces", act=_drip(0.0, 7_000), harmless=True),
    Kind("drips", act=_drip(0.3, 1), tags=("slow",)),
    Kind("silent", act=_silent(head=False), tags=("slow",)),
    Kind("silent-after-the-head", act=_silent(head=True), tags=("slow",)),
    Kind("floods", act=_flood),
    Kind("interim-for-ever", act=_interim_for_ever, tags=("slow",)),
    Kind("surplus-in-another-packet", act=_late_surplus, only="-"),
)

# -- headers -----------------------------------------------------------------------------------------------------------

HEADERS = (
    _header("Date", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "date-of-twenty-digits", only="dated"),
    _header("Date", "Fri, 31 Dec 9999 23:59:59 -2359", "date-at-the-end-of-time", only="dated"),
    _header("Date", "Mon, 01 Jan 2026 00:00:00 +99999999", "date-zone", only="dated"),
    _header("Date", "soon", "date-in-words", only="dated"),
    _header("ETag", 'W/"' + "a" * 60_000 + '"', "etag-long", only="-"),
    _header("ETag", "\xff\xfe", "etag-bytes", only="-"),
    _header("Location", f"{EVIL}/Appointment/1/_history/1", "location-elsewhere", only="-"),
    _header("Content-Location", "file:///etc/passwd", "content-location-file", only="-"),
    _header("Content-Type", None, "no-content-type", only="-"),
    _header("Content-Type", "application/fhir+xml;charset=utf-8", "xml-for-json"),
    _header("Content-Type", "text/html", "html-for-json", only="-"),
    _header("Content-Type", "application/fhir+json;charset=utf-16", "charset-utf-16", only="-"),
    _header("Content-Type", "x" * 60_000, "content-type-long", only="-"),
    _header("Set-Cookie", "a=<script>alert(1)</script>", "cookie", harmless=True),
    _header("Refresh", f"0; url={EVIL}", "refresh", harmless=True),
    _header("Link", f"<{EVIL}>; rel=next", "link", harmless=True),
    _header("X-Long", "y" * 60_000, "long-header", harmless=True),
    *(Kind(f"redirect-{status}", lambda s, status=status: replace(s, status=status).header("Location", f"{EVIL}/x").wire())
      for status in (301, 302, 303, 307, 308)),
    Kind("redirect-to-itself", lambda s: replace(s, status=302).header("Location", "/").wire()),
    Kind("status-401", lambda s: replace(s, status=401).header("WWW-Authenticate", "Basic realm=x").wire()),
    Kind("status-407", lambda s: replace(s, status=407).header("Proxy-Authenticate", "Basic").wire()),
    Kind("status-503-with-a-page", lambda s: replace(s, status=503).with_body(b"<html>busy</html>").wire()),
    Kind("status-429-for-a-year", lambda s: replace(s, status=429).header("Retry-After", "31536000").wire()),
    Kind("status-429-in-words", lambda s: replace(s, status=429).header("Retry-After", "\xb2" * 400).wire()),
)  # fmt: skip

# -- content codings ---------------------------------------------------------------------------------------------------

CODINGS = (
    Kind("coding-gzip", lambda s: _encoded(s, gzip.compress(s.body), "gzip"), harmless=True),
    Kind("coding-deflate-raw", lambda s: _encoded(s, zlib.compress(s.body, wbits=-15), "deflate"), harmless=True),
    Kind("coding-gzip-mislabelled", lambda s: _encoded(s, s.body, "gzip")),
    Kind("coding-gzip-cut", lambda s: _encoded(s, gzip.compress(s.body)[:-9], "gzip")),
    Kind("coding-gzip-bomb", lambda s: _encoded(s, _BOMB, "gzip")),
    Kind("coding-gzip-100000-members", lambda s: _encoded(s, gzip.compress(b"") * 100_000, "gzip")),
    Kind("coding-gzip-with-tail", lambda s: _encoded(s, gzip.compress(s.body) + b"tail", "gzip")),
    Kind("coding-unknown", lambda s: _encoded(s, gzip.compress(s.body), "br")),
    Kind("coding-twice", lambda s: _encoded(s, gzip.compress(gzip.compress(s.body)), "gzip, gzip")),
    Kind("coding-twenty", lambda s: _encoded(s, s.body, ",".join(["gzip"] * 20)), only="-"),
)
_BOMB = gzip.compress(b"0" * 100_000_000)

# -- JSON text ---------------------------------------------------------------------------------------------------------

TEXT = (
    _body("empty", lambda b: b""),
    _body("null", lambda b: b"null"),
    _body("true", lambda b: b"true"),
    _body("number", lambda b: b"5"),
    _body("text", lambda b: b'"Bundle"'),
    _body("list", lambda b: b"[" + b + b"]"),
    _body("page", lambda b: b"<html><body>login</body></html>"),
    _body("cut", lambda b: b[: len(b) // 2]),
    _body("tail", lambda b: b + b"}"),
    _body("two-documents", lambda b: b + b),
    _body("byte-order-mark", lambda b: b"\xef\xbb\xbf" + b, only="-"),
    _body("utf-16", lambda b: b.decode().encode("utf-16")),
    _body("latin-1", lambda b: b.replace(b'"resourceType"', b'"\xe9":1,"resourceType"', 1)),
    _body("nan", lambda b: b.replace(b"{", b'{"x":NaN,', 1), only="conforms"),
    _body("infinity", lambda b: b.replace(b"{", b'{"x":-Infinity,', 1), only="conforms"),
    _body("keys-twice", lambda b: b.replace(b"{", b'{"id":"x","id":"y",', 1), only="conforms"),
    _body("single-quotes", lambda b: b.replace(b'"', b"'")),
    _body("comment", lambda b: b"/* x */" + b),
    _body("blanks-of-5-megabytes", lambda b: b" " * 5_000_000 + b, harmless=True),
    _body("deep-lists", lambda b: b"[" * 200_000 + b"]" * 200_000),
    _body("deep-objects", lambda b: b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    _body("deep-inside", lambda b: b.replace(b"{", b'{"x":' + b"[" * 5_000 + b"]" * 5_000 + b",", 1)),
    _body("number-of-10000-digits", lambda b: b.replace(b"{", b'{"x":' + b"9" * 10_000 + b",", 1)),
    _body("number-with-exponent", lambda b: b.replace(b"{", b'{"x":1e999999999,', 1), only="conforms"),
    _body("exponent-too-large", lambda b: b.replace(b"{", b'{"x":1e99999999999999999999,', 1)),
    _body("lone-surrogate", lambda b: b.replace(b"{", b'{"x":"\\ud800",', 1), only="conforms"),
    _body("nul-in-key", lambda b: b.replace(b"{", b'{"a\\u0000b":1,', 1), only="conforms"),
    _body("key-of-a-megabyte", lambda b: b.replace(b"{", b'{"' + b"k" * 1_000_000 + b'":1,', 1), only="conforms"),
    _body("text-of-15-megabytes", lambda b: b.replace(b"{", b'{"x":"' + b"y" * 15_000_000 + b'",', 1), only="conforms"),
    _body("over-the-limit", lambda b: b + b" " * 30_000_000),
    _body("a-million-numbers", lambda b: b.replace(b"{", b'{"x":[' + b"1," * 1_000_000 + b"1],", 1), only="conforms"),
)
