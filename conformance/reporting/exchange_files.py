"""Exchanges as curl commands that run, and as files."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance.core.exchange import Exchange, Headers
from conformance.reporting.writing import write_whole

_BY_CURL = frozenset({"content-length", "transfer-encoding", "connection"})


def curl_commands(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Yield a shell script: a comment and a command for each exchange, with whole bodies."""
    yield "#!/bin/sh\n# Tokens, keys and patients are masked in the evidence: put your own in their place.\n"
    for exchange in exchanges:
        came = exchange.status if exchange.status is not None else "no response"
        label = " ".join(exchange.label.split())
        yield f"\n# exchange {exchange.number}: {label} ({came})\n{curl_command(exchange)}\n"


def curl_command(exchange: Exchange) -> str:
    """Return the request as a command for a POSIX shell. A body that no argument can hold comes through a pipe."""
    parts = [f"curl -i -X {shlex.quote(exchange.method)} {shlex.quote(exchange.url)}"]
    parts += [
        f"-H {shlex.quote(f'{name}: {value}' if value else f'{name};')}"
        for name, value in exchange.request_headers
        if name.lower() not in _BY_CURL
    ]
    data, before = exchange.request_body, ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if data and ("\0" in text or text.startswith("@") or len(data) > 100_000):
        before = f"base64 -d <<'END' | \\\n  {parts.pop(0)}"
        parts = [before, *parts, "--data-binary @-"]
        return " \\\n  ".join(parts) + f"\n{base64.encodebytes(data).decode('ascii')}END"
    return " \\\n  ".join(parts + ([f"--data-binary {shlex.quote(text)}"] if data else []))


def write_files(exchanges: Iterable[Exchange], folder: Path) -> int:
    """Write each exchange into a folder: heads as text, bodies as they came; return how many there were."""
    count = 0
    for count, exchange in enumerate(exchanges, start=1):  # noqa: B007 - the count is what is returned
        stem = f"{exchange.number:05}"
        failure = f"\nno response ({exchange.failure.kind}): {exchange.failure.message}" if exchange.failure else ""
        first = f"{exchange.http_version} {exchange.status or ''} {exchange.reason}".strip()
        _put(
            folder,
            f"{stem}-request",
            f"{exchange.method} {exchange.url}",
            exchange.request_headers,
            exchange.request_body,
        )
        _put(folder, f"{stem}-response", first + failure, exchange.response_headers, exchange.response_body)
    return count


def _put(folder: Path, stem: str, first: str, headers: Headers, body: bytes) -> None:
    lines = "\n".join([first, *(f"{name}: {value}" for name, value in headers)])
    write_whole(folder / f"{stem}.txt", f"{lines}\n".encode("utf-8", "backslashreplace"))
    if body:
        kind = next((value for name, value in headers if name.lower() == "content-type"), "")
        ending = next((name for name in ("json", "xml", "html") if name in kind.lower()), "bin")
        write_whole(folder / f"{stem}.{ending}", body)
