"""Choice elements: of `value[x]` one concrete member may be present, of the types the layers allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.fhir.definitions.element_tree import Node, concrete_choices
from conformance.fhir.definitions.type_shapes import OPEN_TYPES
from conformance.fhir.issues import Location
from conformance.fhir.validation.context import Object, Run

if TYPE_CHECKING:
    from conformance.fhir.definitions.profile_chain import Layers


class Choice:
    """One choice group of an object: concrete keys with their type codes, and who demands that one be present."""

    __slots__ = ("allowed", "concrete", "keys", "nodes", "required_by", "stem")

    def __init__(self, stem: str, nodes: Layers, concrete: dict[str, str], allowed: set[str]) -> None:
        self.stem = stem
        self.nodes = nodes
        self.concrete = concrete  # every key FHIR has for it
        self.allowed = allowed  # the type codes all layers leave
        self.required_by = next((node for node in nodes if node.element.min), None)
        self.keys = frozenset(concrete) | frozenset("_" + key for key, code in concrete.items() if code[:1].islower())

    def sliced(self, code: str) -> list[Node]:
        """Slices of the group that stand for one of its types."""
        parts = (part for node in self.nodes for part in node.slices.values())
        return [part for part in parts if [one.code for one in part.element.types] == [code]]

    def check(self, value: Object, location: Location, run: Run) -> None:
        """At most one of the group; one where it is required."""
        present = value.keys() & self.keys
        if not present:
            if self.required_by is not None:
                expected = "one of " + ", ".join(key for key, code in self.concrete.items() if code in self.allowed)
                message = f"{self.stem}[x] is missing; one of its types must be present."
                run.report("cardinality-min", location, message, node=self.required_by, found="0", expected=expected)
        elif len(present) > 1:
            named = sorted({key.removeprefix("_") for key in present})
            if len(named) > 1:
                message = f"Only one type of {self.stem}[x] may be present."
                run.report(
                    "choice-multiple", location, message, node=self.nodes[0], found=", ".join(named), expected="one"
                )


def find_choices(layers: Layers) -> dict[str, Choice]:
    """The choice groups of an object by stem, with the types that all layers together leave."""
    stems: dict[str, None] = {}
    for node in layers:
        for name in node.children:
            if name.endswith("[x]"):
                stems.setdefault(name.removesuffix("[x]"))
    return {stem: _choice(stem, layers) for stem in stems}


def _choice(stem: str, layers: Layers) -> Choice:
    nodes = tuple(node.children[stem + "[x]"] for node in layers if stem + "[x]" in node.children)
    codes = list(dict.fromkeys(code for node in nodes for code in _codes(node)))
    concrete = dict(concrete_choices(stem, codes))
    allowed = set(codes)
    for layer in layers:
        stated = _stated(layer, stem, concrete)
        if stated is not None:
            allowed &= stated
    return Choice(stem, nodes, concrete, allowed)


def _codes(node: Node) -> list[str]:
    codes = [one.code for one in node.element.types]
    return list(OPEN_TYPES) if codes == ["*"] else codes


def _stated(layer: Node, stem: str, concrete: dict[str, str]) -> set[str] | None:
    """The types one layer leaves: by the group's own types, or by naming concrete members without the group."""
    group = layer.children.get(stem + "[x]")
    if group is not None:
        return set(_codes(group)) or None
    named = {concrete[name] for name in layer.children if name in concrete}
    return named or None
