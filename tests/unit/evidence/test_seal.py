"""The seal of a run: any change is found and named, and a signature says who sealed it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from conformance.cli.verify import command
from conformance.core.errors import UsageError
from conformance.evidence.seal import MANIFEST, SIGNATURE, UNSEALED, Seal, read_seal, seal, verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run's folder: a binary file, a page that leaves room for the seal twice, and one in a folder of its own."""
    run = tmp_path / "run"
    (run / "annex").mkdir(parents=True)
    (run / "evidence.sqlite").write_bytes(bytes(range(256)) * 40)
    (run / "report.html").write_text(f"<p>{UNSEALED}</p><footer>{UNSEALED}</footer>", encoding="utf-8")
    (run / "annex" / "read.html").write_text("<p>é</p>", encoding="utf-8")
    (run / "results.json").write_text("{}", encoding="utf-8")
    return run


def keys(folder: Path, name: str = "key") -> tuple[Path, Path]:
    key = Ed25519PrivateKey.generate()
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_an_untouched_run_is_intact_and_its_pages_print_the_seal(folder: Path) -> None:
    sealed = seal(folder, "run-1")
    found = verify(folder, expected=sealed.seal.upper())
    assert (found.changes, found.intact, found.files, found.key) == ((), True, 4, "")
    assert found.sealed == read_seal(folder) == Seal("run-1", sealed.seal)
    assert (folder / "report.html").read_text(encoding="utf-8") == f"<p>{sealed.seal}</p><footer>{sealed.seal}</footer>"


def test_every_single_changed_byte_is_found_and_its_file_named(folder: Path, tmp_path: Path) -> None:
    private, _ = keys(tmp_path)
    seal(folder, "run-1", key=private)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    draw = random.Random(1)
    for _ in range(300):
        path = draw.choice(files)
        content = path.read_bytes()
        place = draw.randrange(len(content))
        changed = bytearray(content)
        changed[place] ^= draw.randrange(1, 256)
        path.write_bytes(changed)
        assert path.name in said(folder), (path, place)
        path.write_bytes(content)
    assert verify(folder).intact


def said(folder: Path) -> str:
    try:
        return " ".join(verify(folder).changes)
    except UsageError as error:
        return str(error)


