"""The preset dictionaries of an evidence file."""

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
