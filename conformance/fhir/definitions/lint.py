"""What is wrong with a definition itself: said as the definition's fault whenever the definition is used.

A compiler that skipped what it does not understand would pass in silence what the definition meant to forbid.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.fhir.definitions.discriminator_paths import parse_path
from conformance.fhir.definitions.element_definitions import ElementDef
from conformance.fhir.definitions.store import Structure

KINDS = ("value", "pattern", "exists", "type", "profile")
RULES = ("open", "closed", "openAtEnd")
STRENGTHS = ("required", "extensible", "preferred", "example", "")


def lint(structure: Structure, elements: tuple[ElementDef, ...]) -> Iterator[str]:
    """The problems of a definition's elements, as texts that name the element."""
    for element in elements:
        name = element.id or element.path
        for key in element.unknown:
            yield f"{name}: {key} is not understood, so what it demands is not checked"
        yield from (f"{name}: {problem}" for problem in _bounds(element))
        yield from (f"{name}: {problem}" for problem in _slicing(element))
    if not structure.constrains and structure.snapshot == () and structure.base is None and not structure.abstract:
        yield f"{structure.name} is a type of its own, has no snapshot and builds on nothing"


def _bounds(element: ElementDef) -> Iterator[str]:
    if not isinstance(element.min, int | None) or isinstance(element.min, bool):
        yield f"min is {element.min!r}, which is no number"
    elif element.min is not None and element.max is not None and element.min > element.max:
        yield f"min {element.min} is more than max {element.max}"
    if element.binding is not None and element.binding.strength not in STRENGTHS:
        yield f"the binding strength {element.binding.strength!r} is not known"
    if element.fixed is not None and element.pattern is not None:
        yield "it has both a fixed and a pattern value"


def _slicing(element: ElementDef) -> Iterator[str]:
    if element.slicing is None:
        return
    if element.slicing.rules not in RULES:
        yield f"the slicing rules {element.slicing.rules!r} are not known"
    for one in element.slicing.discriminators:
        if one.kind not in KINDS:
            yield f"slices by {one.kind or 'an unnamed kind of discriminator'}, which is not supported, are not checked"
        elif parse_path(one.path) is None:
            yield f"the discriminator path {one.path!r} is not understood"
