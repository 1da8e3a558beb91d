"""The annex of the report: a page for each interaction with its exchanges, each whole, bodies that are the same once.

What findings point to stands in the page as text, and so does the beginning of the rest. All other exchanges are packed at
the end of the page, where its script unpacks them when they are opened: as text they would take twenty times the space.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from conformance.causes import causes_of
from conformance.core.exchange import Exchange
from conformance.core.results import RunResult
from conformance.reporting import display
from conformance.reporting.html import environment, with_script
from conformance.reporting.overview import page_named
from conformance.reporting.packing import Packer

if TYPE_CHECKING:
    from jinja2 import Template

WHOLE = 500_000  # characters of one body
POINTED_TO, OTHERS = 100_000, 10_000  # bytes of bodies that stand in a page as text
_LONG = 120  # characters of a header that is shown once and then left out


def pages(result: RunResult) -> Iterator[tuple[str, str]]:
    """Yield each annex page as its path from report.html and its text. Exchanges are read one at a time."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number in sorted(result.exchanges):
        numbers[result.exchanges[number].interaction].append(number)
    best = frozenset(cause.exchange for cause in causes_of(result))
    pointed = frozenset(finding.exchange for scenario in result.scenarios for finding in scenario.findings)
    for interaction, listed in numbers.items():
        text = _template().render(
            run=result.run,
            interaction=interaction,
            count=len(listed),
            exchanges=(result.exchanges[number] for number in listed),
            page=Page(best, pointed),
            **with_script("exchanges.js"),
        )
        yield page_named(interaction), text


class Page:
    """What stands on one page so far. `best` are the exchanges that show causes, `pointed` those that findings point to."""

    def __init__(self, best: frozenset[int] = frozenset(), pointed: frozenset[int] = frozenset()) -> None:
        self._best, self._pointed = best, pointed
        self._left = {True: POINTED_TO, False: OTHERS}
        self._first: dict[str, str] = {}
        self._heads: set[str] = set()
        self.packed = Packed()

    def points_to(self, exchange: Exchange) -> bool:
        """Whether a finding points to an exchange."""
        return exchange.number in self._pointed

    def as_text(self, exchange: Exchange) -> bool:
        """Whether an exchange stands in the page as text; if not, it is packed."""
        pointed = self.points_to(exchange)
        size = len(exchange.request_body) + len(exchange.response_body)
        if exchange.number not in self._best and size > self._left[pointed]:
            self.packed.add(exchange)
            return False
        self._left[pointed] -= size
        return True

    def shown_at(self, body: bytes, anchor: str) -> str:
        """Return the anchor where a body is shown already, "" when it is to be shown at this anchor."""
        first = self._first.setdefault(hashlib.sha256(body).hexdigest(), anchor)
        return "" if first == anchor else first

    def head(self, text: str) -> Markup:
        """Return a request line or status line with headers; a long header that a page has shown already is left out."""
        lines = []
        for line in text.split("\n"):
            new = len(line) <= _LONG or line not in self._heads
            lines.append(line if new else f"{line.partition(':')[0]}: (as before)")
            self._heads.add(line)
        return _for_pre(display.bounded("\n".join(lines)))

    def body(self, body: bytes) -> Markup:
        """Return a body for reading: whole, or its beginning where it is very long."""
        return _for_pre(display.body_text(body, WHOLE))


class Packed:
    """Exchanges as the page's script reads them: two texts of JSON lines, each deflated, in base64.

    `bodies` has a body a line; a line of `exchanges` has the number, the head of the request and which body it had, counted
    from 1 (0: none), and those of the response. They are apart because each kind resembles itself.
    """

    def __init__(self) -> None:
        self.count = 0
        self.exchanges = Packer()
        self.bodies = Packer()
        self._places: dict[bytes, int] = {}

    def add(self, exchange: Exchange) -> None:
        """Add an exchange."""
        self.count += 1
        heads = (display.request_head(exchange), display.response_head(exchange))
        request, response = map(display.bounded, heads)
        places = self._place(exchange.request_body), self._place(exchange.response_body)
        row = [exchange.number, display.visible(request), places[0], display.visible(response), places[1]]
        self.exchanges.add(_line(row))

    def _place(self, body: bytes) -> int:
        if not body:
            return 0
        digest = hashlib.sha256(body).digest()
        if digest not in self._places:
            self._places[digest] = len(self._places) + 1
            self.bodies.add(_line(display.visible(display.cut(body, WHOLE))))
        return self._places[digest]


def _line(document: object) -> bytes:
    return f"{json.dumps(document, separators=(',', ':'))}\n".encode("ascii")


def _for_pre(text: str) -> Markup:
    """Escape text for the content of an element, where quotation marks are harmless: there are very many."""
    shown = display.visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(shown)  # noqa: S704 - escaped here


@cache
def _template() -> Template:
    return environment().get_template("annex.html.j2")
