"""The chain of definitions behind a profile: its own constraints, those of what it builds on, down to FHIR's own type.

Rules add up, so no snapshot is merged: a layer is a tree of what one definition states. A snapshot serves where a
definition has nothing else or its base is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.fhir.definitions.element_definitions import ElementDef
from conformance.fhir.definitions.element_tree import Node, Tree, build_tree
from conformance.fhir.definitions.lint import lint
from conformance.fhir.definitions.store import CORE, Definitions, Structure
from conformance.fhir.errors import DefinitionError

Layers = tuple[Node, ...]


class Library:
    """Trees and chains of definitions, built when first used and kept."""

    def __init__(self, definitions: Definitions, *, prefer_snapshot: bool = False) -> None:
        self.definitions = definitions
        self.prefer_snapshot = prefer_snapshot
        self.problems: dict[str, list[str]] = {}
        self._trees: dict[int, Tree] = {}
        self._chains: dict[str, Layers] = {}
        self._open: list[str] = []

    def roots(self, canonical: str) -> Layers:
        """Root nodes of the definition and of everything it builds on, most derived first.

        Raises DefinitionError where a definition is missing, circular or unusable.
        """
        if canonical not in self._chains:
            if canonical in self._open:
                raise DefinitionError(f"circular definitions: {' builds on '.join([*self._open, canonical])}")
            self._open.append(canonical)
            try:
                self._chains[canonical] = self._chain(self.definitions.structure(canonical))
            finally:
                self._open.pop()
        return self._chains[canonical]

    def type_roots(self, name: str) -> Layers:
        """Root nodes of one of FHIR's own types. Raises DefinitionError."""
        return self.roots(CORE + name)

    def tree(self, structure: Structure) -> Tree:
        """The tree of the layer a definition adds."""
        return self._trees[id(structure)]

    def _chain(self, structure: Structure) -> Layers:
        if not structure.constrains:
            return self._own_type(structure)
        base = structure.base
        if base is None:
            raise DefinitionError(f"{structure.url}: is a constraint but names no base definition")
        if self.definitions.has_structure(base) and not (self.prefer_snapshot and structure.snapshot):
            own = self._root(structure, structure.differential or structure.snapshot)
            return distinct([own, *self.roots(base)])
        if not structure.snapshot:
            raise DefinitionError(f"{structure.url}: its base {base} is not loaded and it has no snapshot")
        return distinct([self._root(structure, structure.snapshot), *self.type_roots(structure.type)])

    def _own_type(self, structure: Structure) -> Layers:
        """A type's snapshot holds what it inherits, but for the invariants of what it builds on."""
        own = self._root(structure, structure.snapshot or structure.differential)
        base = structure.base
        if base is None or (structure.snapshot and not self.definitions.has_structure(base)):
            return (own,)
        return distinct([own, *self.roots(base)])

    def problems_of(self, node: Node) -> list[str]:
        """What is wrong with the definition of a node."""
        return self.problems.get(node.structure.url, [])

    def _root(self, structure: Structure, elements: tuple[ElementDef, ...]) -> Node:
        tree = build_tree(structure, elements)
        self._trees[id(structure)] = tree
        problems = [*tree.problems, *lint(structure, elements)]
        if tree.root.element.path != structure.type and structure.constrains:
            problems.append(f"its elements start at {tree.root.element.path}, not at {structure.type}")
        if problems:
            self.problems[structure.url] = problems
        return tree.root


def distinct(nodes: Iterable[Node]) -> Layers:
    """The nodes once each, in order."""
    return tuple(dict.fromkeys(nodes))
