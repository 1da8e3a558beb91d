"""Walks a resource beside the effective definitions of its elements: where a fault can be put, and which rule it breaks.

The walk rests on `conformance.fhir.definitions.effective`, which the validator does not use: the
two know the profiles independently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.fhir.definitions.effective import Facts, View, Views, child, facts, slice_of
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.errors import UnknownDefinitionError

Pointer = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A property of an object: `value` as in JSON, `facts` of the element, `code` of its type ("" where unknown)."""

    pointer: Pointer
    value: Any
    facts: Facts
    view: View
    code: str
    owner: dict[str, Any]
    within: Item | None

    @property
    def tells_slices_apart(self) -> bool:
        """True where the slice that the owner belongs to is known by this very property."""
        if self.within is None or self.within.slice_name is None:
            return False
        slicing = self.within.member.facts.slicing
        return slicing is not None and self.name in {one.path for one in slicing.discriminators}

    @property
    def name(self) -> str:
        return str(self.pointer[-1])


@dataclass(frozen=True, slots=True)
class Item:
    """One value: a single property or one item of a list, with the slice it belongs to, if any."""

    pointer: Pointer
    value: Any
    facts: Facts
    view: View
    code: str
    slice_name: str | None
    member: Member


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object that is a resource, a backbone element or a datatype; `view` is its content."""

    pointer: Pointer
    value: dict[str, Any]
    view: View
    code: str
    is_resource: bool


Place = Object | Member | Item


class Walker:
    """Yields the places of a resource."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self.views = Views(definitions)

    def walk(self, resource: dict[str, Any], at: Pointer = ()) -> Iterator[Place]:
        view = self._resource_view(resource)
        if view is not None:
            yield from self._object(resource, view, resource["resourceType"], at)

    def _resource_view(self, resource: dict[str, Any]) -> View | None:
        claimed = (resource.get("meta") or {}).get("profile") or []
        for url in claimed:
            if self.definitions.has_structure(url):
                return self.views.root(self.definitions.structure(url))
        try:
            return self.views.root(self.definitions.type_definition(str(resource.get("resourceType"))))
        except UnknownDefinitionError:
            return None

    def _object(
        self, value: dict[str, Any], view: View, code: str, at: Pointer, within: Item | None = None
    ) -> Iterator[Place]:
        inside = self.views.inside(view)
        yield Object(at, value, inside, code, within is None)
        for name, content in value.items():
            found = child(inside, name)
            if found is not None and name != "resourceType":
                yield from self._member(
                    Member((*at, name), content, facts(found), found, code_of(found), value, within)
                )

    def _member(self, member: Member) -> Iterator[Place]:
        yield member
        listed = isinstance(member.value, list)
        for index, content in enumerate(member.value if listed else [member.value]):
            pointer = (*member.pointer, index) if listed else member.pointer
            name, view = self._slice(member.view, content)
            item = Item(pointer, content, facts(view), view, member.code, name, member)
            yield item
            if isinstance(content, dict):
                yield from self._inside(item)

    def _inside(self, item: Item) -> Iterator[Place]:
        if "resourceType" in item.value:
            yield from self.walk(item.value, item.pointer)
            return
        view, url = item.view, item.value.get("url")
        if item.code == "Extension" and isinstance(url, str) and self.definitions.has_structure(url):
            view = self.views.root(self.definitions.structure(url))
        yield from self._object(item.value, view, item.code, item.pointer, item)

    def _slice(self, view: View, content: Any) -> tuple[str | None, View]:
        """The slice an item belongs to, as far as fixed values of direct children tell."""
        if not isinstance(content, dict):
            return None, view
        for name in dict.fromkeys(name for node in view.nodes for name in node.slices):
            candidate = slice_of(view, name)
            inside = self.views.inside(candidate)
            told = [facts(found).fixed for key in ("url", "system", "use") if (found := child(inside, key))]
            keys = [key for key in ("url", "system", "use") if child(inside, key)]
            fixed = {key: one.value for key, one in zip(keys, told, strict=True) if one is not None}
            if fixed and all(content.get(key) == value for key, value in fixed.items()):
                return name, candidate
        return None, view


def code_of(view: View) -> str:
    """The code of the element's type, empty where there are several."""
    types = facts(view).types
    if view.choice:
        return view.choice
    return types[0].code if len(types) == 1 else ""
