"""Writes the evidence of a run as it happens, redacted: what a scenario found is on disk, whole, when the next one begins."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from conformance.causes import causes_of
from conformance.core.exchange import Exchange
from conformance.core.footprint import Change
from conformance.core.judged import Judged
from conformance.core.results import Finding, RunInfo, ScenarioResult
from conformance.core.taken import OBSERVED, Event, Taken, scenario_of
from conformance.evidence import rows
from conformance.evidence.connection import connected, set_up, without_wal
from conformance.evidence.dictionaries import pack, read_dictionaries
from conformance.evidence.folders import ELSEWHERE, explained, make_folder
from conformance.evidence.footprint import read_changes
from conformance.evidence.in_use import take_over
from conformance.evidence.reader import read_result
from conformance.evidence.schema import (
    APPLICATION_ID,
    BODIES,
    FILE_NAME,
    HEADS,
    INDEXES,
    SCHEMA_VERSION,
    TABLES,
    VALUES,
)
from conformance.evidence.second_pass import mask_again
from conformance.evidence.statements import insert, put
from conformance.redaction.redactor import Learnt, Redactor


class EvidenceWriter:
    """The one writer of a run's evidence.sqlite, which lies in `folder` (made when absent).

    The file is new, or that of the same run where `resume` says so. A scenario is one transaction: it is in the file whole
    with its exchanges and findings, or not at all. Raises UsageError, naming the file and the reason, when it cannot be
    made or written; what is in it stays.
    """

    def __init__(self, folder: Path, run: RunInfo, redactor: Redactor, *, resume: bool = False) -> None:
        self.path = folder / FILE_NAME
        self._redactor = redactor
        self._pending: list[Exchange] = []
        self._taken: list[tuple[int, Taken]] = []  # with the session that each belongs to
        self._session = 0
        self._learnt: dict[int, Learnt] = {}
        make_folder(folder)
        with explained(self.path, "created", ELSEWHERE):
            self._connection = _taken_over(self.path) if resume else _made(self.path)
        self._dictionaries = read_dictionaries(self._connection)
        newest = self._connection.execute("SELECT coalesce(max(number), 0) FROM exchange").fetchone()
        self._last, self._before = int(newest[0]), 0  # exchanges: written last, and before a person became known
        with self._transaction():
            for name, columns in INDEXES.items():
                self._connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")
            self._put_run(run)

    def exchange(self, exchange: Exchange) -> None:
        """Take an exchange; it is written with the scenario that ends next, or at the end of the run."""
        self._pending.append(exchange)

    def session(self, document: Mapping[str, Any], *, current: bool = True) -> int:
        """Write with what a process of the run starts, and return its number. Give it redacted values.

        Where it is the `current` one, what is taken from now on belongs to it.
        """
        with self._transaction():
            (last,) = self._connection.execute("SELECT max(id) FROM session").fetchone()
            number = int(last or 0) + 1
            packed = self._packed(VALUES, rows.to_json(document).encode())
            self._connection.execute("INSERT INTO session VALUES (?, ?, ?)", (number, *packed))
        if current:
            self._session = number
        return number

    def take(self, taken: Iterable[Taken], session: int = 0) -> None:
        """Take what was taken from outside; it is written with the scenario that ends next, or at the end of the run.

        `session` is the number of the session that it belongs to, 0 for the current one.
        """
        self._taken.extend((session or self._session, one) for one in taken)

    def scenario(self, result: ScenarioResult, judged: Mapping[str, Judged] | None = None) -> ScenarioResult:
        """Write a scenario's outcome and the exchanges taken since the last, and return the outcome as written, redacted.

        An outcome of the same scenario from before is replaced. `judged` is what the rules about all responses have seen that
        is new, by rule.
        """
        kept = self._redacted(result)
        with self._transaction():
            self._write_pending()
            self._write_judged(judged or {})
            self._forget(result.id)
            self._put_scenario(_position_behind(self._connection), kept)
        self._written()
        for one in (judged or {}).values():
            one.written()
        return kept

    def judged(self, judged: Mapping[str, Judged]) -> None:
        """Write what the rules about all responses have seen that is new, by rule."""
        if judged:
            with self._transaction():
                self._write_judged(judged)
        for one in judged.values():
            one.written()

    def flush(self) -> None:
        """Write the exchanges, and what was taken from outside, since the last scenario."""
        for exchange in self._pending:
            self._learn(exchange)
        with self._transaction():
            self._write_pending()
        self._written()

    def leave_out(self) -> None:
        """Forget the exchanges taken since the last scenario: one of them cannot be written down."""
        self._pending.clear()

    def revise(self, result: ScenarioResult) -> ScenarioResult:
        """Write what became of a scenario after all, in its place, and return it as written."""
        kept = self._redacted(result)
        with self._transaction():
            self._write_pending()
            found = self._connection.execute("SELECT position FROM scenario WHERE id = ?", (rows.text(result.id),))
            position = found.fetchone()[0]
            self._forget(result.id)
            self._put_scenario(position, kept)
        self._written()
        return kept

    def notice(self, notice: Finding) -> None:
        """Write a notice about the run itself (clock skew, a proxy in front)."""
        with self._transaction():
            self._put_notice(self._redactor.finding(notice))

    def put_at_once(self, table: str, columns: Sequence[str], row: Sequence[Any]) -> None:
        """Add a row, or replace the one with its key, and commit that. Give it redacted values."""
        with self._transaction():
            put(self._connection, table, columns, [row])

    @property
    def changes(self) -> tuple[Change, ...]:
        """The footprint as the file has it."""
        return read_changes(self._connection)

    def finish(self, run: RunInfo) -> None:
        """Write that the run has ended, its causes and its final description, and close the file: one file, without its WAL."""
        for exchange in self._pending:
            self._learn(exchange)
        with self._transaction():
            self._write_pending()
            self._put_run(run)
            for name in INDEXES:
                self._connection.execute(f"DROP INDEX {name}")
            if self._before:
                mask_again(self._connection, self._redactor, self._before)
            self._put_causes()
        self._written()
        with explained(self.path, "written", _KEPT.format(self.path)):
            with suppress(sqlite3.Error):  # where there is no room for a copy, the file stays larger
                self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            without_wal(self._connection)
        self.close()

    def close(self) -> None:
        """Close the file. Without `finish` before, the run reads as incomplete."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # redaction

    def _redacted(self, result: ScenarioResult) -> ScenarioResult:
        for exchange in self._pending:
            self._learn(exchange)
        numbers = {*result.exchanges, *(finding.exchange for finding in result.findings)}
        return self._redactor.scenario(result, self._learnt_from(numbers))

    def _learnt_from(self, numbers: Iterable[int]) -> list[Learnt]:
        return [self._learnt[number] for number in sorted(numbers) if number in self._learnt]

    def _learn(self, exchange: Exchange) -> None:
        if exchange.number not in self._learnt:
            known = self._redactor.learnt_count
            self._learnt[exchange.number] = self._redactor.learnt(exchange)
            if self._redactor.learnt_count > known:
                self._before = self._last

    # rows

    def _write_pending(self) -> None:
        for exchange in self._pending:
            self._put_exchange(self._redactor.exchange(exchange, self._learnt[exchange.number]))
        for session, one in self._taken:
            packed = self._packed(VALUES, rows.to_json([self._clean(event) for event in one.events]).encode())
            self._connection.execute(_INSERT_TAKEN, (session, self._part(one.part), *packed))

    def _written(self) -> None:
        self._pending.clear()
        self._taken.clear()

    def _part(self, name: str) -> str:
        """The name of a part fit to be written: an id of a scenario is no text, the name of a step may hold a number."""
        return name if scenario_of(name) is not None else self._redactor.text(name)

    def _clean(self, event: Event) -> Event:
        """An event fit to be written: what was observed may tell of people, a moment or a made-up value does not."""
        if event[0] != OBSERVED:
            return event
        cleaned: Event = json.loads(self._redactor.body(rows.to_json(event).encode()))
        return cleaned

    def _put_exchange(self, exchange: Exchange) -> None:
        bodies = [self._body(data) for data in (exchange.request_body, exchange.response_body, exchange.surplus)]
        packed = self._packed(HEADS, rows.exchange_head(exchange))
        self._put("exchange", _EXCHANGE, [(*rows.exchange_row(exchange), *bodies, *packed)])
        self._last = max(self._last, exchange.number)

    def _write_judged(self, judged: Mapping[str, Judged]) -> None:
        for rule, one in judged.items():
            self._connection.execute(_PUT_JUDGED, (rule, one.responses, one.subjects, one.resources))
            for key, alike in ((key, alike) for key, alike in one.found.items() if key in one.changed):
                clean = self._redactor.finding(alike.heaviest, self._learnt_from((alike.heaviest.exchange,)))
                self._connection.execute(_PUT_FOUND, (rule, rows.to_json(key), alike.count, *rows.finding_row(clean)))
            self._put("judged_fact", ("rule", "fact"), [(rule, rows.to_json(fact)) for fact in one.new_facts])

    def _body(self, data: bytes) -> int | None:
        """The id of a body, stored where it is new; None for an empty one."""
        if not data:
            return None
        digest = hashlib.sha256(data).digest()
        found = self._connection.execute("SELECT id FROM body WHERE sha256 = ?", (digest,)).fetchone()
        if found:
            return int(found[0])
        packed = self._packed(BODIES, data)
        return self._connection.execute(_INSERT_BODY, (digest, len(data), *packed)).lastrowid

    def _packed(self, kind: int, data: bytes) -> tuple[int, bytes]:
        return pack(self._connection, kind, self._dictionaries[kind], data)

    def _put(self, table: str, columns: Sequence[str], made: Sequence[rows.Row]) -> None:
        put(self._connection, table, columns, made)

    def _put_scenario(self, position: int, result: ScenarioResult) -> None:
        self._put("scenario", _SCENARIO, [(position, *rows.scenario_row(result))])
        found = [(position, place, *rows.finding_row(finding)) for place, finding in enumerate(result.findings)]
        self._put("finding", _FINDING, found)
        seen = ((position, place, number) for place, number in enumerate(result.exchanges))
        self._connection.executemany("INSERT INTO scenario_exchange VALUES (?, ?, ?)", seen)

    def _forget(self, name: str) -> None:
        found = self._connection.execute("SELECT position FROM scenario WHERE id = ?", (rows.text(name),)).fetchone()
        for table, column in (("finding", "scenario"), ("scenario_exchange", "scenario"), ("scenario", "position")):
            if found:
                self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", found)

    def _put_run(self, run: RunInfo) -> None:
        clean = self._redactor.run(run)
        for table in ("run", "configuration", "definition", "notice"):
            self._connection.execute(f"DELETE FROM {table}")
        self._connection.execute(_INSERT_RUN, rows.run_row(clean))
        configuration = [tuple(map(rows.text, pair)) for pair in clean.configuration.items()]
        self._connection.executemany("INSERT INTO configuration VALUES (?, ?)", configuration)
        self._put("definition", rows.DEFINITION, [rows.definition_row(one) for one in clean.definitions])
        for notice in clean.notices:
            self._put_notice(notice)

    def _put_causes(self) -> None:
        """Write the causes of all findings that the file has; those from before are of an earlier part of the run."""
        for table in ("cause", "cause_finding"):
            self._connection.execute(f"DELETE FROM {table}")
        result = read_result(self._connection)
        causes = causes_of(result)
        self._connection.executemany(insert("cause", (*rows.CAUSE, "lists")), map(rows.cause_row, causes))
        found = ((member.nth, one.id, rows.text(member.scenario)) for one in causes for member in one.members)
        self._connection.executemany(_PUT_CAUSE_FINDING, found)

    def _put_notice(self, notice: Finding) -> None:
        self._connection.execute(_INSERT_NOTICE, rows.finding_row(notice))

    @property
    def size(self) -> int:
        """How many bytes the evidence takes on the disk."""
        files = (self.path, self.path.with_name(f"{FILE_NAME}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def _stay(self) -> None:
        """Write the file again from what is open where somebody removed it, or its folder, during the run."""
        if not self.path.exists():
            make_folder(self.path.parent)
            lost, self._connection = self._connection, connected(self.path)
            lost.backup(self._connection)
            lost.close()
            set_up(self._connection)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self.path, "written", _KEPT.format(self.path)):
            self._stay()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._dictionaries = read_dictionaries(self._connection)


_KEPT = "Make room on the disk; what came before is kept: gpconnect-assure report {}"


_INSERT_RUN = insert("run", (*rows.RUN, "subject", "settings"))
_INSERT_NOTICE = insert("notice", rows.FINDING)
_FINDING = ("scenario", "position", *rows.FINDING)
_SCENARIO = ("position", *rows.SCENARIO, "contradictions", "lists")
_EXCHANGE = (*rows.EXCHANGE, "request_body", "response_body", "surplus", "dictionary", "packed")
_PUT_JUDGED = "INSERT OR REPLACE INTO judged VALUES (?, ?, ?, ?)"
_PUT_FOUND = (
    insert("judged_finding", ("rule", "key", "count", *rows.FINDING))
    + " ON CONFLICT (rule, key) DO UPDATE SET count = excluded.count, "
    + ", ".join(f"{name} = excluded.{name}" for name in rows.FINDING)
)
_INSERT_TAKEN = insert("taken", ("session", "part", "dictionary", "packed"))
_PUT_CAUSE_FINDING = "INSERT INTO cause_finding SELECT position, ?, ? FROM scenario WHERE id = ?"
_INSERT_BODY = insert("body", ("sha256", "bytes", "dictionary", "packed"))


def _position_behind(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(position), 0) + 1 FROM scenario").fetchone()[0])


def _made(path: Path) -> sqlite3.Connection:
    """A new evidence file; FileExistsError where there is one, for two runs never share a file."""
    path.open("xb").close()
    connection = _opened(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    for table in TABLES:
        connection.execute(table)
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    connection = connected(path)
    set_up(connection)
    return connection


def _taken_over(path: Path) -> sqlite3.Connection:
    """The evidence file of a run that ended early; UsageError where it is still going on."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    try:
        take_over(connection, path)
    finally:
        connection.close()
    return _opened(path)
