"""Reads the case files and makes validators for them. A case lists every issue that has to be found, and no other may be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from conformance.fhir.definitions.store import Definitions
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Options, Validator
from tests.support.paths import ROOT

CASES = ROOT / "tests" / "unit" / "fhir" / "cases"
PROFILES = ROOT / "profiles"
CORE = "http://hl7.org/fhir/StructureDefinition/"


def case_files() -> list[Path]:
    return sorted(CASES.glob("*.json"))


def load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    return content


def structure(spec: dict[str, Any], generation: str) -> dict[str, Any]:
    """A short form (url, type, base, differential) as a StructureDefinition; other resources as they are."""
    if "resourceType" in spec:
        return spec
    kind = spec["type"]
    found: dict[str, Any] = {
        "resourceType": "StructureDefinition",
        "url": spec["url"],
        "name": spec["url"],
        "status": "draft",
    }
    found["abstract"] = False
    base = spec.get("base", CORE + kind)
    if generation == "dstu2":
        found |= {"kind": spec.get("kind", "resource"), "constrainedType": kind, "base": base}
    else:
        found |= {
            "kind": spec.get("kind", "resource"),
            "type": kind,
            "derivation": "constraint",
            "baseDefinition": base,
        }
    for part in ("differential", "snapshot"):
        if part in spec:
            elements = [dict(one) for one in spec[part]]
            if generation == "stu3":
                for one in elements:
                    one.setdefault("id", one["path"] + (f":{one['sliceName']}" if "sliceName" in one else ""))
            found[part] = {"element": elements}
    found |= {key: spec[key] for key in ("context", "contextType") if key in spec}
    return found


def validator(content: dict[str, Any]) -> Validator:
    generation = content["generation"]
    definitions = Definitions(generation).open(PROFILES / generation / "base")
    for spec in content.get("definitions", []):
        definitions.add(structure(spec, generation))
    for url, canonical in content.get("aliases", {}).items():
        definitions.alias(url, canonical)
    options = Options(entry_profiles=content.get("entry_profiles", {}))
    return Validator(definitions, terminology=OfflineTerminology(definitions), options=options)


@cache
def validator_of(path: Path) -> Validator:
    return validator(load(path))


def all_cases() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in case_files():
        for test in load(path)["tests"]:
            yield path, test
