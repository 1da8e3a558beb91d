"""The folder of a fleet: a record for each provider that was run, and the folders of the runs.

`records/NAME.json` is there once a provider's run has ended, so that a fleet that was killed goes on where it was;
`runs/NAME/1`, `runs/NAME/2` are the folders of its runs. `fleet.id` shows a worker that it sees this very folder.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.evidence.folders import make_folder
from conformance.fleet.model import Gathered, Record
from conformance.reporting.writing import write_whole

MARK = "fleet.id"


class Store:
    """The records in the folder of a fleet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._records = folder / "records"

    @classmethod
    def begin(cls, folder: Path) -> Store:
        """Make the folder of a new fleet; UsageError where it holds one already, or cannot be made."""
        make_folder(folder)
        if (folder / MARK).exists():
            raise UsageError(f"{folder} holds another fleet", fix="Name another folder, or go on with it: --resume.")
        write_whole(folder / MARK, secrets.token_hex(16).encode())
        return cls(folder)

    @classmethod
    def go_on(cls, folder: Path) -> Store:
        """Return the store of a fleet that ended early; UsageError where the folder holds none."""
        if not (folder / MARK).is_file():
            raise UsageError(f"{folder} holds no fleet to go on with", fix="Give the folder that `fleet` made.")
        return cls(folder)

    @property
    def token(self) -> str:
        """What tells this folder from any other."""
        return (self.folder / MARK).read_text(encoding="ascii").strip()

    def runs(self, name: str) -> Path:
        """Return the folder of a provider's runs."""
        return self.folder / "runs" / name

    def get(self, name: str) -> Record | None:
        """Return the record of a provider; None where there is none, or none that can be read."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            return Record.from_json(json.loads(self._path(name).read_bytes()))
        return None

    def put(self, record: Record) -> None:
        """Write a record, whole or not at all. Raises UsageError."""
        write_whole(
            self._path(record.name), json.dumps(record.to_json(), ensure_ascii=False).encode("utf-8", "replace")
        )

    def take(self, gathered: Gathered) -> Record:
        """Write what a worker returned that does not see this folder; return its record."""
        record = gathered.record
        if gathered.results:
            write_whole(self.runs(record.name) / f"{record.attempt}.results.json", gathered.results)
        if self.get(record.name) != record:
            self.put(record)
        return record

    def _path(self, name: str) -> Path:
        return self._records / f"{name}.json"

    def attempts(self, name: str) -> Iterator[Path]:
        """Yield the folders of a provider's runs, the first first."""
        yield from sorted(
            (path for path in self.runs(name).glob("*") if path.is_dir() and path.name.isdecimal()),
            key=lambda path: int(path.name),
        )
