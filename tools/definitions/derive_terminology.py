"""Derives profiles/<generation>/base/{valuesets,codesystems}: the code lists that base types and profiles bind to.

Shipped are those that a required or extensible binding names, with everything they are composed of, where HL7 itself publishes
the codes and their number is modest. What is absent (SNOMED CT, LOINC, languages, media types, currencies) the validator
reports as not checked.

Usage: derive_terminology.py stu3|dstu2 FOLDER   (FOLDER: the unpacked HL7 artifacts, see derive_base.py)
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from definition_facts import FHIR, Json, local, resources, text, write_json
from terminology_facts import code_system_facts, count, named_by, value_set_facts

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"stu3": "dstu3/org/hl7/fhir/dstu3/model/valueset", "dstu2": "dstu2/org/hl7/fhir/instance/model/valueset"}
VERSIONS = {"stu3": "3.0.2", "dstu2": "1.0.2"}
MODEST = 700
STRENGTHS = ("required", "extensible", "preferred")


def published(generation: str, folder: Path) -> dict[tuple[str, str], Json]:
    """Every ValueSet and CodeSystem of the artifact: (type, url) to its node."""
    found = {}
    for name in ("valuesets.xml", "v3-codesystems.xml", "v2-tables.xml"):
        for node in resources(folder / FOLDERS[generation] / name):
            if local(node) in ("ValueSet", "CodeSystem"):
                found[local(node), text(node, "url") or ""] = node
                system = text(node.find(FHIR + "codeSystem"), "system")
                if system:
                    found[("ValueSet", system)] = node
    return found


def bound(generation: str) -> set[str]:
    """The value sets that our definitions bind to and do not hold themselves."""
    wanted, held = set(), set()
    for path in (ROOT / "profiles" / generation).rglob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        if "base" not in path.parts:
            held.add(content.get("url"))
        for part in ("snapshot", "differential"):
            for element in content.get(part, {}).get("element", []):
                binding = element.get("binding", {})
                url = binding.get("valueSetUri") or binding.get("valueSetReference", {}).get("reference")
                if url and binding["strength"] in STRENGTHS:
                    wanted.add(url.split("|")[0])
        wanted.update(named_by(content))
    return wanted - held


def resource(node, generation: str) -> Json:
    kind = local(node)
    url = text(node, "url") or ""
    ident = text(node, "id") or url.rsplit("/", 1)[-1]
    name = text(node, "name") or ident
    result: Json = {"resourceType": kind, "id": ident, "url": url, "version": VERSIONS[generation]}
    result |= {"name": name, "status": "draft", "publisher": "gpconnect-assure"}
    if generation == "dstu2":
        result["description"] = f"Codes of {name}, restated for validation."
    return result | (value_set_facts(node) if kind == "ValueSet" else code_system_facts(node))


def size(content: Json) -> int:
    compose = content.get("compose", {})
    parts = [content, content.get("codeSystem", {}), *compose.get("include", []), *compose.get("exclude", [])]
    return sum(count(part.get("concept", [])) for part in parts)


def derive(generation: str, folder: Path) -> None:
    sources = published(generation, folder)
    base = ROOT / "profiles" / generation / "base"
    for name in ("valuesets", "codesystems"):
        shutil.rmtree(base / name, ignore_errors=True)
    waiting, done, absent = sorted(bound(generation)), set(), []
    while waiting:
        url = waiting.pop()
        if url in done:
            continue
        done.add(url)
        nodes = [sources[kind, url] for kind in ("ValueSet", "CodeSystem") if (kind, url) in sources]
        if not nodes:
            absent.append(f"{url} (not published there)")
        for node in nodes:
            content = resource(node, generation)
            if size(content) > MODEST or (local(node) == "CodeSystem" and not content.get("concept")):
                absent.append(f"{url} ({size(content)} codes)")
                continue
            waiting.extend(named_by(content))
            place = "valuesets" if local(node) == "ValueSet" else "codesystems"
            write_json(base / place / f"{content['id']}.json", content)
    print(f"{generation}: {len(done) - len(absent)} shipped; absent:", *sorted(absent), sep="\n  ")


if __name__ == "__main__":
    derive(sys.argv[1], Path(sys.argv[2]))
