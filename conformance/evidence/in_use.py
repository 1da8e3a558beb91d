"""Whether a run is still going on: its process has its evidence file open, as SQLite's own locks show."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.evidence.schema import FILE_NAME

_WAIT = "Wait until it has ended, or end it (Ctrl-C, or SIGTERM), then try again."


def take_over(connection: sqlite3.Connection, path: Path) -> None:
    """Make an open evidence file one file again, without its WAL, which nobody can do while another process has it open.

    The locks of a process that was killed went with it. Raises UsageError where the run is still going on, sqlite3.Error where
    the file cannot be written.
    """
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise UsageError(
            f"the run in {path.parent} is still going on: its evidence file is in use", fix=_WAIT
        ) from error


def in_use(folder: Path) -> bool:
    """Return whether the run in a folder is still going on; not so where it has no evidence yet, or any more."""
    path = folder / FILE_NAME
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0)) as connection:
            take_over(connection, path)
    except UsageError:
        return True
    except sqlite3.Error:
        return False
    return False
