"""What earlier runs left at a provider: found in their evidence files."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.core.errors import UsageError
from conformance.core.footprint import Receipt, receipt
from conformance.evidence.reader import read_left
from conformance.evidence.schema import FILE_NAME
from conformance.evidence.seal import folder_beside, read_seal, seal

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
            run, changes = read_left(file)
        except UsageError:
            continue
        if (run.provider, run.edition) != (provider, edition):
            continue
        row = (run.started, _written(file), file.parent, receipt(changes))
        found = max(found, row, key=lambda one: one[:2]) if found else row
    return LeftBehind(found[2], found[3]) if found and found[3].left else None


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


@contextmanager
def file_to_update(run: Path) -> Iterator[Path]:
    """Give the evidence file in which a run's clean-up is noted: its own, or where the run is sealed a copy in a new folder.

    The copy is of the last clean-up of that run where there was one; its folder is sealed when the block is left, and its
    manifest names the seal of what it was made from. Raises UsageError when the copy cannot be made.
    """
    parent = read_seal(run) if run.is_dir() else None
    if parent is None:
        yield run / FILE_NAME if run.is_dir() else run
        return
    last = _last_cleanup(run)
    folder = folder_beside(run, "cleanup")
    try:
        folder.mkdir()
        shutil.copyfile(last / FILE_NAME, folder / FILE_NAME)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}", fix="Make room.") from error
    try:
        yield folder / FILE_NAME
    finally:
        seal(folder, parent.run, parent=read_seal(last) or parent)


def _last_cleanup(run: Path) -> Path:
    """The folder of the last clean-up of a sealed run, or its own."""
    last = run
    for number in itertools.count(1):
        folder = run.with_name(f"{run.resolve().name}-cleanup-{number}")
        if not (folder / FILE_NAME).is_file():
            return last
        last = folder
    return last
