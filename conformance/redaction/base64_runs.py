"""Text in base64 or base64url, also inside tokens and query parameters."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from conformance.redaction.encodings import Change, decoded

_RUN = re.compile(r"[A-Za-z0-9+/_-]{14,}+={0,2}(?:\r?\n[A-Za-z0-9+/_-]{4,}+={0,2})*+")
_LINE = re.compile(r"[A-Za-z0-9+/_-]{14,}+={0,2}")
_MOST_SLASHES = 12
_PART = re.compile(r"[A-Za-z0-9+_-]{14,}+={0,2}")
_TO_PLAIN, _TO_URL = str.maketrans("-_", "+/"), str.maketrans("+/", "-_")
_OFTEN_SEEN = 120  # letters
_BREAKS = re.compile(r"[=\r\n]+")


def changes(text: str, masked: Callable[[str], str]) -> Iterator[Change]:
    """Yield the changes that make the texts in base64 say what `masked` makes of them."""
    for match in _RUN.finditer(text):
        for part in _parts(match):
            if change := _changed(part, masked):
                yield change
                break
        else:
            for line in _LINE.finditer(text, *match.span()) if "\n" in match[0] else ():
                if change := _changed(line, masked):
                    yield change


def _parts(match: re.Match[str]) -> Iterator[re.Match[str]]:
    """A run, and what it is behind its slashes and between them, for base64 has slashes, and so have paths."""
    yield match
    place = match.start()
    for _ in range(_MOST_SLASHES):
        place = match.string.find("/", place, match.end()) + 1
        if not place:
            return
        for pattern in (_LINE, _PART):
            if part := pattern.match(match.string, place, match.end()):
                yield part


def _changed(match: re.Match[str], masked: Callable[[str], str]) -> Change | None:
    run = match[0]
    text, encoding = _read(run) if len(run) <= _OFTEN_SEEN else _text_in(run)
    if not encoding:
        return None
    new = masked(text)
    return None if new == text else Change(*match.span(), _spelled(run, new.encode(encoding, "surrogatepass")))


def _text_in(run: str) -> tuple[str, str]:
    """The text that a run of letters is in base64, and its encoding; the encoding is "" when it is no text."""
    letters = _BREAKS.sub("", run)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        data = base64.b64decode(letters.translate(_TO_PLAIN) + "=" * (-len(letters) % 4))
    except (ValueError, binascii.Error):
        return "", ""
    text, encoding = decoded(data)
    return ("", "") if encoding == "latin-1" else (text, encoding)


_read = lru_cache(maxsize=8192)(_text_in)  # most runs are words that come again and again, such as URLs of profiles


def _spelled(run: str, data: bytes) -> str:
    """Bytes in base64 as a run has it: its alphabet, its line breaks, its padding."""
    new = base64.b64encode(data).decode().rstrip("=")
    new = new.translate(_TO_URL) if "-" in run or "_" in run or ("+" not in run and "/" not in run) else new
    following = iter(new)
    return "".join(next(following, sign) if sign not in "=\r\n" else sign for sign in run)
