"""Earlier runs, for what is chosen or explained by them: the one in a folder, the last one, and their causes."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.causes import Cause, causes_of
from conformance.core.errors import UsageError
from conformance.core.near_names import did_you_mean
from conformance.core.results import RunResult, Verdict
from conformance.evidence.reader import read_evidence
from conformance.evidence.schema import FILE_NAME
from conformance.reporting.results_json import from_json
from conformance.spec import Edition

_FAILED = (Verdict.FAIL, Verdict.ERROR)
_MOST = 6


def read_run(path: Path) -> RunResult:
    """Return a run by its folder, its evidence.sqlite or its results.json (which names no exchanges).

    Raises UsageError where it is none of them.
    """
    if path.suffix != ".json":
        return read_evidence(path)
    try:
        return from_json(json.loads(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        fix = "Give the folder of a run, its evidence.sqlite or its results.json."
        raise UsageError(f"{path} is no results.json of gpconnect-assure ({type(error).__name__})", fix=fix) from error


def earlier_run(folder: Path, edition: Edition | None = None) -> RunResult:
    """Return the run in a folder; UsageError where it holds none, or one of another edition than the one given."""
    result = read_evidence(folder)
    if edition is not None and result.run.edition not in edition.lineage[:1]:
        raise UsageError(
            f"the run in {folder} was of edition {result.run.edition}, not {edition.name}",
            fix="Name a run of the same edition, or the configuration of that one.",
        )
    return result


def last_run(reports: Path, edition: Edition | None = None) -> Path:
    """Return the folder of the run that was written last below a folder of reports, of an edition where one is given.

    Raises UsageError where there is none.
    """
    found = runs_in(reports, f"{edition.name}-*" if edition else "*")
    if not found:
        raise UsageError(f"there is no run in {reports}", fix="Name the folder of a run.")
    return found[-1]


def runs_in(reports: Path, names: str = "*") -> list[Path]:
    """Return the folders of runs below a folder of reports whose names match, the one written last at the end."""
    files = sorted(reports.glob(f"{names}/{FILE_NAME}"), key=lambda file: file.stat().st_mtime)
    return [file.parent for file in files]


def failed_in(folder: Path, edition: Edition) -> frozenset[str]:
    """Return the ids of the scenarios that failed in a run. Raises UsageError where none did."""
    failed = frozenset(one.id for one in earlier_run(folder, edition).scenarios if one.verdict in _FAILED)
    if not failed:
        raise UsageError(f"no scenario failed in the run in {folder}", fix="There is nothing to run again.")
    return failed


def cause_in(folder: Path, name: str, edition: Edition | None = None) -> tuple[Cause, RunResult]:
    """Return a cause of a run by its id. Raises UsageError where the run has none of that id."""
    causes, result = causes_in(folder, edition)
    found = next((cause for known, cause in causes.items() if known.casefold() == name.casefold()), None)
    if found is None:
        raise UsageError(f"the run in {folder} has no cause {name}", fix=_other_causes(name, causes))
    return found, result


def causes_in(folder: Path, edition: Edition | None = None) -> tuple[dict[str, Cause], RunResult]:
    """Return the causes of a run by their ids, and the run. Raises UsageError as `earlier_run` does."""
    result = earlier_run(folder, edition)
    return {cause.id: cause for cause in causes_of(result)}, result


def _other_causes(name: str, causes: dict[str, Cause]) -> str:
    if not causes:
        return "It has no causes: nothing failed or warned. Name another run, or leave --cause out."
    near = did_you_mean(name, causes)
    listed = "; ".join(f"{cause.id} ({cause.message})" for cause in list(causes.values())[:_MOST])
    return near or f"It may have been put right since. The causes of that run: {listed}."
