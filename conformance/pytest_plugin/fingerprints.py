"""What a run was judged with, by hash: this tool, the data of its edition, the definitions of profiles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance.config.model import Config
from conformance.spec.files import definition_folders
from conformance.spec.model import Edition

_PACKAGE = Path(__file__).resolve().parents[1]


def fingerprints(edition: Edition, config: Config) -> dict[str, str]:
    """Return the hashes by what they are of, as settings of a run: each the SHA-256 of a list of files (`of_files`)."""
    added = [Path(path) for path in config.definitions.paths]
    return {
        "sha256 of the tool": of_files(_PACKAGE, _PACKAGE.rglob("*.py")),
        "sha256 of the edition": _of_folders(edition.folders, within="*"),
        "sha256 of the definitions": _of_folders([*definition_folders(edition.folders), *added], within="**/*"),
    }


def _of_folders(folders: Iterable[Path], *, within: str) -> str:
    parts = [of_files(folder, folder.glob(within)) if folder.is_dir() else _of_file(folder) for folder in folders]
    return parts[0] if len(parts) == 1 else hashlib.sha256("\n".join(parts).encode()).hexdigest()


def of_files(folder: Path, files: Iterable[Path]) -> str:
    """Return the SHA-256 of a text with a line for each file below a folder, by name: its own SHA-256, two blanks, its name.

    That is what `sha256sum` prints of the files.
    """
    return hashlib.sha256("".join(_lines(folder, files)).encode("utf-8", "backslashreplace")).hexdigest()


def _lines(folder: Path, files: Iterable[Path]) -> Iterator[str]:
    named = {path.relative_to(folder).as_posix(): path for path in files if path.is_file()}
    for name, path in sorted(named.items()):
        yield f"{_of_file(path)}  {name}\n"


def _of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
