"""Definitions for the commands that work without a provider: an edition's own, and those the user adds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core import resources
from conformance.core.errors import InternalError, UsageError

if TYPE_CHECKING:
    from conformance.fhir.definitions import Definitions
    from conformance.spec import Edition

_STRUCTURE = re.compile(rb"https?://[^\"'|\s<>]{1,300}/StructureDefinition/[^\"'|\s<>]{1,200}")


def load_edition(name: str) -> Edition:
    """The edition of that name. Raises UsageError."""
    from conformance.spec import load

    return load(name)


def open_definitions(edition: Edition, added: Sequence[Path] = ()) -> Definitions:
    """The shipped definitions of an edition, with what the user adds taking precedence.

    Raises UsageError for an added source that cannot be used, InternalError for a shipped one.
    """
    from conformance.fhir.definitions import Definitions
    from conformance.fhir.errors import DefinitionError

    try:
        definitions = Definitions(edition.generation).open(resources.profiles(edition.generation))
    except DefinitionError as error:
        raise InternalError(str(error), mend="Install gpconnect-assure again.") from error
    if definitions.problems:
        raise InternalError(definitions.problems[0], mend="Install gpconnect-assure again.")
    for spelling, canonical in spellings(edition):
        definitions.alias(spelling, canonical)
    try:
        definitions.open(*added)
    except DefinitionError as error:
        raise UsageError(
            str(error), mend="--definitions takes folders, JSON or XML files, and .tgz packages."
        ) from error
    if definitions.problems:
        raise UsageError("\n  ".join(definitions.problems[:5]), mend="Take the file out of the folder, or mend it.")
    return definitions


def spellings(edition: Edition) -> Iterator[tuple[str, str]]:
    """Other spellings of canonical URLs that pages of the edition use, each with the canonical one."""
    for find, names in ((edition.profile, edition.raw["profiles"]), (edition.extension, edition.raw["extensions"])):
        for entry in filter(None, map(find, names)):
            for spelling in entry.also:
                yield spelling, entry.canonical


def guess_edition(data: bytes) -> str | None:
    """The name of the edition whose profiles the text names, None where it names none or those of several."""
    known = _editions_by_canonical()
    found = {known[url] for match in _STRUCTURE.finditer(data) if (url := match[0].decode("latin-1")) in known}
    return found.pop() if len(found) == 1 else None


@cache
def _editions_by_canonical() -> dict[str, str]:
    from conformance.spec import editions

    known: dict[str, str] = {}
    shared: set[str] = set()
    for name in editions():
        edition = load_edition(name)
        listed = json.loads((resources.profiles(edition.generation) / "index.json").read_bytes())["entries"]
        urls = {one["url"] for one in listed if one["resourceType"] == "StructureDefinition"}
        urls |= {spelling for pair in spellings(edition) for spelling in pair}
        shared |= urls & known.keys()
        known |= dict.fromkeys(urls, name)
    return {url: name for url, name in known.items() if url not in shared}
