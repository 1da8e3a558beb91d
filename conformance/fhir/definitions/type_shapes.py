"""The shape of a type: which elements it has, in which order, of which types, list or single.

What a codec between XML and JSON, or a writer of resources, needs to know of a type; no rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.fhir.definitions.element_definitions import ElementDef, words


@dataclass(frozen=True, slots=True)
class ElementShape:
    """One element. `types` are type codes; `nested` is the name under which `Definitions.shape` gives its own content.

    `name` keeps the `[x]` of a choice (`is_choice`). `content_ref` is the path an element takes its content from.
    """

    name: str
    path: str
    types: tuple[str, ...]
    is_list: bool
    is_choice: bool
    content_ref: str | None = None
    is_attribute: bool = False

    @property
    def nested(self) -> str | None:
        """The shape name of the content: a path for a backbone element, else the type; None for a choice."""
        if self.content_ref:
            return self.content_ref
        if self.is_choice or len(self.types) != 1:
            return None
        return self.path if self.types[0] in ("BackboneElement", "Element") else self.types[0]

    def concrete(self) -> dict[str, str]:
        """JSON names with their type: `{"valueString": "string", ...}` for a choice, one entry otherwise."""
        if not self.is_choice:
            return {self.name: self.types[0] if self.types else ""}
        stem = self.name.removesuffix("[x]")
        return {stem + code[:1].upper() + code[1:]: code for code in self.types}


@dataclass(frozen=True, slots=True)
class TypeShape:
    """The elements of a type or backbone element in the order of the definition."""

    name: str
    kind: str
    elements: dict[str, ElementShape] = field(default_factory=dict)

    @property
    def is_primitive(self) -> bool:
        """True for string, code, dateTime and the other types that are a JSON value."""
        return self.kind == "primitive"


# DSTU2's open type list, and STU3's: what `*` stands for.
OPEN_TYPES = tuple(
    sorted(
        words(
            """base64Binary boolean code date dateTime decimal id instant integer
markdown oid positiveInt string time unsignedInt uri Address
Age Annotation Attachment CodeableConcept Coding ContactPoint
Count Distance Duration HumanName Identifier Money Period Quantity
Range Ratio Reference SampledData Signature Timing Meta"""
        )
    )
)


def shapes_of(elements: Sequence[ElementDef], kind: str) -> dict[str, TypeShape]:
    """The type's shape under its own name, and one for each backbone element under its path."""
    named = {element.slice_name: element.path for element in elements if element.slice_name}
    paths = {element.path for element in elements}
    parents = {path.rpartition(".")[0] for path in paths}
    found: dict[str, TypeShape] = {}
    for element in elements:
        if element.path in parents or "." not in element.path:
            found.setdefault(element.path, TypeShape(element.path, kind if "." not in element.path else "backbone"))
        parent = element.path.rpartition(".")[0]
        if parent and parent in found:
            found[parent].elements.setdefault(element.name, _shape(element, named))
    return found


def _shape(element: ElementDef, named: dict[str, str]) -> ElementShape:
    codes = tuple(one.code for one in element.types)
    maximum = element.base_max if element.base_max is not None else element.max
    reference = element.content_ref
    return ElementShape(
        name=element.name,
        path=element.path,
        types=OPEN_TYPES if codes == ("*",) else codes,
        is_list=maximum is not None and maximum > 1,
        is_choice=element.name.endswith("[x]"),
        content_ref=named.get(reference, reference) if reference else None,
        is_attribute=element.xml_attribute,
    )
