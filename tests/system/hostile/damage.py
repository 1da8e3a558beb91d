"""One response of a scenario, damaged in one random point: the provider behind it is sound.

A damage is drawn from a seed alone, so that any that does harm can be made again.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as Folder
from typing import Any

import httpx

from conformance.config.bundled import bundled_config
from conformance.core.results import ScenarioResult
from conformance.engine.collection import Entry
from conformance.engine.runner import run_case
from tests.support.in_process import InProcess, session_with

Path = tuple[str | int, ...]
_MARK = "damage-goes-here"


class Raw(str):
    """JSON text that stands for itself: numbers and escapes that Python would not write."""


def _deep(levels: int, way: random.Random) -> Raw:
    if way.random() < 0.5:
        return Raw("[" * levels + "]" * levels)
    return Raw('{"extension":[' * levels + "{}" + "]}" * levels)


# What may stand where a value stood. Each takes the random source and the value.
REPLACEMENTS: dict[str, Callable[[random.Random, Any], Any]] = {
    "null": lambda way, old: None,
    "object": lambda way, old: {"id": {"value": 1}},
    "empty-object": lambda way, old: {},
    "list": lambda way, old: [old],
    "empty-list": lambda way, old: [],
    "list-of-lists": lambda way, old: [[old, [None]]],
    "number": lambda way, old: 5,
    "decimal": lambda way, old: Raw("1.50"),
    "true": lambda way, old: True,
    "text": lambda way, old: "x",
    "empty-text": lambda way, old: "",
    "blank": lambda way, old: " ",
    "nul": lambda way, old: Raw('"a\\u0000b"'),
    "lone-surrogate": lambda way, old: Raw('"\\ud800"'),
    "line-break": lambda way, old: "a\r\nInjected: yes",
    "path-up": lambda way, old: "../../metadata",
    "url": lambda way, old: "http://elsewhere.invalid/Appointment/1",
    "markup": lambda way, old: '<script>alert(1)</script>"&',
    "right-to-left": lambda way, old: "\u202egnp.exe\u0007",
    "far-date": lambda way, old: way.choice(
        ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30T25:61:61+99:99", "0000-00-00")
    ),
    "huge-text": lambda way, old: "9" * 200_000,
    "huge-number": lambda way, old: Raw("9" * 400),
    "wild-number": lambda way, old: Raw(way.choice(("1e400000", "-1E-400000", "9" * 5000, "1e99999999999"))),
    "huge-list": lambda way, old: [old] * 1_000,
    "deep": lambda way, old: _deep(way.choice((60, 150, 250, 5_000)), way),
    "two-divs": lambda way, old: '<div xmlns="http://www.w3.org/1999/xhtml">a</div><div>b</div>',
    "tail-string": lambda way, old: f"{old}\u0000" if isinstance(old, str) else "9" * 65,
}
HEADERS = (
    "Date",
    "ETag",
    "Location",
    "Content-Type",
    "Last-Modified",
    "Content-Location",
    "Cache-Control",
    "Retry-After",
)
HEADER_VALUES = (
    "", "x", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", "W/\"\u00e9\"", "9" * 5000,
    'W/"' + "a" * 5000 + '"', "Appointment/../..//_history", "application/fhir+xml; charset=\"", ";;;=,",
     "-1", "1e400", "\u00b2\u00b3",
)  # fmt: skip


@dataclass(frozen=True)
class Damage:
    """What was done to a response, in words."""

    what: str
    where: str


def damage_response(response: httpx.Response, seed: str) -> tuple[httpx.Response, Damage]:
    """Return the response damaged in one point that the seed draws, and what was done."""
    way = random.Random(seed)
    body = response.read()
    headers = [(k, v) for k, v in response.headers.multi_items() if k not in ("content-encoding", "content-length")]
    if way.random() < 0.1 or not body:
        name, value = way.choice(HEADERS), way.choice(HEADER_VALUES)
        headers = [(k, v) for k, v in headers if k.lower() != name.lower()] + [(name, value)]
        done = Damage("header", f"{name}: {value[:40]}")
    elif body.lstrip()[:1] == b"<":
        body, done = _damage_xml(body.decode(), way)
    else:
        body, done = _damage_json(body, way)
    encoded = [(k.encode(), v.encode("latin-1", "replace")) for k, v in headers]
    return httpx.Response(response.status_code, headers=encoded, stream=httpx.ByteStream(body),
                          extensions={"http_version": b"HTTP/1.1"}), done  # fmt: skip


def _damage_json(body: bytes, way: random.Random) -> tuple[bytes, Damage]:
    value = json.loads(body)
    path = _drawn(value, way)
    kind = way.choice(("missing", "twice", *REPLACEMENTS))
    where = "/".join(map(str, path))
    if not path:
        kind = way.choice(tuple(REPLACEMENTS))
        return _text(REPLACEMENTS[kind](way, value)), Damage(kind, "(the whole)")
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    last: Any = path[-1]
    if kind == "missing":
        del holder[last]
    elif kind == "twice" and isinstance(holder, list):
        holder.append(holder[last])
    elif kind == "twice":
        text = _text({**value}).decode()
        key = json.dumps(last)
        return text.replace(f"{key}:", f'{key}:"first",{key}:', 1).encode(), Damage(kind, where)
    else:
        holder[last] = REPLACEMENTS[kind](way, holder[last])
    return _text(value), Damage(kind, where)


def _drawn(value: Any, way: random.Random) -> Path:
    """A place in a value: of places that differ in indexes only, none is likelier for being many; high ones are likelier."""
    by_shape: dict[Path, list[Path]] = {}
    for path in _places(value, ()):
        by_shape.setdefault(tuple("*" if isinstance(step, int) else step for step in path), []).append(path)
    shapes = sorted(by_shape, key=str)
    shape = way.choices(shapes, [1 / (1 + len(shape)) for shape in shapes])[0]
    return way.choice(by_shape[shape])


def _places(value: Any, path: Path) -> Iterator[Path]:
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield from _places(below, (*path, step))


def _text(value: Any) -> bytes:
    """JSON, what is Raw written as it stands."""
    raws: list[Raw] = []

    def marked(item: Any) -> Any:
        if isinstance(item, Raw):
            raws.append(item)
            return f"{_MARK}-{len(raws) - 1}"
        if isinstance(item, dict):
            return {key: marked(below) for key, below in item.items()}
        return [marked(below) for below in item] if isinstance(item, list) else item

    text = json.dumps(marked(value), separators=(",", ":"))
    return re.sub(rf'"{_MARK}-(\d+)"', lambda match: raws[int(match[1])], text).encode("utf-8", "surrogatepass")


def _damage_xml(text: str, way: random.Random) -> tuple[bytes, Damage]:
    spots = [match.span(1) for match in re.finditer(r'="([^"]*)"', text)]
    tags = [match.span() for match in re.finditer(r"<[A-Za-z]+[^>]*/>", text)]
    kind = way.choice(("value", "missing", "deep", "element", "text", "cut", "attribute"))
    start, end = way.choice(spots if kind == "value" or not tags else tags)
    new = {
        "value": way.choice(
            ("", " ", "x" * 200_000, "&#0;", "&unknown;", "&#x202e;", "../..", "9999-12-31T23:59:59-14:00")
        ),
        "missing": "",
        "deep": "<extension>" * (levels := way.choice((50, 150, 5000))) + "</extension>" * levels,
        "element": f"{text[start:end]}<unknown xmlns='urn:x' a='b'><![CDATA[<]]></unknown>",
        "text": "loose text",
        "cut": "<",
        "attribute": " ".join((text[start:end].removesuffix("/>"), 'id="1" odd="2"/>')),
    }[kind]
    return (text[:start] + new + text[end:]).encode(), Damage(f"xml-{kind}", str(start))


class Damaging(httpx.BaseTransport):
    """A transport that damages the response number `turn` (from 0), and no other."""

    def __init__(self, inner: httpx.BaseTransport, turn: int, seed: str) -> None:
        self._inner, self._turn, self._seed = inner, turn, seed
        self.count = 0
        self.done: Damage | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        self.count += 1
        if self.count != self._turn + 1:
            return response
        assert isinstance(response.stream, httpx.SyncByteStream)
        body = b"".join(response.stream)
        response.close()
        if response.headers.get("content-encoding") == "gzip" and body:
            body = gzip.decompress(body)
        plain = httpx.Response(response.status_code, headers=response.headers, content=b"")
        plain.headers.pop("content-encoding", None)
        whole = httpx.Response(response.status_code, headers=plain.headers, content=body)
        damaged, self.done = damage_response(whole, self._seed)
        return damaged

    def close(self) -> None:
        """Leave the provider as it is: another trial follows."""


@dataclass(frozen=True)
class Outcome:
    """What became of a scenario with one damaged response."""

    result: ScenarioResult
    damage: Damage | None
    seed: str


class Bench:
    """A sound provider in this process and scenarios that are run against it with one response damaged."""

    def __init__(self, edition: str, folder: Folder) -> None:
        self._provider = InProcess(edition)
        self._config = bundled_config(edition, self._provider.base_url, folder)
        self._lengths: dict[str, int] = {}

    def play(self, entry: Entry, seed: str) -> Outcome:
        """Run a scenario on a fresh database; which of its responses is damaged, and how, the seed draws."""
        turn = random.Random(f"turn {seed}").randrange(max(1, self._length(entry)))
        result, transport = self._run(entry, turn, seed)
        return Outcome(result, transport.done, seed)

    def close(self) -> None:
        """Remove what was temporary."""
        self._provider.provider.store.close()

    def _length(self, entry: Entry) -> int:
        """How many responses the scenario sees when none is damaged."""
        if entry.case.id not in self._lengths:
            self._lengths[entry.case.id] = self._run(entry, -1, "")[1].count
        return self._lengths[entry.case.id]

    def _run(self, entry: Entry, turn: int, seed: str) -> tuple[ScenarioResult, Damaging]:
        self._provider.provider.reset()
        transport = Damaging(self._provider, turn, seed)
        session = session_with(transport, self._config)
        return run_case(entry.function, entry.case, session), transport


@contextmanager
def bench(edition: str, folder: Folder) -> Iterator[Bench]:
    """A bench over a provider of an edition in this process; `folder` is for what is temporary."""
    made = Bench(edition, folder)
    try:
        yield made
    finally:
        made.close()
