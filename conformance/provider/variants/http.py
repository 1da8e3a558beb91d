"""The same response in other HTTP: header lines, connections, lengths, spellings, the server's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import header
from conformance.provider.faults.fault import STU3
from conformance.provider.variants.effects import Lines, lines
from conformance.provider.variants.variant import Expected, Variant

_NAMES = "RFC 7230 section 3.2: names of header fields are compared without regard to case"
_LIST = "RFC 7230 section 3.2.2: a field that is a list may be sent in several lines"
_CHARSET = (
    "RFC 7231 sections 3.1.1.1 and 3.1.1.2: names of parameters and of charsets ignore case, and a value may be quoted"
)
_EXTRA = "RFC 7230 section 3.2.1: fields that a recipient does not know are ignored"


def _renamed(write: Callable[[bytes], bytes]) -> Callable[[Lines], Iterable[tuple[bytes, bytes]]]:
    return lambda found: [(write(name), value) for name, value in found]


def _split_cache(found: Lines) -> Iterable[tuple[bytes, bytes]]:
    for name, value in found:
        parts = [*value.split(b","), b"private"] if name.lower() == b"cache-control" else [value]
        yield from ((name, part.strip()) for part in parts)


def _without(*names: bytes) -> Callable[[Lines], Lines]:
    return lambda value: [pair for pair in value if pair[0].lower() not in names]


def _with(*more: tuple[bytes, bytes]) -> Callable[[Lines], Lines]:
    return lambda value: [*value, *more]


def _moved(seconds: int) -> Callable[[str | None], str | None]:
    return lambda value: (
        value and format_datetime(parsedate_to_datetime(value) + timedelta(seconds=seconds), usegmt=True)
    )


def _typed(write: str) -> Callable[[str | None], str | None]:
    return lambda value: value.replace(";charset=utf-8", write).replace("; charset=utf-8", write) if value else value


def _variant(
    name: str,
    title: str,
    allowed: str,
    effects: Effect,
    editions: tuple[str, ...] = (),
    aspect: str = "",
    expects: tuple[Expected, ...] = (),
    masks: str = "",
) -> Variant:
    return Variant(f"http.{name}", title, allowed, effects, editions, aspect, expects, masks=masks)


_CLOCK = (Expected("warn", "http.clock-in-step", "clocks should agree within seconds (token pages)"),)


VARIANTS = (
    _variant(
        "names-upper",
        "writes names of headers in capitals",
        _NAMES,
        lines(_renamed(bytes.upper)),
        aspect="case of names",
    ),
    _variant(
        "names-title",
        "writes names of headers with a capital at each word",
        _NAMES,
        lines(_renamed(bytes.title)),
        aspect="case of names",
    ),
    _variant(
        "names-mixed",
        "writes names of headers in mixed case",
        _NAMES,
        lines(_renamed(bytes.swapcase)),
        aspect="case of names",
    ),
    _variant(
        "cache-control-lines",
        "sends Cache-Control in several lines, private on one of its own",
        _LIST,
        lines(_split_cache),
    ),
    _variant(
        "cache-control-more",
        "adds private, must-revalidate and max-age=0 to Cache-Control",
        "RFC 7234 section 5.2.2: no-store stands whatever else is said",
        header("Cache-Control", lambda value: f"max-age=0, {value}, must-revalidate, private"),
    ),
    _variant(
        "cache-control-case",
        "writes the directives of Cache-Control in capitals",
        "RFC 7234 section 5.2: directives are compared without regard to case",
        header("Cache-Control", lambda value: value and value.upper()),
    ),
    _variant(
        "chunked",
        "sends every body in chunks, without a length",
        "general API guidance (dstu2: FHIR API guidance), Transfer encoding: both sides SHALL support chunked",
        lines(_without(b"content-length")),
        masks="*.surplus-bytes",
    ),
    _variant(
        "closes",
        "ends the connection after each response",
        "RFC 7230 section 6.1: Connection: close",
        lines(_with((b"connection", b"close"))),
        aspect="connection",
    ),
    _variant(
        "keep-alive",
        "says how long connections are kept",
        "RFC 2068 section 19.7.1.1 and general use: Keep-Alive",
        lines(_with((b"connection", b"keep-alive"), (b"keep-alive", b"timeout=5, max=1000"))),
        aspect="connection",
    ),
    _variant(
        "charset-upper",
        "writes the charset in capitals",
        _CHARSET,
        header("Content-Type", _typed(";charset=UTF-8")),
        aspect="charset",
    ),
    _variant(
        "charset-quoted",
        "writes the charset in quotes",
        _CHARSET,
        header("Content-Type", _typed(';charset="utf-8"')),
        aspect="charset",
    ),
    _variant(
        "charset-name",
        "writes the name of the charset parameter in capitals",
        _CHARSET,
        header("Content-Type", _typed(";Charset=utf-8")),
        aspect="charset",
    ),
    _variant(
        "date-behind",
        "has a clock that is 40 seconds behind",
        "RFC 7231 section 7.1.1.2: Date is the server's best approximation, and no page bounds it",
        header("Date", _moved(-40)),
        aspect="date",
        expects=_CLOCK,
    ),
    _variant(
        "date-ahead",
        "has a clock that is 40 seconds ahead",
        "RFC 7231 section 7.1.1.2: Date is the server's best approximation, and no page bounds it",
        header("Date", _moved(40)),
        aspect="date",
        expects=_CLOCK,
    ),
    _variant(
        "more-headers",
        "sends headers of its own: a request id, a language, a policy, a cookie of the load balancer",
        _EXTRA,
        lines(
            _with(
                (b"x-request-id", b"5f2c"),
                (b"content-language", b"en-GB"),
                (b"x-content-type-options", b"nosniff"),
                (b"set-cookie", b"lb=a7; Path=/; HttpOnly"),
                (b"via", b"1.1 edge"),
            )
        ),
    ),
    _variant(
        "vary",
        "says what responses depend on",
        "RFC 7231 section 7.1.4: Vary",
        lines(_with((b"vary", b"Accept, Ssp-InteractionID"))),
    ),
    _variant(
        "pragma",
        "sends Pragma and Expires as well",
        "RFC 7234 sections 5.3 and 5.4: they say the same to older caches",
        lines(_with((b"pragma", b"no-cache"), (b"expires", b"0"))),
        STU3,
    ),
    _variant(
        "server-name",
        "names its server, without a version",
        "RFC 7231 section 7.4.2: Server may be sent",
        lines(_with((b"server", b"gateway"))),
    ),
    _variant(
        "etags-of-searches",
        "gives an ETag with searchsets, too",
        "RFC 7232 section 2.3: any response may have an ETag; the guidance wants one with single resources",
        lines(
            lambda value: value if any(name.lower() == b"etag" for name, _ in value) else [*value, (b"etag", b'W/"s1"')]
        ),
    ),
)
