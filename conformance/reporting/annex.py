"""The annex of the report: a page for each interaction with its exchanges, bodies that are the same shown once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from conformance.core.results import RunResult
from conformance.reporting import display
from conformance.reporting.html import environment
from conformance.reporting.overview import page_named

if TYPE_CHECKING:
    from jinja2 import Template

WHOLE, BEGINNING, BUDGET = 100_000, 300, 500_000  # characters: of a body, of one when a page has so many already
_LONG = 120  # characters of a header that is shown once and then left out


def pages(result: RunResult) -> Iterator[tuple[str, str]]:
    """Yield each annex page as its path from report.html and its text. Exchanges are read one at a time."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number in sorted(result.exchanges):
        numbers[result.exchanges[number].interaction].append(number)
    for interaction, listed in numbers.items():
        bodies = Bodies()
        shown = (result.exchanges[number] for number in listed)
        text = _template().render(
            run=result.run, interaction=interaction, count=len(listed), exchanges=shown, bodies=bodies
        )
        yield page_named(interaction), text


class Bodies:
    """The bodies of a page: each is shown with the first exchange that has it, the others point there."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._heads: set[str] = set()
        self._spent = 0

    def shown_at(self, body: bytes, anchor: str) -> str:
        """Return the anchor where a body is shown already, "" when it is to be shown at this anchor."""
        digest = hashlib.sha256(body).hexdigest()
        first = self._first.setdefault(digest, anchor)
        return "" if first == anchor else first

    def head(self, text: str) -> str:
        """Return a request line or status line with headers; a long header that a page has shown already is left out."""
        lines = []
        for line in text.split("\n"):
            new = len(line) <= _LONG or line not in self._heads
            lines.append(line if new else f"{line.partition(':')[0]}: (as before)")
            self._heads.add(line)
        return "\n".join(lines)

    def text(self, body: bytes) -> str:
        """Return a body for reading: whole, or its beginning where it is very long or the page has very many."""
        limit = WHOLE if self._spent < BUDGET else BEGINNING
        text = display.body_text(body, limit)
        self._spent += len(text)
        return text


@cache
def _template() -> Template:
    return environment().get_template("annex.html.j2")
