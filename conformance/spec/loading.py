"""Find editions by name, and make each from its data and its chosen options."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from conformance.core.errors import UsageError
from conformance.spec.files import BUNDLED, Lineage, Rows, merged, read_mapping, read_rows, unusable
from conformance.spec.model import Capabilities, Edition, ErrorCode, Interaction

VARIABLE = "GPCONNECT_EDITIONS"
"""The environment variable that names folders of further editions, separated as those of PATH are."""

DEFAULT = "stu3"
"""The edition that is meant where none is named: the one in live use."""


def editions() -> tuple[str, ...]:
    """Return the names of the editions there are data for: the bundled ones, then those of GPCONNECT_EDITIONS."""
    further = (name for folder in _further_folders() for name in _names(folder))
    return tuple(dict.fromkeys((*bundled(), *further)))


@cache
def bundled() -> tuple[str, ...]:
    """Return the names of the bundled editions."""
    return _names(BUNDLED)


def interactions() -> Mapping[str, Interaction]:
    """Return the interactions of all bundled editions by short name; one that several have, as the last edition has it."""
    return {row.short: row for name in bundled() for row in load(name).interactions.values()}


def load(name: str, options: Mapping[str, str] | None = None) -> Edition:
    """Return an edition by name, with the options of its revision as chosen (defaults for the rest).

    The same choice gives the same object, so that its catalogue is read once. Raises UsageError for an unknown edition,
    option or value, and for data of a further edition that cannot be used.
    """
    lineage = _lineage(name)
    return _load(lineage, tuple(sorted(_options(name, _data(lineage), options or {}).items())))


def use_editions(folders: Iterable[str]) -> None:
    """Know the editions in these folders, too, in this process and those that it starts."""
    paths = (*map(os.path.abspath, folders), *filter(None, [os.environ.get(VARIABLE)]))
    os.environ[VARIABLE] = os.pathsep.join(paths)


def _further_folders() -> tuple[Path, ...]:
    return tuple(Path(name).resolve() for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name)


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in folder.glob("*/edition.yaml")))


def _lineage(name: str) -> Lineage:
    """The folders of an edition and of those it is based on, its own first."""
    return _lineage_among(name, os.environ.get(VARIABLE, ""))


# A run asks for an edition a hundred thousand times; where its files lie changes with the variable alone.
@cache
def _lineage_among(name: str, further: str) -> Lineage:  # noqa: ARG001
    found: list[Path] = []
    wanted = name
    while wanted:
        folder = _folder(wanted)
        if folder in found:
            raise UsageError(f"edition {name} is based on itself", fix=f"Correct based_on in {found[-1]}.")
        found.append(folder)
        wanted = _based_on(folder)
    return tuple(found)


def _folder(name: str) -> Path:
    if name in bundled():
        return BUNDLED / name
    for folder in _further_folders():
        if (folder / name / "edition.yaml").is_file():
            return folder / name
    raise UsageError(f"there is no edition {name!r}", fix=f"Editions: {', '.join(editions())}.")


@cache
def _based_on(folder: Path) -> str:
    return str(read_mapping((folder,), "edition.yaml").get("based_on", ""))


@cache
def _data(lineage: Lineage) -> dict[str, Any]:
    return read_mapping(lineage, "edition.yaml")


def _options(name: str, data: Mapping[str, Any], chosen: Mapping[str, str]) -> dict[str, str]:
    known: Mapping[str, Any] = data.get("options") or {}
    for key, value in chosen.items():
        if key not in known:
            listed = ", ".join(known) or "none"
            raise UsageError(f"edition {name} has no option {key!r}", fix=f"Its options: {listed}.")
        if value not in known[key]["values"]:
            raise UsageError(f"option {key} cannot be {value!r}", fix=f"Values: {', '.join(known[key]['values'])}.")
    return {key: chosen.get(key, option["default"]) for key, option in known.items()}


@cache
def _load(lineage: Lineage, options: tuple[tuple[str, str], ...]) -> Edition:
    data = _data(lineage)
    interactions = read_mapping(lineage, "interactions.yaml")
    for key, value in options:
        changes = data["options"][key]["values"][value]
        interactions = merged(interactions, changes.get("interactions", {}))
        data = merged(data, {name: change for name, change in changes.items() if name != "interactions"})
    try:
        return _edition(lineage, data, interactions, dict(options))
    except (KeyError, TypeError) as error:
        raise unusable(lineage[0], f"{lineage[0]}: {type(error).__name__}: {error}") from error


def _edition(lineage: Lineage, data: dict[str, Any], interactions: Rows, options: Mapping[str, str]) -> Edition:
    errors = read_rows(lineage, "errors.yaml", "code")
    renamed = {row["replaces"]: code for code, row in errors.items() if "replaces" in row}
    return Edition(
        name=lineage[0].name,
        title=data["title"],
        release=str(data["release"]),
        generation=data["generation"],
        fhir_version=data["fhir_version"],
        capabilities=Capabilities.of(data["capabilities"]),
        raw=data,
        interactions={key: Interaction(key, **row) for key, row in interactions.items()},
        errors={code: _error(row, errors) for code, row in errors.items() if code not in renamed},
        renamed_errors=renamed,
        folders=lineage,
        options=options,
    )


def _error(row: Mapping[str, Any], errors: Rows) -> ErrorCode:
    """A row of the error table; one that replaces a code of the base has that row's values where it has none."""
    row = {**errors.get(row.get("replaces", ""), {}), **row}
    return ErrorCode(
        code=row["code"],
        status=row["status"],
        issue_types=tuple(row.get("issue_types", ())),
        shown_issue_types=tuple(row.get("shown_issue_types", ())),
        display=row.get("display", ""),
        section=row.get("section", ""),
        note=row.get("note", ""),
    )
