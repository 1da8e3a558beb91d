"""Downloads from a registry that breaks off or is not there."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from conformance.fhir.packages.registry import DownloadError, Registry
from tests.support.local_server import served
from tests.unit.fhir.test_registry import DATA, SHA1, listing


@pytest.mark.parametrize("supports_ranges", [True, False])
def test_a_broken_download_goes_on_where_it_stopped(tmp_path: Path, supports_ranges: bool) -> None:
    asked: list[str | None] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/demo.core":
            body, start, status = json.dumps(listing(shasum=SHA1)).encode(), 0, 200
        else:
            wanted = request.headers.get("Range")
            asked.append(wanted)
            body, start = DATA, int(wanted[6:-1]) if wanted and supports_ranges else 0
            status = 206 if start else 200
        request.send_response(status)
        request.send_header("Content-Length", str(len(body) - start))
        if body is DATA and supports_ranges:
            request.send_header("ETag", '"tag"')
        request.end_headers()
        # The first answer breaks off half way.
        request.wfile.write(body[start : len(body) // 2] if asked == [None] else body[start:])
        request.close_connection = True

    with served(handle) as url:
        fetched = Registry(url, tmp_path).package("demo.core")
    assert fetched.path.read_bytes() == DATA
    assert asked == [None, f"bytes={len(DATA) // 2}-" if supports_ranges else None]


def test_a_server_that_always_breaks_off_keeps_what_came(tmp_path: Path) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        listed = request.path == "/demo.core"
        body = json.dumps(listing()).encode() if listed else DATA
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body if listed else body[:100])
        request.close_connection = True

    with served(handle) as url, pytest.raises(DownloadError, match=r"broke off .*100 bytes are kept"):
        Registry(url, tmp_path).package("demo.core")


def test_nobody_there(tmp_path: Path) -> None:
    with served(lambda _: None) as url:
        pass
    with pytest.raises(DownloadError, match="cannot be reached"):
        Registry(url, tmp_path, timeout=2).package("demo.core")
