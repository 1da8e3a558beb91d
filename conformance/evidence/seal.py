"""The seal of a run: what its folder held when it ended, and whether that is still so.

`manifest.json` names every file of the folder with its size and SHA-256. The SHA-256 of the manifest itself is the seal of
the run: a short text that a report prints and a person can compare. `manifest.sig`, where there is one, is a signature of
the manifest by an Ed25519 key (RFC 8032). A page that prints the seal cannot hold its own hash: pages are hashed with zeros
in the place of the seal, and are completed when the manifest is there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.core.errors import UsageError
from conformance.redaction.run_key import FILE_NAME as KEY

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
SCHEMA_VERSION = 1
UNSEALED = "0" * 64
"""What a page holds in the place of the seal until the run is sealed."""

_APART = frozenset({MANIFEST, SIGNATURE, KEY})  # the key of an interrupted run is not for whoever gets the folder
_PAGES = frozenset({".html", ".md"})
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealed run: its id, the seal (64 hexadecimal digits), and what it was made from: a run, or several shards."""

    run: str
    seal: str
    parents: tuple[Seal, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found: one sentence for each change, and by which key the manifest is signed ("" for none)."""

    sealed: Seal
    files: int
    changes: tuple[str, ...]
    key: str = ""

    @property
    def intact(self) -> bool:
        """Whether nothing changed since the run was sealed."""
        return not self.changes


def seal(
    folder: Path, run: str, *, parent: Seal | None = None, parents: Sequence[Seal] = (), key: Path | None = None
) -> Seal:
    """Seal the folder of a run and return its seal; `key` is a PEM file with an Ed25519 private key to sign it with. `parent`
    is the run that it was made from, `parents` are those where there are several.

    Writes the seal into the pages that leave room for it (UNSEALED). Raises UsageError when the folder is sealed already,
    cannot be read or written, or the key cannot be used.
    """
    if (folder / MANIFEST).exists():
        raise UsageError(f"{folder} is sealed already", fix="Give a folder of its own to what is made from it (--out).")
    signer = _private_key(key) if key else None
    try:
        names = sorted(_names(folder))
        files = [
            {"name": name, "size": (folder / name).stat().st_size, "sha256": _hash(folder / name)} for name in names
        ]
        document: dict[str, Any] = {"schema": SCHEMA_VERSION, "run": run, "files": files}
        if parent:
            document["parent"] = _named(parent)
        if parents:
            document["parents"] = [_named(one) for one in parents]
        manifest = _written(document)
        sealed = _seal_of(manifest, document)
        for name in names:
            _print_seal(folder / name, sealed.seal)
        (folder / MANIFEST).write_bytes(manifest)
        if signer:
            (folder / SIGNATURE).write_text(_signed(manifest, signer), encoding="ascii")
    except OSError as error:
        raise UsageError(f"{folder} cannot be sealed: {error.strerror or error} ({error.filename})") from error
    return sealed


def read_seal(folder: Path) -> Seal | None:
    """Return the seal of a folder, None where it has none; UsageError when its manifest cannot be read."""
    if not (folder / MANIFEST).exists():
        return None
    manifest, document = _read_manifest(folder)
    return _seal_of(manifest, document)


def verify(folder: Path, *, expected: str = "", public_key: Path | None = None) -> Verification:
    """Compare a folder with its manifest.

    `expected` is the seal as printed in a report or as the sender of the run gave it: the manifest is compared with it.
    `public_key` is a PEM file with the Ed25519 key that the manifest must be signed with. Raises UsageError when the folder
    has no manifest that can be read, or the key file cannot be used.
    """
    manifest, document = _read_manifest(folder)
    sealed = _seal_of(manifest, document)
    wanted = _public_key(public_key) if public_key else None
    changes: list[str] = []
    if expected and expected.strip().lower() != sealed.seal:
        changes.append(f"{MANIFEST}: its seal is {sealed.seal}, not {expected.strip()}")
    changes += _changed_files(folder, document["files"], sealed.seal)
    key, trouble = _signer(folder, manifest, wanted)
    return Verification(sealed, len(document["files"]), (*changes, *trouble), key)


def unseal(folder: Path) -> None:
    """Remove the seal of a run that goes on in its folder; nothing where it has none. Raises UsageError."""
    try:
        for name in (MANIFEST, SIGNATURE):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"the seal of {folder} cannot be removed: {error.strerror or error}") from error


def folder_beside(folder: Path, what: str) -> Path:
    """Return a folder that does not exist yet, beside that of a sealed run, for what is made from it: `RUN-report-1`."""
    names = (folder.with_name(f"{folder.resolve().name}-{what}-{number}") for number in itertools.count(1))
    return next(path for path in names if not path.exists())


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of a public key (its 32 bytes) in hexadecimal: how a report names a key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _names(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and name not in _APART:
            yield name


def _hash(path: Path, seal: str = UNSEALED) -> str:
    """Return the SHA-256 of a file; of a page, with zeros where it prints the seal."""
    if path.suffix in _PAGES:
        return hashlib.sha256(path.read_bytes().replace(seal.encode(), UNSEALED.encode())).hexdigest()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _print_seal(path: Path, seal: str) -> None:
    if path.suffix not in _PAGES:
        return
    content = path.read_bytes()
    if UNSEALED.encode() in content:
        path.write_bytes(content.replace(UNSEALED.encode(), seal.encode()))


def _seal_of(manifest: bytes, document: dict[str, Any]) -> Seal:
    named = [document["parent"]] if "parent" in document else document.get("parents", [])
    parents = tuple(Seal(one["run"], one["seal"]) for one in named)
    return Seal(document["run"], hashlib.sha256(manifest).hexdigest(), parents)


def _named(sealed: Seal) -> dict[str, str]:
    return {"run": sealed.run, "seal": sealed.seal}


def _read_manifest(folder: Path) -> tuple[bytes, dict[str, Any]]:
    path = folder / MANIFEST
    try:
        manifest = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"{folder} holds no {MANIFEST}: it is no folder of a sealed run",
            fix="A run is sealed when it ends; one that was killed has no seal (gpconnect-assure report seals a copy).",
        ) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    return manifest, _checked(path, manifest)


def _checked(path: Path, manifest: bytes) -> dict[str, Any]:
    """Return a manifest as data; UsageError unless it has the shape of one."""
    try:
        document = json.loads(manifest)
        version = document["schema"]
        good = isinstance(document["run"], str) and all(_is_row(row) for row in document["files"])
        good = good and isinstance(_seal_of(manifest, document), Seal)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{path} was changed or cut short: it is no manifest of a run") from None
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"{path} has schema {version!r}; this version reads {SCHEMA_VERSION}",
            fix="Use the version of gpconnect-assure that sealed the run, or a newer one.",
        )
    if not good or _written(document) != manifest:
        raise UsageError(f"{path} was changed or cut short: it is no manifest of a run")
    loaded: dict[str, Any] = document
    return loaded


def _written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _is_row(row: Any) -> bool:
    return isinstance(row["name"], str) and isinstance(row["sha256"], str) and isinstance(row["size"], int)


def _changed_files(folder: Path, rows: Sequence[dict[str, Any]], seal: str) -> Iterator[str]:
    for row in rows:
        change = _change(folder, row, seal)
        if change:
            yield f"{row['name']}: {change}"
    for name in sorted(set(_names(folder)) - {row["name"] for row in rows}):
        yield f"{name}: was not there when the run was sealed"


def _change(folder: Path, row: dict[str, Any], seal: str) -> str:
    path = folder / row["name"]
    try:
        path.resolve().relative_to(folder.resolve())
        size = path.stat().st_size
        if size != row["size"]:
            return f"has {size} bytes instead of {row['size']}"
        return "" if _hash(path, seal) == row["sha256"] else "was changed"
    except ValueError:
        return "lies outside of the folder"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"


def _signed(manifest: bytes, key: Ed25519PrivateKey) -> str:
    return _signature_file(key.public_key().public_bytes_raw(), key.sign(manifest))


def _signature_file(public: bytes, signature: bytes) -> str:
    return "".join(f"{base64.b64encode(part).decode()}\n" for part in (public, signature))


def _signer(folder: Path, manifest: bytes, wanted: Ed25519PublicKey | None) -> tuple[str, list[str]]:
    """Return the fingerprint of the key that signed a manifest, and what is wrong with the signature."""
    path = folder / SIGNATURE
    if not path.exists():
        return "", [f"{SIGNATURE}: is missing: the run is not signed"] if wanted else []
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        written = path.read_bytes()
        public, signature = (base64.b64decode(line, validate=True) for line in written.splitlines())
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signature, manifest)
        if _signature_file(public, signature).encode() != written:  # base64 has several spellings of some bytes
            raise InvalidSignature
    except (InvalidSignature, ValueError, binascii.Error, OSError):
        return "", [f"{SIGNATURE}: is no signature of this {MANIFEST}"]
    if wanted and fingerprint(wanted) != fingerprint(key):
        return fingerprint(key), [f"{SIGNATURE}: is by another key (SHA-256 {fingerprint(key)})"]
    return fingerprint(key), []


def _private_key(path: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _unusable(path, "private", error) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable(path, "private")
    return key


def _public_key(path: Path) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unusable(path, "public", error) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _unusable(path, "public")
    return key


def _unusable(path: Path, kind: str, error: Exception | None = None) -> UsageError:
    if isinstance(error, OSError):
        return UsageError(f"the key {path} cannot be read: {error.strerror or error}")
    return UsageError(
        f"{path} holds no Ed25519 {kind} key in PEM without a password",
        fix="For example: openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out key.pub",
    )
