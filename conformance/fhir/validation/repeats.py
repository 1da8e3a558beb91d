"""Reads Bundles whose entries were read before: the text of an entry that is known is not parsed again.

A run of searches gives the same Slots, Schedules and Practitioners by the hundred. JSON's objects end with their own
bracket, so where a text goes on with the whole text of a known entry, that entry is what stands there. Whatever is not
plain (an escape outside the entries, a doubtful key, a fault) is left to the reader that tells what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Scan = Callable[[str, int], tuple[Any, int]]
Depth = Callable[[str, int], int]

_SPACE = r"[ \t\n\r]*"
_OPENING = re.compile(rf'"entry"{_SPACE}:{_SPACE}\[{_SPACE}(?={{)')
_NEXT = re.compile(rf"{_SPACE}(?:(?P<more>,{_SPACE}(?={{))|(?=\]))")
_HEAD = 160  # characters that tell most entries apart
_LENGTHS = 16  # tried for one head
_LONGEST = 64 * 1024  # characters of an entry worth keeping
_MOST = 16 * 1024 * 1024  # characters kept


class _NotPlainError(Exception):
    """The text is one for the other reader."""


class Repeats:
    """The entries read so far, by their text. Equal entries of all Bundles are one object, so nobody may change them.

    `levels` is the depth up to which texts are read.
    """

    def __init__(self, levels: int = 200) -> None:
        self.levels = levels
        self._known: dict[str, Any] = {}
        self._lengths: dict[str, dict[int, None]] = {}
        self._size = 0

    def read(self, text: str, scan: Scan, depth: Depth) -> Any:
        """Return the value of a Bundle's text; None where the text is to be read the usual way.

        `scan` parses one value at a place and raises for whatever is wrong with it, doubtful keys included. `depth`
        counts the levels of a text, no further than just over a limit.
        """
        limit = self.levels
        opening = _OPENING.search(text)
        if opening is None:
            return None
        try:
            entries, end = self._entries(text, opening.end(), scan, lambda entry: depth(entry, limit) <= limit - 2)
            return _joined(text[: opening.end()] + text[end:], entries, scan, lambda rest: depth(rest, limit) <= limit)
        except (_NotPlainError, ValueError, ArithmeticError, StopIteration, RecursionError):
            return None

    def _entries(self, text: str, at: int, scan: Scan, is_flat: Callable[[str], bool]) -> tuple[list[Any], int]:
        """The entries from a place on, and where they end."""
        found: list[Any] = []
        while True:
            entry, at = self._recalled(text, at) or self._parsed(text, at, scan, is_flat)
            found.append(entry)
            following = _NEXT.match(text, at)
            if following is None:
                raise _NotPlainError
            at = following.end()
            if following["more"] is None:
                return found, at

    def _recalled(self, text: str, at: int) -> tuple[Any, int] | None:
        for length in self._lengths.get(text[at : at + _HEAD], ()):
            entry = self._known.get(text[at : at + length])
            if entry is not None:
                return entry, at + length
        return None

    def _parsed(self, text: str, at: int, scan: Scan, is_flat: Callable[[str], bool]) -> tuple[Any, int]:
        entry, end = scan(text, at)
        own = text[at:end]
        if not is_flat(own):
            raise _NotPlainError
        known = self._known.get(own)
        if known is not None:  # its head was another: a short entry's head reaches into the next one
            entry = known
        if len(own) <= _LONGEST:
            self._keep(own, text[at : at + _HEAD], entry)
        return entry, end

    def _keep(self, own: str, head: str, entry: Any) -> None:
        if self._size > _MOST:
            self._known, self._lengths, self._size = {}, {}, 0
        lengths = self._lengths.setdefault(head, {})
        if len(lengths) < _LENGTHS:
            self._known[own] = entry
            lengths[len(own)] = None
            self._size += len(own) + len(head)


def _joined(rest: str, entries: list[Any], scan: Scan, is_flat: Callable[[str], bool]) -> Any:
    """The Bundle with its entries; `rest` is its text without them, which must leave no doubt where they belong."""
    if "\\" in rest or rest.count('"entry"') != 1 or not is_flat(rest):
        raise _NotPlainError
    text = rest.strip(" \t\n\r")
    bundle, end = scan(text, 0)
    if end != len(text) or bundle.__class__ is not dict or bundle.get("entry") != []:
        raise _NotPlainError
    bundle["entry"] = entries
    return bundle
