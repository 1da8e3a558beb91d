"""An exchange's request as a curl command that a person can paste into a shell."""

from __future__ import annotations

import json
import shlex

from conformance.core.exchange import Exchange

BASE = "$BASE_URL"
_LONGEST = 4_000  # characters of a body that are shown
_SEPARATORS = ((", ", ": "), (",", ":"))
_BY_CURL = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent"})


def as_curl(exchange: Exchange, root: str) -> str:
    """Return the command; `root` is the service root that $BASE_URL takes the place of.

    Headers that curl sets by itself are left out. An object in JSON has a line for each member, where
    that changes nothing but blanks.
    """
    target = exchange.url.removeprefix(root)
    url = f'"{BASE}"{shlex.quote(target)}' if target != exchange.url and target else shlex.quote(exchange.url)
    parts = [f"curl -i {'' if exchange.method == 'GET' else f'-X {exchange.method} '}{url}"]
    parts += [
        f"-H {shlex.quote(f'{name}: {value}')}" if value else f"-H {shlex.quote(f'{name};')}"
        for name, value in exchange.request_headers
        if name.lower() not in _BY_CURL
    ]
    parts += _body(exchange.request_body)
    return " \\\n  ".join(parts)


def _body(data: bytes) -> list[str]:
    if not data:
        return []
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return [f"--data-binary @body   # {len(data)} bytes that are not UTF-8: {data[:200]!r}"]
    text = _laid_out(text)
    if len(text) > _LONGEST:
        return [f"--data-binary @body   # {len(data)} bytes that begin with {shlex.quote(text[:200])}"]
    return [f"--data-binary {shlex.quote(text)}"]


def _laid_out(text: str) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    same = any(json.dumps(value, ensure_ascii=False, separators=pair) == text for pair in _SEPARATORS)
    if not same or not isinstance(value, dict):
        return text
    members = (f"{json.dumps(key)}: {json.dumps(member, ensure_ascii=False)}" for key, member in value.items())
    return "{\n " + ",\n ".join(members) + "\n}"
