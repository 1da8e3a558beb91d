"""ValueSets and CodeSystems as facts: systems, codes, displays, filters, hierarchies. Meanings of codes are not carried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from definition_facts import FHIR, Json, local, text, texts
from lxml import etree

NAME_WORDS = 7  # a longer display is a sentence of the publisher's, not a name
KEPT_PROPERTIES = {"notSelectable", "abstract", "status", "parent", "child", "subsumedBy"}


def concept_facts(node: etree._Element) -> Json:
    """One concept with what hangs below it: code, display, abstractness, children."""
    item: Json = {"code": text(node, "code")}
    if (abstract := text(node, "abstract")) is not None:
        item["abstract"] = abstract == "true"
    if (display := text(node, "display")) and len(display.split()) <= NAME_WORDS:
        item["display"] = display
    properties = []
    for found in node.findall(FHIR + "property"):
        if text(found, "code") in KEPT_PROPERTIES:
            value = next(child for child in found if local(child).startswith("value"))
            shown: Any = value.get("value")
            properties.append(
                {"code": text(found, "code"), local(value): shown == "true" if "Boolean" in local(value) else shown}
            )
    if properties:
        item["property"] = properties
    children = [concept_facts(child) for child in node.findall(FHIR + "concept")]
    if children:
        item["concept"] = children
    return item


def include_facts(node: etree._Element) -> Json:
    item: Json = {}
    for name in ("system", "version"):
        if value := text(node, name):
            item[name] = value
    concepts = [concept_facts(child) for child in node.findall(FHIR + "concept")]
    if concepts:
        item["concept"] = concepts
    filters = [
        {name: text(child, name) for name in ("property", "op", "value")} for child in node.findall(FHIR + "filter")
    ]
    if filters:
        item["filter"] = filters
    if sets := texts(node, "valueSet"):
        item["valueSet"] = sets
    return item


def compose_facts(node: etree._Element) -> Json | None:
    compose = node.find(FHIR + "compose")
    if compose is None:
        return None
    item: Json = {}
    if imports := texts(compose, "import"):
        item["import"] = imports
    for name in ("include", "exclude"):
        if found := [include_facts(child) for child in compose.findall(FHIR + name)]:
            item[name] = found
    return item


def value_set_facts(node: etree._Element) -> Json:
    """What a ValueSet says: an inline code system (DSTU2) and its composition."""
    item: Json = {}
    inline = node.find(FHIR + "codeSystem")
    if inline is not None:
        item["codeSystem"] = system_body(inline, ("system", "version"))
    if (compose := compose_facts(node)) is not None:
        item["compose"] = compose
    return item


def code_system_facts(node: etree._Element) -> Json:
    """What a CodeSystem says (STU3 on)."""
    item = system_body(node, ("valueSet", "hierarchyMeaning", "content"))
    properties = [
        {"code": text(found, "code"), "type": text(found, "type")}
        for found in node.findall(FHIR + "property")
        if text(found, "code") in KEPT_PROPERTIES
    ]
    if properties:
        concepts = item.pop("concept", [])
        item |= {"property": properties, "concept": concepts}
    return item


def system_body(node: etree._Element, names: tuple[str, ...]) -> Json:
    item: Json = {name: value for name in names if (value := text(node, name)) is not None}
    if (sensitive := text(node, "caseSensitive")) is not None:
        item["caseSensitive"] = sensitive == "true"
    if concepts := [concept_facts(child) for child in node.findall(FHIR + "concept")]:
        item["concept"] = concepts
    return item


def count(concepts: list[Json]) -> int:
    return sum(1 + count(item.get("concept", [])) for item in concepts)


def named_by(value_set: Json) -> Iterator[str]:
    """Canonical URLs of the systems and value sets that a value set is composed of."""
    compose = value_set.get("compose", {})
    yield from compose.get("import", [])
    for part in (*compose.get("include", []), *compose.get("exclude", [])):
        if "system" in part and "concept" not in part:
            yield part["system"]
        yield from part.get("valueSet", [])
