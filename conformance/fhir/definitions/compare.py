"""Compares two sets of definitions constraint by constraint: ours and the publisher's, whatever form either has.

Profiles are compared by their effective constraints (`effective`), so that a differential equals the snapshot it leads to;
value sets and code systems by the codes they name. Wording is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from conformance.fhir.definitions.effective import Facts, View, Views, child, facts, rules, slice_of
from conformance.fhir.definitions.element_definitions import UNBOUNDED, Binding, FixedValue, Slicing, TypeRef
from conformance.fhir.definitions.element_tree import concrete_choices
from conformance.fhir.definitions.store import Definitions

COMPARED = ("StructureDefinition", "ValueSet", "CodeSystem")
MAX_DEPTH = 12
# A root's type is the definition's own; some publishers write it out, some the type it builds on, some nothing.
ROOT_SAYS_NOTHING = ("types", "targets", "slicing")


@dataclass(frozen=True, slots=True)
class Difference:
    """One point on which two definitions of the same canonical URL differ.

    `element` is the path with slices (`Patient.identifier:nhsNumber.use`) or the code, empty for the whole definition;
    `aspect` what differs (min, max, types, binding, rule KEY, ...); `reason` why that is as it should be, None where nobody
    has said so.
    """

    url: str
    element: str
    aspect: str
    ours: str
    official: str
    reason: str | None = None

    @property
    def key(self) -> str:
        """What a reason's pattern is matched against: the last part of the URL, element and aspect."""
        return " ".join(part for part in (self.url.rsplit("/", 1)[-1], self.element, self.aspect) if part)

    def __str__(self) -> str:
        return f"{self.key}: ours {self.ours}, official {self.official}"


def differences(ours: Definitions, official: Definitions, reasons: Mapping[str, str]) -> list[Difference]:
    """Every difference between definitions that both stores hold under one URL, and what ours lack.

    `reasons` maps a pattern over `Difference.key` (`*` stands for anything) to the reason; the first that matches counts.
    Both stores need FHIR's own types; what both read from the same file is not compared. Raises DefinitionError where a
    definition cannot be read.
    """
    found, mine, theirs = [], Views(ours), Views(official)
    for kind in COMPARED:
        for url in dict.fromkeys(url for url, _, _ in official.all(kind)):
            found += [_explained(one, reasons) for one in _compare(mine, theirs, kind, url)]
    return found


def idle_reasons(found: list[Difference], reasons: Mapping[str, str]) -> list[str]:
    """The patterns that no difference needs any more."""
    return [pattern for pattern in reasons if not any(_matches(one.key, pattern) for one in found)]


def by_reason(found: list[Difference]) -> dict[str | None, list[Difference]]:
    """The differences grouped by reason, those without one first."""
    groups: dict[str | None, list[Difference]] = {None: []}
    for one in found:
        groups.setdefault(one.reason, []).append(one)
    return {reason: group for reason, group in groups.items() if group}


def _explained(found: Difference, reasons: Mapping[str, str]) -> Difference:
    reason = next((text for pattern, text in reasons.items() if _matches(found.key, pattern)), None)
    return Difference(found.url, found.element, found.aspect, found.ours, found.official, reason)


def _matches(key: str, pattern: str) -> bool:
    return fnmatchcase(key, pattern.replace("[", "[[]"))


def _compare(mine: Views, theirs: Views, kind: str, url: str) -> Iterator[Difference]:
    ours, official = mine.definitions, theirs.definitions
    if not any(value == url for value, _, _ in ours.all(kind)):
        yield Difference(url, "", kind, "absent", "present")
        return
    if ours.origin(url, kind) == official.origin(url, kind):
        return
    said, expected = _raw(ours, kind, url), _raw(official, kind, url)
    if said.get("version") != expected.get("version"):
        yield Difference(url, "", "version", str(said.get("version")), str(expected.get("version")))
    if kind == "StructureDefinition":
        yield from compare_structures(mine, theirs, url)
    elif kind == "ValueSet":
        yield from compare_sets(url, value_set_parts(said), value_set_parts(expected))
    else:
        yield from compare_sets(url, code_parts(said), code_parts(expected))


