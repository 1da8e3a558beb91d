"""`gpconnect-assure profiles download` from a registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.local_server import served
from tests.unit.cli.test_validate import STU3, cli
from tests.unit.fhir.test_packages import VALUE_SET, package
from tests.unit.fhir.test_registry import listing

__all__ = ["cli"]


def test_download_fetches_a_package_and_names_what_it_lacks(cli: Any, tmp_path: Path) -> None:
    data = package()

    def handle(request: Any) -> None:
        body = json.dumps(listing()).encode() if request.path == "/demo.core" else data
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    cache = tmp_path / "cache"
    with served(handle) as url:
        ran = cli("profiles", "download", "demo.core#1.2.3", "--registry", url, "--cache", cache)
        lacks = cli("profiles", "download", "demo.core", "--registry", url, "--cache", cache, "--needed-for", "stu3")
    assert ran.code == 0
    assert "fetched: " in ran.out
    assert "defines 2 canonical URLs" in ran.out
    assert "states no checksum" in ran.out
    assert lacks.code == 1
    assert "already there: " in lacks.out
    assert f"    {STU3}" in lacks.out
    assert (cache / "packages" / "demo.core#1.2.3.tgz").read_bytes() == data


def test_download_of_a_canonical_url(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def handle(request: Any) -> None:
        wanted = request.path == "/ValueSet?url=urn%3Av"
        body = json.dumps({"resourceType": "Bundle", "entry": [{"resource": VALUE_SET}] if wanted else []}).encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with served(handle) as url:
        monkeypatch.setenv("GPCONNECT_ASSURE_REGISTRY", url)
        ran = cli("profiles", "download", "urn:v", "--cache", tmp_path)
        absent = cli("profiles", "download", "https://x/y", "--cache", tmp_path)
    assert ran.code == 0
    (path,) = (tmp_path / "definitions").iterdir()
    assert json.loads(path.read_text(encoding="utf-8")) == VALUE_SET
    assert absent.code == 3
    assert "no definition https://x/y" in absent.err


def test_a_registry_that_is_not_there(cli: Any, tmp_path: Path) -> None:
    with served(lambda _: None) as url:
        pass
    ran = cli("profiles", "download", "demo.core", "--registry", url, "--cache", tmp_path, "--timeout", "1")
    assert ran.code == 3
    assert "cannot be reached" in ran.err
