"""Where the data folders lie: inside the package in a wheel, beside it in a source tree."""

from __future__ import annotations

from pathlib import Path

from conformance.core.errors import InternalError

_PACKAGE = Path(__file__).resolve().parents[1]


def data_path(name: str) -> Path:
    """Return the path of a shipped folder or file (`profiles`, `fixtures`, `config.example.yaml`).

    Raises InternalError when it is in neither place, which means a broken installation.
    """
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.exists():
            return candidate
    raise InternalError(f"the installation lacks its data: {name}", fix="Install gpconnect-assure again.")


def profiles(edition: str) -> Path:
    """Return the folder of an edition's shipped StructureDefinitions, ValueSets and CodeSystems."""
    return data_path("profiles") / edition
