from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from conformance.fhir.definitions.store import Definitions
from conformance.fhir.errors import DefinitionError
from conformance.fhir.packages.npm_packages import PackageLimits, canonicals_in, lacking, manifest_of, resources_of

VALUE_SET = {"resourceType": "ValueSet", "url": "urn:v", "version": "1", "compose": {"include": [{"system": "urn:s"}]}}
MANIFEST = {"name": "demo.core", "version": "1.2.3"}
XML = b'<CodeSystem xmlns="http://hl7.org/fhir"><url value="urn:s"/><content value="complete"/></CodeSystem>'


def archive(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    """A .tgz of the given files; a TarInfo is taken as it is, without content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size = len(member[1])
            tar.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


def package(**files: Any) -> bytes:
    """A sound package: a manifest, one value set, one code system in XML, and more files by name."""
    more = [(f"package/{name}.json", json.dumps(content).encode()) for name, content in files.items()]
    return archive(
        ("package/package.json", json.dumps(MANIFEST).encode()),
        ("package/.index.json", b"{}"),
        ("package/ValueSet-v.json", json.dumps(VALUE_SET).encode()),
        ("package/CodeSystem-s.xml", XML),
        ("package/examples/Patient.json", b'{"resourceType": "Patient"}'),
        ("package/readme.md", b"hello"),
        *more,
    )


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "demo.tgz"
    path.write_bytes(data)
    return path


def link(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("package/a.json")
    info.type, info.linkname = kind, "/etc/passwd"
    return info


def test_resources_manifest_and_canonicals(tmp_path: Path) -> None:
    path = saved(tmp_path, package())
    assert [name for name, _ in resources_of(path)] == ["ValueSet-v.json", "CodeSystem-s.xml"]
    assert manifest_of(path)["name"] == "demo.core"
    assert canonicals_in(path) == {"urn:v": "1", "urn:s": None}


def test_definitions_open_a_package(tmp_path: Path) -> None:
    definitions = Definitions("stu3").open(saved(tmp_path, package()))
    assert definitions.value_set("urn:v|1")["compose"] == VALUE_SET["compose"]
    assert definitions.code_system("urn:s")["content"] == "complete"


def test_what_is_lacking_is_named_with_its_version() -> None:
    assert lacking({"urn:v"}, {"urn:v": "1", "urn:x": "2", "urn:w": None}) == ["urn:w", "urn:x|2"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no .tgz package"),
        (b"not a package", "cannot be read as a package"),
        (package()[:100], "no .tgz package"),
        (gzip.compress(b"x" * 2000), "no .tgz package"),
        (archive(("../evil.json", b"{}")), "leads out"),
        (archive(("package/../../evil.json", b"{}")), "leads out"),
        (archive(("/etc/evil.json", b"{}")), "leads out"),
        (archive(link(tarfile.SYMTYPE)), "link or a device"),
        (archive(link(tarfile.LNKTYPE)), "link or a device"),
        (archive(link(tarfile.CHRTYPE)), "link or a device"),
        (archive(("package/a.json", b"{")), "is not JSON"),
        (archive(("package/a.json", b"\xff")), "is not UTF-8"),
        (archive(("package/a.xml", b"<!DOCTYPE a><a/>")), "document type"),
    ],
    ids=range(13),
)
def test_an_unfit_package_is_refused_with_its_reason(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        list(resources_of(saved(tmp_path, data)))


def test_limits_hold_against_bombs(tmp_path: Path) -> None:
    zeros = saved(tmp_path, archive(("package/a.json", bytes(5_000_000))))
    with pytest.raises(DefinitionError, match="larger than 1,000 bytes"):
        list(resources_of(zeros, PackageLimits(file=1000)))
    with pytest.raises(DefinitionError, match="unpacks to more than 100,000 bytes"):
        list(resources_of(zeros, PackageLimits(total=100_000)))
    many = saved(tmp_path, archive(*[(f"other/{number}", b"") for number in range(200)]))
    with pytest.raises(DefinitionError, match="more than 100 files"):
        list(resources_of(many, PackageLimits(files=100)))


def test_no_manifest_no_package(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"no package/package\.json"):
        manifest_of(saved(tmp_path, archive(("other/package.json", b"{}"))))


def test_an_absent_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="cannot be read"):
        list(resources_of(tmp_path / "absent.tgz"))
