"""Code systems loaded locally: their concepts, hierarchy and properties, and the ValueSet filters that these can evaluate.

Source: CodeSystem and ValueSet.compose.include.filter in FHIR 3.0.1; ValueSet.codeSystem in FHIR 1.0.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


class NotLocalError(Exception):
    """A filter that the content loaded here cannot evaluate; the message says why."""


@dataclass(slots=True)
class Concept:
    """A concept: its display and designations, the codes directly above it, and its properties as text."""

    displays: list[str] = field(default_factory=list)
    parents: set[str] = field(default_factory=set)
    properties: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class CodeSystem:
    """A code system. `complete` is False for a fragment, an example, or one without content."""

    url: str
    complete: bool
    case_sensitive: bool
    concepts: dict[str, Concept] = field(default_factory=dict)

    def fold(self, code: str) -> str:
        """The code in the spelling of its concept, where letter case does not matter; else as it is."""
        if self.case_sensitive or code in self.concepts:
            return code
        wanted = code.casefold()
        return next((known for known in self.concepts if known.casefold() == wanted), code)

    def below(self, code: str) -> set[str]:
        """The code and all under it."""
        found, added = {code}, True
        while added:
            more = {name for name, concept in self.concepts.items() if concept.parents & found} - found
            found |= more
            added = bool(more)
        return found

    def above(self, code: str) -> set[str]:
        """The code and all over it."""
        found: set[str] = set()
        waiting = [code]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.concepts[name].parents if name in self.concepts else ())
        return found

    def select(self, filters: Iterable[dict[str, Any]]) -> set[str]:
        """The codes that pass every filter. Raises NotLocalError for a filter that cannot be evaluated here."""
        found = set(self.concepts)
        for one in filters:
            found &= self._select_one(str(one.get("property", "")), str(one.get("op", "")), str(one.get("value", "")))
        return found

    def _select_one(self, prop: str, operator: str, value: str) -> set[str]:
        if not self.complete:
            raise NotLocalError(f"the code system {self.url} is not held completely")
        by_hierarchy = _HIERARCHY.get(operator)
        if by_hierarchy is not None and prop in ("concept", "code"):
            return by_hierarchy(self, value) & set(self.concepts)
        by_value = _VALUES.get(operator)
        if by_value is None:
            raise NotLocalError(f"the filter {prop} {operator} {value} needs a terminology server")
        if not self._knows(prop):
            raise NotLocalError(f"the code system {self.url} states no property {prop}")
        return {code for code in self.concepts if by_value(self._values(code, prop), value)}

    def _knows(self, prop: str) -> bool:
        built_in = prop in ("concept", "code", "display", "parent")
        return built_in or any(prop in concept.properties for concept in self.concepts.values())

    def _values(self, code: str, prop: str) -> list[str]:
        concept = self.concepts[code]
        if prop in ("concept", "code"):
            return [code]
        if prop == "display":
            return concept.displays
        if prop == "parent":
            return sorted(concept.parents)
        return concept.properties.get(prop, [])


_HIERARCHY: dict[str, Callable[[CodeSystem, str], set[str]]] = {
    "is-a": CodeSystem.below,
    "descendent-of": lambda system, code: system.below(code) - {code},
    "is-not-a": lambda system, code: set(system.concepts) - system.below(code),
    "generalizes": CodeSystem.above,
}


def _matches(values: list[str], pattern: str) -> bool:
    try:
        return any(re.fullmatch(pattern, value) for value in values)
    except re.error as error:
        raise NotLocalError(f"the filter's regular expression {pattern!r} cannot be read ({error})") from error


def _listed(value: str) -> set[str]:
    return {part.strip() for part in value.split(",")}


_VALUES: dict[str, Callable[[list[str], str], bool]] = {
    "=": lambda values, value: value in values,
    "in": lambda values, value: not _listed(value).isdisjoint(values),
    "not-in": lambda values, value: _listed(value).isdisjoint(values),
    "regex": _matches,
    "exists": lambda values, value: bool(values) == (value == "true"),
}


def read_code_system(raw: dict[str, Any], url: str) -> CodeSystem:
    """A CodeSystem resource (STU3), or the `codeSystem` part of a ValueSet (DSTU2), in JSON form."""
    system = CodeSystem(url, raw.get("content", "complete") == "complete", raw.get("caseSensitive") is not False)
    waiting: list[tuple[dict[str, Any], str | None]] = [(one, None) for one in reversed(raw.get("concept") or [])]
    while waiting:
        item, parent = waiting.pop()
        code = item.get("code")
        if not isinstance(code, str):
            continue
        concept = system.concepts.setdefault(code, Concept())
        _describe(concept, item, parent)
        for child in item.get("concept") or ():
            waiting.append((child, code))
        for name in concept.properties.get("child", ()):
            system.concepts.setdefault(name, Concept()).parents.add(code)
    return system


def _describe(concept: Concept, item: dict[str, Any], parent: str | None) -> None:
    concept.displays.extend(displays_of(item))
    if parent is not None:
        concept.parents.add(parent)
    for one in item.get("property") or ():
        value = next((text for key, text in one.items() if key.startswith("value")), None)
        if isinstance(value, dict):
            value = value.get("code")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        concept.properties.setdefault(str(one.get("code")), []).append(text)
    concept.parents.update(concept.properties.get("parent", ()))
    concept.parents.update(concept.properties.get("subsumedBy", ()))


def displays_of(item: dict[str, Any]) -> list[str]:
    """The display and the designations of a concept, in a code system or in a value set."""
    texts = [item.get("display"), *(one.get("value") for one in item.get("designation") or ())]
    return [text for text in texts if isinstance(text, str)]
