"""Compares profiles/<generation>/base with HL7's own definitions: element, cardinality, type, target, binding, rules, order.

HL7's definitions are those in the Java artifacts hapi-fhir-validation-resources-dstu2 and -dstu3 (group ca.uhn.hapi.fhir),
unpacked side by side into FOLDER/dstu2 and FOLDER/dstu3. Ours are read the way the validator reads them, HL7's straight from
their XML, so that a fault of the tool that derived ours shows. Every difference is printed with its reason from
tools/definitions/data/base-differences.yaml; exit code 1 when one has none, or a reason explains nothing any more.

Usage: compare_base.py stu3|dstu2 FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from definition_facts import Json, own_words
from lxml import etree

from conformance.fhir.definitions.element_definitions import UNBOUNDED, ElementDef
from conformance.fhir.definitions.store import Definitions, Structure

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {
    "stu3": "dstu3/org/hl7/fhir/dstu3/model/profile/profiles-*s.xml",
    "dstu2": "dstu2/org/hl7/fhir/instance/model/profile/*.profile.xml",
}
NAMESPACES = {"f": "http://hl7.org/fhir"}
Facts = dict[str, Any]


def values(node: etree._Element, path: str) -> tuple[str, ...]:
    return tuple(str(value) for value in node.xpath(f"{path}/@value", namespaces=NAMESPACES))


def hl7_definitions(generation: str, folder: Path) -> dict[str, etree._Element]:
    """Canonical URL to HL7's StructureDefinition."""
    found = {}
    for path in sorted(folder.glob(SOURCES[generation])):
        tree = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
        for node in tree.iter("{http://hl7.org/fhir}StructureDefinition"):
            found[values(node, "f:url")[0]] = node
    return found


def hl7_facts(node: etree._Element) -> Facts:
    """What HL7's XML says of one element."""
    targets, profiles = set(), set()
    for one in node.xpath("f:type", namespaces=NAMESPACES):
        code = values(one, "f:code")
        stated = values(one, "f:profile") + values(one, "f:targetProfile")
        (targets if code == ("Reference",) else profiles).update(stated)
        if code == ("Reference",) and not stated:
            targets.add("http://hl7.org/fhir/StructureDefinition/Resource")
    any_target = any(target.endswith("/Resource") for target in targets)
    return {
        "min": int(values(node, "f:min")[0]),
        "max": values(node, "f:max")[0],
        "types": frozenset(values(node, "f:type/f:code")),
        "profiles": frozenset(profiles),
        "targets": frozenset() if any_target else frozenset(targets),
        "recursion": (values(node, "f:nameReference") + values(node, "f:contentReference") or ("",))[0].lstrip("#"),
        "binding": (
            values(node, "f:binding/f:strength")
            + values(node, "f:binding/f:valueSetUri")
            + values(node, "f:binding/f:valueSetReference/f:reference")
        ),
        "modifier": values(node, "f:isModifier") == ("true",),
        "rules": frozenset(
            (values(rule, "f:key")[0], (values(rule, "f:expression") or values(rule, "f:xpath") or ("",))[0])
            for rule in node.xpath("f:constraint", namespaces=NAMESPACES)
        ),
    }  # fmt: skip


def our_facts(element: ElementDef) -> Facts:
    """What the validator reads of ours."""
    binding = element.binding
    return {
        "min": element.min,
        "max": "*" if element.max == UNBOUNDED else str(element.max),
        "types": frozenset(one.code for one in element.types if one.code),
        "profiles": frozenset(profile for one in element.types for profile in one.profiles),
        "targets": frozenset(target for one in element.types for target in one.targets),
        "recursion": element.content_ref or "",
        "binding": tuple(part for part in (binding.strength, binding.value_set) if part) if binding else (),
        "modifier": element.is_modifier,
        "rules": frozenset((rule.key, rule.expression or rule.xpath or "") for rule in element.constraints),
    }


def differences(ours: Structure, hl7: etree._Element) -> Iterator[str]:
    """Every difference between our definition of a type and HL7's, as one line each."""
    theirs = {values(one, "f:path")[0]: one for one in hl7.xpath("f:snapshot/f:element", namespaces=NAMESPACES)}
    mine = {one.path: one for one in ours.snapshot}
    name = ours.url.rsplit("/", 1)[1]
    for path in [*theirs, *(path for path in mine if path not in theirs)]:
        label = path if path.partition(".")[0] == name else f"{name}({path})"
        if path not in mine or path not in theirs:
            yield f"{label}: only {'HL7 has' if path in theirs else 'we have'} this element"
            continue
        said, expected = our_facts(mine[path]), hl7_facts(theirs[path])
        for fact in expected:
            if fact == "rules":
                yield from rule_differences(label, said["rules"], expected["rules"])
            elif said[fact] != expected[fact]:
                yield f"{label}: {fact}: ours {shown(said[fact])}, HL7 {shown(expected[fact])}"
    if list(mine) != [path for path in theirs if path in mine]:
        yield f"{name}: the elements come in another order"


def rule_differences(label: str, ours: frozenset[Any], theirs: frozenset[Any]) -> Iterator[str]:
    ours_by_key, theirs_by_key = dict(sorted(ours)), dict(sorted(theirs))
    for key in sorted(ours_by_key.keys() | theirs_by_key.keys()):
        if key not in ours_by_key or key not in theirs_by_key:
            yield f"{label}: rule {key}: only {'HL7 states' if key in theirs_by_key else 'we state'} it"
        elif ours_by_key[key] != theirs_by_key[key]:
            yield f"{label}: rule {key}: another expression"


def shown(value: Any) -> str:
    return ", ".join(sorted(value)) or "nothing" if isinstance(value, frozenset | tuple) else str(value)


def all_differences(generation: str, folder: Path) -> list[str]:
    definitions = Definitions(generation).open(ROOT / "profiles" / generation / "base")  # type: ignore[arg-type]
    hl7 = hl7_definitions(generation, folder)
    lines = []
    for url, _, _ in definitions.all():
        structure = definitions.structure(url)
        if url not in hl7:
            lines.append(f"{url}: HL7 has no such definition")
            continue
        lines += differences(structure, hl7[url])
        base = values(hl7[url], "f:base" if generation == "dstu2" else "f:baseDefinition")
        if (structure.base or "") != (base or ("",))[0]:
            lines.append(f"{url}: base: ours {structure.base}, HL7 {base}")
    return lines


def main() -> int:
    generation, folder = sys.argv[1], Path(sys.argv[2])
    reasons: list[Json] = own_words("base-differences.yaml")[generation] or []
    reasons += [
        {"about": f"*: rule {key}: another expression", "why": stated["why"]}
        for key, stated in own_words("rule-expressions.yaml")[generation].items()
    ]
    counts: dict[str, int] = {one["about"]: 0 for one in reasons}
    unexplained = 0
    for line in all_differences(generation, folder):
        reason = next((one for one in reasons if fnmatchcase(line, one["about"].replace("[", "[[]"))), None)
        if reason is None:
            unexplained += 1
            print(f"{line} | UNEXPLAINED")
        else:
            counts[reason["about"]] += 1
    for one in reasons:
        print(f"{counts[one['about']]:5} x {one['about']} | {one['why']}")
    idle = sum(1 for count in counts.values() if count == 0)
    print(f"{unexplained} unexplained differences, {idle} reasons that explain nothing")
    return 1 if unexplained or idle else 0


if __name__ == "__main__":
    sys.exit(main())
