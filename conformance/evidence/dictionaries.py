"""The preset dictionaries of an evidence file, and what is packed with them."""

from __future__ import annotations

import sqlite3

from conformance.evidence.packing import PackingDictionary
from conformance.evidence.schema import BODIES, HEADS, VALUES

_PIECES = "SELECT piece FROM dictionary WHERE kind = ? ORDER BY version"


def read_dictionaries(connection: sqlite3.Connection) -> dict[int, PackingDictionary]:
    """Return the dictionaries of an open evidence file by kind."""
    return {
        kind: PackingDictionary(piece for (piece,) in connection.execute(_PIECES, (kind,)))
        for kind in (BODIES, HEADS, VALUES)
    }


def pack(connection: sqlite3.Connection, kind: int, dictionary: PackingDictionary, data: bytes) -> tuple[int, bytes]:
    """Return the version of the dictionary and the data packed with it; what it learns of them is written to the file."""
    version, packed, piece = dictionary.pack(data)
    if piece:
        connection.execute("INSERT INTO dictionary VALUES (?, ?, ?)", (kind, version + 1, piece))
    return version, packed
