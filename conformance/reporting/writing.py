"""Write all outputs of a run from its one result. Each file appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.core.results import RunResult
from conformance.redaction.redactor import Redactor
from conformance.reporting import html, junit, results_json
from conformance.reporting.overview import Catalogue


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the outputs of a run lie."""

    results: Path
    junit: Path
    report: Path


def write_all(
    result: RunResult,
    folder: Path,
    *,
    redactor: Redactor | None,
    catalogue: Catalogue | None = None,
    lines: Sequence[bytes] | None = None,
) -> Outputs:
    """Write results.json, junit.xml and report.html into a folder (made when absent), redacted; return their paths.

    `redactor` None says that the result is redacted already. `catalogue` maps requirement ids to (level, text) or
    RequirementText, for the report. `lines` are the scenarios as the journal has them (JournalWriter.lines), where
    there is one: results.json repeats them instead of working them out again. Raises UsageError when a file cannot
    be written (folder not writable, disk full); what stood there before, the journal included, is untouched.
    """
    clean = redactor.result(result) if redactor else result
    outputs = Outputs(folder / "results.json", folder / "junit.xml", folder / "report.html")
    page = html.render(clean, catalogue).encode("utf-8", "backslashreplace")
    for path, content in (
        (outputs.results, list(results_json.pieces(clean, lines))),
        (outputs.junit, [junit.dumps(clean)]),
        (outputs.report, [page]),
    ):
        write_whole(path, *content)
    return outputs


def write_whole(path: Path, *pieces: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it. Raises UsageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        Path(temporary).chmod(0o644 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{path} cannot be written: {error.strerror or error}",
        fix="Make room or name another folder, then write the outputs again from the journal: "
        "gpconnect-assure report JOURNAL --out DIR",
    )