@pytest.mark.parametrize("name", ["evidence.sqlite", "report.html", "annex/read.html", "results.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    seal(folder, "run-1")
    (folder / name).unlink()
    assert verify(folder).changes == (f"{name}: is missing",)


def test_an_added_file_and_a_longer_one_are_named(folder: Path) -> None:
    seal(folder, "run-1")
    (folder / "annex" / "more.txt").write_text("x", encoding="utf-8")
    (folder / "results.json").write_text("{ }", encoding="utf-8")
    assert verify(folder).changes == (
        "results.json: has 3 bytes instead of 2",
        "annex/more.txt: was not there when the run was sealed",
    )


def test_the_key_of_the_pseudonyms_is_not_part_of_what_is_handed_on(folder: Path) -> None:
    key = folder / "redaction.key"
    key.write_text("secret", encoding="utf-8")
    seal(folder, "run-1")
    assert verify(folder).intact
    key.unlink()
    assert verify(folder).intact


def test_a_page_with_another_seal_was_changed(folder: Path) -> None:
    sealed = seal(folder, "run-1")
    page = folder / "report.html"
    page.write_text(page.read_text(encoding="utf-8").replace(sealed.seal, "f" * 64), encoding="utf-8")
    assert verify(folder).changes == ("report.html: was changed",)


def test_a_seal_other_than_the_one_given_is_a_change(folder: Path) -> None:
    sealed = seal(folder, "run-1")
    found = verify(folder, expected="0" * 64)
    assert found.changes == (f"{MANIFEST}: its seal is {sealed.seal}, not {'0' * 64}",)


def test_a_folder_is_sealed_once_and_a_child_names_its_parent(folder: Path, tmp_path: Path) -> None:
    parent = seal(folder, "run-1")
    with pytest.raises(UsageError, match="is sealed already"):
        seal(folder, "run-1")
    child = tmp_path / "again"
    child.mkdir()
    (child / "report.html").write_text(UNSEALED, encoding="utf-8")
    assert seal(child, "run-2", parent=parent) == verify(child).sealed
    assert verify(child).sealed.parents == (Seal("run-1", parent.seal),)


def test_a_signature_names_its_key(folder: Path, tmp_path: Path) -> None:
    private, public = keys(tmp_path)
    seal(folder, "run-1", key=private)
    found = verify(folder, public_key=public)
    assert found.intact and len(found.key) == 64


def test_a_signature_by_another_key_is_refused(folder: Path, tmp_path: Path) -> None:
    private, _ = keys(tmp_path)
    _, other = keys(tmp_path, "other")
    seal(folder, "run-1", key=private)
    (change,) = verify(folder, public_key=other).changes
    assert change.startswith(f"{SIGNATURE}: is by another key")


def test_a_run_without_a_signature_is_not_signed_by_the_key(folder: Path, tmp_path: Path) -> None:
    seal(folder, "run-1")
    assert verify(folder, public_key=keys(tmp_path)[1]).changes == (f"{SIGNATURE}: is missing: the run is not signed",)


def test_a_signature_of_another_manifest_is_refused(folder: Path, tmp_path: Path) -> None:
    private, _ = keys(tmp_path)
    seal(folder, "run-1", key=private)
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_text("a", encoding="utf-8")
    seal(other, "run-2", key=private)
    (folder / SIGNATURE).write_bytes((other / SIGNATURE).read_bytes())
    assert verify(folder).changes == (f"{SIGNATURE}: is no signature of this {MANIFEST}",)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"schema":1}', b'{"schema":1,"run":1,"files":[]}', b"[" * 9999]
)
def test_a_damaged_manifest_is_said_to_be_damaged(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(UsageError, match="was changed or cut short"):
        verify(folder)


def test_a_manifest_of_a_newer_schema_names_both(folder: Path) -> None:
    (folder / MANIFEST).write_text(json.dumps({"schema": 9, "run": "x", "files": []}), encoding="utf-8")
    with pytest.raises(UsageError, match="has schema 9; this version reads 1"):
        verify(folder)


def test_a_manifest_never_leads_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    rows = [{"name": "../secret", "size": 1, "sha256": ""}]
    document = {"schema": 1, "run": "x", "files": rows}
    (folder / MANIFEST).write_bytes(json.dumps(document, indent=1).encode() + b"\n")
    assert verify(folder).changes[0] == "../secret: lies outside of the folder"


def test_a_folder_without_manifest_is_no_sealed_run(folder: Path) -> None:
    assert read_seal(folder) is None
    with pytest.raises(UsageError, match="no folder of a sealed run"):
        verify(folder)


def test_a_key_of_another_kind_is_refused_before_anything_is_written(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "ec.pem"
    key = generate_private_key(SECP256R1())
    other.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for path, message in ((other, "no Ed25519 private key"), (tmp_path / "none.pem", "cannot be read")):
        with pytest.raises(UsageError, match=message):
            seal(folder, "run-1", key=path)
    assert not (folder / MANIFEST).exists()


def test_the_command_names_changes_and_ends_with_the_code(folder: Path) -> None:
    sealed = seal(folder, "run-1")
    good = CliRunner().invoke(command, [str(folder), "--seal", sealed.seal], standalone_mode=False)
    assert good.return_value == 0
    assert f"nothing changed in 4 files\nseal {sealed.seal}\n" in good.output
    (folder / "results.json").write_text("[]", encoding="utf-8")
    bad = CliRunner().invoke(command, [str(folder)], standalone_mode=False)
    assert bad.return_value == 1
    assert "results.json: was changed" in bad.output
