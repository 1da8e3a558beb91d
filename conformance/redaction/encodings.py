"""Text behind its encodings: escapes of URLs, JSON, XML and HTML, text read in the wrong encoding, and bodies as text.

A `View` shows a text with every escape decoded, and puts changed characters back in the escape that they came in.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple


class Change(NamedTuple):
    """Characters from `start` to `end` of a text that become `new`, which has as many."""

    start: int
    end: int
    new: str


_BLOCK = 64
_HEX = "[0-9A-Fa-f]"
_ATOM = re.compile(
    rf"(?P<percent>%[CcDd]{_HEX}%[89ABab]{_HEX}|%[Ee]{_HEX}(?:%[89ABab]{_HEX}){{2}}|%[Ff]{_HEX}(?:%[89ABab]{_HEX}){{3}}|%{_HEX}{{2}})"
    rf"|(?P<json>\\[uU][dD][89ABab]{_HEX}{{2}}\\[uU][dD][C-Fc-f]{_HEX}{{2}}|\\u{_HEX}{{4}})|(?P<byte>\\x{_HEX}{{2}})"
    r'|(?P<short>\\["\\/bfnrt])'
    rf"|(?P<entity>&#[0-9]{{1,9}};|&#[xX]{_HEX}{{1,8}};|&[A-Za-z][A-Za-z0-9]{{1,31}};)"
    r"|(?P<misread>[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3})"
    "|(?P<wide>[\uff01-\uff5e])"
    "|(?P<nothing>[\u00ad\u0300-\u036f\u200b-\u200f\u2060\ufeff\x00])|(?P<digit>[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f])"
)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE_SIGNS = re.compile("[%\\\\&\x00\u0080-\U0010ffff]")


class View:
    """A text with its escapes decoded, as `plain`. None of its methods raises."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places: list[int] = []  # in plain, of each atom
        self._atoms: list[re.Match[str]] = []
        parts: list[str] = []
        length = end = 0
        for sign in _ESCAPE_SIGNS.finditer(text):
            match = _ATOM.match(text, sign.start()) if sign.start() >= end else None
            decoded = _decoded_atom(match) if match else None
            if match is None or decoded is None:
                continue
            parts += (text[end : match.start()], decoded)
            length += match.start() - end
            self._places.append(length)
            self._atoms.append(match)
            length += len(decoded)
            end = match.end()
        parts.append(text[end:])
        self.plain = "".join(parts) if self._atoms else text

    def __bool__(self) -> bool:
        """Whether there is any escape."""
        return bool(self._atoms)

    def back(self, changes: Iterable[Change]) -> list[Change]:
        """Return changes of `plain` as changes of the text."""
        found = []
        for start, end, new in changes:
            if len(new) != end - start:
                found.append(self._other_length(start, end, new))
                continue
            for place in range(start, end):
                if new[place - start] != self.plain[place]:
                    found.append(self._one(place, new[place - start]))
        return found

    def _other_length(self, start: int, end: int, new: str) -> Change:
        """A change that makes a text longer or shorter: all of it in the first escape that it has."""
        first = bisect_left(self._places, start)
        atom = self._atoms[first] if first < len(self._places) and self._places[first] < end else None
        spelled = "".join(_encoded(atom, char) for char in new) if atom else new
        return Change(
            self._one(start, "").start,
            self._one(end - 1, "").end if end > start else self._one(start, "").start,
            spelled,
        )

    def _one(self, place: int, char: str) -> Change:
        number = bisect_right(self._places, place) - 1
        if number < 0:
            return Change(place, place + 1, char)
        atom, behind = self._atoms[number], place - self._places[number]
        width = len(_decoded_atom(atom) or "")
        if behind < width:
            return Change(atom.start(), atom.end(), _encoded(atom, char))
        source = atom.end() + behind - width
        return Change(source, source + 1, char)


def has_escapes(text: str) -> bool:
    """Say, quickly, whether a View of a text may show anything else than the text."""
    return _ESCAPE_SIGNS.search(text) is not None


def applied(text: str, changes: Iterable[Change]) -> str:
    """Return a text with changes made; of two that overlap the first counts."""
    parts: list[str] = []
    at = 0
    for start, end, new in sorted(changes):
        if start >= at:
            parts += (text[at:start], new)
            at = end
    return "".join((*parts, text[at:])) if parts else text


