"""What a set of layers says of one member of an object: the layers that speak of it, its type, list or single.

The step from one place in the definitions to the next, used to compile plans and to follow discriminator paths.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.fhir.definitions.element_definitions import UNBOUNDED
from conformance.fhir.definitions.element_tree import EXTENSIONS
from conformance.fhir.definitions.profile_chain import Layers, distinct
from conformance.fhir.validation.choices import Choice, find_choices

ANY_RESOURCE = frozenset(["Resource", "DomainResource"])


def member_layers(layers: Layers, choices: Iterable[Choice], key: str) -> tuple[Layers, str]:
    """The layers of a member by its JSON name, and its type code; no layers where it is not allowed or not known.

    The code is empty where the layers leave no single type.
    """
    found = tuple(node.children[key] for node in layers if key in node.children)
    for choice in choices:
        code = choice.concrete.get(key)
        if code is not None:
            return (
                (distinct([*found, *choice.sliced(code), *choice.nodes]), code) if code in choice.allowed else ((), "")
            )
    if not found or key.endswith("[x]"):
        return (), ""
    codes = common_codes(found)
    if not codes and any(node.element.content_ref for node in found):
        return found, "BackboneElement"
    return found, codes[0] if len(codes) == 1 else ""


def members_named(layers: Layers, name: str) -> list[tuple[Layers, str]]:
    """Where a path's step leads: one member, or every allowed type of a choice named by its stem."""
    choices = find_choices(layers)
    choice = choices.get(name)
    keys = [name] if choice is None else [key for key, code in choice.concrete.items() if code in choice.allowed]
    found = [member_layers(layers, choices.values(), key) for key in keys]
    return [(members, code) for members, code in found if members and code]


def common_codes(layers: Layers) -> list[str]:
    """The type codes that every layer with types leaves; "Resource" where any resource type may stand."""
    found: list[str] | None = None
    stated = [["string" if one.code == "" else one.code for one in node.element.types] for node in layers]
    if any(ANY_RESOURCE.issuperset(codes) for codes in stated if codes):
        return ["Resource"]
    for codes in stated:
        if codes:
            found = codes if found is None else [code for code in found if code in codes]
    return found or []


def resource_types(layers: Layers) -> frozenset[str]:
    """The resource types that all layers of an element leave; none where any will do."""
    found: frozenset[str] = frozenset()
    for node in layers:
        stated = frozenset(one.code for one in node.element.types)
        if stated and not stated & ANY_RESOURCE:
            found = found & stated if found else stated
    return found


def is_list(layers: Layers) -> bool:
    """JSON carries a list where FHIR itself lets the element repeat, whatever a profile narrows it to."""
    for node in reversed(layers):
        element = node.element
        if element.base_max is not None:
            return element.base_max > 1
        if element.max is not None and not node.structure.constrains:
            return element.max > 1
    return any(node.element.max == UNBOUNDED or node.element.name in EXTENSIONS for node in layers)
