"""Reads the case files and makes validators for them. A case lists every issue that has to be found, and no other may be.

A file has a `generation` (or a list of them), `definitions` to add to FHIR's own (or "shipped" for all of ours) and `tests`:
`desc`, `data` (a value in JSON form) or `text` (raw JSON or XML), `profile`, and `issues`: objects of code and path, or texts
"code path", "severity code path". `data` is checked in JSON and, written as XML and read again, in XML; there the same has to
be found, or what `xml` lists; `xml: false` says that XML cannot show the case.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from conformance.fhir.definitions.store import Definitions
from conformance.fhir.formats.json_reader import Document
from conformance.fhir.formats.xml import read_xml, to_xml
from conformance.fhir.issues import Issue
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


def _validator(content: dict[str, Any], generation: str) -> Validator:
    shipped = content.get("definitions") == "shipped"
    folder = PROFILES / generation if shipped else PROFILES / generation / "base"
    definitions = Definitions(generation).open(folder)  # type: ignore[arg-type]
    for spec in [] if shipped else content.get("definitions", []):
        definitions.add(structure(spec, generation))
    for url, canonical in content.get("aliases", {}).items():
        definitions.alias(url, canonical)
    options = Options(entry_profiles=content.get("entry_profiles", {}))
    return Validator(definitions, terminology=OfflineTerminology(definitions), options=options)


@cache
def validator_of(path: Path, generation: str) -> Validator:
    return _validator(load(path), generation)


@dataclass(frozen=True)
class Row:
    """One case in one generation and one form."""

    path: Path
    case: dict[str, Any]
    generation: str
    form: str

    @property
    def name(self) -> str:
        return f"{self.path.stem}-{self.generation}-{self.form}-{self.case['desc']}"

    @property
    def validator(self) -> Validator:
        return validator_of(self.path, self.generation)

    def document(self) -> Document:
        definitions = self.validator.definitions
        if "text" in self.case:
            return self.validator.read(self.case["text"].encode())
        if self.form == "xml":
            return read_xml(to_xml(self.case["data"], definitions), definitions)
        return Document(self.case["data"])

    def issues(self) -> list[Issue]:
        profiles = [self.case["profile"]] if "profile" in self.case else []
        return self.validator.check_document(self.document(), profiles).issues

    @property
    def wanted(self) -> list[str]:
        listed = self.case["issues"]
        if self.form == "xml" and isinstance(self.case.get("xml"), list):
            listed = self.case["xml"]
        return [one if isinstance(one, str) else f"{one['code']} {one['path']}" for one in listed]


def all_rows() -> Iterator[Row]:
    for path in case_files():
        content = load(path)
        stated = content["generation"]
        for generation in stated if isinstance(stated, list) else [stated]:
            for case in content["tests"]:
                for form in _forms(case):
                    yield Row(path, case, generation, form)


def _forms(case: dict[str, Any]) -> list[str]:
    if "text" in case:
        return ["xml" if case["text"].lstrip().startswith("<") else "json"]
    return ["json"] if case.get("xml", True) is False else ["json", "xml"]
