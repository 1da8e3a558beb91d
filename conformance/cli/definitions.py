"""Definitions for the commands that work without a provider: an edition's own, and those the user adds."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.core import resources
from conformance.engine.definitions import open_definitions, spellings
from conformance.fhir.addresses import read_canonical
from conformance.fhir.similar_urls import spelling_key

if TYPE_CHECKING:
    from conformance.spec import Edition

__all__ = ["guess_edition", "load_edition", "open_definitions"]

_STRUCTURE = re.compile(rb"https?://[^\"'|\s<>]{1,300}/StructureDefinition/[^\"'|\s<>]{1,200}")


def load_edition(name: str) -> Edition:
    """The edition of that name. Raises UsageError."""
    from conformance.spec import load

    return load(name)


def guess_edition(data: bytes) -> str | None:
    """The name of the edition whose profiles the text names, None where it names none or those of several."""
    known = _editions_by_canonical()
    urls = {spelling_key(read_canonical(match[0].decode("latin-1")).url) for match in _STRUCTURE.finditer(data)}
    found = {known[url] for url in urls if url in known}
    return found.pop() if len(found) == 1 else None


def _urls_in(index: Path) -> set[str]:
    listed = json.loads(index.read_bytes())["entries"]
    return {one["url"] for one in listed if one["resourceType"] == "StructureDefinition"}


@cache
def _editions_by_canonical() -> dict[str, str]:
    from conformance.spec import editions

    known: dict[str, str] = {}
    shared: set[str] = set()
    for name in editions():
        edition = load_edition(name)
        urls = {spelling for pair in spellings(edition) for spelling in pair}
        urls |= {found.canonical for kind in edition.raw["profiles"] if (found := edition.profile(kind))}
        if edition.bundled:
            urls |= _urls_in(resources.profiles(name) / "index.json")
        urls = {spelling_key(url) for url in urls}
        if not edition.bundled:  # what it has from its base says nothing
            urls -= known.keys()
        shared |= urls & known.keys()
        known |= dict.fromkeys(urls, name)
    return {url: name for url, name in known.items() if url not in shared}
