"""SQL that reads and writes rows of the evidence file, with the texts that rows share in a table of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from conformance.evidence.schema import SHARED

_LOST = "[this text cannot be read: the evidence file is damaged]"
_SHARE = "INSERT INTO text (value) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM text WHERE value = ?1)"
Row = Sequence[Any]


def put(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Add rows to a table, or replace those with their key; return the id of the last."""
    places = [place for place, name in enumerate(columns) if name in _shared(table)]
    connection.executemany(_SHARE, ((row[place],) for row in rows for place in places))
    statement = insert(table, columns)
    return max((connection.execute(statement, row).lastrowid or 0 for row in rows), default=0)


def insert(table: str, columns: Iterable[str]) -> str:
    """Return the statement that adds a row or replaces the one with its key; the texts that it shares have to be there."""
    named = list(columns)
    marks = ("(SELECT id FROM text WHERE value = ?)" if name in _shared(table) else "?" for name in named)
    return f"INSERT OR REPLACE INTO {table} ({', '.join(named)}) VALUES ({', '.join(marks)})"


def listed(table: str, columns: Iterable[str]) -> str:
    """Return columns as a SELECT of that table names them, ids of texts as the texts themselves."""
    return ", ".join(_text(name) if name in _shared(table) else name for name in columns)


def _text(column: str) -> str:
    return f"coalesce((SELECT value FROM text WHERE text.id = {column}), '{_LOST}')"


def _shared(table: str) -> frozenset[str]:
    return SHARED.get(table, frozenset())
