"""Derives profiles/<generation>/base/*.json: FHIR's own types as compact StructureDefinitions that hold facts only."""

from __future__ import annotations

import sys
from pathlib import Path

from definition_facts import FHIR, Json, element_facts, resources, rule_wording, text, write_json

ROOT = Path(__file__).resolve().parent.parent
INHERITED = {"ele-1": "Element", "ext-1": "Extension", "dom-": "DomainResource"}
RESOURCES = {
    "stu3": "Resource DomainResource Appointment Slot Schedule Patient Practitioner PractitionerRole Organization Location "
    "OperationOutcome Bundle CapabilityStatement Parameters Device HealthcareService Person RelatedPerson Binary Endpoint "
    "StructureDefinition ValueSet CodeSystem ConceptMap OperationDefinition SearchParameter",
    "dstu2": "Resource DomainResource Appointment Slot Schedule Patient Practitioner Organization Location OperationOutcome "
    "Bundle Conformance Parameters Device HealthcareService Person RelatedPerson Binary StructureDefinition ValueSet "
    "ConceptMap OperationDefinition SearchParameter",
}
TYPES_ONLY_ABSTRACT = {"dstu2": set(), "stu3": set()}


def sources(generation: str, folder: Path):
    if generation == "stu3":
        base = folder / "dstu3/org/hl7/fhir/dstu3/model/profile"
        return [base / "profiles-types.xml", base / "profiles-resources.xml"]
    return sorted((folder / "dstu2/org/hl7/fhir/instance/model/profile").glob("*.profile.xml"))


def definition(node, generation: str, wording: dict) -> Json:
    name = text(node, "name")
    result: Json = {"resourceType": "StructureDefinition", "id": (text(node, "url") or "").rsplit("/", 1)[1]}
    result["url"] = text(node, "url")
    version = {"stu3": "3.0.2", "dstu2": "1.0.2"}[generation]
    result["version"] = version
    result["name"] = name
    result["status"] = "draft"
    result["publisher"] = "gpconnect-assure"
    result["description"] = f"The facts of FHIR {generation.upper()} {name}, restated for validation."
    result["fhirVersion"] = version
    result["kind"] = text(node, "kind")
    if generation == "dstu2" and (value := text(node, "constrainedType")):
        result["constrainedType"] = value
    result["abstract"] = text(node, "abstract") == "true"
    for key in ("type", "baseDefinition", "derivation") if generation == "stu3" else ("base",):
        if value := text(node, key):
            result[key] = value
    elements = []
    for element in node.iterfind(f"{FHIR}snapshot/{FHIR}element"):
        facts = element_facts(element, generation)
        facts.pop("slicing", None)
        if facts.get("isModifier") is False:
            facts.pop("isModifier")
        rules = [r for r in facts.pop("constraint", []) if own_rule(r["key"], result["id"])]
        for rule in rules:
            rule["human"] = wording[rule["key"]]
        if rules:
            facts["constraint"] = rules
        elements.append(facts)
    result["snapshot"] = {"element": elements}
    return result


def own_rule(key: str, type_name: str) -> bool:
    for start, owner in INHERITED.items():
        if key.startswith(start):
            return type_name == owner
    return True


def main() -> int:
    generation, folder = sys.argv[1], Path(sys.argv[2])
    wanted = set(RESOURCES[generation].split())
    wording = rule_wording(generation)
    count = 0
    for path in sources(generation, folder):
        for node in resources(path):
            if not node.tag.endswith("}StructureDefinition"):
                continue
            url = text(node, "url") or ""
            name = url.rsplit("/", 1)[1]
            is_type = text(node, "kind") in ("datatype", "primitive-type", "complex-type") and text(node, "type") != "Extension" or name == "Extension"
            if (is_type and "elementdefinition-de" not in url) or name in wanted:
                write_json(ROOT / "profiles" / generation / "base" / f"{name}.json", definition(node, generation, wording))
                wanted.discard(name)
                count += 1
    print(count, "missing:", wanted)
    return 0


sys.exit(main())
