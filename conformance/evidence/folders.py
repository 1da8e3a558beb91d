"""The folder of a run: made so that no two runs share one, and what the operating system says of it in one sentence."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from conformance.core.errors import UsageError

ELSEWHERE = "Name a folder that can be written to (run.reports, or --out)."


def new_folder(wanted: Path) -> Path:
    """Make and return a folder that nobody had before: the one wanted, or one with a number behind its name."""
    make_folder(wanted.parent)
    for number in itertools.count(1):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        with explained(folder, "created", ELSEWHERE), suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError("there is always a next number")


def make_folder(folder: Path) -> None:
    """Make the folder of a run where it is absent; UsageError when it cannot be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "there is a file of that name" if isinstance(error, FileExistsError) else error.strerror or str(error)
        raise UsageError(f"the folder {folder} cannot be created: {why}", fix=ELSEWHERE) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"the folder {folder} cannot be written to: permission denied", fix=ELSEWHERE)


@contextmanager
def explained(path: Path, done: str, fix: str) -> Iterator[None]:
    """Turn what the operating system and SQLite say into one sentence."""
    try:
        yield
    except FileExistsError as error:
        raise UsageError(
            f"{path.parent} holds the evidence of another run",
            fix="Name another folder, or go on with that run: gpconnect-assure run --resume.",
        ) from error
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"the evidence file {path} cannot be {done}: {why}", fix=fix) from error
