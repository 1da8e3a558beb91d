"""Where a FHIR body tells who a patient is: the places in JSON or XML, sound or broken. Values only.

The places are by structure: elements of Patient, RelatedPerson and Person wherever they stand, and the display beside a
reference to one. The reading is lenient: quotes, brackets and tags are all that must be there, and of those some may be
missing. It takes time in proportion to the length of the body.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

NAME, ADDRESS, CONTACT, BIRTH, DEATH, IDENTIFIER, TEXT, DATA = (
    "name",
    "address",
    "telecom",
    "birth-date",
    "death-date",
    "identifier",
    "text",
    "data",
)
PEOPLE = frozenset({"Patient", "RelatedPerson", "Person"})
# element of a person → (kind of detail, the parts of it that tell who it is; () means every text in it)
_ELEMENTS: dict[str, tuple[str, frozenset[str]]] = {
    "name": (NAME, frozenset({"text", "family", "given"})),
    "address": (ADDRESS, frozenset({"text", "line", "city", "district", "state", "postalCode"})),
    "telecom": (CONTACT, frozenset({"value"})),
    "identifier": (IDENTIFIER, frozenset({"value"})),
    "birthDate": (BIRTH, frozenset()),
    "_birthDate": (BIRTH, frozenset({"valueDateTime", "valueDate"})),
    "deceasedDateTime": (DEATH, frozenset()),
    "text": (TEXT, frozenset({"div"})),
    "photo": (DATA, frozenset({"data", "url"})),
}
_NO_DETAIL: tuple[str, frozenset[str]] = ("", frozenset())
_OF_CONTACTS = frozenset({"name", "address", "telecom"})
# by the key alone, where a body is broken and names a patient
_ALONE = {
    "family": NAME,
    "given": NAME,
    "line": ADDRESS,
    "city": ADDRESS,
    "district": ADDRESS,
    "state": ADDRESS,
    "postalCode": ADDRESS,
    "birthDate": BIRTH,
    "deceasedDateTime": DEATH,
    "text": NAME,
    "div": TEXT,
    "value": IDENTIFIER,
}
# elements of coded values, whose text is no name: one taken for a name would be masked in ids and in our own words
_CODED = frozenset(
    {
        *("appointmentType", "category", "code", "details", "maritalStatus", "reason", "relationship", "role"),
        *("serviceCategory", "serviceType", "specialty", "type", "valueCodeableConcept"),
    }
)
_REFERENCE = re.compile(r"(?:^|/)(?:Patient|RelatedPerson|Person)/")
_PERSON = re.compile(r"[\"<:](?:Patient|RelatedPerson|Person)(?![\w/.-])")
_DEEPEST = 16  # lists and elements between a person and one of its details
_JSON_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)("?)(?:(\s*+:)|)|[{}\[\],]', re.DOTALL)
_XML_TOKEN = re.compile(
    r"<(?P<close>/?)(?:[\w.-]++:)?(?P<name>[\w.-]++)(?P<rest>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+'|[\"'][^<]*+)*+)>?"
)
_XML_VALUE = re.compile(r"(?<![\w.:-])value\s*+=\s*+(?:\"([^\"<]*+)|'([^'<]*+))")


class Place(NamedTuple):
    """From where to where a detail stands in a body as it is written, its kind, and of which person (a number)."""

    start: int
    end: int
    kind: str
    person: int


def is_xml(text: str) -> bool:
    """Say whether a body, by its first sign, is XML."""
    return text.lstrip("\ufeff\0 \t\r\n")[:1] == "<"


def places(text: str) -> list[Place]:
    """Return where a body tells who a patient is, in order."""
    if not _may_tell(text):
        return []
    return sorted(set(_Xml(text).places() if is_xml(text) else _Json(text).places()))


def _may_tell(text: str) -> bool:
    """Whether a body may tell of a patient, by a quick look."""
    named = "Patient" in text or "Person" in text
    return "\\u" in text or (named and ("display" in text or _PERSON.search(text) is not None))


@dataclass(slots=True)
class _Node:
    """An object, a list or an element that is open while reading."""

    parent: _Node | None
    name: str
    person: int = 0
    refers: bool = False
    listened: bool = False  # details may be in it
    key: str = ""  # the last one read in it
    shown: list[tuple[int, int]] = field(default_factory=list)  # displays in it


@dataclass(slots=True)
class _Value:
    node: _Node
    name: str
    start: int
    end: int


class _Reading:
    def __init__(self, text: str) -> None:
        self._text = text
        self._root = _Node(None, "")
        self._node = self._root
        self._values: list[_Value] = []
        self._displays: list[_Node] = []
        self._people = 0
        self._broken = False

    def places(self) -> Iterator[Place]:
        self._read()
        for value in self._values:
            kind, person = self._kind(value)
            if kind:
                yield Place(value.start, value.end, kind, person)
        for node in self._displays:
            if node.refers:
                yield from (Place(start, end, NAME, 0) for start, end in node.shown)

    def _read(self) -> None:
        raise NotImplementedError

    def _found(self, name: str, start: int, end: int) -> None:
        if end > start:
            self._values.append(_Value(self._node, name, start, end))

    def _display(self, start: int, end: int) -> None:
        if not self._node.shown:
            self._displays.append(self._node)
        self._node.shown.append((start, end))

    def _is_person(self, node: _Node) -> None:
        self._people += not node.person
        node.person = node.person or self._people

    def _kind(self, value: _Value) -> tuple[str, int]:
        """The kind of detail that a value is, and whose: by the element of the nearest person that it is in."""
        path, node = [value.name], value.node
        while not node.person and node.parent is not None and len(path) <= _DEEPEST:
            path.append(node.name)
            node = node.parent
        kind = _kind_of([name for name in reversed(path) if name]) if node.person else ""
        return (kind or self._alone(value)), node.person

    def _alone(self, value: _Value) -> str:
        """The kind of detail that a value is by its key alone, in a body that is broken."""
        node = value.node
        while not node.name and node.parent is not None:  # objects in a list have no name of their own
            node = node.parent
        coded = value.name == "text" and node.name in _CODED
        return _ALONE.get(value.name, "") if self._broken and not coded else ""


def _kind_of(path: list[str]) -> str:
    """The kind of detail at a path below a person, "" for none."""
    if path[:1] == ["contact"]:
        path = [name for name in path[1:] if path[1] in _OF_CONTACTS]
    kind, parts = _ELEMENTS.get(path[0], _NO_DETAIL) if path else _NO_DETAIL
    return kind if kind and (not parts or parts.intersection(path[1:])) else ""


class _Json(_Reading):
    _LISTENED = frozenset({*_ELEMENTS, *_ALONE, *(part for _, parts in _ELEMENTS.values() for part in parts)})

    def _read(self) -> None:
        for match in _JSON_TOKEN.finditer(self._text):
            sign = match[0][0]
            if sign == '"':
                self._string(match)
            elif sign in "{[":
                name = self._node.key
                self._node = _Node(self._node, name, listened=self._node.listened or name in self._LISTENED)
            elif sign == ",":
                self._node.key = ""
            elif self._node.parent is not None:
                self._node = self._node.parent
            else:
                self._broken = True
        self._broken = self._broken or self._node is not self._root

    def _string(self, match: re.Match[str]) -> None:
        self._broken = self._broken or not match[2]
        node = self._node
        if match[3]:
            node.key = _plain(match[1])
            return
        key, start, end = node.key, match.start(1), match.end(1)
        if key == "resourceType" and _plain(match[1]) in PEOPLE:
            self._is_person(node)
        elif key == "reference" and _REFERENCE.search(_plain(match[1])):
            node.refers = True
        elif key == "display":
            self._display(start, end)
        elif node.listened or key in self._LISTENED:
            self._found(key or node.name, start, end)


def _plain(literal: str) -> str:
    try:
        return str(json.loads(f'"{literal}"', strict=False)) if "\\" in literal else literal
    except ValueError:
        return literal


class _Xml(_Reading):
    def _read(self) -> None:
        open_: Counter[str] = Counter()
        at = 0
        for tag in _XML_TOKEN.finditer(self._text):
            self._between(at, tag.start())
            at = tag.end()
            self._tag(tag, open_)
        self._between(at, len(self._text))
        self._broken = self._broken or self._node is not self._root

    def _tag(self, tag: re.Match[str], open_: Counter[str]) -> None:
        name = tag["name"]
        if tag["close"]:
            self._end(name, open_)
            return
        self._attribute(tag, name)
        self._broken = self._broken or not tag[0].endswith(">")
        if not tag["rest"].endswith("/"):
            self._node = _Node(self._node, name)
            open_[name] += 1
            if name in PEOPLE:
                self._is_person(self._node)

    def _end(self, name: str, open_: Counter[str]) -> None:
        """Close an element and those in it that were not closed."""
        self._broken = self._broken or self._node.name != name
        while open_[name] and self._node.parent is not None:
            last = self._node.name
            open_[last] -= 1
            self._node = self._node.parent
            if last == name:
                break

    def _attribute(self, tag: re.Match[str], name: str) -> None:
        value = _XML_VALUE.search(self._text, tag.start("rest"), tag.end("rest"))
        if value is None:
            return
        group = 1 if value[1] is not None else 2
        start, end = value.span(group)
        if name == "reference" and _REFERENCE.search(value[group]):
            self._node.refers = True
        elif name == "display":
            self._display(start, end)
        else:
            self._found(name, start, end)

    def _between(self, start: int, end: int) -> None:
        """Text between two tags: of a narrative, and of an element that is broken."""
        if self._node.parent is not None and self._text[start:end].strip():
            self._found("", start, end)
