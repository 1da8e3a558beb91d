"""What a definition effectively says of an element: its own statements laid over those of its base and of FHIR's types.

A `View` is one element seen through all definitions that speak of it, the most general first. Descending from the root gives
every element's effective facts, whether the definition has a snapshot or a differential only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from conformance.fhir.definitions.element_definitions import (
    UNBOUNDED,
    Binding,
    Constraint,
    Discriminator,
    ElementDef,
    FixedValue,
    Slicing,
    TypeRef,
)
from conformance.fhir.definitions.element_tree import EXTENSIONS, Node, Tree, build_tree, concrete_choices
from conformance.fhir.definitions.store import Definitions, Structure

T = TypeVar("T")
BY_URL = Slicing((Discriminator("value", "url"),), "open", False)


@dataclass(frozen=True, slots=True)
class View:
    """One element: the `nodes` of all definitions that speak of it, and of these the profile's `own`.

    `choice` is the type code where the element is one concrete member of a choice; `sliced` is True for a slice.
    """

    name: str
    nodes: tuple[Node, ...]
    own: tuple[Node, ...]
    choice: str | None = None
    sliced: bool = False

    def children(self) -> list[str]:
        """Names of the children that the profile itself states."""
        return list(dict.fromkeys(name for node in self.own for name in node.children))

    def slices(self) -> list[str]:
        """Names of the slices that the profile itself states."""
        return list(dict.fromkeys(name for node in self.own for name in node.slices))


@dataclass(frozen=True, slots=True)
class Facts:
    """The effective constraints on one element."""

    min: int
    max: int
    types: tuple[TypeRef, ...]
    fixed: FixedValue | None
    pattern: FixedValue | None
    min_value: FixedValue | None
    max_value: FixedValue | None
    max_length: int | None
    binding: Binding | None
    slicing: Slicing | None
    content_ref: str | None
    must_support: bool
    is_modifier: bool


class Views:
    """Views on the definitions of one store. Definitions that are missing simply say nothing."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._trees: dict[int, tuple[Tree, ...]] = {}

    def root(self, structure: Structure) -> View:
        """The root element of a definition."""
        nodes = tuple(tree.root for one in self.chain(structure) for tree in self.trees(one))
        return View(structure.type, nodes, tuple(tree.root for tree in self.trees(structure)))

    def chain(self, structure: Structure) -> list[Structure]:
        """The definition and all it builds on, the most general first."""
        found, seen = [structure], {structure.url}
        while (base := found[0].base) and base not in seen and self.definitions.has_structure(base):
            seen.add(base)
            found.insert(0, self.definitions.structure(base))
        return found

    def trees(self, structure: Structure) -> tuple[Tree, ...]:
        """The definition's snapshot and differential, as far as it has them."""
        if id(structure) not in self._trees:
            parts = (structure.snapshot, structure.differential)
            self._trees[id(structure)] = tuple(build_tree(structure, part) for part in parts if part)
        return self._trees[id(structure)]

    def inside(self, view: View) -> View:
        """The view with what the element's own type, or the element it refers to, says of its content."""
        added = (*self._referred(view), *self._typed(view))
        return View(view.name, added + view.nodes, view.own, view.choice, view.sliced)

    def _typed(self, view: View) -> Iterator[Node]:
        types = facts(view).types
        if not types or "." not in view.nodes[-1].element.path:
            return
        if len(types) > 1:
            # Whatever is chosen, it is an Element.
            yield from self.root(self.definitions.type_definition("Element")).nodes
            return
        profiles = types[0].profiles
        if len(profiles) == 1 and self.definitions.has_structure(profiles[0]):
            yield from self.root(self.definitions.structure(profiles[0])).nodes
        elif self.definitions.has_type(types[0].code):
            yield from self.root(self.definitions.type_definition(types[0].code)).nodes

    def _referred(self, view: View) -> Iterator[Node]:
        for node in view.nodes:
            if reference := node.element.content_ref:
                found = (tree.referred(reference) for tree in self.trees(node.structure))
                yield from (one for one in found if one is not None)


def child(view: View, name: str) -> View | None:
    """The child of that name seen from `inside` a view, None where nobody speaks of it."""
    nodes, code = [], None
    for node in view.nodes:
        if name in node.children:
            nodes.append(node.children[name])
        elif choice := _choice(node, name):
            code = choice[1]
            nodes.append(choice[0])
    own = tuple(node.children[name] for node in view.own if name in node.children)
    return View(name, tuple(nodes), own, code) if nodes else None


def slice_of(view: View, name: str) -> View:
    """The slice of that name: the element's own statements, then the slice's."""
    own = tuple(node.slices[name] for node in view.own if name in node.slices)
    added = tuple(node.slices[name] for node in view.nodes if name in node.slices)
    return View(view.name, view.nodes + added, own, view.choice, sliced=True)


def _choice(node: Node, name: str) -> tuple[Node, str] | None:
    """The choice group `value[x]` that the concrete name `valueString` belongs to, with the type's code."""
    for group, found in node.children.items():
        if group.endswith("[x]"):
            for concrete, code in concrete_choices(group[:-3], [one.code for one in found.element.types]):
                if concrete == name:
                    return found, code
    return None


def facts(view: View) -> Facts:
    """The effective constraints: of each kind the most special statement; the bare element of a slice has no minimum."""
    elements = [node.element for node in view.nodes]
    own = [node.element for node in view.own] if view.sliced else elements
    types = _last(one.types or None for one in elements) or ()
    if view.choice is not None and len(types) > 1:
        types = tuple(one for one in types if one.code == view.choice)
    slicing = None if view.sliced else _last(one.slicing for one in elements)
    return Facts(
        min=_last(one.min for one in own) or 0,
        max=_stated(_last(one.max for one in elements)),
        types=types,
        fixed=_last(one.fixed for one in elements),
        pattern=_last(one.pattern for one in elements),
        min_value=_last(one.min_value for one in elements),
        max_value=_last(one.max_value for one in elements),
        max_length=_last(one.max_length for one in elements),
        binding=_binding(elements),
        slicing=slicing or (BY_URL if view.name in EXTENSIONS and not view.sliced else None),
        content_ref=_last(one.content_ref for one in elements),
        must_support=any(one.must_support for one in elements),
        is_modifier=any(one.is_modifier for one in elements),
    )


def rules(view: View) -> dict[str, Constraint]:
    """The rules on an element by key, with those of its type when the view is one from inside."""
    return {rule.key: rule for node in view.nodes for rule in node.element.constraints}


def _last(stated: Iterable[T | None]) -> T | None:
    found = None
    for one in stated:
        if one is not None:
            found = one
    return found


def _stated(maximum: int | None) -> int:
    return UNBOUNDED if maximum is None else maximum


def _binding(elements: list[ElementDef]) -> Binding | None:
    """The last binding; one without a value set keeps the set of the one before."""
    found: Binding | None = None
    for one in elements:
        if one.binding is None:
            continue
        earlier = found.value_set if found else None
        found = Binding(one.binding.strength, one.binding.value_set or earlier, one.binding.max_value_set)
    return found
