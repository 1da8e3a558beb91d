"""The definitions the project ships, opened once, and what tests ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from conformance.fhir.definitions.effective import View, Views, child, slice_of
from conformance.fhir.definitions.store import Definitions, Structure
from tests.support.paths import ROOT, SHARED

GENERATIONS = ("dstu2", "stu3")
PROFILES = ROOT / "profiles"


def folder(generation: str) -> Path:
    return PROFILES / generation


@cache
def shipped(generation: str) -> Definitions:
    return Definitions(generation).open(folder(generation))  # type: ignore[arg-type]


@cache
def official(generation: str) -> Definitions:
    assert SHARED is not None
    return Definitions(generation).open(folder(generation) / "base", SHARED / "official" / generation)  # type: ignore[arg-type]


def files(generation: str) -> list[Path]:
    return sorted(path for path in folder(generation).rglob("*.json") if path.name != "index.json")


@cache
def settings(generation: str, name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((folder(generation) / name).read_text(encoding="utf-8")))


def profiles(generation: str) -> Iterator[Structure]:
    """The profiles and extensions, without FHIR's own types."""
    definitions = shipped(generation)
    for url, _, origin in definitions.all():
        if Path(origin).parent == folder(generation):
            yield definitions.structure(url)


def every_view(generation: str, structure: Structure) -> Iterator[tuple[str, View]]:
    """Key and view of every element that the profile states, slices included."""
    views = Views(shipped(generation))
    waiting = [(structure.type, views.root(structure))]
    while waiting:
        key, view = waiting.pop()
        yield key, view
        waiting += [(f"{key}:{name}", slice_of(view, name)) for name in view.slices()]
        inside = views.inside(view)
        for name in view.children():
            found = child(inside, name)
            assert found is not None, f"{structure.name} {key}.{name}: FHIR has no such element"
            waiting.append((f"{key}.{name}", found))
