"""One normalised element definition for both generations of FHIR.

DSTU2 and STU3 spell the same facts differently (`name`/`sliceName`, `nameReference`/`contentReference`, targets in
`type.profile`/`type.targetProfile`, discriminators as strings or objects). `ElementDef.read` takes either.
Source: ElementDefinition in FHIR 1.0.2 and 3.0.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

UNBOUNDED = 2**31
MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"

Json = Mapping[str, Any]


def words(text: str) -> frozenset[str]:
    """A set of names written as one text."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class TypeRef:
    """An allowed type: `profiles` it must conform to (any one), `targets` of a Reference (any one)."""

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """A value set binding; `value_set` is None where the definition gives only a description."""

    strength: str
    value_set: str | None
    max_value_set: str | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """An invariant: FHIRPath `expression` (STU3) or `xpath` (DSTU2; STU3 has both)."""

    key: str
    severity: str
    human: str
    expression: str | None
    xpath: str | None


@dataclass(frozen=True, slots=True)
class Discriminator:
    """What distinguishes slices: value, pattern, exists, type or profile, at a path."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Slicing:
    """How a repeating element is sliced; `rules` is open, closed or openAtEnd."""

    discriminators: tuple[Discriminator, ...]
    rules: str
    ordered: bool


@dataclass(frozen=True, slots=True)
class FixedValue:
    """A fixed[x] or pattern[x]: the FHIR type name as spelled in the key, and the value."""

    type: str
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class ElementDef:
    """The facts of one ElementDefinition; None means "not stated here". `max` is UNBOUNDED for `*`.

    `base_max` is the max of the element in FHIR itself (`base.max`): it decides whether JSON carries a list.
    `unknown` lists keys this reader does not know, so that the compiler can refuse them loudly.
    """

    path: str
    id: str | None = None
    slice_name: str | None = None
    min: int | None = None
    max: int | None = None
    base_max: int | None = None
    types: tuple[TypeRef, ...] = ()
    fixed: FixedValue | None = None
    pattern: FixedValue | None = None
    binding: Binding | None = None
    max_length: int | None = None
    min_value: FixedValue | None = None
    max_value: FixedValue | None = None
    constraints: tuple[Constraint, ...] = ()
    slicing: Slicing | None = None
    content_ref: str | None = None
    is_modifier: bool = False
    must_support: bool = False
    xml_attribute: bool = False
    unknown: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """The last part of the path: `start`, `value[x]`, `valueReference`."""
        return self.path.rsplit(".", 1)[-1]

    @classmethod
    def read(cls, raw: Json, generation: str) -> ElementDef:
        """Normalise one element of a snapshot or differential; `generation` is "dstu2" or "stu3".

        Raises ValueError with the reason where a part has the wrong form.
        """
        path = raw.get("path")
        if not isinstance(path, str) or not path:
            raise ValueError("an element has no path")
        prefixed = _prefixed(raw)
        base = raw.get("base") or {}
        return cls(
            path=path,
            id=raw.get("id"),
            slice_name=raw.get("name") if generation == "dstu2" else raw.get("sliceName"),
            min=raw.get("min"),
            max=_maximum(raw.get("max")),
            base_max=_maximum(base.get("max")),
            types=_types(raw.get("type") or ()),
            fixed=prefixed.get("fixed"),
            pattern=prefixed.get("pattern"),
            binding=_binding(raw.get("binding")),
            max_length=raw.get("maxLength"),
            min_value=prefixed.get("minValue"),
            max_value=prefixed.get("maxValue"),
            constraints=tuple(_constraint(one) for one in raw.get("constraint") or ()),
            slicing=_slicing(raw.get("slicing")),
            content_ref=_content_ref(raw),
            is_modifier=raw.get("isModifier") is True,
            must_support=raw.get("mustSupport") is True,
            xml_attribute="xmlAttr" in (raw.get("representation") or ()),
            unknown=tuple(key for key in raw if key not in _KNOWN and not _PREFIX.match(key)),
        )


# Keys of ElementDefinition in either generation that state no rule for an instance.
_SILENT = words(
    """alias code comment comments condition definition example extension isSummary
 label mapping meaningWhenMissing orderMeaning requirements short _short _definition _comments _comment _requirements"""
)
_KNOWN = _SILENT | words(
    """path id name sliceName min max base type binding maxLength constraint slicing contentReference nameReference
