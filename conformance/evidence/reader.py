"""Reads the evidence of a run: everything at once but the exchanges, which come one by one when they are looked at."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conformance.core.errors import UsageError
from conformance.core.exchange import Exchange
from conformance.core.footprint import Change
from conformance.core.judged import Alike, Judged
from conformance.core.results import Blame, Definition, Finding, RunInfo, RunResult, ScenarioResult, Severity
from conformance.core.taken import Event
from conformance.evidence import rows
from conformance.evidence.dictionaries import read_dictionaries
from conformance.evidence.footprint import read_changes
from conformance.evidence.recovery import recovered
from conformance.evidence.schema import (
    APPLICATION_ID,
    BODIES,
    FILE_NAME,
    HEADS,
    SCHEMA_VERSION,
    SHARD,
    VALUES,
    WORKER,
)
from conformance.evidence.statements import listed

_GIVE = "Give the evidence.sqlite of a run, or the folder that holds it."
RUN_AGAIN = "The run has to be run again with this version to be judged again later; report RUN works as before."
_LOST = b"[this body cannot be read: the evidence file is damaged]"
_LOST_HEAD = b'{"url":"","request":[],"version":"","reason":"","response":[],"failure":""}'
DAMAGED = "evidence-damaged"
"""The code of the notice of a run whose evidence file is damaged."""
_OLD = "It was written by an earlier version, which can report on it; this version needs the run to be run again."


def read_evidence(path: Path) -> RunResult:
    """Return the run of an evidence file, or of the folder that holds it; its exchanges are read when they are looked at.

    The file is opened read-only. Of a damaged one all that can still be read is returned, as a run that is not complete, with
    a notice (DAMAGED) that says how much that is. Raises UsageError saying in one sentence what is wrong with it.
    """
    file = _existing(path / FILE_NAME if path.is_dir() else path, path)
    try:
        connection = open_read_only(file)
        _look_for_damage(connection)
        return read_result(connection)
    except (sqlite3.Error, LookupError, ValueError, TypeError) as error:
        return _what_is_left(file, error)
    except UsageError as error:
        if not isinstance(error.__cause__, sqlite3.Error) or not _is_database(file):
            raise
        return _what_is_left(file, error.__cause__)


def _look_for_damage(connection: sqlite3.Connection) -> None:
    ((found,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def read_result(connection: sqlite3.Connection) -> RunResult:
    """Return the run that an open evidence file holds so far."""
    return RunResult(
        _run(connection), tuple(_scenarios(connection)), RecordedExchanges(connection), read_changes(connection)
    )


def _what_is_left(file: Path, error: Exception) -> RunResult:
    try:
        connection, left = recovered(file)
        result = read_result(connection)
    except (sqlite3.Error, LookupError, ValueError, TypeError) as worse:
        raise UsageError(f"{file} is damaged, and nothing of it can be read ({worse})", fix=_GIVE) from error
    said = f"the evidence file is damaged; what could be read of it: {left}"
    notice = Finding(said, Severity.WARN, blame=Blame.ENVIRONMENT, code=DAMAGED, evidence=str(error))
    return replace(result, run=replace(result.run, complete=False, notices=(*result.run.notices, notice)))


def _is_database(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"


def close_evidence(result: RunResult) -> None:
    """Let go of the file that a run was read from: its exchanges cannot be looked at any more."""
    if isinstance(result.exchanges, RecordedExchanges):
        result.exchanges.close()


def read_judged(path: Path) -> dict[str, Judged]:
    """Return what the rules about all responses had seen, by rule (the id of the scenario that is about it)."""
    with closing(open_read_only(path / FILE_NAME if path.is_dir() else path)) as connection:
        judged = {rule: Judged(*counts) for rule, *counts in connection.execute("SELECT * FROM judged")}
        for rule, key, count, *row in connection.execute(_JUDGED):
            code, place = json.loads(key)
            judged[rule].found[(code, place)] = Alike(rows.finding_from_row(row), count)
        for rule, fact in connection.execute(_FACTS):
            judged[rule].facts[tuple(json.loads(fact))] = None
    return judged


def scenarios_so_far(folder: Path) -> int:
    """Return how many scenarios the evidence file in a folder holds, 0 where there is none (yet)."""
    try:
        connection = open_read_only(folder / FILE_NAME)
    except UsageError:
        return 0
    try:
        return int(connection.execute("SELECT count(*) FROM scenario").fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        connection.close()


def read_left(path: Path) -> tuple[RunInfo, tuple[Change, ...]]:
    """Return what a run says of itself and its footprint, without the rest. UsageError where that cannot be read."""
    connection = open_read_only(path)
    try:
        return _run(connection), read_changes(connection)
    except (sqlite3.Error, LookupError, TypeError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as an evidence file ({error})", fix=_GIVE) from error
    finally:
        connection.close()


def read_taken(path: Path) -> list[RecordedSession]:
    """Return what each process of a run started with and took from outside, in the order in which they began.

    Raises UsageError where the file was written by a version that did not record it, or where it is damaged.
    """
    file = path / FILE_NAME if path.is_dir() else path
    with closing(open_read_only(file)) as connection:
        try:
            return _sessions(connection)
        except (sqlite3.Error, zlib.error, LookupError, ValueError) as error:
            raise UsageError(f"{file} does not hold what the run took from outside ({error})", fix=RUN_AGAIN) from error


def _sessions(connection: sqlite3.Connection) -> list[RecordedSession]:
    dictionary = read_dictionaries(connection)[VALUES]
    found = {
        number: RecordedSession(json.loads(dictionary.unpack(version, packed)), {})
        for number, version, packed in connection.execute("SELECT * FROM session ORDER BY id")
    }
    for number, part, version, packed in connection.execute(_TAKEN):
        found[number].parts.setdefault(part, []).extend(json.loads(dictionary.unpack(version, packed)))
    if not found:
        raise LookupError("no session is recorded")
    return list(found.values())


@dataclass(frozen=True)
class RecordedSession:
    """What a process of a run started with (`document`), and the events of each part by its name (core/taken.py)."""

    document: Mapping[str, Any]
    parts: dict[str, list[Event]]

    @property
    def worker(self) -> int | None:
        """The number of the worker that it was, None for the process of the run."""
        share = self.document.get(WORKER)
        return int(share["number"]) if share else None

    @property
    def shard(self) -> Mapping[str, Any] | None:
        """What a shard says of itself, None where the run was none."""
        return self.document.get(SHARD)


class RecordedExchanges(Mapping[int, Exchange]):
    """The exchanges of an evidence file by number, each read when it is looked at and not kept."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._dictionaries = read_dictionaries(connection)

    def __getitem__(self, number: int) -> Exchange:
        row = self._connection.execute(_EXCHANGE, (number,)).fetchone()
        if row is None:
            raise KeyError(number)
        *plain, request, response, surplus, version, packed = row
        try:
            head = self._dictionaries[HEADS].unpack(version, packed)
        except zlib.error:
            head = _LOST_HEAD
        return rows.exchange_from_row(plain, head, *(self._body(one) for one in (request, response, surplus)))

    def __iter__(self) -> Iterator[int]:
        return (number for (number,) in self._connection.execute("SELECT number FROM exchange ORDER BY number"))

    def __len__(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM exchange").fetchone()[0])

    def __contains__(self, number: object) -> bool:
        return self._connection.execute("SELECT 1 FROM exchange WHERE number = ?", (number,)).fetchone() is not None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _body(self, identifier: int | None) -> bytes:
        if identifier is None:
            return b""
        row = self._connection.execute(_BODY, (identifier,)).fetchone()
        try:
            return self._dictionaries[BODIES].unpack(*row) if row else _LOST
        except zlib.error:
            return _LOST


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open an evidence file for reading; UsageError where it is none, or one that this version cannot read."""
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False)
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise UsageError(f"{path} cannot be read as an evidence file ({error})", fix=_GIVE) from error
    if application != APPLICATION_ID:
        raise UsageError(f"{path} is no evidence file of gpconnect-assure", fix=_GIVE)
    if version > SCHEMA_VERSION:
        raise UsageError(
            f"{path} was written by a newer version (evidence schema {version}; this version reads {SCHEMA_VERSION})",
            fix="Update gpconnect-assure: pip install --upgrade gpconnect-assure.",
        )
    if version < SCHEMA_VERSION:
        raise UsageError(
            f"{path} was written by an older version (evidence schema {version}; this version reads {SCHEMA_VERSION})",
            fix=_OLD,
        )
    return connection


def _existing(file: Path, given: Path) -> Path:
    if file.suffix in (".jsonl", ".json"):
        fix = _GIVE if file.is_file() else ""
        what = "is no evidence of a run" if file.is_file() else "cannot be read: there is no such file"
        raise UsageError(f"{file} {what}", fix=fix)
    if file.is_file():
        return file
    if (given / "journal.jsonl").is_file():
        raise UsageError(f"{given} holds a journal.jsonl and no {FILE_NAME}", fix=_OLD)
    raise UsageError(
        f"{given} holds no {FILE_NAME}" if given.is_dir() else f"{given} cannot be read: there is no such file",
        fix=_GIVE,
    )


def _run(connection: sqlite3.Connection) -> RunInfo:
    notices = map(rows.finding_from_row, connection.execute(f"SELECT {_FINDING} FROM notice ORDER BY position"))
    settings = connection.execute("SELECT key, value FROM configuration ORDER BY rowid")
    configuration = [tuple(rows.named(("key", "value"), row).values()) for row in settings]
    definitions = [rows.named(rows.DEFINITION, row) for row in connection.execute(_DEFINITION)]
    row = connection.execute(f"SELECT {', '.join(rows.RUN)}, subject, settings FROM run").fetchone()
    if row is None:
        raise LookupError("it holds no run")
    run = rows.run_from_row(
        row,
        notices=tuple(notices),
        configuration=dict(configuration),
        definitions=tuple(Definition(**one) for one in definitions),
    )
    return replace(run, complete=run.complete and bool(run.finished))


def _scenarios(connection: sqlite3.Connection) -> Iterator[ScenarioResult]:
    findings: dict[int, list[Finding]] = defaultdict(list)
    for scenario, *row in connection.execute(_FOUND):
        findings[scenario].append(rows.finding_from_row(row))
    exchanges: dict[int, list[int]] = defaultdict(list)
    for scenario, number in connection.execute(_SEEN):
        exchanges[scenario].append(number)
    for position, *row in connection.execute(_SCENARIO):
        yield rows.scenario_from_row(row, findings[position], exchanges[position])


_FINDING = ", ".join(rows.FINDING)
_DEFINITION = f"SELECT {', '.join(rows.DEFINITION)} FROM definition ORDER BY rowid"
_SEEN = "SELECT scenario, exchange FROM scenario_exchange ORDER BY scenario, position"
_FOUND = f"SELECT scenario, {listed('finding', rows.FINDING)} FROM finding ORDER BY scenario, position"
_SCENARIO = (
    f"SELECT position, {listed('scenario', (*rows.SCENARIO, 'contradictions'))}, lists FROM scenario ORDER BY position"
)
_EXCHANGE = (
    f"SELECT {listed('exchange', rows.EXCHANGE)}, request_body, response_body, surplus, dictionary, packed"
    " FROM exchange WHERE number = ?"
)
_JUDGED = f"SELECT rule, key, count, {_FINDING} FROM judged_finding ORDER BY rowid"
_TAKEN = "SELECT session, part, dictionary, packed FROM taken ORDER BY position"
_FACTS = f"SELECT {listed('judged_fact', ('rule', 'fact'))} FROM judged_fact ORDER BY rowid"
_BODY = "SELECT dictionary, packed FROM body WHERE id = ?"
