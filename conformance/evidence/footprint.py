"""The footprint of a run in its evidence file: each change is committed before its request leaves, and settled after."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from conformance.core.errors import UsageError
from conformance.core.footprint import Change, Footprint, Kind, State
from conformance.evidence.in_use import take_over
from conformance.evidence.rows import named, text, to_json
from conformance.evidence.statements import listed, put
from conformance.redaction.redactor import Redactor

_COLUMNS = (
    *("key", "kind", "state", "label", "resource", "patient", "slots", "starts", "ends", "person", "marks", "remark"),
)
_READ = f"SELECT {listed('footprint', _COLUMNS)} FROM footprint ORDER BY key"


_WRITABLE = "What clean-up does is noted there: make room, or make the file writable, and run it again."


class Writer(Protocol):
    """What writes into an evidence file (writer.EvidenceWriter)."""

    def put_at_once(self, table: str, columns: Sequence[str], row: Sequence[Any]) -> None:
        """Add a row, or replace the one with its key, and commit that."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The footprint as the file has it."""


def keep_footprint(footprint: Footprint, writer: Writer, redactor: Redactor) -> None:
    """Have a footprint written to an evidence file from now on, behind what the file holds of it already."""
    footprint.keep_in(lambda change: _write(writer, _redacted(change, redactor)), writer.changes)


class FootprintFile:
    """The footprint of a run that has ended, in its evidence file, to be brought up to date. Close it when done.

    The caller has read the file already (reader.read_evidence). Raises UsageError when it cannot be written, and where the run
    is still going on. Until it is closed nobody else writes to the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
        try:
            take_over(self._connection, path)
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("BEGIN EXCLUSIVE")
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._connection.close()
            raise UsageError(f"the evidence file {path} cannot be written: {error}", fix=_WRITABLE) from error
        except UsageError:
            self._connection.close()
            raise

    def put_at_once(self, table: str, columns: Sequence[str], row: Sequence[Any]) -> None:
        """Add a row, or replace the one with its key, and commit that."""
        try:
            put(self._connection, table, columns, [row])
        except sqlite3.Error as error:
            raise UsageError(f"the evidence file {self._path} cannot be written: {error}", fix=_WRITABLE) from error

    @property
    def changes(self) -> tuple[Change, ...]:
        """The footprint as the file has it."""
        return read_changes(self._connection)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def read_changes(connection: sqlite3.Connection) -> tuple[Change, ...]:
    """Return the footprint of an evidence file, in the order of the requests."""
    return tuple(_change(row) for row in connection.execute(_READ))


def _write(writer: Writer, change: Change) -> None:
    lists = (to_json(list(change.slots)), to_json(dict(change.marks)))
    words = (change.label, change.resource, change.patient, lists[0], change.start, change.end, change.person, lists[1])
    row = (change.key, change.kind.value, change.state.value, *map(text, words), text(change.remark))
    writer.put_at_once("footprint", _COLUMNS, row)


def _redacted(change: Change, redactor: Redactor) -> Change:
    """Logical ids stay, so that what they name can be undone: unless the redactor knows one as a patient's number."""
    return replace(
        change,
        label=redactor.text(change.label),
        resource=redactor.reference(change.resource),
        patient=redactor.text(change.patient),
        remark=redactor.text(change.remark),
    )


def _change(row: Sequence[Any]) -> Change:
    values = named(_COLUMNS, row)
    return Change(
        **{name: values[name] for name in ("key", "label", "resource", "patient", "person", "remark")},
        kind=Kind(values["kind"]),
        state=State(values["state"]),
        slots=tuple(json.loads(values["slots"])),
        marks=json.loads(values["marks"]),
        start=values["starts"],
        end=values["ends"],
    )
