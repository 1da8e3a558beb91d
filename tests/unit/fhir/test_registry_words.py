"""What the registry's parts say and choose: versions, names, checksums, where a definition is kept."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from conformance.fhir.errors import DefinitionError
from conformance.fhir.packages.registry import Registry, _check_name, _choose_version, _joined, _said, _verify

DATA = b"abc"
HEX = {name: hashlib.new(name, DATA).hexdigest() for name in ("sha1", "sha256", "sha384", "sha512")}
B64 = {name: base64.b64encode(bytes.fromhex(one)).decode() for name, one in HEX.items()}
UNSTATED = ("the registry states no checksum for it: ours is of what arrived",)


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("http://a.test/x y?z", "http-a-test-x-y-z"),
        ("http://a.test/-/", "http-a-test"),
        ("http://a.test/" + "x" * 100, "x" * 80),
        ("http://a.test/" + "-" + "x" * 79, "x" * 79),
    ],
)
def test_where_a_definition_is_kept(tmp_path: Path, url: str, slug: str) -> None:
    found = Registry("http://r.test", tmp_path)._keep({"resourceType": "ValueSet"}, url)
    ending = hashlib.sha256(url.encode()).hexdigest()[:8]
    assert found.path == tmp_path / "definitions" / f"{slug}-{ending}.json"
    assert found.path.read_bytes() == b'{\n "resourceType": "ValueSet"\n}'
    assert (found.sha256, found.source) == (hashlib.sha256(found.path.read_bytes()).hexdigest(), url)


VERSIONS: dict[str, Any] = {f"1.{number}.0": {} for number in range(10)}
LAST_EIGHT = "1.2.0, 1.3.0, 1.4.0, 1.5.0, 1.6.0, 1.7.0, 1.8.0, 1.9.0"


@pytest.mark.parametrize(
    ("stated", "version", "chosen"),
    [
        ({"versions": VERSIONS}, None, "1.9.0"),
        ({"versions": VERSIONS}, "latest", "1.9.0"),
        ({"versions": VERSIONS, "dist-tags": {"latest": "1.2.0"}}, None, "1.2.0"),
        ({"versions": VERSIONS, "dist-tags": {"latest": 3}}, "latest", "1.9.0"),
        ({"versions": VERSIONS, "dist-tags": {"latest": "1.2.0"}}, "1.3.0", "1.3.0"),
    ],
)
def test_which_version_is_chosen(stated: Any, version: str | None, chosen: str) -> None:
    assert _choose_version(stated, "p", version) == chosen


@pytest.mark.parametrize(
    ("stated", "version", "said"),
    [
        ({"versions": VERSIONS}, "2", f"the package p has no version 2; it has {LAST_EIGHT}"),
        ({"versions": {"../x": {}}}, None, "the package p has no version ../x; it has ../x"),
        ({"versions": {}}, None, "the registry's response about the package p lists no versions"),
        ({"versions": []}, None, "the registry's response about the package p lists no versions"),
        (["x"], None, "the registry's response about the package p lists no versions"),
    ],
)  # fmt: skip
def test_versions_that_cannot_be_chosen(stated: Any, version: str | None, said: str) -> None:
    with pytest.raises(DefinitionError) as stop:
        _choose_version(stated, "p", version)
    assert str(stop.value) == said


@pytest.mark.parametrize("name", ["", "../x", "a b", "x" * 500])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(DefinitionError) as stop:
        _check_name(name)
    assert str(stop.value) == f"{name[:80]!r} is no package name: letters, digits, dots and dashes are wanted"
    _check_name("hl7.fhir.r3-core")


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_checksums_that_are_stated(tmp_path: Path, algorithm: str) -> None:
    part = tmp_path / "p.part"
    part.write_bytes(DATA)
    assert _verify(part, {"integrity": f"{algorithm}-{B64[algorithm]} "}, "u") == ()
    assert _verify(part, {"shasum": HEX["sha1"].upper(), "integrity": "md5-x"}, "u") == ()
    assert _verify(part, {"integrity": "sha1-x"}, "u") == UNSTATED
    assert _verify(part, {"integrity": "nothing", "shasum": 3}, "u") == UNSTATED
    etag = tmp_path / "p.part.etag"
    with pytest.raises(DefinitionError) as stop:
        _verify(part, {"integrity": f"{algorithm}-AAAA", "shasum": HEX["sha1"]}, "u")
    assert str(stop.value) == (
        f"u: the {algorithm} checksum is {B64[algorithm]}, the registry states AAAA; the file was dropped"
    )
    assert not part.exists()
    assert not etag.exists()
    part.write_bytes(DATA)
    with pytest.raises(DefinitionError, match=r"^u: the sha1 checksum is "):
        _verify(part, {"shasum": "00"}, "u")


def test_what_an_error_says_and_what_is_no_url() -> None:
    assert _said(ValueError("a \n b")) == "a b"
    assert _said(ValueError("x" * 201)) == "x" * 200
    assert _said(KeyError()) == "KeyError"
    assert _joined("http://a.test/b/", "c") == "http://a.test/b/c"
    with pytest.raises(DefinitionError) as stop:
        _joined("http://a.test/", "http://[" + "x" * 100)
    assert str(stop.value) == f"the registry points to {('http://[' + 'x' * 100)[:80]!r}, which is no URL"


@pytest.mark.parametrize(
    ("base", "said"),
    [("ftp://a", "the registry 'ftp://a' is no http or https URL"), ("a", "the registry 'a' is no http or https URL")],
)
def test_the_registry_is_reached_by_http(tmp_path: Path, base: str, said: str) -> None:
    with pytest.raises(DefinitionError) as stop:
        Registry(base, tmp_path)._base()
    assert str(stop.value) == said
    assert Registry("https://a.test//", tmp_path)._base() == "https://a.test/"
