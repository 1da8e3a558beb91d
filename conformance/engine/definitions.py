"""The definitions that responses are validated against: an edition's own, and those the user adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core.errors import AssureError, InternalError, UsageError
from conformance.core.results import Definition

if TYPE_CHECKING:
    from conformance.fhir.definitions.store import Definitions
    from conformance.spec import Edition

SHIPPED = "shipped"
"""The origin of definitions that lie in the folders of an edition."""


def open_definitions(edition: Edition, added: Sequence[Path] = (), *, prefer_added: bool = True) -> Definitions:
    """Return the shipped definitions of an edition together with what the user adds.

    Where both hold a canonical URL, the added one counts, or with `prefer_added` False the shipped one. Raises UsageError
    for an added source that cannot be used, InternalError for a shipped one.
    """
    from conformance.fhir.definitions.store import Definitions

    definitions = Definitions(edition.generation)
    if not prefer_added:
        _open_added(definitions, added)
    _open_shipped(definitions, edition)
    if prefer_added:
        _open_added(definitions, added)
    for spelling, canonical in spellings(edition):
        definitions.alias(spelling, canonical)
    return definitions


def _open_shipped(definitions: Definitions, edition: Edition) -> None:
    from conformance.fhir.errors import DefinitionError

    try:
        definitions.open(*edition.definition_folders)
    except DefinitionError as error:
        raise _shipped_wrong(edition, str(error)) from error
    if definitions.problems:
        raise _shipped_wrong(edition, definitions.problems[0])


def _shipped_wrong(edition: Edition, message: str) -> AssureError:
    """An edition of the user's own comes with definitions of the user's own."""
    if edition.bundled:
        return InternalError(message, fix="Install gpconnect-assure again.")
    return UsageError(message, fix=f"Correct the profiles of edition {edition.name}.")


def _open_added(definitions: Definitions, added: Sequence[Path]) -> None:
    from conformance.fhir.errors import DefinitionError

    try:
        definitions.open(*added)
    except DefinitionError as error:
        raise UsageError(str(error), fix="Definitions are folders, JSON or XML files, and .tgz packages.") from error
    if definitions.problems:
        raise UsageError("\n  ".join(definitions.problems[:5]), fix="Remove the file from the folder, or correct it.")


def spellings(edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield other spellings of canonical URLs that pages of the edition use, each with the canonical one."""
    for find, names in ((edition.profile, edition.raw["profiles"]), (edition.extension, edition.raw["extensions"])):
        for entry in filter(None, map(find, names)):
            for spelling in entry.also:
                yield spelling, entry.canonical


def definitions_used(definitions: Definitions, edition: Edition) -> tuple[Definition, ...]:
    """Return what responses are judged by, with hashes: the definitions in force, and the data files of the edition.

    Raises InternalError when a file can no longer be read.
    """
    try:
        found = [Definition(*one) for one in definitions.in_force()]
    except OSError as error:
        raise InternalError(f"{error.filename} cannot be read: {error.strerror or error}") from error
    own = tuple(map(str, edition.definition_folders))
    shown = [replace(one, origin=SHIPPED) if one.origin.startswith(own) else one for one in found]
    data = [Definition("edition", name, "", SHIPPED, digest) for name, digest in edition.data_hashes()]
    return tuple(sorted([*shown, *data], key=lambda one: (one.type, one.url)))
