"""Exchanges as curl commands that run, and as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance.core.exchange import Exchange, Headers
from conformance.reporting.curl import curl_command
from conformance.reporting.writing import write_whole


def curl_commands(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Yield a shell script: a comment and a command for each exchange, with whole bodies."""
    yield "#!/bin/sh\n# Tokens, keys and patients are masked in the evidence: put your own in their place.\n"
    for exchange in exchanges:
        came = exchange.status if exchange.status is not None else "no response"
        label = " ".join(exchange.label.split())
        yield f"\n# exchange {exchange.number}: {label} ({came})\n{curl_command(exchange)}\n"


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
