"""Finding places in JSON text: what `json` parses but cannot locate.

Python's parser gives values without positions, and takes duplicate keys and `NaN` in silence. These scanners work on
the text itself, without recursion, and run only when something has to be located.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r'[\s,:]*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<open>[{\[])|(?P<close>[}\]])|(?P<word>[^\s,:{}\[\]"]+))', re.S
)
_SKIP = re.compile(r'[^"{}\[\]]*(?:"(?:[^"\\]|\\.)*"|(?P<open>[{\[])|(?P<close>[}\]]))', re.S)
_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What JSON forbids or leaves undefined, in text that parses: kind, RFC 6901 pointer, offset, the text found."""

    kind: str
    pointer: str
    offset: int
    found: str


class _Level:
    """One open container: its kind, the key or index now being read, and the keys seen."""

    __slots__ = ("is_object", "key", "seen", "wants_key")

    def __init__(self, is_object: bool) -> None:
        self.is_object = is_object
        self.wants_key = is_object
        self.key: str | int = "" if is_object else -1
        self.seen: set[str] = set()


def escape(part: str | int) -> str:
    """One reference token of a JSON pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")


def parts_of(pointer: str) -> list[str]:
    """The reference tokens of a JSON pointer; the empty pointer has none."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def find_faults(text: str, offsets: list[int]) -> Iterator[Fault]:
    """Yields duplicate keys, constants JSON does not have, and the strings that hold one of the (sorted) `offsets`.

    `text` must be JSON that parsed: this walk does not check syntax again.
    """
    stack: list[_Level] = []
    wanted = iter([*offsets, len(text) + 1])
    next_offset = next(wanted)
    for token in _TOKEN.finditer(text):
        kind, start = token.lastgroup, token.start(token.lastgroup or 0)
        if kind == "close":
            stack.pop()
            continue
        level = stack[-1] if stack else None
        if level is not None and kind == "string" and level.wants_key:
            if (fault := _take_key(level, stack, token[kind], start)) is not None:
                yield fault
        else:
            _take_value(level)
        if kind == "open":
            stack.append(_Level(token[kind] == "{"))
        elif kind == "word" and token[kind] in _CONSTANTS:
            yield Fault("constant", _pointer(stack), start, token[kind])
        while next_offset < token.end():
            yield Fault("surrogate", _pointer(stack), next_offset, token[kind or 0])
            next_offset = next(wanted)


def _take_key(level: _Level, stack: list[_Level], literal: str, start: int) -> Fault | None:
    key = str(json.loads(literal))
    level.key, level.wants_key = key, False
    if key in level.seen:
        return Fault("duplicate", _pointer(stack), start, key)
    level.seen.add(key)
    return None


def _take_value(level: _Level | None) -> None:
    if level is None:
        return
    if level.is_object:
        level.wants_key = True
    else:
        level.key = int(level.key) + 1


def _pointer(stack: list[_Level]) -> str:
    return "".join("/" + escape(level.key) for level in stack)


class LineIndex:
    """Line and column of an offset, counted from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def line(self, offset: int) -> int:
        """The line that holds the offset."""
        return bisect_right(self._starts, offset)

    def column(self, offset: int) -> int:
        """The column of the offset in its line, in characters."""
        return offset - self._starts[self.line(offset) - 1] + 1


class JsonLocator:
    """Lines of JSON pointers in one text.

    Only the containers on the way to what is wanted are scanned, no further than to that, and what was seen is kept.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = LineIndex(text)
        self._seen: dict[int, dict[str, int]] = {}
        self._scans: dict[int, Iterator[tuple[str, int]]] = {}

    def line_of(self, pointer: str) -> int | None:
        """The line where the value starts; the nearest ancestor's if the pointer leads nowhere; None without text."""
        first = _TOKEN.match(self._text)
        if first is None:
            return None
        offset = first.start(first.lastgroup or 0)
        for part in parts_of(pointer):
            found = self._member(offset, part)
            if found is None:
                break
            offset = found
        return self._lines.line(offset)

    def _member(self, offset: int, part: str) -> int | None:
        seen = self._seen.setdefault(offset, {})
        if part in seen:
            return seen[part]
        for name, place in self._scans.setdefault(offset, self._scan_members(offset)):
            seen.setdefault(name, place)
            if name == part:
                return place
        return None

    def _scan_members(self, offset: int) -> Iterator[tuple[str, int]]:
        opener = self._text[offset]
        if opener not in "{[":
            return
        at, index, key = offset + 1, 0, None
        while (token := _TOKEN.match(self._text, at)) and token.lastgroup != "close":
            kind, at = token.lastgroup, token.end()
            if opener == "{" and key is None:
                key = str(json.loads(token["string"]))
                continue
            yield (str(index) if key is None else key), token.start(kind or 0)
            index, key = index + 1, None
            if kind == "open":
                at = self._after_container(at)

    def _after_container(self, at: int) -> int:
        depth = 1
        while depth and (token := _SKIP.match(self._text, at)):
            depth += 1 if token["open"] else -1 if token["close"] else 0
            at = token.end()
        return at
