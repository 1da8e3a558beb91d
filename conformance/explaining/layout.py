"""Plain text for a terminal: a title, sections, paragraphs that wrap and leave addresses and commands whole."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

WIDTH = 110
_STEP = 2
_WIDEST = 40  # characters of a first column


class Text:
    """Lines, put together top down. `headings` are the numbers of the lines that are headings; `full` keeps lists whole."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.lines: list[str] = []
        self.headings: set[int] = set()

    def title(self, text: str) -> None:
        """Begin with a title."""
        self._heading(text)

    def section(self, text: str) -> None:
        """Begin a section, set off by a blank line."""
        self.lines.append("")
        self._heading(text)

    def say(self, text: str, indent: int = 1) -> None:
        """Add a paragraph, wrapped and indented by steps of two blanks."""
        margin = " " * (_STEP * indent)
        self.lines.extend(_wrapped(text, margin, margin))

    def verbatim(self, text: str, indent: int = 1) -> None:
        """Add text as it stands, each line indented."""
        self.lines.extend(" " * (_STEP * indent) + line if line else "" for line in text.split("\n"))

    def rows(self, pairs: Iterable[tuple[str, str]], indent: int = 1) -> None:
        """Add names with what they stand for, in two columns; a long name has a line of its own."""
        listed = list(pairs)
        width = min(max((len(name) for name, _ in listed), default=0), _WIDEST)
        for name, about in listed:
            self._row(name, about, width, " " * (_STEP * indent))

    def _row(self, name: str, about: str, width: int, margin: str) -> None:
        hanging = margin + " " * (width + 2)
        if len(name) > width:
            self.lines.append(margin + name)
            first = hanging
        else:
            first = f"{margin}{name:{width}}  "
        self.lines.extend(_wrapped(about, first, hanging) or [first.rstrip()])

    def _heading(self, text: str) -> None:
        self.headings.add(len(self.lines))
        self.lines.append(text)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
