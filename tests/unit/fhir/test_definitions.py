from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.fhir.definitions.element_definitions import UNBOUNDED
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.errors import DefinitionError, UnknownDefinitionError
from tests.support.cases_runner import PROFILES
from tests.support.paths import SHARED, needs_shared

SD = {"resourceType": "StructureDefinition", "kind": "resource", "abstract": False, "name": "x", "status": "draft"}


def profile(url: str, version: str | None = None, **more: Any) -> dict[str, Any]:
    found = {
        **SD,
        "url": url,
        "type": "Patient",
        "derivation": "constraint",
        "differential": {"element": [{"path": "Patient"}]},
    }
    return {**found, **({"version": version} if version else {}), **more}


def test_later_sources_take_precedence(tmp_path: Path) -> None:
    for folder, version in (("one", "1"), ("two", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "p.json").write_text(json.dumps(profile("http://a.test/p", version)), encoding="utf-8")
    definitions = Definitions("stu3").open(tmp_path / "one", tmp_path / "two")
    assert definitions.structure("http://a.test/p").version == "2"
    assert definitions.structure("http://a.test/p|1").version == "1"
    assert definitions.origin("http://a.test/p").endswith("p.json")
    assert [version for _, version, _ in definitions.all()] == ["1", "2"]
    with pytest.raises(UnknownDefinitionError):
        definitions.structure("http://a.test/p|3")


def test_aliases_are_other_spellings() -> None:
    definitions = Definitions("stu3")
    definitions.add(profile("http://a.test/p"))
    definitions.alias("http://A.TEST/P", "http://a.test/p")
    assert definitions.structure("http://A.TEST/P|").url == "http://a.test/p"
    assert definitions.canonical("http://A.TEST/P|1.0") == "http://a.test/p"


def test_an_unreadable_file_is_a_problem_and_not_the_end(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe{}")
    (tmp_path / "entity.xml").write_text(
        "<!DOCTYPE a [<!ENTITY b 'c'>]><StructureDefinition xmlns='http://hl7.org/fhir'/>",
        encoding="utf-8",
    )
    (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    (tmp_path / "index.json").write_text(json.dumps({"generation": "stu3"}), encoding="utf-8")
    (tmp_path / "good.json").write_text(json.dumps(profile("http://a.test/p")), encoding="utf-8")
    definitions = Definitions("stu3").open(tmp_path)
    assert definitions.has_structure("http://a.test/p")
    assert len(definitions.problems) == 4
    assert all(str(tmp_path) in problem for problem in definitions.problems)


def test_a_source_that_is_not_there() -> None:
    with pytest.raises(DefinitionError, match="no such file or folder"):
        Definitions("stu3").open(Path("nowhere"))


def test_only_what_is_asked_for_is_parsed() -> None:
    definitions = Definitions("stu3").open(PROFILES / "stu3")
    definitions.structure("http://hl7.org/fhir/StructureDefinition/Slot")
    parsed = [
        held
        for by_url in definitions._held.values()
        for held_list in by_url.values()
        for held in held_list
        if held.resource
    ]
    assert len(parsed) == 1


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (profile("http://a.test/p", differential={"element": [{"min": 1}]}), "no path"),
        (profile("http://a.test/p", differential={"element": [{"path": "Patient", "max": "many"}]}), "max is 'many'"),
        (profile("http://a.test/p", differential={"element": []}), "neither a snapshot nor a differential"),
        (profile("http://a.test/p", differential={"element": "x"}), "http://a.test/p"),
        (profile("http://a.test/p", differential=[]), "neither a snapshot nor a differential"),
    ],
)
def test_a_broken_definition_is_named_with_its_fault(resource: dict[str, Any], reason: str) -> None:
    definitions = Definitions("stu3")
    definitions.add(resource)
    with pytest.raises(DefinitionError, match=reason):
        definitions.structure("http://a.test/p")


def test_what_is_no_definition_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no StructureDefinition"):
        Definitions("stu3").add({"resourceType": "Patient"})


@pytest.mark.parametrize("generation", ["dstu2", "stu3"])
def test_shapes_tell_lists_choices_and_backbone(generation: Any) -> None:
    definitions = Definitions(generation).open(PROFILES / generation / "base")
    shape = definitions.shape("Patient")
    assert list(shape.elements)[:3] == ["id", "meta", "implicitRules"]
    assert shape.elements["name"].is_list
    assert not shape.elements["gender"].is_list
    assert shape.elements["deceased[x]"].concrete() == {"deceasedBoolean": "boolean", "deceasedDateTime": "dateTime"}
    assert shape.elements["contact"].nested == "Patient.contact"
    assert definitions.shape("Patient.contact").elements["name"].nested == "HumanName"
    assert definitions.shape("Bundle.entry").elements["link"].nested == "Bundle.link"
    assert definitions.shape("string").is_primitive
    assert definitions.shape("Extension").elements["url"].is_attribute
    with pytest.raises(UnknownDefinitionError):
        definitions.shape("Patient.name")


@needs_shared
def test_the_publishers_xml_is_read() -> None:
    assert SHARED is not None
    definitions = Definitions("dstu2").open(SHARED / "official" / "dstu2")
    assert definitions.problems == []
    slot = definitions.structure("https://fhir.nhs.uk/StructureDefinition/gpconnect-slot-1")
    assert (slot.kind, slot.type, slot.constrains) == ("resource", "Slot", True)
    assert slot.base == "http://hl7.org/fhir/StructureDefinition/Slot"
    by_path = {element.path: element for element in slot.snapshot}
    assert by_path["Slot.identifier"].max == UNBOUNDED
    assert by_path["Slot.schedule"].types[0].targets == (
        "https://fhir.nhs.uk/StructureDefinition/gpconnect-schedule-1",
    )
    assert (
        definitions.value_set("https://fhir.nhs.uk/ValueSet/CareConnect-RegistrationType-1")["resourceType"]
        == "ValueSet"
    )


@needs_shared
@pytest.mark.parametrize("generation", ["dstu2", "stu3"])
def test_nothing_in_the_publishers_elements_is_unknown(generation: Any) -> None:
    assert SHARED is not None
    definitions = Definitions(generation).open(SHARED / "official" / generation)
    structures = [definitions.structure(url) for url, _, _ in definitions.all()]
    assert len(structures) >= 23
    assert {key for s in structures for e in (*s.snapshot, *s.differential) for key in e.unknown} == set()
