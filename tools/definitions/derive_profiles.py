"""Derives profiles/<generation>/*.json: the editions' profiles and code lists restated as facts under our own wording.

Reads the publisher's definitions (XML) from a folder beside the project and writes the constraints they state, nothing of their
prose: titles, descriptions and the wording of rules come from tools/definitions/data/profile-wording.yaml.

Usage: derive_profiles.py stu3|dstu2 FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from definition_facts import FHIR, Json, element_facts, local, own_words, resources, rule_wording, text, write_json
from lxml import etree
from terminology_facts import code_system_facts, value_set_facts

ROOT = Path(__file__).resolve().parents[2]
PLACES = {"StructureDefinition": "", "ValueSet": "valuesets", "CodeSystem": "codesystems"}
PURPOSE = (
    "Independent restatement of the published constraints, for checking conformance; not the publisher's document."
)


def main(generation: str, folder: Path) -> None:
    wording = own_words("profile-wording.yaml")
    for path in sorted(folder.glob("*.xml")):
        for node in resources(path):
            if local(node) not in PLACES:
                continue
            content = restate(node, generation, wording)
            write_json(ROOT / "profiles" / generation / PLACES[local(node)] / f"{content['id']}.json", content)


def restate(node: etree._Element, generation: str, wording: Json) -> Json:
    """One definition as our own resource. Raises KeyError where our wording for it is missing."""
    kind, url = local(node), text(node, "url") or ""
    result: Json = {"resourceType": kind, "id": url.rsplit("/", 1)[1], "url": url}
    if version := text(node, "version"):
        result["version"] = version
    result["name"] = text(node, "name")
    result |= {"status": text(node, "status"), "publisher": "gpconnect-assure"}
    result["description"] = wording[kind][result["id"]]
    result["requirements" if generation == "dstu2" else "purpose"] = PURPOSE
    if kind == "StructureDefinition":
        return result | structure(node, generation, rule_wording(generation))
    return result | (value_set_facts(node) if kind == "ValueSet" else code_system_facts(node))


def structure(node: etree._Element, generation: str, rules: dict[str, str]) -> Json:
    result: Json = {"fhirVersion": {"stu3": "3.0.1", "dstu2": "1.0.2"}[generation], "kind": text(node, "kind")}
    if generation == "dstu2":
        result["constrainedType"] = text(node, "constrainedType")
    result["abstract"] = text(node, "abstract") == "true"
    if context := text(node, "contextType"):
        result["contextType"] = context
        result["context"] = [found.get("value") for found in node.findall(FHIR + "context")]
    for key in ("type", "baseDefinition", "derivation") if generation == "stu3" else ("base",):
        result[key] = text(node, key)
    elements = [element_facts(item, generation) for item in node.iterfind(f"{FHIR}differential/{FHIR}element")]
    snapshot = [element_facts(item, generation) for item in node.iterfind(f"{FHIR}snapshot/{FHIR}element")]
    for element in elements:
        limit_extension(element, snapshot)
        for rule in element.get("constraint", []):
            rule["human"] = rules[rule["key"]]
    return result | {"differential": {"element": elements}}


def limit_extension(element: Json, snapshot: list[Json]) -> None:
    """Give an extension's slice the maximum that the snapshot takes over from the extension's own definition."""
    if element["path"].endswith(".extension") and "sliceName" in element and "max" not in element:
        found = next(one for one in snapshot if one.get("id") == element["id"])
        if found["max"] != "*":
            element["max"] = found["max"]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
