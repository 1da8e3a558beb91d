"""`profiles download` against registries that send anything: exit 2 with one sentence, and nothing unfit is kept."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.support.local_server import served
from tests.unit.fhir.test_packages import package

Body = bytes | Callable[[BaseHTTPRequestHandler], None]
GOOD = package()


def listing(**changes: Any) -> bytes:
    return json.dumps({"dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {"dist": {}}}, **changes}).encode()


def tar(name: str = "package/package.json", data: bytes = b'{"name":"a"}', **more: Any) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        for key, value in more.items():
            setattr(member, key, value)
        archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def flood(request: BaseHTTPRequestHandler) -> None:
    body = gzip.compress(b'"' + b"x" * 200_000_000)
    request.send_response(200)
    request.send_header("Content-Encoding", "gzip")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


# name: what is sent for the listing, and for the package
MALFORMED: dict[str, tuple[Body, Body]] = {
    "html": (b"<html>login</html>", b""),
    "empty": (b"", b""),
    "null": (b"null", b""),
    "list": (b"[]", b""),
    "text": (b'"x"', b""),
    "deep": (b"[" * 5_000 + b"]" * 5_000, b""),
    "deep-objects": (b'{"versions":' * 3_000 + b"1" + b"}" * 3_000, b""),
    "wild-number": (b'{"versions":{"1.0.0":' + b"9" * 10_000 + b"}}", b""),
    "not-utf8": (b'{"versions":"\xff"}', b""),
    "versions-list": (listing(versions=["1.0.0"]), b""),
    "versions-text": (listing(versions="1.0.0"), b""),
    "tags-list-dist-text": (listing(**{"dist-tags": ["1.0.0"]}, versions={"1.0.0": {"dist": "x"}}), b"<html>"),
    "tarball-number": (listing(versions={"1.0.0": {"dist": {"tarball": 5}}}), b""),
    "tarball-file": (listing(versions={"1.0.0": {"dist": {"tarball": "file:///etc/hostname"}}}), b""),
    "tarball-no-url": (listing(versions={"1.0.0": {"dist": {"tarball": "http://[x"}}}), b""),
    "checksum": (listing(versions={"1.0.0": {"dist": {"shasum": "0" * 40}}}), GOOD),
    "bomb": (flood, b""),
    "page-for-package": (listing(), b"<html>login</html>"),
    "empty-package": (listing(), b""),
    "cut-package": (listing(), GOOD[: len(GOOD) // 2]),
    "other-archive": (listing(), tar("readme.txt")),
    "link": (listing(), tar("package/x.json", type=tarfile.SYMTYPE, linkname="/etc/hostname")),
    "path-up": (listing(), tar("package/../../x.json")),
    "deep-manifest": (listing(), tar(data=b"[" * 5_000 + b"]" * 5_000)),
    "manifest-list": (listing(), tar(data=b"[]")),
}  # fmt: skip


def download(url: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "conformance", "profiles", "download", "a#1.0.0", "--registry", url]
    return subprocess.run(
        [*arguments, "--cache", str(folder), *more], capture_output=True, text=True, timeout=1200, check=False
    )


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_response_is_one_sentence_and_nothing_is_kept(tmp_path: Path, name: str) -> None:
    listed, sent = MALFORMED[name]

    def handle(request: BaseHTTPRequestHandler) -> None:
        body = listed if request.path == "/a" else sent
        if callable(body):
            body(request)
            return
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with served(handle) as url:
        done = download(url, tmp_path / "cache")
    assert done.returncode == 2, done.stderr
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("gpconnect-assure: ")
    assert len(line) < 700
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_sound_package_is_kept(tmp_path: Path) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        body = listing() if request.path == "/a" else GOOD
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with served(handle) as url:
        done = download(url, tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cache" / "packages" / "a#1.0.0.tgz").read_bytes() == GOOD


def test_a_registry_that_drips_ends_with_the_time_of_the_download(tmp_path: Path) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        for _ in range(100_000):
            try:
                request.wfile.write(b"x")
            except OSError:
                return
            threading.Event().wait(0.2)

    with served(handle) as url:
        done = download(url, tmp_path / "cache", "--most-seconds", "2", "--timeout", "600")
    assert done.returncode == 3, done.stderr
    assert "cannot be reached (DeadlinePassedError)" in done.stderr
