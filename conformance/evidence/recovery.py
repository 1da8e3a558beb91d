"""What can still be read of a damaged evidence file: each row on its own, so that only what was damaged is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from conformance.evidence.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES

_FURTHEST = 50_000  # rows looked for where the end of a table cannot be read
_BY_SCENARIO = frozenset({"finding", "scenario_exchange"})  # their rows are found by scenario
_SHOWN = ("scenario", "exchange", "body")


def recovered(path: Path) -> tuple[sqlite3.Connection, str]:
    """Return a copy in memory of what can be read of a damaged file, and in words what that is; sqlite3.Error for nothing.

    A file cut short is read as if its end were empty.
    """
    damaged = _opened(path)
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    copy.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    copy.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    for statement in TABLES:
        copy.execute(statement)
    names = [statement.split("(")[0].split()[2] for statement in TABLES]
    counts = {"run": _copy("run", damaged, copy)}
    if not counts["run"]:
        raise sqlite3.DatabaseError("the description of the run cannot be read")
    counts |= {name: _copy(name, damaged, copy) for name in names if name != "run"}
    return copy, ", ".join(f"{counts[name]} {name if counts[name] == 1 else _plural(name)}" for name in _SHOWN)


def _plural(name: str) -> str:
    return "bodies" if name == "body" else f"{name}s"


def _opened(path: Path) -> sqlite3.Connection:
    """The file in memory, filled up with empty pages to the length that its head states."""
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big") or 4096
    size = 65536 if size == 1 else size
    pages = int.from_bytes(data[28:32], "big")
    data += bytes(max(0, min(pages, 10_000_000) * size - len(data)))
    data[18:20] = b"\x01\x01"  # its WAL, if it had one, is not here
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(bytes(data))
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def _copy(table: str, damaged: sqlite3.Connection, copy: sqlite3.Connection) -> int:
    count = 0
    for row in _rows(table, damaged):
        if any(isinstance(value, str) and "\0" in value for value in row):
            continue  # a part of it lay on a page that is gone
        marks = ", ".join("?" * len(row))
        try:
            copy.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)
            count += 1
        except sqlite3.Error:
            continue
    return count


def _rows(table: str, damaged: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    key = "scenario" if table in _BY_SCENARIO else "rowid"
    for number in range(1, _last(table, key, damaged) + 1):
        try:
            yield from damaged.execute(f"SELECT * FROM {table} WHERE {key} = ?", (number,)).fetchall()
        except sqlite3.Error:
            continue


def _last(table: str, key: str, damaged: sqlite3.Connection) -> int:
    try:
        return int(damaged.execute(f"SELECT max({key}) FROM {table}").fetchone()[0] or 0)
    except sqlite3.Error:
        return _FURTHEST
