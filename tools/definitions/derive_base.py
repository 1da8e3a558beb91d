"""Derives profiles/<generation>/base/*.json: FHIR's own types as compact StructureDefinitions that hold facts only.

Two sources must agree on elements, cardinality, types, targets and required codes: fhir.resources' models (MODELS) and HL7's
own definitions (HL7), which also give what the models lack: order, rules, bindings, modifiers, XML attributes. A point on which
they differ stands in data/model-disagreements.yaml with the reason; where one does not, this tool says so and fails.
compare_base.py then compares what was written with HL7's definitions by another reading.

Usage: derive_base.py stu3|dstu2 HL7 MODELS
HL7 holds the unpacked artifacts hapi-fhir-validation-resources-dstu2 and -dstu3 (group ca.uhn.hapi.fhir) as dstu2/ and dstu3/;
MODELS is the folder fhir/resources/STU3 of fhir.resources 8, or fhir/resources/DSTU2 of release 6.5.0 (files only, not run).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from compare_models import explain
from definition_facts import FHIR, Json, element_facts, resources, rule_wording, text, write_json
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = {"stu3": "3.0.2", "dstu2": "1.0.2"}
SOURCES = {
    "stu3": "dstu3/org/hl7/fhir/dstu3/model/profile/profiles-[rt]*.xml",
    "dstu2": "dstu2/org/hl7/fhir/instance/model/profile/*.profile.xml",
}
RESOURCES = {
    "stu3": """Resource DomainResource Appointment Slot Schedule Patient Practitioner PractitionerRole Organization Location
        OperationOutcome Bundle CapabilityStatement Parameters Device HealthcareService Person RelatedPerson Binary Endpoint
        StructureDefinition ValueSet CodeSystem ConceptMap OperationDefinition SearchParameter""",
    "dstu2": """Resource DomainResource Appointment Slot Schedule Patient Practitioner Organization Location OperationOutcome
        Bundle Conformance Parameters Device HealthcareService Person RelatedPerson Binary StructureDefinition ValueSet
        ConceptMap OperationDefinition SearchParameter""",
}
TYPE_KINDS = {"datatype", "primitive-type", "complex-type"}
# Rules that HL7 repeats on everything that inherits them; ours stand on their owner alone.
INHERITED = {"ele-1": "Element", "ext-1": "Extension", "dom-": "DomainResource"}


def wanted(generation: str, folder: Path) -> Iterator[tuple[str, etree._Element]]:
    """Name and node of every type and of the resources we meet; profiles of types (other than Quantity's) are left out."""
    names = set(RESOURCES[generation].split())
    for path in sorted(folder.glob(SOURCES[generation])):
        for node in resources(path):
            if not node.tag.endswith("}StructureDefinition"):
                continue
            name = (text(node, "url") or "").rsplit("/", 1)[1]
            if name in names or (text(node, "kind") in TYPE_KINDS and "-" not in name):
                names.discard(name)
                yield name, node
    if names:
        raise SystemExit(f"{folder}: HL7's definitions lack {', '.join(sorted(names))}")


def definition(name: str, node: etree._Element, generation: str, wording: dict[str, str]) -> Json:
    """One base definition in its generation's own shape."""
    version = VERSIONS[generation]
    result: Json = {"resourceType": "StructureDefinition", "id": name, "url": text(node, "url"), "version": version}
    result |= {"name": text(node, "name"), "status": "draft", "publisher": "gpconnect-assure"}
    result["description"] = f"The facts of FHIR {generation.upper()} {name}, restated for validation."
    result |= {"fhirVersion": version, "kind": text(node, "kind")}
    if generation == "dstu2" and (constrained := text(node, "constrainedType")):
        result["constrainedType"] = constrained
    result["abstract"] = text(node, "abstract") == "true"
    for key in ("type", "baseDefinition", "derivation") if generation == "stu3" else ("base",):
        if value := text(node, key):
            result[key] = value
    listed = node.iterfind(f"{FHIR}snapshot/{FHIR}element")
    return result | {"snapshot": {"element": [element(one, name, generation, wording) for one in listed]}}


def element(node: etree._Element, owner: str, generation: str, wording: dict[str, str]) -> Json:
    """One element without what says nothing here: slicing of extensions, a false modifier, inherited rules."""
    facts = element_facts(node, generation)
    facts.pop("slicing", None)
    if facts.get("isModifier") is False:
        facts.pop("isModifier")
    rules = [rule for rule in facts.pop("constraint", []) if is_own(rule["key"], owner)]
    for rule in rules:
        rule["human"] = wording[rule["key"]]
    return facts | ({"constraint": rules} if rules else {})


def is_own(key: str, owner: str) -> bool:
    return next((owner == name for start, name in INHERITED.items() if key.startswith(start)), True)


def main() -> int:
    generation, hl7, models = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    wording = rule_wording(generation)
    written = 0
    for name, node in wanted(generation, hl7):
        write_json(
            ROOT / "profiles" / generation / "base" / f"{name}.json", definition(name, node, generation, wording)
        )
        written += 1
    print(f"{written} types written; the models' opinion:")
    return explain(generation, models)


if __name__ == "__main__":
    sys.exit(main())
