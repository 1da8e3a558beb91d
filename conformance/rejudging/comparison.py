"""Whether a request is the one that was recorded: method, URL, headers that matter, body.

What the evidence holds is masked. A token of ours was not masked, but for its signature, and is compared claim by claim; of
other credentials the length is compared, and whether they are the same where the masks are. People and masks are compared as
renaming.py says.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from urllib.parse import unquote

from conformance.core.exchange import Exchange, Headers
from conformance.redaction.patient_details import places
from conformance.redaction.pseudonyms import MASK
from conformance.rejudging.renaming import BETWEEN_VALUES, Renaming, text_of

_BY_CHANCE = frozenset({"ssp-traceid", "user-agent"})  # new for each request, and named after the version
_BEFORE, _SHOWN = 20, 60
Pair = tuple[str, str]
_BETWEEN = re.compile(f"(?P<mask>{MASK.pattern})|{BETWEEN_VALUES.pattern}")
_TOKEN = re.compile(r"((?:[A-Za-z]+ )?)([\w-]{8,}={0,2})\.([\w-]{8,}={0,2})(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it would be sent."""

    method: str
    url: str
    headers: Headers
    body: bytes


def difference(sent: Sent, recorded: Exchange, renaming: Renaming) -> str:
    """Return in words in what a request differs from a recorded one, "" where it is the same."""
    if sent.method != recorded.method:
        return f"its method: {sent.method}, recorded {recorded.method}"
    where = _differing(sent.url, recorded.url, renaming)
    if where and _differing(unquote(sent.url), unquote(recorded.url), renaming):
        return f"its URL: {where}"
    for ours, theirs in zip_longest(sent.headers, recorded.request_headers):
        where = _header(ours, theirs, renaming)
        if where:
            return where
    where = _differing(text_of(sent.body)[0], text_of(recorded.request_body)[0], renaming)
    return f"its body: {where}" if where else ""


def details_of(requests: Iterable[Exchange]) -> Iterator[str]:
    """Yield what stands in recorded requests where they tell of a person, whole and in the pieces that are compared."""
    for exchange in requests:
        tokens = (_claims(value) for name, value in exchange.request_headers if name.lower() == "authorization")
        for text in (text_of(exchange.request_body)[0], *tokens):
            for place in places(text):
                yield text[place.start : place.end]
                yield from BETWEEN_VALUES.split(text[place.start : place.end])


def _header(ours: Pair | None, theirs: Pair | None, renaming: Renaming) -> str:
    if ours is None or theirs is None:
        name = (ours or theirs or ("", ""))[0]
        return f"the header {name}, which is {'new' if theirs is None else 'not sent any more'}"
    if ours[0] != theirs[0]:
        return f"the header {ours[0]}, recorded {theirs[0]}"
    if ours[0].lower() in _BY_CHANCE:
        return ""
    where = _differing(ours[1], theirs[1], renaming)
    if where and _claims(ours[1]) and _claims(theirs[1]):
        where = _differing(_claims(ours[1]), _claims(theirs[1]), renaming)
    return f"the header {ours[0]}: {where}" if where else ""


def _differing(ours: str, theirs: str, renaming: Renaming) -> str:
    """Where two texts differ, "" where they are the same but for values that may stand for each other, and for masks."""
    if ours == theirs:
        return ""
    if len(ours) != len(theirs):  # pseudonyms and masks are as long as what they stand for
        return _shown(ours, theirs, _first_difference(ours, theirs))
    at = 0
    secrets: dict[str, str] = {}
    for between in (*_BETWEEN.finditer(theirs), None):
        start, end = between.span() if between else (len(theirs), len(theirs))
        if not renaming.agree(ours[at:start], theirs[at:start]):
            return _shown(ours, theirs, at)
        if between and between["mask"]:
            if between[0].startswith("["):  # shorter masks may stand for several secrets
                secrets[between[0]] = ours[start:end]
        elif ours[start:end] != theirs[start:end]:
            return _shown(ours, theirs, start)
        at = end
    return "" if renaming.agree_on_secrets(secrets) else _shown(ours, theirs, theirs.index(next(iter(secrets))))


def _first_difference(ours: str, theirs: str) -> int:
    return next((place for place, (one, other) in enumerate(zip_longest(ours, theirs)) if one != other), len(ours))


def _shown(ours: str, theirs: str, at: int) -> str:
    """The two texts from a place on, and a little before it."""
    begin = max(0, at - _BEFORE)
    return f"{ours[begin : at + _SHOWN]!r}, recorded {theirs[begin : at + _SHOWN]!r}"


def _claims(value: str) -> str:
    """What a header says with its token decoded; "" where it holds none that can be."""
    match = _TOKEN.fullmatch(value)
    if match is None:
        return ""
    try:
        return "".join((match[1], _decoded(match[2]), _decoded(match[3]), match[4]))
    except (binascii.Error, ValueError):
        return ""


def _decoded(part: str) -> str:
    bare = part.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_").decode()
