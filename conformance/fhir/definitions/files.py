"""Reads conformance resources (StructureDefinition, ValueSet, CodeSystem, ...) from JSON and XML files.

Files are first only scanned for what they hold (`scan`), and parsed when needed (`parse`): a start with a
hundred definitions then costs milliseconds. The XML reader here is made for conformance resources alone, which have to be read
before any type is known; instances are read by `conformance.fhir.formats.xml`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.fhir.definitions.element_definitions import words
from conformance.fhir.errors import DefinitionError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CONFORMANCE_TYPES = words(
    """StructureDefinition ValueSet CodeSystem ConceptMap OperationDefinition SearchParameter NamingSystem"""
)
SUFFIXES = (".json", ".xml")

FHIR = "{http://hl7.org/fhir}"
XHTML = "{http://www.w3.org/1999/xhtml}"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a file holds: resource type, canonical URL, business version."""

    resource_type: str
    url: str
    version: str | None


# The layout our own tools write: the first members, in this order, so that a scan needs no parsing.
_OURS = re.compile(
    r'\s*\{\s*"resourceType":\s*"(?P<type>\w+)",\s*(?:"id":\s*"[^"\\]*",\s*)?"url":\s*"(?P<url>[^"\\]+)"'
    r'(?:,\s*"version":\s*"(?P<version>[^"\\]+)")?'
)
_XML_ROOT = re.compile(r"<(?!\?|!)(?:\w+:)?(?P<type>\w+)[\s>]")
_XML_URL = re.compile(r'<url\s+value="(?P<url>[^"&]+)"')
_XML_VERSION = re.compile(
    r'\s*(?:/>|>\s*</url>)\s*(?:<identifier>.*?</identifier>\s*)?<version\s+value="(?P<version>[^"&]+)"', re.DOTALL
)
_HEAD = 8192


def scan(path: Path) -> Heading | None:
    """What the file holds, or None where it is no conformance resource. Raises DefinitionError if unreadable."""
    text = _text(path)
    quick = _scan_xml(text) if path.suffix == ".xml" else _scan_json(text)
    return quick if quick is not None else heading_of(parse_text(text, path))


def parse(path: Path) -> dict[str, Any]:
    """The resource in the file as JSON form. Raises DefinitionError."""
    return parse_text(_text(path), path)


def heading_of(resource: dict[str, Any]) -> Heading | None:
    """The heading of a parsed resource, None for what has no canonical URL or is of no interest here."""
    kind, url = resource.get("resourceType"), resource.get("url")
    if kind not in CONFORMANCE_TYPES or not isinstance(url, str):
        return None
    return Heading(kind, url, resource.get("version"))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DefinitionError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{path}: is not UTF-8 (byte {error.start})") from error


def parse_text(text: str, path: Path | str) -> dict[str, Any]:
    """Definition text (XML where it starts with `<`) as JSON form. Raises DefinitionError naming `path`."""
    if text.lstrip()[:1] == "<":
        return _parse_xml(text, path)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DefinitionError(f"{path}: is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise DefinitionError(f"{path}: holds no resource (a JSON object is wanted)")
    return value


def _scan_json(text: str) -> Heading | None:
    match = _OURS.match(text)
    return Heading(match["type"], match["url"], match["version"]) if match else None


def _scan_xml(text: str) -> Heading | None:
    """The first `<url value=...>` child, unless something before it could hold a url of its own."""
    head = text[:_HEAD]
    root, url = _XML_ROOT.search(head), _XML_URL.search(head)
    if not root or not url or "<contained" in head[: url.start()] or "<contact" in head[: url.start()]:
        return None
    version = _XML_VERSION.match(text, url.end())
    return Heading(root["type"], url["url"], version["version"] if version else None)


# Elements that repeat in the conformance resources and in the datatypes their fixed and pattern values have.
_LISTS = words(
    """element type targetProfile constraint discriminator condition representation mapping alias extension
modifierExtension contained contact telecom useContext jurisdiction keyword context include exclude concept
filter import valueSet
designation property coding identifier line given prefix suffix group target parameter contextInvariant"""
)
_INTEGERS = words("""min maxLength count fixedInteger patternInteger minValueInteger maxValueInteger""")
_BOOLEANS = words(
    """abstract experimental ordered isModifier isSummary mustSupport immutable caseSensitive compositional
versionNeeded valueBoolean fixedBoolean patternBoolean userSelected defaultValueBoolean"""
)
# Exceptions by parent: (parent, child).
_LISTS_WITHIN = frozenset([("type", "profile"), ("type", "aggregation"), ("element", "code")])
_SINGLE_WITHIN = frozenset([
    ("StructureDefinition", "type"), ("discriminator", "type"), ("identifier", "type"), ("property", "type"),
    ("fixedIdentifier", "type"), ("patternIdentifier", "type"), ("parameter", "type"), ("filter", "property"),
    ("CodeSystem", "valueSet"),
])  # fmt: skip


def _parse_xml(text: str, path: Path | str) -> dict[str, Any]:
    from xml.etree import ElementTree

    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DefinitionError(f"{path}: declares a document type, which a definition has no need of")
    try:
        # The encoding declaration speaks of bytes; this is text already. Entities were refused above.
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314
    except ElementTree.ParseError as error:
        raise DefinitionError(f"{path}: is not XML ({error})") from error
    if not root.tag.startswith(FHIR):
        raise DefinitionError(f"{path}: its root element is not in the FHIR namespace")
    value = _object(root, root.tag.removeprefix(FHIR))
    if not isinstance(value, dict):
        raise DefinitionError(f"{path}: is empty")
    return {"resourceType": root.tag.removeprefix(FHIR), **value}


def _object(node: Element, name: str) -> Any:
    """A node as JSON form: a primitive's value, or an object of its children."""
    if "value" in node.attrib:
        return _primitive(name, node.attrib["value"])
    result: dict[str, Any] = {key: text for key, text in node.attrib.items() if key in ("id", "url")}
    for child in node:
        if not isinstance(child.tag, str) or child.tag.startswith(XHTML):
            continue
        key = child.tag.removeprefix(FHIR)
        value = _object(child, key)
        if name == "contained":
            return {"resourceType": key, **value}
        _put(result, name, key, value)
    return result


def _put(result: dict[str, Any], parent: str, key: str, value: Any) -> None:
    repeats = (parent, key) in _LISTS_WITHIN or (key in _LISTS and (parent, key) not in _SINGLE_WITHIN)
    if key in result:
        current = result[key]
        result[key] = [*current, value] if isinstance(current, list) else [current, value]
    else:
        result[key] = [value] if repeats else value


def _primitive(name: str, text: str) -> Any:
    if name in _INTEGERS and re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    if name in _BOOLEANS and text in ("true", "false"):
        return text == "true"
    return text
