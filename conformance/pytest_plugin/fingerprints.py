"""The tool itself by hash. The edition's data and the definitions have hashes of their own (`RunInfo.definitions`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


@cache
def of_tool() -> str:
    """Return the hash of this tool: of its Python files (`of_files`)."""
    return of_files(_PACKAGE, _PACKAGE.rglob("*.py"))


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
