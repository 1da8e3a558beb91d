"""The shipped definitions: readable, formatted by the tool, indexed, without the publishers' prose, and complete."""

from __future__ import annotations

import importlib
import json
from types import ModuleType
from typing import Any

import pytest

from conformance.fhir.definitions.element_definitions import ElementDef
from tests.support.paths import ROOT
from tests.support.shipped import GENERATIONS, PROFILES, every_view, files, folder, profiles, settings, shipped

both = pytest.mark.parametrize("generation", GENERATIONS)
FACTS = {
    *(
        "id",
        "path",
        "representation",
        "name",
        "sliceName",
        "slicing",
        "min",
        "max",
        "nameReference",
        "contentReference",
    ),
    *("type", "maxLength", "mustSupport", "isModifier", "binding", "constraint"),
}
PREFIXES = ("fixed", "pattern", "minValue", "maxValue")


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "definitions"))

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    return load


def elements(generation: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in files(generation):
        content = json.loads(path.read_text(encoding="utf-8"))
        for part in ("snapshot", "differential"):
            found += [(path.name, one) for one in content.get(part, {}).get("element", [])]
    return found


@both
def test_every_definition_is_read(generation: str) -> None:
    definitions = shipped(generation)
    assert definitions.problems == []
    structures = [definitions.structure(url) for url, _, _ in definitions.all()]
    assert len(structures) > 80
    assert [one.url for one in structures if not (one.snapshot or one.differential)] == []
    assert {one.raw["resourceType"] for one in structures} == {"StructureDefinition"}


@both
def test_no_element_holds_what_the_reader_does_not_know(generation: str) -> None:
    read = [(name, ElementDef.read(one, generation)) for name, one in elements(generation)]
    assert [(name, one.path, one.unknown) for name, one in read if one.unknown] == []


@both
def test_elements_state_facts_and_no_prose(generation: str) -> None:
    told = [
        (name, one["path"], key)
        for name, one in elements(generation)
        for key in one
        if key not in FACTS and not key.startswith(PREFIXES)
    ]
    assert told == []


@both
def test_every_rule_has_wording_and_an_expression(generation: str) -> None:
    rules = [rule for _, one in elements(generation) for rule in one.get("constraint", [])]
    language = "xpath" if generation == "dstu2" else "expression"
    assert len(rules) > 80
    assert [rule["key"] for rule in rules if not rule["human"].endswith(".") or not rule.get(language)] == []
    assert {rule["severity"] for rule in rules} <= {"error", "warning"}


@both
def test_definitions_say_whose_they_are(generation: str) -> None:
    for path in files(generation):
        content = json.loads(path.read_text(encoding="utf-8"))
        assert content["publisher"] == "gpconnect-assure", path.name
        assert content["id"] == path.stem, path.name


@both
def test_the_index_is_fresh(generation: str, tools: Any) -> None:
    written = json.loads((folder(generation) / "index.json").read_text(encoding="utf-8"))
    assert written == tools("index_profiles").index(folder(generation)), "run tools/definitions/index_profiles.py"


@both
def test_files_are_formatted_by_the_tool(generation: str, tools: Any) -> None:
    render = tools("definition_facts").render
    for path in (*files(generation), folder(generation) / "index.json"):
        text = path.read_text(encoding="utf-8")
        assert text == render(json.loads(text)) + "\n", path.name


def test_the_definitions_stay_small() -> None:
    assert sum(path.stat().st_size for path in PROFILES.rglob("*") if path.is_file()) < 3_000_000
    longest = max(
        len(line) for one in GENERATIONS for path in files(one) for line in path.read_text("utf-8").splitlines()
    )
    assert longest < 700


def named_structures(generation: str) -> set[str]:
    """Canonical URLs of profiles and targets that any shipped definition names."""
    found = set()
    for structure in profiles(generation):
        for _, view in every_view(generation, structure):
            for node in view.nodes:
                for one in node.element.types:
                    found |= {*one.profiles, *one.targets}
    return found


def named_value_sets(generation: str) -> set[str]:
    """Value sets that a required, extensible or preferred binding names, or that no code may leave."""
    definitions = shipped(generation)
    found = set()
    for url, _, _ in definitions.all():
        structure = definitions.structure(url)
        for one in (*structure.snapshot, *structure.differential):
            if one.binding and one.binding.strength != "example" and one.binding.value_set:
                found.add(one.binding.value_set)
            if one.binding and one.binding.max_value_set:
                found.add(one.binding.max_value_set)
    return found


def named_systems(generation: str) -> set[str]:
    """Systems and value sets that a shipped value set includes as a whole or filters."""
    found = set()
    for url, _, _ in shipped(generation).all("ValueSet"):
        compose = shipped(generation).value_set(url).get("compose", {})
        found |= set(compose.get("import", []))
        for part in (*compose.get("include", []), *compose.get("exclude", [])):
            found |= {part["system"]} if "system" in part and "concept" not in part else set()
            found |= set(part.get("valueSet", []))
    return found


def held(generation: str) -> set[str]:
    definitions = shipped(generation)
    found = {url for kind in ("StructureDefinition", "ValueSet", "CodeSystem") for url, _, _ in definitions.all(kind)}
    return found | {
        definitions.value_set(url).get("codeSystem", {}).get("system", "") for url, _, _ in definitions.all("ValueSet")
    }


@both
def test_every_canonical_named_is_held_or_known_to_be_absent(generation: str) -> None:
    named = named_structures(generation) | named_value_sets(generation) | named_systems(generation)
    absent = {url for url in named if url not in held(generation)}
    assert absent == set(settings(generation, "definition-notes.yaml")["absent"])
