"""A proof on disk while it goes on: each task that ended is a line, so that an interruption costs the task at work only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from conformance.core.errors import UsageError
from conformance.core.resources import data_path
from conformance.core.results import Verdict
from conformance.engine.collection import collect
from conformance.proving.outcome import Outcome
from conformance.proving.task import Scope, Task

_NAME = "progress.jsonl"
_SOURCES = ("*.py", "*.yaml", "*.json", "*.sql")


class Kept:
    """The tasks of a proof that have ended, in a folder. `found` holds those of an earlier proof of the same scope."""

    def __init__(self, folder: Path, editions: Sequence[str], scope: Scope, *, resume: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / _NAME
        self._head = {"editions": list(editions), "scope": asdict(scope), "source": fingerprint()}
        self.found: dict[Task, list[Outcome]] = self._read() if resume else {}
        if not self.found:
            self._path.write_text(json.dumps(self._head) + "\n", encoding="utf-8")

    def keep(self, task: Task, outcomes: Sequence[Outcome]) -> None:
        """Write down a task that has ended."""
        rows = [[one.id, one.verdict, one.told, round(one.duration_ms, 1), one.touched_by] for one in outcomes]
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"task": asdict(task), "outcomes": rows}) + "\n")

    def remove(self) -> None:
        """Remove the file of a proof that came to its end."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> dict[Task, list[Outcome]]:
        """The tasks kept; a last line that was cut short is left out, and cut off. UsageError for another proof's."""
        if not self._path.is_file():
            raise UsageError(
                f"{self._path.parent} holds no proof to go on with", fix="Leave --resume out to begin one."
            )
        first, *lines = self._path.read_text(encoding="utf-8").split("\n")
        if _parsed(first) != self._head:
            raise UsageError(
                f"the proof in {self._path.parent} is of another scope or of other source code",
                fix="Give the same options as before, or leave --resume out to begin anew.",
            )
        rows = [row for row in map(_parsed, lines) if row is not None]
        self._path.write_text("".join(json.dumps(row) + "\n" for row in (self._head, *rows)), encoding="utf-8")
        return {_task(row["task"]): [_outcome(*fields) for fields in row["outcomes"]] for row in rows}


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _task(held: Mapping[str, Any]) -> Task:
    faults, named, others, variants = (tuple(held[name]) for name in ("faults", "named", "others", "variants"))
    return Task(str(held["edition"]), faults, named, others, variants, bool(held["traced"]))


@cache
def _titles() -> Mapping[str, str]:
    return {entry.case.id: entry.case.title for entry in collect()}


def _outcome(name: str, verdict: str, told: str, milliseconds: float, touched_by: Sequence[str] = ()) -> Outcome:
    return Outcome(name, _titles().get(name, ""), Verdict(verdict), told, milliseconds, tuple(touched_by))


def fingerprint() -> str:
    """Return a digest of the source code and its data: results of other source are not mixed in."""
    digest = hashlib.sha256()
    roots = (Path(__file__).parents[1], data_path("fixtures"), data_path("profiles"))
    for path in sorted(path for root in roots for pattern in _SOURCES for path in root.rglob(pattern)):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
