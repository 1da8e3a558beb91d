"""Read a run again: from its journal, its results.json, or the folder that holds them."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.core.results import RunResult
from conformance.reporting.journal import FILE_NAME, read_journal
from conformance.reporting.results_json import from_json

_MEND = "Give the journal.jsonl or results.json of a run, or the folder that holds them."


def load(path: Path) -> RunResult:
    """Return the run stored at a path; in a folder the journal comes first. Raises UsageError saying what is wrong."""
    path = _file_in(path) if path.is_dir() else path
    if path.suffix == ".jsonl":
        return read_journal(path)
    try:
        document = json.loads(path.read_bytes())
        return from_json(document)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", fix=_MEND) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path} is no results.json ({type(error).__name__}: {error})", fix=_MEND) from error


def _file_in(folder: Path) -> Path:
    for name in (FILE_NAME, "results.json"):
        if (folder / name).is_file():
            return folder / name
    raise UsageError(f"{folder} holds neither {FILE_NAME} nor results.json", fix=_MEND)
