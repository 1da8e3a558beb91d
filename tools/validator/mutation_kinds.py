"""What a kind of single fault is: it looks at a place and yields mutants with the pointers where a validator has to speak.

The kinds themselves are in mutation_form (presence, JSON form, primitives), mutation_rules (codes, slices, extensions,
references) and mutation_resources (resources, narrative, rules across elements).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from mutation_places import Place, Pointer

from conformance.fhir.issues import Severity
from conformance.fhir.terminology.value_sets import OfflineTerminology


class Absent:
    """Marks a property to be removed."""


ABSENT = Absent()
Edit = tuple[Pointer, Any]


@dataclass(frozen=True, slots=True)
class Mutation:
    """Edits to make, and the pointers one of which (or something below it) a validator has to name.

    `severity` is what it has to say there: an error, or at least a warning where the specification asks for no more. What is
    `unchecked` is allowed, and has to be named as not checked.
    """

    edits: tuple[Edit, ...]
    where: tuple[Pointer, ...]
    severity: Severity = Severity.ERROR
    unchecked: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a kind may ask about beside the place: the whole example, and what codes there are."""

    resource: dict[str, Any]
    terminology: OfflineTerminology
    has_structure: Callable[[str], bool]


Kind = Callable[[Place, Surroundings], Iterator[Mutation]]
KINDS: dict[str, Kind] = {}


def register(name: str, function: Kind) -> None:
    """Register a kind of fault under a name."""
    assert name not in KINDS, name
    KINDS[name] = function


def kind(function: Kind) -> Kind:
    """Register a kind of fault under the function's name."""
    KINDS[function.__name__.replace("_", "-")] = function
    return function


def put(pointer: Pointer, value: Any, *where: Pointer) -> Mutation:
    """Set, add or (ABSENT) remove one thing; the place itself is where it shows unless said otherwise."""
    return Mutation(((pointer, value),), where or (pointer,))


def warned(mutation: Mutation) -> Mutation:
    """The mutation, as one that is worth a warning only."""
    return replace(mutation, severity=Severity.WARNING)
