"""The curl commands that `export` writes send the same request again."""

from __future__ import annotations

import os
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from conformance.reporting.curl import curl_command
from tests.support.samples import exchange


@pytest.mark.skipif(not shutil.which("curl") or os.name == "nt", reason="needs curl and a POSIX shell")
@pytest.mark.parametrize(
    "body",
    [b'{"a": "it\'s"}', "\u00e9 $HOME `x`".encode(), bytes(range(256)), b"@file", b"x" * 150_000],
    ids=lambda body: len(body),
)
def test_curl_commands_send_the_same_again(body: bytes) -> None:
    got: list[tuple[str, str, bytes, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.command, self.path, data, self.headers["X-Odd"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/A?b=c&d=e'f"
        headers = (("X-Odd", "a 'quoted' $value"), ("Content-Type", "application/fhir+json"))
        sent = exchange(1, url=url, request_headers=headers, request_body=body)
        subprocess.run(["sh"], input=curl_command(sent).encode(), check=True, capture_output=True, timeout=60)
    assert got == [("POST", "/A?b=c&d=e'f", body, "a 'quoted' $value")]