def differences(old: str, new: str) -> Iterator[Change]:
    """Yield blocks in which two texts differ; one block where they are not of the same length."""
    if old is new or old == new:
        return
    if len(old) != len(new):
        start = _alike(old, new)
        behind = _alike(old[start:][::-1], new[start:][::-1])
        yield Change(start, len(old) - behind, new[start : len(new) - behind])
        return
    for start in range(0, len(old), _BLOCK):
        if old[start : start + _BLOCK] != (block := new[start : start + _BLOCK]):
            yield Change(start, start + len(block), block)


def _alike(first: str, second: str) -> int:
    """How many characters two texts, which differ, have in common from their beginning on."""
    length = min(len(first), len(second))
    return next((place for place in range(length) if first[place] != second[place]), length)


def _decoded_atom(match: re.Match[str]) -> str | None:
    """The character that an escape stands for, "" for what is not seen; None when it is no escape after all."""
    kind, shown = match.lastgroup or "", match[0]
    try:
        return _DECODERS[kind](shown)
    except (ValueError, OverflowError):
        return None


def _percent(shown: str) -> str:
    data = bytes.fromhex(shown.replace("%", ""))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _json(shown: str) -> str:
    units = bytes.fromhex("".join(shown[place : place + 4] for place in range(2, len(shown), 6)))
    return units.decode("utf-16-be", "surrogatepass")


def _entity(shown: str) -> str | None:
    plain = html.unescape(shown)
    return plain if len(plain) == 1 else None


_DECODERS: dict[str, Callable[[str], str | None]] = {
    "percent": _percent,
    "json": _json,
    "byte": lambda shown: chr(int(shown[2:], 16)),
    "short": lambda shown: _SHORT.get(shown[1], shown[1]),
    "entity": _entity,
    "misread": lambda shown: shown.encode("latin-1").decode("utf-8"),
    "wide": lambda shown: chr(ord(shown) - 0xFEE0),
    "nothing": lambda _: "",
    "digit": lambda shown: str(unicodedata.digit(shown)),
}


def _encoded(atom: re.Match[str], char: str) -> str:
    """A character in the escape of another."""
    kind, shown = atom.lastgroup, atom[0]
    if kind == "percent":
        data = char.encode("latin-1" if len(shown) == 3 and ord(char) < 256 else "utf-8", "replace")
        return "".join(f"%{byte:02X}" for byte in data)
    if kind == "json":
        data = char.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{data[place]:02x}{data[place + 1]:02x}" for place in range(0, len(data), 2))
    if kind == "entity":
        return f"&#x{ord(char):0{len(shown) - 4}x};" if shown[2] in "xX" else f"&#{ord(char):0{len(shown) - 3}d};"
    if kind == "misread":
        return char.encode("utf-8").decode("latin-1")
    return _other_escape(kind, shown, char)


def _other_escape(kind: str | None, shown: str, char: str) -> str:
    if kind == "byte":
        return f"\\x{ord(char):02x}"
    if kind == "wide":
        return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char
    if kind == "digit" and char.isdigit():
        return chr(ord(shown) - unicodedata.digit(shown) + int(char))
    return char


_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_SILENT = (  # without a mark: where the zeros of the first ASCII characters lie
    (re.compile(rb"[\t-~]\0\0\0[\t-~]\0\0\0", re.DOTALL), "utf-32-le"),
    (re.compile(rb"\0\0\0[\t-~]\0\0\0[\t-~]", re.DOTALL), "utf-32-be"),
    (re.compile(rb"[\t-~]\0[\t-~]\0", re.DOTALL), "utf-16-le"),
    (re.compile(rb"\0[\t-~]\0[\t-~]", re.DOTALL), "utf-16-be"),
)


def decoded(data: bytes) -> tuple[str, str]:
    """Return bytes as text and the encoding that gives the same bytes back."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    encoding = encoding or next((name for pattern, name in _SILENT if pattern.match(data)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"
    return (
        (text, encoding)
        if encoding == "utf-8" or text.encode(encoding) == data
        else (data.decode("latin-1"), "latin-1")
    )
