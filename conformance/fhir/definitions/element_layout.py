"""How the elements of a type lie in JSON and XML: concrete names of choices, list or single, order, attribute or child.

Derived from the shapes of `Definitions`, once for each type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol
from weakref import WeakKeyDictionary

from conformance.fhir.definitions.type_shapes import ElementShape, TypeShape
from conformance.fhir.errors import UnknownDefinitionError

Form = Literal["primitive", "complex", "resource", "xhtml"]


class Shapes(Protocol):
    """What the layout needs of `Definitions`."""

    def shape(self, name: str) -> TypeShape:
        """The shape of a type or of a backbone element; raises UnknownDefinitionError."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """One element under its JSON name: `type` is a type code, or a path for a backbone element."""

    name: str
    type: str
    form: Form
    order: int
    is_list: bool
    is_attribute: bool


Members = dict[str, Member]


class Layout:
    """The members of types, computed when first used."""

    _made: WeakKeyDictionary[Shapes, Layout] = WeakKeyDictionary()

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._members: dict[str, Members] = {}

    @classmethod
    def of(cls, shapes: Shapes) -> Layout:
        """The layout that belongs to these definitions; the same one every time."""
        if shapes not in cls._made:
            cls._made[shapes] = cls(shapes)
        return cls._made[shapes]

    def members(self, type_name: str) -> Members | None:
        """The members of a type in the order of its definition; None for a type nobody defined."""
        found = self._members.get(type_name)
        if found is None:
            # All that a primitive has beside its value, an Element has; DSTU2 defines `code` under the path of string.
            wanted = "Element" if is_primitive(type_name) else type_name
            try:
                shape = self._shapes.shape(wanted)
            except UnknownDefinitionError:
                return None
            found = self._members[type_name] = _members(shape)
        return found


def is_primitive(type_name: str) -> bool:
    """True for string, code and their like: FHIR gives them, and no others, a small first letter."""
    return type_name[:1].islower() and "." not in type_name


def _members(shape: TypeShape) -> Members:
    found: Members = {}
    for order, element in enumerate(shape.elements.values()):
        for name, code in element.concrete().items():
            found[name] = _member(name, code, order, element)
    return found


def _member(name: str, code: str, order: int, element: ElementShape) -> Member:
    content = code if element.is_choice else element.nested or code
    form: Form = "complex"
    if content == "xhtml":
        form = "xhtml"
    elif content in ("Resource", "DomainResource"):
        form = "resource"
    elif is_primitive(content):
        form = "primitive"
    return Member(name, content, form, order, element.is_list, element.is_attribute)
