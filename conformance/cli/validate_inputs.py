"""What `validate` reads: files, folders, named pipes and standard input, each no further than the size limit."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.fhir.formats.json_reader import Limits, too_large
from conformance.fhir.issues import Issue

SUFFIXES = (".json", ".xml")
PATIENCE = 10  # seconds that a named pipe may stay without a writer


@dataclass(frozen=True, slots=True)
class Input:
    """One input: the name to show, its path (None for standard input), and whether it was found in a folder."""

    name: str
    path: Path | None
    in_folder: bool = False

    @property
    def size(self) -> int:
        """The size of a regular file in bytes; 0 for anything else."""
        try:
            found = self.path.stat() if self.path is not None else None
        except OSError:
            return 0
        return found.st_size if found is not None and stat.S_ISREG(found.st_mode) else 0


def expand(names: Sequence[str]) -> Iterator[Input]:
    """The inputs that a call names; folders with all below them, links to folders apart. Raises UsageError."""
    if not names and sys.stdin.isatty():
        raise UsageError("nothing to validate", fix="Name files or folders, or - for standard input.")
    for name in names or ("-",):
        path = Path(name)
        if name == "-":
            yield Input("standard input", None)
        elif path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file())
            if not found:
                raise UsageError(f"{name}: holds no .json or .xml file")
            yield from (Input(str(one), one, in_folder=True) for one in found)
        elif path.exists():
            yield Input(name, path)
        else:
            raise UsageError(f"{name}: there is no such file or folder")


def read(one: Input, limits: Limits) -> bytes | Issue:
    """The bytes, or the issue that they are too many: one more than allowed is all that is ever read. Raises UsageError."""
    if one.size > limits.size:
        return too_large(one.size, limits)
    try:
        data = _bytes(one, limits.size + 1)
    except OSError as error:
        raise UsageError(f"{one.name}: cannot be read ({error.strerror or error})") from error
    return data if len(data) <= limits.size else too_large(len(data), limits)


def _bytes(one: Input, most: int) -> bytes:
    if one.path is None:
        return sys.stdin.buffer.read(most)
    if hasattr(os, "O_NONBLOCK") and stat.S_ISFIFO(one.path.stat().st_mode):
        return _from_pipe(one, most)
    with one.path.open("rb") as file:
        return file.read(most)


def _from_pipe(one: Input, most: int) -> bytes:
    """A named pipe is waited for a while only: one that nobody writes to would never end."""
    import select

    assert one.path is not None
    handle = os.open(one.path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        if not select.select([handle], [], [], PATIENCE)[0] and not _has_writer(handle):
            raise UsageError(f"{one.name}: is a named pipe that nobody writes to")
        os.set_blocking(handle, True)
        return file.read(most)


def _has_writer(handle: int) -> bool:
    """True where nothing is there yet but may still come; an end without anything means that nobody has opened the pipe."""
    try:
        return os.read(handle, 1) != b""
    except BlockingIOError:
        return True
