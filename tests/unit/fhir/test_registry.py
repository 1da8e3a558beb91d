from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.fhir.errors import DefinitionError
from conformance.fhir.packages.registry import Registry
from tests.unit.fhir.test_packages import VALUE_SET, package

BASE = "http://registry.test/base"
DATA = package(filler={"resourceType": "Basic", "text": "x" * 1000})


def listing(**dist: str) -> dict[str, Any]:
    return {"dist-tags": {"latest": "1.2.3"}, "versions": {"1.0.0": {}, "1.2.3": {"dist": dist}}}


def registry(tmp_path: Path, answers: dict[str, Any], **options: Any) -> Registry:
    """A registry that answers from a table by path (and query); what is not in it is 404."""

    def answer(request: httpx.Request) -> httpx.Response:
        found = answers.get(request.url.raw_path.decode())
        if found is None:
            return httpx.Response(404)
        if isinstance(found, int):
            return httpx.Response(found)
        return httpx.Response(200, content=found) if isinstance(found, bytes) else httpx.Response(200, json=found)

    return Registry(BASE, tmp_path, client=httpx.Client(transport=httpx.MockTransport(answer)), **options)


SHA1 = hashlib.sha1(DATA).hexdigest()
SHA512 = "sha512-" + b64encode(hashlib.sha512(DATA).digest()).decode()


@pytest.mark.parametrize(
    ("dist", "path"),
    [
        ({"tarball": f"{BASE}/files/demo.tgz", "integrity": SHA512}, "/base/files/demo.tgz"),
        ({"tarball": "/files/demo.tgz", "shasum": SHA1}, "/files/demo.tgz"),
        ({}, "/base/demo.core/1.2.3"),
    ],
)
@pytest.mark.parametrize("version", [None, "latest", "1.2.3"])
def test_a_package_is_fetched_checked_and_kept(
    tmp_path: Path, dist: dict[str, str], path: str, version: str | None
) -> None:
    answers: dict[str, Any] = {"/base/demo.core": listing(**dist), path: DATA}
    fetched = registry(tmp_path, answers).package("demo.core", version)
    assert fetched.path == tmp_path / "packages" / "demo.core#1.2.3.tgz"
    assert fetched.path.read_bytes() == DATA
    assert fetched.sha256 == hashlib.sha256(DATA).hexdigest()
    assert bool(fetched.notes) is not bool(dist)
    assert not fetched.reused
    del answers[path]
    assert registry(tmp_path, answers).package("demo.core", version).reused


def test_a_kept_file_that_was_changed_is_fetched_again(tmp_path: Path) -> None:
    answers: dict[str, Any] = {"/base/demo.core": listing(), "/base/demo.core/1.2.3": DATA}
    fetched = registry(tmp_path, answers).package("demo.core")
    fetched.path.write_bytes(b"changed")
    assert not registry(tmp_path, answers).package("demo.core").reused
    assert fetched.path.read_bytes() == DATA


@pytest.mark.parametrize("dist", [{"shasum": "00"}, {"integrity": "sha512-AAAA"}, {"integrity": "sha256-AAAA"}])
def test_a_wrong_checksum_drops_the_file(tmp_path: Path, dist: dict[str, str]) -> None:
    answers: dict[str, Any] = {"/base/demo.core": listing(**dist), "/base/demo.core/1.2.3": DATA}
    with pytest.raises(DefinitionError, match="checksum"):
        registry(tmp_path, answers).package("demo.core")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("answers", "name", "version", "message"),
    [
        ({}, "demo.core", None, "does not know the package demo.core"),
        ({"/base/demo.core": 500}, "demo.core", None, "responded with 500"),
        ({"/base/demo.core": b"<html>"}, "demo.core", None, "cannot be read"),
        ({"/base/demo.core": []}, "demo.core", None, "lists no versions"),
        ({"/base/demo.core": listing()}, "demo.core", "9.9", "no version 9.9; it has 1.0.0, 1.2.3"),
        ({"/base/demo.core": listing()}, "demo.core", None, "responded with 404"),
        ({"/base/demo.core": listing(tarball="file:///etc/passwd")}, "demo.core", None, "no http or https URL"),
        ({}, "../../evil", None, "no package name"),
    ],
)
def test_what_a_registry_does_not_have(
    tmp_path: Path, answers: dict[str, Any], name: str, version: str | None, message: str
) -> None:
    with pytest.raises(DefinitionError, match=message):
        registry(tmp_path, answers).package(name, version)


def test_a_registry_must_be_an_http_url(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no http or https URL"):
        Registry("ftp://x", tmp_path).package("demo.core")


def test_a_size_limit_stops_the_download(tmp_path: Path) -> None:
    answers: dict[str, Any] = {"/base/demo.core": listing(), "/base/demo.core/1.2.3": DATA}
    with pytest.raises(DefinitionError, match="larger than 100 bytes"):
        registry(tmp_path, answers, max_size=100).package("demo.core")
    assert not list((tmp_path / "packages").glob("*.part"))


def test_a_definition_is_found_by_search(tmp_path: Path) -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": {**VALUE_SET, "url": "urn:other"}}, {"resource": VALUE_SET}],
    }
    fetched = registry(tmp_path, {"/base/ValueSet?url=urn%3Av&version=1": bundle}).definition("urn:v|1")
    assert json.loads(fetched.path.read_text(encoding="utf-8")) == VALUE_SET


def test_a_definition_is_found_in_the_package_that_has_it(tmp_path: Path) -> None:
    answers: dict[str, Any] = {
        "/base/catalog?op=find&canonical=urn%3Av": [{"Name": "demo.core"}],
        "/base/demo.core": listing(),
        "/base/demo.core/1.2.3": DATA,
    }
    assert registry(tmp_path, answers).definition("urn:v").path.name == "demo.core#1.2.3.tgz"
    answers["/base/catalog?op=find&canonical=urn%3Aabsent"] = [{"Name": "demo.core"}]
    with pytest.raises(DefinitionError, match=r"no definition urn:absent .*the package demo.core lacks it"):
        registry(tmp_path, answers).definition("urn:absent")
