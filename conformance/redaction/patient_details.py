"""Find and mask what tells who a patient is, inside FHIR bodies (JSON or XML, sound or broken).

The text around a masked value stays byte for byte as it came, because a body is evidence.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

Mask = Callable[[str, str], str]  # (kind, value) → what stands in its place

_PEOPLE = ("Patient", "RelatedPerson", "Person")
_NAME, _ADDRESS, _CONTACT, _DATE, _IDENTIFIER, _TEXT = "name", "address", "telecom", "birth-date", "identifier", "text"
# element of a person → (kind of detail, the parts of it that tell who it is; () means every text in it)
_ELEMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "name": (_NAME, ("text", "family", "given")),
    "address": (_ADDRESS, ("text", "line", "city", "district", "state", "postalCode")),
    "telecom": (_CONTACT, ("value",)),
    "identifier": (_IDENTIFIER, ("value",)),
    "birthDate": (_DATE, ()),
    "_birthDate": (_DATE, ("valueDateTime", "valueDate")),
    "deceasedDateTime": (_DATE, ()),
    "text": (_TEXT, ("div",)),
    "photo": (_TEXT, ("data", "url")),
}
_PARTS = {
    "family": _NAME,
    "given": _NAME,
    "line": _ADDRESS,
    "city": _ADDRESS,
    "district": _ADDRESS,
    "state": _ADDRESS,
    "postalCode": _ADDRESS,
    "birthDate": _DATE,
    "deceasedDateTime": _DATE,
    "text": _TEXT,
    "div": _TEXT,
    "value": _IDENTIFIER,
}
_KEYS = "|".join(_PARTS)
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*+)"(\s*:)?', re.DOTALL)
# For JSON that does not parse: a key that holds a detail, then a text or a list of texts, perhaps cut short.
_BROKEN = re.compile(
    rf'("(?P<key>{_KEYS})"\s*:\s*)(?P<value>\[(?:"(?:[^"\\]|\\.)*+"?|[^\]"])*+\]?|"(?:[^"\\]|\\.)*+"?)', re.DOTALL
)
_CUT_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*+)("|\\?\Z)', re.DOTALL)
_XML_PERSON = re.compile(
    r"<(?P<prefix>[\w.-]+:)?(?P<name>Patient|RelatedPerson|Person)(?=[\s>]).*?(?:</(?P=name)\s*>|</[\w.-]+:(?P=name)\s*>|\Z)",
    re.DOTALL,
)
_XML_PART = re.compile(
    rf"(<(?:[\w.-]+:)?(?P<part>{_KEYS})\s[^<>]*?value\s*=\s*)(?P<quote>[\"'])(?P<value>[^\"'<]*)(?P=quote)"
)
_XML_DIV = re.compile(r"(<(?:[\w.-]+:)?div\b[^<>]*>)(?P<value>.*?)(</(?:[\w.-]+:)?div\s*>|\Z)", re.DOTALL)
_XML_DISPLAY = re.compile(
    r"(<(?:\w+:)?reference\s+value\s*=\s*[\"'](?:[^\"'<]*/)?Patient/[^\"'<]*[\"']\s*/>\s*"
    r"<(?:\w+:)?display\s+value\s*=\s*[\"'])(?P<value>[^\"'<]*)"
)
_SHORTEST_IDENTIFIER = 4  # a local identifier such as "2" is also a version or an id elsewhere
_MASKED = re.compile(r"\[[a-z-]+ [b-v]{8}\]|\*{8}|NHS-[b-v]{8}")


def is_mask(value: str) -> bool:
    """Say whether a text is nothing but a mask already."""
    return _MASKED.fullmatch(value) is not None


def details_in(text: str) -> dict[str, str]:
    """Return what tells who a patient is in a body: value → kind. Empty for a body without patients."""
    if "Patient" not in text and "Person" not in text and "\\u" not in text:
        return {}
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        found = _xml_details(text)
    else:
        read = _json_details(text)
        found = _broken_details(text) if read is None else iter(read)
    return {value: kind for kind, value in found if _telling(kind, value)}


def _telling(kind: str, value: str) -> bool:
    if not value.strip() or is_mask(value):
        return False
    return kind != _IDENTIFIER or len(value) >= _SHORTEST_IDENTIFIER


def mask_details(text: str, known: dict[str, str], mask: Mask) -> str:
    """Return a body with the details masked: those of its own patients, and texts equal to one of `known`."""
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return _mask_xml(text, known, mask)
    if "\\" not in text and not any(value in text for value in known):
        return text
    if _json_details(text) is None:
        return _mask_broken(text, mask) if "Patient" in text or "Person" in text else text
    if not known or ("\\" not in text and not any(f'"{value}"' in text for value in known)):
        return text

    def literal(match: re.Match[str]) -> str:
        if match[2]:  # a key
            return match[0]
        value = match[1]
        plain = value if "\\" not in value else str(json.loads(f'"{value}"', strict=False))
        return f'"{mask(known[plain], plain)}"' if plain in known else match[0]

    return _LITERAL.sub(literal, text)


@lru_cache(maxsize=16)  # a body is read for its details, and soon after to be masked
def _json_details(text: str) -> tuple[tuple[str, str], ...] | None:
    """Return the details (kind, value) in JSON, every value of a repeated key looked at; None when it is no JSON."""
    telling = False

    def all_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal telling
        whole = dict(pairs)
        if len(whole) != len(pairs):
            whole = {key: [value for other, value in pairs if other == key] for key in whole}
        telling = telling or _tells_of_patient(whole)
        return whole

    try:
        root = json.loads(text.lstrip("\ufeff"), object_pairs_hook=all_pairs, strict=False)
    except (ValueError, RecursionError):
        return None
    return tuple(_details_below(root)) if telling else ()  # few bodies of many tell anything: only those are walked


def _tells_of_patient(node: dict[str, Any]) -> bool:
    person = "resourceType" in node and _is_person(node)
    return person or ("display" in node and any(True for _ in _display_details(node)))


def _details_below(root: Any) -> Iterator[tuple[str, str]]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            waiting.extend(value for value in node.values() if isinstance(value, dict | list))
            yield from _person_details(node)
            yield from _display_details(node)


def _is_person(node: dict[str, Any]) -> bool:
    return any(kind in _PEOPLE for kind in _texts(node.get("resourceType")))


def _person_details(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not _is_person(node):
        return
    for owner in (node, *_objects(node.get("contact"))):
        for element, (kind, parts) in _ELEMENTS.items():
            if element in owner:
                yield from ((kind, value) for value in _texts(owner[element], parts))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node


def _display_details(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    reference, display = node.get("reference"), node.get("display")
    if isinstance(reference, str) and isinstance(display, str) and re.search(r"(?:^|/)Patient/", reference):
        yield _NAME, display


def _texts(value: Any, keys: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield every text in a value; with keys, only the texts under one of them."""
    waiting = [(value, not keys)]
    while waiting:
        node, wanted = waiting.pop()
        if isinstance(node, str):
            if wanted:
                yield node
        elif isinstance(node, list):
            waiting.extend((item, wanted) for item in node)
        elif isinstance(node, dict):
            waiting.extend((item, wanted or key in keys) for key, item in node.items())


