"""The data files of editions: read, and merged with those of the edition that one is based on.

A lineage is the folders of an edition and of its bases, its own first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from conformance.core.errors import AssureError, InternalError, UsageError
from conformance.core.resources import profiles
from conformance.core.yaml_loader import LOADER

BUNDLED = Path(__file__).resolve().parent / "data"
Lineage = tuple[Path, ...]
Rows = dict[str, dict[str, Any]]


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return data with changes: mappings are changed member by member, null removes one, all else is replaced."""
    result = dict(base)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def read_mapping(lineage: Lineage, name: str) -> dict[str, Any]:
    """Return a file that is a mapping; empty where no edition of the lineage has it."""
    result: dict[str, Any] = {}
    for folder, data in _files(lineage, name):
        if not isinstance(data, Mapping):
            raise unusable(folder, f"{folder / name}: not a mapping")
        result = merged(result, data)
    return result


def read_rows(lineage: Lineage, name: str, key: str) -> Rows:
    """Return the rows of a file that is a list, by the member `key`, without those that an edition withdraws."""
    result: Rows = {}
    for folder, data in _files(lineage, name):
        if not isinstance(data, list) or not all(isinstance(row, Mapping) and key in row for row in data):
            raise unusable(folder, f"{folder / name}: not a list of mappings that each have {key}")
        result = merged(result, {row[key]: row for row in data})
    return {name: row for name, row in result.items() if not row.get("withdrawn")}


def data_hashes(lineage: Lineage) -> Iterator[tuple[str, str]]:
    """Yield each data file of a lineage as `folder/file` and its SHA-256 in hexadecimal."""
    for folder in lineage:
        for path in sorted(folder.glob("*.yaml")):
            yield f"{folder.name}/{path.name}", hashlib.sha256(path.read_bytes()).hexdigest()


def definition_folders(lineage: Lineage) -> tuple[Path, ...]:
    """Return the folders of StructureDefinitions, ValueSets and CodeSystems, those of the base first."""
    of = {folder: profiles(folder.name) if folder.parent == BUNDLED else folder / "profiles" for folder in lineage}
    return tuple(of[folder] for folder in reversed(lineage) if of[folder].is_dir())


def unusable(folder: Path, message: str) -> AssureError:
    """Return the error for data that cannot be used: ours are our fault, those of a further folder the user's."""
    if folder.parent == BUNDLED:
        return InternalError(f"the edition's data cannot be read: {message}")
    return UsageError(
        f"the edition's data cannot be read: {message}", fix="ARCHITECTURE.md says what an edition's folder holds."
    )


def _files(lineage: Lineage, name: str) -> Iterator[tuple[Path, Any]]:
    """What the editions of a lineage say in a file, the base first; an edition that changes nothing there has none."""
    for folder in reversed(lineage):
        if (folder / name).exists() and (data := _read(folder / name)):
            yield folder, data


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise unusable(path.parent, f"{path}: {error}") from error