def _raw(definitions: Definitions, kind: str, url: str) -> Mapping[str, Any]:
    if kind == "StructureDefinition":
        return definitions.structure(url).raw
    return definitions.value_set(url) if kind == "ValueSet" else definitions.code_system(url)


# -- profiles ----------------------------------------------------------------------------------------------------------


def compare_structures(ours: Views, official: Views, url: str) -> Iterator[Difference]:
    """Differences in the effective constraints of one profile. Raises UnknownDefinitionError, DefinitionError."""
    mine, theirs = ours.definitions.structure(url), official.definitions.structure(url)
    for aspect, said, expected in (
        ("type", mine.type, theirs.type),
        ("base", mine.base, theirs.base),
        ("kind", mine.kind, theirs.kind),
        ("context", _joined(where for _, where in mine.contexts), _joined(where for _, where in theirs.contexts)),
    ):
        if said != expected:
            yield Difference(url, "", aspect, str(said), str(expected))
    yield from _Walk(url, ours, official).compare(mine.type, ours.root(mine), official.root(theirs), 0)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes down two definitions of one URL side by side."""

    url: str
    ours: Views
    official: Views

    def compare(self, key: str, mine: View, theirs: View, depth: int) -> Iterator[Difference]:
        yield from self._facts(key, facts(mine), facts(theirs), ROOT_SAYS_NOTHING if depth == 0 else ())
        mine_inside, theirs_inside = self.ours.inside(mine), self.official.inside(theirs)
        yield from self._rules(key, mine, theirs, mine_inside, theirs_inside)
        yield from self._choices(key, mine_inside, theirs_inside)
        for name in dict.fromkeys([*theirs.slices(), *mine.slices()]):
            yield from self._slice(f"{key}:{name}", name, mine, theirs, depth)
        if depth < MAX_DEPTH:
            for name in dict.fromkeys([*theirs.children(), *mine.children()]):
                yield from self._child(f"{key}.{name}", name, mine_inside, theirs_inside, depth)

    def _slice(self, key: str, name: str, mine: View, theirs: View, depth: int) -> Iterator[Difference]:
        if name not in mine.slices() or name not in theirs.slices():
            yield Difference(self.url, key, "slice", *_presence(name in mine.slices(), name in theirs.slices()))
            return
        yield from self.compare(key, slice_of(mine, name), slice_of(theirs, name), depth + 1)

    def _child(self, key: str, name: str, mine: View, theirs: View, depth: int) -> Iterator[Difference]:
        our_child, their_child = child(mine, name), child(theirs, name)
        if our_child is None or their_child is None:
            yield Difference(self.url, key, "element", *_presence(our_child is not None, their_child is not None))
            return
        yield from self.compare(key, our_child, their_child, depth + 1)

    def _facts(self, key: str, mine: Facts, theirs: Facts, skipped: tuple[str, ...]) -> Iterator[Difference]:
        said, expected = _shown(mine), _shown(theirs)
        for aspect, value in expected.items():
            if said[aspect] != value and aspect not in skipped:
                yield Difference(self.url, key, aspect, said[aspect], value)

    def _rules(self, key: str, mine: View, theirs: View, inside: View, official: View) -> Iterator[Difference]:
        """Rules the publisher states must hold in ours, from whatever layer; ours may state no others of their own."""
        stated = {rule.key for node in mine.own for rule in node.element.constraints}
        their_own = {rule.key for node in theirs.own for rule in node.element.constraints}
        value, expected = rules(inside), rules(official)
        for name in sorted(stated | their_own):
            ours = value[name].expression or value[name].xpath if name in value else None
            official_rule = expected[name].expression or expected[name].xpath if name in expected else None
            if _spaced(ours) != _spaced(official_rule):
                yield Difference(self.url, key, f"rule {name}", ours or "nothing", official_rule or "nothing")

    def _choices(self, key: str, mine: View, theirs: View) -> Iterator[Difference]:
        """A profile narrows a choice by naming concrete members alone: both must name the same ones."""
        for stem, codes in _stems(theirs).items():
            concrete = {name for name, _ in concrete_choices(stem, codes)}
            said, expected = _joined(concrete & set(mine.children())), _joined(concrete & set(theirs.children()))
            if said != expected:
                yield Difference(self.url, f"{key}.{stem}[x]", "choice", said or "any", expected or "any")


def _stems(view: View) -> dict[str, list[str]]:
    return {
        name[:-3]: [one.code for one in group.element.types]
        for node in view.nodes
        for name, group in node.children.items()
        if name.endswith("[x]")
    }


def _presence(ours: bool, official: bool) -> tuple[str, str]:
    return "present" if ours else "absent", "present" if official else "absent"


def _shown(found: Facts) -> dict[str, str]:
    """The facts as comparable text by aspect."""
    return {
        "min": str(found.min),
        "max": "*" if found.max == UNBOUNDED else str(found.max),
        "types": _joined(_type(one) for one in found.types),
        "targets": _joined(target for one in found.types for target in one.targets),
        "fixed": _value(found.fixed),
        "pattern": _value(found.pattern),
        "minValue": _value(found.min_value),
        "maxValue": _value(found.max_value),
        "maxLength": str(found.max_length),
        "binding": _bound(found.binding),
        "slicing": _sliced(found.slicing),
        "content reference": str(found.content_ref),
        "mustSupport": str(found.must_support),
        "isModifier": str(found.is_modifier),
    }


def _type(one: TypeRef) -> str:
    return f"{one.code}({_joined(one.profiles)})" if one.profiles else one.code


def _joined(parts: Any) -> str:
    return ", ".join(sorted(set(parts)))


def _value(fixed: FixedValue | None) -> str:
    return "none" if fixed is None else f"{fixed.type} {fixed.value!r}"


def _bound(binding: Binding | None) -> str:
    if binding is None:
        return "none"
    widest = f", at most {binding.max_value_set}" if binding.max_value_set else ""
    return f"{binding.strength} {binding.value_set or 'without value set'}{widest}"


def _sliced(slicing: Slicing | None) -> str:
    if slicing is None:
        return "none"
    by = _joined(f"{one.kind} {one.path}" for one in slicing.discriminators)
    return f"by {by or 'nothing'}, {slicing.rules}{', ordered' if slicing.ordered else ''}"


def _spaced(expression: str | None) -> str:
    return " ".join((expression or "").split())


# -- codes -------------------------------------------------------------------------------------------------------------


def compare_sets(url: str, mine: Mapping[str, str | None], theirs: Mapping[str, str | None]) -> Iterator[Difference]:
    """Differences between two sets of codes with displays; a display that ours leave out is none."""
    for code in sorted(mine.keys() | theirs.keys()):
        if code not in mine or code not in theirs:
            yield Difference(url, code, "code", *_presence(code in mine, code in theirs))
        elif mine[code] is not None and mine[code] != theirs[code]:
            yield Difference(url, code, "display", str(mine[code]), str(theirs[code]))


def value_set_parts(value_set: Mapping[str, Any]) -> dict[str, str | None]:
    """What a ValueSet names: codes with their displays, whole systems, filters, other value sets."""
    found: dict[str, str | None] = {}
    inline = value_set.get("codeSystem") or {}
    for code, display in code_parts(inline).items():
        found[f"{inline.get('system')}#{code}"] = display
    compose = value_set.get("compose") or {}
    found |= {f"import {url}": None for url in compose.get("import") or ()}
    for verb in ("include", "exclude"):
        for part in compose.get(verb) or ():
            found |= {f"{verb} {name}": display for name, display in _part(part).items()}
    return found


def _part(part: Mapping[str, Any]) -> dict[str, str | None]:
    system = part.get("system")
    concepts = {f"{system}#{one.get('code')}": one.get("display") for one in part.get("concept") or ()}
    filters = " ".join(f"{one['property']} {one['op']} {one['value']}" for one in part.get("filter") or ())
    named: dict[str, str | None] = {f"value set {url}": None for url in part.get("valueSet") or ()}
    if system and not concepts:
        named[f"{system} {filters}".rstrip()] = None
    return concepts | named


def code_parts(system: Mapping[str, Any], parent: str = "") -> dict[str, str | None]:
    """The codes of a code system, a child as `parent/child`, with their displays."""
    found: dict[str, str | None] = {}
    for one in system.get("concept") or ():
        code = f"{parent}{one.get('code')}"
        found[code] = one.get("display")
        found |= code_parts(one, f"{code}/")
    return found
