"""What a scenario received, with what differs from run to run made alike: ids and instants."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import groupby

from conformance.core.exchange import Exchange

_SHORT, _NHS_NUMBER = 6, 10  # digits: of counts, days and times; of an NHS number, which says who is meant
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OWN_ID = re.compile(r"(?<=[A-Z][a-z]{2}-)[0-9a-f]{8,16}\b|(?<=test )[0-9a-f]{8}\b")  # of what a run creates
_NAMES = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b")
_ENTRY = re.compile(r"(?=<entry|\{\s*\"(?:fullUrl|resource)\")")
_SYSTEM = re.compile(r'"system": ?"([^"]*)"')
_SKEWED = 25  # seconds between Date and our own clock that no loaded machine explains


def received(exchange: Exchange) -> str:
    """Return a response as text in which only what a provider chose differs: status, header lines in order, body.

    Numbers are told apart by how many digits they have, UUIDs not at all; equal neighbouring entries are counted.
    """
    lines = [f"{name}: {_value(name, value, exchange)}" for name, value in exchange.response_headers]
    body = exchange.response_body.decode("utf-8", "replace")
    entries = [f"{len(list(same))} x {entry}" for entry, same in groupby(_alike(part) for part in _ENTRY.split(body))]
    return "\n".join([f"{exchange.status}", *lines, "", *entries])


def sent(exchange: Exchange) -> str:
    """Return a request as text in the same way: method, path, interaction id and the identifier systems of its token."""
    headers = {name.lower(): value for name, value in exchange.request_headers}
    claims = headers.get("authorization", "").partition(".")[2].partition(".")[0]
    read = urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).decode("utf-8", "replace")
    path = exchange.url.partition("//")[2].partition("/")[2]
    return _alike(f"{exchange.method} {path} {headers.get('ssp-interactionid', '')} {_SYSTEM.findall(read)}")


def _value(name: str, value: str, exchange: Exchange) -> str:
    if name.lower() == "date":
        away = (parsedate_to_datetime(value) - datetime.fromisoformat(exchange.started)).total_seconds()
        return "behind" if away < -_SKEWED else "ahead" if away > _SKEWED else "in step"
    return "some bytes" if name.lower() == "content-length" else _alike(value)


def _alike(text: str) -> str:
    text = text.replace("+01:00", " an hour ahead")
    return re.sub(r"\d+", _digits, _NAMES.sub("Day", _UUID.sub("uuid", _OWN_ID.sub("id", text))))


def _digits(found: re.Match[str]) -> str:
    count = len(found[0])
    return "9" if count <= _SHORT else found[0] if count == _NHS_NUMBER else f"9x{count}"