def _broken_details(text: str) -> Iterator[tuple[str, str]]:
    for match in _BROKEN.finditer(text):
        for literal in _CUT_LITERAL.finditer(match["value"]):
            yield _PARTS[match["key"]], literal[1]


def _mask_broken(text: str, mask: Mask) -> str:
    def whole(match: re.Match[str]) -> str:
        def literal(inner: re.Match[str]) -> str:
            telling = inner[1].strip() and not is_mask(inner[1])
            return f'"{mask(_PARTS[match["key"]], inner[1])}{inner[2]}' if telling else inner[0]

        return match[1] + _CUT_LITERAL.sub(literal, match["value"])

    return _BROKEN.sub(whole, text)


def _xml_details(text: str) -> Iterator[tuple[str, str]]:
    for person in _XML_PERSON.finditer(text):
        for part in _XML_PART.finditer(person[0]):
            yield _PARTS[part["part"]], html.unescape(part["value"])
    for display in _XML_DISPLAY.finditer(text):
        yield _NAME, html.unescape(display["value"])


def _mask_xml(text: str, known: dict[str, str], mask: Mask) -> str:
    def kept(kind: str, value: str) -> str:
        return value if is_mask(value) or not value.strip() else mask(kind, html.unescape(value))

    def part(match: re.Match[str]) -> str:
        quote = match["quote"]
        return f"{match[1]}{quote}{kept(_PARTS[match['part']], match['value'])}{quote}"

    def narrative(match: re.Match[str]) -> str:
        return f"{match[1]}{kept(_TEXT, match['value'])}{match[3]}"

    def person(match: re.Match[str]) -> str:
        return _XML_DIV.sub(narrative, _XML_PART.sub(part, match[0]))

    def attribute(match: re.Match[str]) -> str:
        plain = html.unescape(match[2])
        return f"{match[1]}{mask(known[plain], plain)}{match[3]}" if plain in known else match[0]

    if "Patient" in text or "Person" in text:
        text = _XML_PERSON.sub(person, text)
        text = _XML_DISPLAY.sub(lambda match: match[1] + kept(_NAME, match["value"]), text)
    return re.sub(r"(value=[\"'])([^\"'<]*)([\"'])", attribute, text) if known else text