isModifier mustSupport representation"""
)
_PREFIX = re.compile(r"(fixed|pattern|minValue|maxValue|defaultValue|example)([A-Z][A-Za-z0-9]*)$")


def _prefixed(raw: Json) -> dict[str, FixedValue]:
    found: dict[str, FixedValue] = {}
    for key, value in raw.items():
        match = _PREFIX.match(key)
        if match:
            found[match[1]] = FixedValue(match[2], value)
    return found


def _maximum(value: Any) -> int | None:
    if value is None:
        return None
    if value == "*":
        return UNBOUNDED
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ValueError(f"max is {value!r}: a number or * is wanted") from None


def _types(raw: Iterable[Json]) -> tuple[TypeRef, ...]:
    """Types grouped by code: STU3 repeats a type for each target or profile."""
    grouped: dict[str, tuple[list[str], list[str]]] = {}
    for one in raw:
        # STU3 gives the value of a primitive no code, only an extension on it.
        code = one.get("code")
        code = code if isinstance(code, str) else ""
        profiles, targets = grouped.setdefault(code, ([], []))
        stated = _strings(one.get("profile"))
        if code == "Reference":
            # DSTU2 says the target here; so do some published STU3 profiles.
            targets.extend(stated)
            targets.extend(_strings(one.get("targetProfile")))
            if not stated and not one.get("targetProfile"):
                targets.append("http://hl7.org/fhir/StructureDefinition/Resource")
        else:
            profiles.extend(stated)
    return tuple(
        TypeRef(code, tuple(dict.fromkeys(profiles)), _targets(targets))
        for code, (profiles, targets) in grouped.items()
    )


def _targets(found: list[str]) -> tuple[str, ...]:
    """Distinct targets; none when one of them is "any resource"."""
    if any(target.rsplit("/", 1)[-1] == "Resource" for target in found):
        return ()
    return tuple(dict.fromkeys(found))


def _strings(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _binding(raw: Json | None) -> Binding | None:
    if raw is None:
        return None
    reference = raw.get("valueSetReference") or {}
    maximum = None
    for extension in raw.get("extension") or ():
        if extension.get("url") == MAX_VALUE_SET:
            maximum = extension.get("valueUri") or (extension.get("valueReference") or {}).get("reference")
    return Binding(raw.get("strength", ""), raw.get("valueSetUri") or reference.get("reference"), maximum)


def _constraint(raw: Json) -> Constraint:
    return Constraint(
        raw.get("key", ""), raw.get("severity", "error"), raw.get("human", ""), raw.get("expression"), raw.get("xpath")
    )


def _slicing(raw: Json | None) -> Slicing | None:
    if raw is None:
        return None
    return Slicing(
        tuple(_discriminator(one) for one in raw.get("discriminator") or ()),
        raw.get("rules", "open"),
        raw.get("ordered") is True,
    )


def _discriminator(raw: str | Json) -> Discriminator:
    """DSTU2 writes a plain path, with `@type` or `@profile` as its last step for those kinds."""
    if not isinstance(raw, str):
        return Discriminator(raw.get("type", ""), raw.get("path", ""))
    match = re.fullmatch(r"(?:(.*)[./])?@(type|profile)", raw)
    if match:
        return Discriminator(match[2], match[1] or "$this")
    return Discriminator("value", raw)


def _content_ref(raw: Json) -> str | None:
    """STU3 `#Bundle.link`, DSTU2 the `name` of another element."""
    reference = raw.get("contentReference") or raw.get("nameReference")
    return str(reference).removeprefix("#") if reference else None
