"""The second pass over an evidence file: what was written before a person became known is masked, too.

A response may name a patient before another one shows, by its structure, that this is a patient's name. What was written
between them is gone through when the run ends; only what changes is written again. Where a body or a head changes, all of
them are packed anew, for the preset dictionaries are made of them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable

from conformance.evidence import rows
from conformance.evidence.dictionaries import pack, read_dictionaries
from conformance.evidence.packing import PackingDictionary
from conformance.evidence.schema import BODIES, HEADS, VALUES
from conformance.redaction.redactor import Redactor

_TEXTS = {
    "text": ("value",),
    "scenario": ("title", "reason", "traceback"),
    "finding": ("location", "found", "expected"),
    "notice": ("message", "location", "found", "expected", "evidence"),
    "judged_finding": ("message", "location", "found", "expected", "evidence"),
    "judged_fact": ("fact",),
}
_PACKED = {
    "body": ("id", BODIES),
    "exchange": ("number", HEADS),
    "taken": ("position", VALUES),
    "session": ("id", VALUES),
}
Masked = Callable[[bytes], bytes]


def mask_again(connection: sqlite3.Connection, redactor: Redactor, last: int) -> None:
    """Mask in an open evidence file, within a transaction, the people who became known from responses during the run.

    `last` is the number of the last exchange that was written before the last of them became known.
    """
    connection.create_function("again", 1, lambda value: _masked(value, redactor), deterministic=True)
    for table, columns in _TEXTS.items():
        for column in columns:
            connection.execute(f"UPDATE {table} SET {column} = again({column}) WHERE again({column}) IS NOT {column}")

    def strings(data: bytes) -> bytes:
        return _strings_masked(data, redactor)

    masked: dict[str, Masked] = {"body": redactor.body_again, "exchange": strings, "taken": strings, "session": strings}
    bounds = {"exchange": last, "body": _last_body(connection, last)}
    changed = {table for table in _PACKED if _changes(connection, table, masked[table], bounds.get(table))}
    for kind in {_PACKED[table][1] for table in changed}:
        _pack_anew(connection, kind, masked)


def _last_body(connection: sqlite3.Connection, exchange: int) -> int:
    columns = ", ".join(f"coalesce(max({name}), 0)" for name in ("request_body", "response_body", "surplus"))
    return max(
        map(int, connection.execute(f"SELECT {columns} FROM exchange WHERE number <= ?", (exchange,)).fetchone())
    )


def _masked(value: str | bytes | None, redactor: Redactor) -> str | bytes | None:
    if value is None:
        return None
    plain = value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
    return rows.text(redactor.again(plain))


def _strings_masked(data: bytes, redactor: Redactor) -> bytes:
    """JSON of our own with each text in it masked: as a whole, an escape in it could hide a name."""
    return rows.to_json(_each(json.loads(data), redactor.again)).encode()


def _each(value: object, masked: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list):
        return [_each(one, masked) for one in value]
    return {key: _each(one, masked) for key, one in value.items()} if isinstance(value, dict) else value


def _changes(connection: sqlite3.Connection, table: str, masked: Masked, last: int | None) -> bool:
    """Whether anything packed in a table, up to the row with that key, has to change."""
    key, kind = _PACKED[table]
    dictionary = read_dictionaries(connection)[kind]
    bound = "" if last is None else f" WHERE {key} <= {last}"
    for version, packed in connection.execute(f"SELECT dictionary, packed FROM {table}{bound}"):
        data = dictionary.unpack(version, packed)
        if masked(data) != data:
            return True
    return False


def _pack_anew(connection: sqlite3.Connection, kind: int, masked: dict[str, Masked]) -> None:
    """Pack everything of a kind again, masked, with a dictionary that begins anew."""
    old, new = read_dictionaries(connection)[kind], PackingDictionary()
    connection.execute("DELETE FROM dictionary WHERE kind = ?", (kind,))
    for table in (table for table, (_, other) in _PACKED.items() if other == kind):
        key = _PACKED[table][0]
        for (number,) in connection.execute(f"SELECT {key} FROM {table} ORDER BY {key}").fetchall():
            row = connection.execute(f"SELECT dictionary, packed FROM {table} WHERE {key} = ?", (number,)).fetchone()
            data = masked[table](old.unpack(*row))
            packed = pack(connection, kind, new, data)
            connection.execute(f"UPDATE {table} SET dictionary = ?, packed = ? WHERE {key} = ?", (*packed, number))
            if table == "body":
                digest = hashlib.sha256(data).digest()
                connection.execute("UPDATE body SET sha256 = ?, bytes = ? WHERE id = ?", (digest, len(data), number))
