"""Recorded runs written again as if they had begun otherwise."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from conformance.evidence.dictionaries import read_dictionaries
from conformance.evidence.schema import FILE_NAME, VALUES
from conformance.evidence.seal import read_seal, seal, unseal


def rewritten(folder: Path, change: Callable[[Any], None]) -> None:
    """Change what the first process of a run started with, and seal the run anew."""
    sealed = read_seal(folder)
    assert sealed
    unseal(folder)
    with closing(sqlite3.connect(folder / FILE_NAME)) as file:
        number, version, packed = file.execute("SELECT id, dictionary, packed FROM session ORDER BY id").fetchone()
        document = json.loads(read_dictionaries(file)[VALUES].unpack(version, packed))
        change(document)
        again = zlib.compress(json.dumps(document).encode())
        file.execute("UPDATE session SET dictionary = 0, packed = ? WHERE id = ?", (again, number))
        file.commit()
    seal(folder, sealed.run)
