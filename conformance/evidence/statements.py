"""SQL that reads and writes rows of the evidence file, with the texts that rows share in a table of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from conformance.evidence.schema import SHARED

_LOST = "[this text cannot be read: the evidence file is damaged]"
_SHARE = "INSERT OR IGNORE INTO text (value) VALUES (?)"
Row = Sequence[Any]


def insert(table: str, columns: Iterable[str]) -> str:
    """Return the statement that adds a row; its shared texts have to be there (share)."""
    named = list(columns)
    marks = ("(SELECT id FROM text WHERE value = ?)" if name in _shared(table) else "?" for name in named)
    return f"INSERT INTO {table} ({', '.join(named)}) VALUES ({', '.join(marks)})"


def share(connection: sqlite3.Connection, table: str, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Store the texts that rows of a table share, where they are new."""
    places = [place for place, name in enumerate(columns) if name in _shared(table)]
    connection.executemany(_SHARE, ((row[place],) for row in rows for place in places))


def listed(table: str, columns: Iterable[str]) -> str:
    """Return columns as a SELECT of that table names them, ids of texts as the texts themselves."""
    return ", ".join(_text(name) if name in _shared(table) else name for name in columns)


def _text(column: str) -> str:
    return f"coalesce((SELECT value FROM text WHERE text.id = {column}), '{_LOST}')"


def _shared(table: str) -> frozenset[str]:
    return SHARED.get(table, frozenset())
