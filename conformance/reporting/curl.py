"""A recorded request as a curl command that sends the same again."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Container

from conformance.core.exchange import Exchange

_BY_CURL = frozenset({"content-length", "transfer-encoding", "connection"})
_LONGEST = 100_000  # bytes of a body that stands in an argument


def curl_command(exchange: Exchange, *, masked: str = "", without: Container[str] = ()) -> str:
    """Return the request as a command for a POSIX shell. A body that no argument can hold comes through a pipe.

    `masked` (`$TOKEN`) takes the place of a token, which is masked, and `without` names headers to leave out, in small letters.
    """
    parts = [f"curl -i -X {shlex.quote(exchange.method)} {shlex.quote(exchange.url)}"]
    parts += [
        _header(name, value, masked)
        for name, value in exchange.request_headers
        if name.lower() not in _BY_CURL and name.lower() not in without
    ]
    data = exchange.request_body
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if data and ("\0" in text or text.startswith("@") or len(data) > _LONGEST):
        piped = f"base64 -d <<'END' | \\\n  {parts.pop(0)}"
        command = " \\\n  ".join([piped, *parts, "--data-binary @-"])
        return f"{command}\n{base64.encodebytes(data).decode('ascii')}END"
    return " \\\n  ".join(parts + ([f"--data-binary {shlex.quote(text)}"] if data else []))


def _header(name: str, value: str, masked: str) -> str:
    if masked and name.lower() == "authorization":
        return f'-H "{name}: Bearer {masked}"'
    return f"-H {shlex.quote(f'{name}: {value}' if value else f'{name};')}"
