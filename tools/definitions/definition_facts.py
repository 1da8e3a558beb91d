"""What the derivation tools share: reads a publisher's definition (FHIR XML) and keeps its facts only.

Facts are paths, names, cardinalities, type codes, targets, fixed and pattern values, bindings, codes, rule keys and rule
expressions. Prose (short, definition, comment, requirements, meanings of codes) is never read into the result. The wording
that a definition needs is ours and comes from `tools/definitions/data/`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
FHIR = "{http://hl7.org/fhir}"
DATA = Path(__file__).resolve().parent / "data"
Json = dict[str, Any]

VALUED = re.compile(r"(fixed|pattern|minValue|maxValue)[A-Z]")
INTEGERS = {"min", "maxLength", "valueInteger"}
BOOLEANS = {"isModifier", "mustSupport", "ordered", "valueBoolean"}


def read_xml(path: Path) -> etree._Element:
    """Parse one file without entities, network or size surprises."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    return etree.parse(str(path), parser).getroot()


def resources(path: Path) -> list[etree._Element]:
    """Every resource a file holds: the one it is, or the entries of a Bundle."""
    root = read_xml(path)
    if root.tag != FHIR + "Bundle":
        return [root]
    return [child for holder in root.iterfind(f"{FHIR}entry/{FHIR}resource") for child in holder]


def local(node: etree._Element) -> str:
    return etree.QName(node).localname


def text(node: etree._Element | None, name: str) -> str | None:
    """The value of a child primitive, or None."""
    found = None if node is None else node.find(FHIR + name)
    return None if found is None else found.get("value")


def texts(node: etree._Element, name: str) -> list[str]:
    return [value for child in node.findall(FHIR + name) if (value := child.get("value")) is not None]


def scalar(name: str, value: str) -> Any:
    """A primitive's JSON value: whole numbers and booleans are not strings."""
    if name in INTEGERS or re.fullmatch(r"(min|max)ValueInteger|valueUnsignedInt|valuePositiveInt", name):
        return int(value)
    if name in BOOLEANS:
        return value == "true"
    return value


def value_json(node: etree._Element) -> Any:
    """A fixed[x], pattern[x] or value[x] as JSON: text for a primitive, an object for the few complex ones met."""
    if node.get("value") is not None:
        return scalar(local(node), node.get("value", ""))
    result: Json = {}
    for child in node:
        name = local(child)
        item = value_json(child)
        if name in {"coding"}:
            result.setdefault(name, []).append(item)
        else:
            result[name] = item
    return result


def extension_facts(node: etree._Element) -> list[Json]:
    """Extensions on a definition that carry a machine-readable fact (regular expression, JSON type)."""
    kept = []
    for child in node.findall(FHIR + "extension"):
        url = child.get("url", "")
        if not url.endswith(("structuredefinition-regex", "structuredefinition-json-type")):
            continue
        for value in child:
            kept.append({"url": url, local(value): value.get("value")})
    return kept


def type_facts(element: etree._Element) -> list[Json]:
    """The types of one element: code, profile, target, aggregation."""
    result = []
    for node in element.findall(FHIR + "type"):
        item: Json = {}
        if own := extension_facts(node):
            item["extension"] = own
        code = node.find(FHIR + "code")
        if code is not None and code.get("value") is not None:
            item["code"] = code.get("value")
        elif code is not None and (marks := extension_facts(code)):
            item["_code"] = {"extension": marks}
        for name in ("profile", "targetProfile", "aggregation"):
            values = texts(node, name)
            if values:
                item[name] = values
        result.append(item)
    return result


def single_profile(types: list[Json]) -> list[Json]:
    """STU3's shape: one profile and one target a type entry, never a list."""
    for item in types:
        for name in ("profile", "targetProfile"):
            if name in item and len(item[name]) == 1:
                item[name] = item[name][0]
            elif name in item:
                raise ValueError(f"more than one {name} in a type: {item}")
    return types


def binding_facts(element: etree._Element) -> Json | None:
    node = element.find(FHIR + "binding")
    if node is None:
        return None
    item: Json = {"strength": text(node, "strength")}
    if uri := text(node, "valueSetUri"):
        item["valueSetUri"] = uri
    if reference := text(node.find(FHIR + "valueSetReference"), "reference"):
        item["valueSetReference"] = {"reference": reference}
    if widest := max_value_set(node):
        item = {"extension": [{"url": MAX_VALUE_SET, "valueReference": {"reference": widest}}], **item}
    return item


