"""What earlier runs left at a provider: found in their evidence files."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.core.footprint import Receipt, receipt
from conformance.evidence.reader import read_evidence
from conformance.evidence.schema import FILE_NAME
from conformance.evidence.seal import read_seal

_MOST_FOLDERS = 30


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A run's folder, and the receipt that names what it left."""

    folder: Path
    receipt: Receipt


def last_left(runs: Path, provider: str, edition: str) -> LeftBehind | None:
    """Return what the last run against a provider left, None where it left nothing or there was none.

    `runs` is the folder that holds the folders of runs, of which the latest ones are looked at. Files that cannot be read are
    passed over: they are not this run's business.
    """
    files = sorted(runs.glob(f"*/{FILE_NAME}"), key=_written, reverse=True)[:_MOST_FOLDERS]
    found: tuple[str, float, Path, Receipt] | None = None
    for file in files:
        try:
            result = read_evidence(file)
        except UsageError:
            continue
        if (result.run.provider, result.run.edition) != (provider, edition):
            continue
        row = (result.run.started, _written(file), file.parent, receipt(result.changes))
        found = max(found, row, key=lambda one: one[:2]) if found else row
    return LeftBehind(found[2], found[3]) if found and found[3].left else None


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def file_to_update(folder: Path) -> Path:
    """Return the evidence file in which a run's clean-up is noted: its own, or where the run is sealed a copy beside it.

    Raises UsageError when the copy cannot be made.
    """
    if not folder.is_dir() or read_seal(folder) is None:
        return folder / FILE_NAME if folder.is_dir() else folder
    beside = folder.with_name(f"{folder.resolve().name}-cleanup")
    copy = beside / FILE_NAME
    if not copy.exists():
        try:
            beside.mkdir(exist_ok=True)
            shutil.copyfile(folder / FILE_NAME, copy)
        except OSError as error:
            raise UsageError(f"{copy} cannot be written: {error.strerror or error}", fix="Make room.") from error
    return copy
