"""Write all outputs of a run from its one result. Each file appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.core.results import RunResult
from conformance.reporting import annex, html, junit, markdown, results_json, xlsx
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
    catalogue: Catalogue | None = None,
    seal: str = "",
    workbook: bool = False,
) -> Outputs:
    """Write results.json, junit.xml, summary.md, report.html and its annex into a folder, made when absent; return paths.

    The result is redacted, as the evidence has it. `catalogue` maps requirement ids to (level, text) or RequirementText, for
    the report; `seal` is what the report prints as the seal of the run, "" for none; `workbook` adds requirements.xlsx.
    Raises UsageError when a file cannot be written (folder not writable, disk full); what stood there before, the evidence
    included, is untouched.
    """
    outputs = Outputs(folder / "results.json", folder / "junit.xml", folder / "report.html")
    page = html.render(result, catalogue, seal=seal).encode("utf-8", "backslashreplace")
    for path, content in (
        (outputs.results, list(results_json.pieces(result))),
        (outputs.junit, [junit.dumps(result)]),
        (outputs.report, [page]),
        (folder / "summary.md", [markdown.dumps(result).encode("utf-8", "backslashreplace")]),
    ):
        write_whole(path, *content)
    for name, text in annex.pages(result):
        write_whole(folder / name, text.encode("utf-8", "backslashreplace"))
    if workbook:
        write_whole(folder / xlsx.FILE_NAME, xlsx.dumps(result, catalogue))
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
        fix="Make room or name another folder, then write the outputs again from the evidence: "
        "gpconnect-assure report RUN --out DIR",
    )
