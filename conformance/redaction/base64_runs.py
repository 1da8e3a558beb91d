"""Text in base64 or base64url, also inside tokens and query parameters."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from conformance.redaction.encodings import Change, decoded

_RUN = re.compile(r"[A-Za-z0-9+/_-]{14,}+={0,2}(?:\r?\n[A-Za-z0-9+/_-]{4,}+={0,2})*+")
_LINE = re.compile(r"[A-Za-z0-9+/_-]{14,}+={0,2}")
_NOT_ONE_WORD = re.compile("[/\n]")
_PART = re.compile(r"[A-Za-z0-9+_-]{14,}+={0,2}")
_TO_PLAIN, _TO_URL = str.maketrans("-_", "+/"), str.maketrans("+/", "-_")
_BREAKS = re.compile(r"[=\r\n]+")


def changes(text: str, masked: Callable[[str], str]) -> Iterator[Change]:
    """Yield the changes that make the texts in base64 say what `masked` makes of them."""
    for match in _RUN.finditer(text):
        for pattern in (None, _LINE, _PART) if _NOT_ONE_WORD.search(match[0]) else (None,):
            parts = pattern.finditer(text, *match.span()) if pattern else (match,)
            found = [change for part in parts if (change := _changed(part, masked))]
            yield from found
            if found:
                break


def _changed(match: re.Match[str], masked: Callable[[str], str]) -> Change | None:
    run = match[0]
    letters = _BREAKS.sub("", run)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        data = base64.b64decode(letters.translate(_TO_PLAIN) + "=" * (-len(letters) % 4))
    except (ValueError, binascii.Error):
        return None
    text, encoding = decoded(data)
    if encoding == "latin-1":
        return None
    new = masked(text)
    if new == text:
        return None
    return Change(*match.span(), _spelled(run, letters, new.encode(encoding, "surrogatepass")))


def _spelled(run: str, letters: str, data: bytes) -> str:
    """Bytes in base64 as a run has it: its alphabet, its line breaks, its padding."""
    new = base64.b64encode(data).decode().rstrip("=")
    new = new.translate(_TO_URL) if "-" in run or "_" in run or ("+" not in run and "/" not in run) else new
    following = iter(new)
    return "".join(
        next(following, sign) if place < len(letters) and sign not in "=\r\n" else sign for place, sign in _placed(run)
    )


def _placed(run: str) -> Iterator[tuple[int, str]]:
    """The signs of a run, each with its number among the letters."""
    place = 0
    for sign in run:
        yield place, sign
        place += sign not in "=\r\n"
