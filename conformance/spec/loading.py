"""Read an edition's data files once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from conformance.core.errors import InternalError, UsageError
from conformance.spec.model import Edition, ErrorCode, Interaction, Requirement

_DATA = Path(__file__).resolve().parent / "data"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def editions() -> tuple[str, ...]:
    """Return the names of the editions there are data for."""
    return tuple(sorted(path.parent.name for path in _DATA.glob("*/edition.yaml")))


def interactions() -> Mapping[str, Interaction]:
    """Return the interactions of all bundled editions by short name; one that several have, as the last edition has it."""
    return {row.short: row for name in editions() for row in _load(name).interactions.values()}


def load(name: str, options: Mapping[str, str] | None = None) -> Edition:
    """Return an edition by name, with the options of its revision as chosen (defaults for the rest).

    The same choice gives the same object, so that its catalogue is read once. Raises UsageError for an unknown edition,
    option or value.
    """
    if name not in editions():
        raise UsageError(f"there is no edition {name!r}", fix=f"Editions: {', '.join(editions())}.")
    return _chosen(name, tuple(sorted(_options(_load(name), options or {}).items())))


@cache
def _chosen(name: str, options: tuple[tuple[str, str], ...]) -> Edition:
    return replace(_load(name), options=dict(options))


def _options(edition: Edition, chosen: Mapping[str, str]) -> dict[str, str]:
    known: Mapping[str, Any] = edition.raw.get("options") or {}
    for key, value in chosen.items():
        if key not in known:
            listed = ", ".join(known) or "none"
            raise UsageError(f"edition {edition.name} has no option {key!r}", fix=f"Its options: {listed}.")
        if value not in known[key]["values"]:
            raise UsageError(f"option {key} cannot be {value!r}", fix=f"Values: {', '.join(known[key]['values'])}.")
    return {key: chosen.get(key, option["default"]) for key, option in known.items()}


@cache
def _load(name: str) -> Edition:
    folder = _DATA / name
    raw = _read(folder / "edition.yaml")
    return Edition(
        name=raw["name"],
        title=raw["title"],
        release=str(raw["release"]),
        generation=raw["generation"],
        fhir_version=raw["fhir_version"],
        raw=raw,
        interactions={key: Interaction(key, **row) for key, row in _read(folder / "interactions.yaml").items()},
        errors={row.code: row for row in map(_error, _read(folder / "errors.yaml"))},
        folder=folder,
    )


def _error(row: Mapping[str, Any]) -> ErrorCode:
    return ErrorCode(
        code=row["code"],
        status=row["status"],
        issue_types=tuple(row.get("issue_types", ())),
        display=row.get("display", ""),
        section=row.get("section", ""),
        note=row.get("note", ""),
    )


def read_requirements(folder: Path) -> dict[str, Requirement]:
    """Return an edition's catalogue by id."""
    return {row["id"]: Requirement(**row) for row in _read(folder / "requirements.yaml")}


def read_contradictions(folder: Path) -> dict[str, Mapping[str, Any]]:
    """Return an edition's contradictions by id; empty where it lists none."""
    path = folder / "contradictions.yaml"
    return {row["id"]: row for row in _read(path)} if path.exists() else {}


def read_excused(folder: Path) -> dict[str, str]:
    """Return the reasons why requirements have no scenario, by id; empty where none are listed."""
    path = folder / "excused.yaml"
    return dict(_read(path) or {}) if path.exists() else {}


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - the safe loader in C, or the safe one
    except (OSError, yaml.YAMLError) as error:
        raise InternalError(f"the edition's data cannot be read: {path.name}: {error}") from error
