"""The connection of the one writer to the evidence file, beside which others may read."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

_PATIENCE = 60.0  # seconds that the writer waits for readers: `explain`, shell completion, a viewer
_PAUSE = 0.1


def connected(path: Path) -> sqlite3.Connection:
    """Connect to the file. The threads that write for workers (workers/crew.py) do so one after the other."""
    return sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)


def without_wal(connection: sqlite3.Connection) -> None:
    """Make the file one without its WAL, once no other process reads it; one that stays leaves it as it is, complete."""
    for _ in range(int(_PATIENCE / _PAUSE)):
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(_PAUSE)
        else:
            return


def set_up(connection: sqlite3.Connection) -> None:
    """Let readers read while a run writes."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")  # what the second pass masks is nowhere in the file any more
