"""The journal: one JSON line for each thing that happened, on disk as it happens. A run that is killed leaves it.

Lines: {"kind": "run"} first, then {"kind": "scenario"} and {"kind": "notice"} as they come, {"kind": "finish"} last.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.core.errors import UsageError
from conformance.core.results import Finding, RunInfo, RunResult, ScenarioResult
from conformance.redaction.redactor import Redactor
from conformance.reporting.results_json import (
    SCHEMA_VERSION,
    Json,
    Seen,
    compact,
    finding_from_json,
    run_from_json,
    run_to_json,
    scenario_from_json,
    scenario_to_json,
)

FILE_NAME = "journal.jsonl"
_BAD_LINE = (ValueError, KeyError, TypeError, RecursionError)


class JournalWriter:
    """Appends what happens in a run to a file, redacted, each line flushed to the operating system at once.

    Creates the folder. Raises UsageError when the file cannot be created or written (the message says which and why).
    `lines` holds each scenario as it was first written, which is how results.json has it too unless one was `revised`.
    """

    def __init__(self, path: Path, run: RunInfo, redactor: Redactor) -> None:
        self.path = path
        self._redactor = redactor
        self._seen: Seen = {}
        self.lines: list[bytes] = []
        self.revised = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb")
        except OSError as error:
            raise UsageError(
                f"the journal {path} cannot be created: {error.strerror or error}",
                fix="Name a folder that can be written to (report folder in the configuration, or --out).",
            ) from error
        self._write_json({"kind": "run", "schema": SCHEMA_VERSION, "run": run_to_json(redactor.run(run))})

    def scenario(self, result: ScenarioResult) -> ScenarioResult:
        """Write a scenario's outcome and return it as written, redacted."""
        kept = self._redactor.scenario(result)
        self.carry_over(kept)
        return kept

    def revise(self, result: ScenarioResult) -> ScenarioResult:
        """Write what became of a scenario after all and return it as written; the last line of a scenario counts."""
        kept = self._redactor.scenario(result)
        self._write(b'{"kind":"scenario","scenario":' + compact(scenario_to_json(kept, self._seen)) + b"}")
        self.revised = True
        return kept

    def carry_over(self, result: ScenarioResult) -> None:
        """Write a scenario's outcome that is redacted already, of an earlier part of the run."""
        line = compact(scenario_to_json(result, self._seen))
        self._write(b'{"kind":"scenario","scenario":' + line + b"}")
        self.lines.append(line)

    def notice(self, notice: Finding) -> None:
        """Write a notice about the run itself (clock skew, a proxy in front)."""
        self._write_json({"kind": "notice", "notice": asdict(self._redactor.finding(notice))})

    def finish(self, run: RunInfo) -> None:
        """Write that the run has ended, with its final description, and close the file."""
        self._write_json({"kind": "finish", "run": run_to_json(self._redactor.run(run))})
        self.close()

    def close(self) -> None:
        """Close the file. Without `finish` before, the run reads as incomplete."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write_json(self, line: Json) -> None:
        self._write(compact(line))

    def _write(self, line: bytes) -> None:
        try:
            self._file.write(line + b"\n")
            self._file.flush()
        except OSError as error:
            raise UsageError(
                f"the journal {self.path} cannot be written: {error.strerror or error}",
                fix=f"Make room on the disk; what came before is kept: gpconnect-assure report {self.path}",
            ) from error


def read_journal(path: Path) -> RunResult:
    """Return what a journal holds. Without its last line the run counts as incomplete; a line cut short is left out.

    Raises UsageError when the file cannot be read or is no journal, naming the line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    *whole, last = raw.split(b"\n")  # a line that was written whole ends with a line feed
    reading = _Reading()
    for number, line in enumerate(whole, start=1):
        try:
            reading.take(json.loads(line))
        except _BAD_LINE as error:
            raise UsageError(
                f"{path}, line {number}: no line of a journal ({type(error).__name__}: {error})",
                fix="Give the journal.jsonl or results.json of a run of this version.",
            ) from error
    if reading.run is None:
        raise UsageError(f"{path} holds no run{' (its first line is cut short)' if last else ''}")
    return reading.result()


class _Reading:
    def __init__(self) -> None:
        self.run: RunInfo | None = None
        self._ended = False
        self._notices: list[Finding] = []
        self._scenarios: dict[str, ScenarioResult] = {}  # by id: the last line of a scenario counts
        self._seen: Seen = {}

    def take(self, line: Json) -> None:
        kind = line["kind"]
        if kind in {"run", "finish"}:
            self._take_run(line)
        elif kind == "scenario":
            scenario = scenario_from_json(line["scenario"], self._seen)
            self._scenarios[scenario.id] = scenario
        elif kind == "notice":
            self._notices.append(finding_from_json(line["notice"]))
        else:
            raise ValueError(f"unknown kind {kind!r}")

    def result(self) -> RunResult:
        assert self.run is not None
        notices = self.run.notices + tuple(notice for notice in self._notices if notice not in self.run.notices)
        complete = self.run.complete and self._ended
        return RunResult(replace(self.run, notices=notices, complete=complete), tuple(self._scenarios.values()))

    def _take_run(self, line: Json) -> None:
        if line["kind"] == "run" and line["schema"] != SCHEMA_VERSION:
            raise ValueError(f"schema {line['schema']!r}; this version reads {SCHEMA_VERSION}")
        self.run = run_from_json(line["run"])
        self._ended = line["kind"] == "finish"
