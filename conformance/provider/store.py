"""The database: one SQLite file, WAL, a connection a thread, writes in BEGIN IMMEDIATE transactions."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any
from zlib import crc32

from conformance.core.errors import UsageError
from conformance.provider.fixture import Practice
from conformance.provider.seed_data import lay_out
from conformance.spec.model import Edition

Row = sqlite3.Row
_SCHEMA = (Path(__file__).with_name("schema.sql")).read_text(encoding="utf-8")
_APPLICATION_ID = 0x47504341  # marks a database as ours


class Store:
    """Rows in and out. Every method that reads sees the last committed state; `writing` is one transaction."""

    def __init__(self, practice: Practice, edition: Edition, path: Path | None = None) -> None:
        self._practice = practice
        self._edition = edition
        self._folder = None if path else tempfile.TemporaryDirectory(prefix="gpconnect-provider-")
        self.path = path or Path(self._folder.name if self._folder else "") / f"{edition.name}.sqlite"
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._pristine: sqlite3.Connection | None = None  # a copy of the fixture as laid out for `_pristine_day`
        self._pristine_day: date | None = None

    @property
    def _mark(self) -> int:
        """What marks a database as ours and of this edition."""
        return (_APPLICATION_ID + crc32(self._edition.name.encode())) & 0x7FFFFFFF

    @property
    def database(self) -> sqlite3.Connection:
        """The connection of the calling thread."""
        value = getattr(self._local, "connection", None)
        if value is None:
            value = self._local.connection = self._connect()
        assert isinstance(value, sqlite3.Connection)
        return value

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
            connection.row_factory = Row
            connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;")
        except sqlite3.DatabaseError as error:
            raise UsageError(
                f"the database {self.path} cannot be used: {error}",
                fix="Name a file in an existing folder that you may write to, a new one or one of this command's.",
            ) from error
        with self._guard:
            self._opened.append(connection)
        return connection

    def prepare(self, today: date, now: int) -> None:
        """Make the tables and lay the fixture out for a day; what is there stays. UsageError for a foreign database."""
        database = self.database
        (marked,) = database.execute("PRAGMA application_id").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and marked != self._mark:
            raise UsageError(
                f"the database {self.path} was not made by this command for edition {self._edition.name}",
                fix="Name another file.",
            )
        database.execute(f"PRAGMA application_id = {self._mark}")
        database.executescript(_SCHEMA)
        with self.writing():
            lay_out(database, self._practice, self._edition, today, now)

    def furnish(self, practice: Practice) -> None:
        """Lay out another practice from the next reset on."""
        if practice is not self._practice:
            self._practice, self._pristine_day = practice, None

    def reset(self, today: date, now: int) -> None:
        """Forget everything that happened and have the fixture as it is laid out for a day."""
        if self._pristine and self._pristine_day == today:
            self._pristine.backup(self.database)
            return
        with self.writing():
            for table in ("appointment_slot", "appointment", "slot", "schedule", "patient"):
                self.database.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
            lay_out(self.database, self._practice, self._edition, today, now)
        if self._pristine:
            self._pristine.close()
        self._pristine, self._pristine_day = sqlite3.connect(":memory:", check_same_thread=False), today
        self.database.backup(self._pristine)

    def close(self) -> None:
        """Close all connections and remove the file when it was a temporary one."""
        with self._guard:
            for connection in self._opened:
                with suppress(sqlite3.Error):
                    connection.close()
            self._opened.clear()
        if self._pristine:
            self._pristine.close()
        self._local = threading.local()
        if self._folder:
            self._folder.cleanup()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that excludes other writers from its first moment; undone when the block raises."""
        database = self.database
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")

    # -- reading ---------------------------------------------------------------------------------------------------

    def one(self, query: str, *values: object) -> Row | None:
        """The first row of a query, or None."""
        return self.database.execute(query, values).fetchone()  # type: ignore[no-any-return]

    def rows(self, query: str, *values: object) -> list[Row]:
        """All rows of a query."""
        return self.database.execute(query, values).fetchall()

    def patient(self, identifier: str) -> Row | None:
        """A patient by logical id."""
        return self.one("SELECT * FROM patient WHERE id = ?", identifier)

    def patient_by_nhs_number(self, number: str) -> Row | None:
        """A patient by NHS number."""
        return self.one("SELECT * FROM patient WHERE nhs = ?", number)

    def schedule(self, identifier: str) -> Row | None:
        """A schedule by id."""
        return self.one("SELECT * FROM schedule WHERE id = ?", identifier)

    def schedules(self, identifiers: Collection[str]) -> list[Row]:
        """Schedules by id, in the order of time."""
        return self._among("SELECT * FROM schedule WHERE id IN ({}) ORDER BY start, id", identifiers)

    def slots(self, identifiers: Collection[str]) -> list[Row]:
        """Slots by id, in the order of time; unknown ids are left out."""
        return self._among("SELECT * FROM slot WHERE id IN ({}) ORDER BY start, id", identifiers)

    def appointment(self, identifier: str) -> Row | None:
        """An appointment by id."""
        return self.one("SELECT * FROM appointment WHERE id = ?", identifier)

    def slots_of(self, appointment: str) -> list[Row]:
        """The slots of an appointment, in the order they were booked."""
        return self.slots_of_all([appointment])

    def slots_of_all(self, appointments: Collection[str]) -> list[Row]:
        """The slots of appointments with the `appointment` of each, in the order they were booked."""
        return self._among(
            "SELECT slot.*, appointment FROM slot JOIN appointment_slot ON slot = slot.id"
            " WHERE appointment IN ({}) ORDER BY appointment, place",
            appointments,
        )

    def _among(self, query: str, values: Collection[str]) -> list[Row]:
        """All rows of a query that wants one of these values in its braces."""
        return self.rows(query.format(",".join("?" * len(values))), *values)


def document(row: Row) -> dict[str, Any]:
    """The JSON document of a row."""
    return json.loads(row["doc"])  # type: ignore[no-any-return]
