"""The evidence file: its name, its tables and the version of both.

Texts and bodies are stored as they may be shown, redacted. A body is stored once however often it is sent, under the SHA-256
of the bytes that are stored. Times are ISO 8601 with offset, durations milliseconds. Columns called `lists` hold JSON. A text
that UTF-8 cannot hold (lone surrogates) is stored as a BLOB. Texts that many rows share are stored once, in `text`: the
columns that SHARED names hold its id. `packed` columns are zlib streams, made with the version of a
preset dictionary that the column `dictionary` names: the pieces of its kind up to that version, the last 32 kB of them (0:
none). `judged` and its parts are what the rules about all responses have seen so far, a rule being the id of the scenario
that is about it.

`session` holds what each process of a run started with: its configuration, with pseudonyms and without secrets, and the ids
of its scenarios. `taken` is what a process took from outside itself (core/taken.py), part by part: several rows of one part
follow each other. A run that was resumed, that had workers, or that was merged of shards has several sessions: those of workers
behind that of the process that started them, and two of each worker that reads: what it reads is in the second.
"""

from __future__ import annotations

FILE_NAME = "evidence.sqlite"
SCHEMA_VERSION = 2
"""Stored as SQLite's user_version."""
APPLICATION_ID = 0x47504341  # "GPCA", by which `file` and we know an evidence file from another SQLite file

BODIES, HEADS, VALUES = 1, 2, 3
"""The kinds of preset dictionary."""

WORKER, SHARD = "worker", "shard"
"""What the document of a session has of a worker (its number and the days that it books on), and of a shard."""

SHARED = {
    "scenario": frozenset({"why", "fix", "interaction", "contradictions"}),
    "finding": frozenset({"message", "evidence"}),
    "exchange": frozenset({"interaction", "label"}),
    "footprint": frozenset({"label", "marks", "remark"}),
    "judged_fact": frozenset({"rule"}),
}
"""The columns of each table that hold the id of a text."""

INDEXES = {"body_by_hash": "body (sha256)", "text_by_value": "text (value)"}
"""They find bodies and texts while the run goes on; a file that is whole does without."""

TABLES = (
    "CREATE TABLE text (id INTEGER PRIMARY KEY, value NOT NULL)",
    """CREATE TABLE run (
        id TEXT PRIMARY KEY, edition TEXT NOT NULL, edition_title TEXT NOT NULL, provider TEXT NOT NULL,
        started TEXT NOT NULL, tool_version TEXT NOT NULL, finished TEXT NOT NULL, complete INTEGER NOT NULL,
        subject TEXT NOT NULL, settings TEXT NOT NULL)""",
    "CREATE TABLE configuration (key TEXT NOT NULL, value TEXT NOT NULL)",
    """CREATE TABLE definition (
        type TEXT NOT NULL, url TEXT NOT NULL, version TEXT NOT NULL, origin TEXT NOT NULL, sha256 TEXT NOT NULL)""",
    """CREATE TABLE notice (
        position INTEGER PRIMARY KEY, message TEXT NOT NULL, severity TEXT NOT NULL, location TEXT NOT NULL,
        found TEXT NOT NULL, expected TEXT NOT NULL, requirement TEXT NOT NULL, blame TEXT NOT NULL, code TEXT NOT NULL,
        exchange INTEGER NOT NULL, evidence TEXT NOT NULL)""",
    """CREATE TABLE scenario (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, edition TEXT NOT NULL,
        interaction INTEGER NOT NULL, level TEXT NOT NULL, basis TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
        duration_ms REAL NOT NULL, why INTEGER NOT NULL, fix INTEGER NOT NULL, traceback TEXT NOT NULL,
        contradictions INTEGER NOT NULL, lists TEXT NOT NULL)""",
    """CREATE TABLE finding (
        scenario INTEGER NOT NULL, position INTEGER NOT NULL, message INTEGER NOT NULL, severity TEXT NOT NULL,
        location TEXT NOT NULL, found TEXT NOT NULL, expected TEXT NOT NULL, requirement TEXT NOT NULL, blame TEXT NOT NULL,
        code TEXT NOT NULL, exchange INTEGER NOT NULL, evidence INTEGER NOT NULL,
        PRIMARY KEY (scenario, position)) WITHOUT ROWID""",
    """CREATE TABLE scenario_exchange (
        scenario INTEGER NOT NULL, position INTEGER NOT NULL, exchange INTEGER NOT NULL,
        PRIMARY KEY (scenario, position)) WITHOUT ROWID""",
    """CREATE TABLE exchange (
        number INTEGER PRIMARY KEY, interaction INTEGER NOT NULL, label INTEGER NOT NULL, method TEXT NOT NULL,
        started TEXT NOT NULL, elapsed_ms REAL NOT NULL, status INTEGER, failure TEXT NOT NULL, deviant INTEGER NOT NULL,
        below_fhir INTEGER NOT NULL, request_body INTEGER, response_body INTEGER, surplus INTEGER,
        dictionary INTEGER NOT NULL, packed BLOB NOT NULL)""",
    """CREATE TABLE body (
        id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, bytes INTEGER NOT NULL, dictionary INTEGER NOT NULL,
        packed BLOB NOT NULL)""",
    """CREATE TABLE judged (
        rule TEXT PRIMARY KEY, responses INTEGER NOT NULL, subjects INTEGER NOT NULL, resources INTEGER NOT NULL)""",
    """CREATE TABLE judged_finding (
        rule TEXT NOT NULL, key TEXT NOT NULL, count INTEGER NOT NULL, message TEXT NOT NULL, severity TEXT NOT NULL,
        location TEXT NOT NULL, found TEXT NOT NULL, expected TEXT NOT NULL, requirement TEXT NOT NULL, blame TEXT NOT NULL,
        code TEXT NOT NULL, exchange INTEGER NOT NULL, evidence TEXT NOT NULL, UNIQUE (rule, key))""",
    """CREATE TABLE cause (
        id TEXT PRIMARY KEY, code TEXT NOT NULL, place TEXT NOT NULL, requirement TEXT NOT NULL, severity TEXT NOT NULL,
        message TEXT NOT NULL, found TEXT NOT NULL, expected TEXT NOT NULL, exchange INTEGER NOT NULL, lists TEXT NOT NULL)""",
    """CREATE TABLE cause_finding (
        scenario INTEGER NOT NULL, finding INTEGER NOT NULL, cause TEXT NOT NULL,
        PRIMARY KEY (scenario, finding)) WITHOUT ROWID""",
    "CREATE TABLE judged_fact (rule INTEGER NOT NULL, fact TEXT NOT NULL)",
    """CREATE TABLE dictionary (
        kind INTEGER NOT NULL, version INTEGER NOT NULL, piece BLOB NOT NULL, PRIMARY KEY (kind, version))""",
    """CREATE TABLE footprint (
        key INTEGER PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, label INTEGER NOT NULL, resource TEXT NOT NULL,
        patient TEXT NOT NULL, slots TEXT NOT NULL, starts TEXT NOT NULL, ends TEXT NOT NULL, person TEXT NOT NULL,
        marks INTEGER NOT NULL, remark INTEGER NOT NULL)""",
    """CREATE TABLE session (
        id INTEGER PRIMARY KEY, dictionary INTEGER NOT NULL, packed BLOB NOT NULL)""",
    """CREATE TABLE taken (
        position INTEGER PRIMARY KEY, session INTEGER NOT NULL, part TEXT NOT NULL, dictionary INTEGER NOT NULL,
        packed BLOB NOT NULL)""",
)