def max_value_set(binding: etree._Element) -> str | None:
    """The value set that no code may leave, however loosely bound."""
    for node in binding.findall(FHIR + "extension"):
        if node.get("url") == MAX_VALUE_SET:
            return text(node.find(FHIR + "valueReference"), "reference") or text(node, "valueUri")
    return None


def constraint_facts(element: etree._Element, generation: str) -> list[Json]:
    """Rules of one element by key; the last statement of a key wins. The wording is added later, in our own words."""
    rules: dict[str, Json] = {}
    for node in element.findall(FHIR + "constraint"):
        key = text(node, "key") or ""
        rule: Json = {"key": key, "severity": text(node, "severity"), "human": ""}
        for name in ("expression", "xpath"):
            if (name == "expression") == (generation == "dstu2"):
                continue
            if found := text(node, name):
                rule[name] = restated(generation).get(key, {}).get("expression", found)
        rules[key] = rule
    return sorted(rules.values(), key=lambda rule: natural(rule["key"]))


@cache
def restated(generation: str) -> Json:
    """The rules whose expression is our own, by key."""
    return dict(own_words("rule-expressions.yaml")[generation])


def natural(key: str) -> list[Any]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", key)]


def slicing_facts(element: etree._Element, generation: str) -> Json | None:
    node = element.find(FHIR + "slicing")
    if node is None:
        return None
    item: Json = {}
    found = node.findall(FHIR + "discriminator")
    if found and generation == "dstu2":
        item["discriminator"] = [one.get("value") for one in found]
    elif found:
        item["discriminator"] = [{"type": text(one, "type"), "path": text(one, "path")} for one in found]
    if ordered := text(node, "ordered"):
        item["ordered"] = ordered == "true"
    if rules := text(node, "rules"):
        item["rules"] = rules
    return item


def element_facts(element: etree._Element, generation: str) -> Json:
    """One ElementDefinition as facts, in the order the generation itself uses."""
    types = type_facts(element)
    item: Json = {
        "id": element.get("id") if generation == "stu3" else None,
        "path": text(element, "path"),
        "representation": texts(element, "representation") or None,
        **primitives(element, "name", "sliceName"),
        "slicing": slicing_facts(element, generation),
        **primitives(element, "min", "max", "nameReference", "contentReference"),
        "type": (types if generation == "dstu2" else single_profile(types)) or None,
        **{local(node): value_json(node) for node in element if VALUED.match(local(node))},
        **primitives(element, "maxLength", "mustSupport", "isModifier"),
        "binding": binding_facts(element),
        "constraint": constraint_facts(element, generation) or None,
    }
    return {name: value for name, value in item.items() if value is not None}


def primitives(element: etree._Element, *names: str) -> Json:
    """The named child primitives that are there."""
    return {name: scalar(name, value) for name in names if (value := text(element, name)) is not None}


def own_words(file: str) -> Any:
    """One of our own wording files under tools/definitions/data."""
    return yaml.safe_load((DATA / file).read_text(encoding="utf-8"))


def rule_wording(generation: str) -> dict[str, str]:
    """Rule key to our own sentence for one generation."""
    words = own_words("rule-wording.yaml")
    return words["both"] | words[generation]


def write_json(path: Path, content: Json) -> None:
    """The one way a definition is written: two-space indentation where it helps the eye, short objects on one line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(content) + "\n", encoding="utf-8")


def render(value: Any, indent: int = 0, width: int = 118) -> str:
    """JSON with short arrays and objects kept on one line and long ones broken; the same input gives the same text."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= width or not isinstance(value, dict | list) or not value:
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, list):
        inner = ",\n".join(pad + render(item, indent + 1, width) for item in value)
        return f"[\n{inner}\n{' ' * indent}]"
    parts = []
    for key, item in value.items():
        label = json.dumps(key, ensure_ascii=False) + ": "
        parts.append(pad + label + render(item, indent + 1, width - len(label)))
    return "{\n" + ",\n".join(parts) + f"\n{' ' * indent}" + "}"
