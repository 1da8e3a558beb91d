"""What our readers make of shipped definitions, approved as a whole: effective facts, rules, shapes, members, differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from conformance.fhir.definitions.compare import _shown, differences
from conformance.fhir.definitions.effective import Views, facts, rules
from conformance.fhir.definitions.element_definitions import ElementDef
from conformance.fhir.definitions.element_layout import Layout
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.definitions.type_shapes import shapes_of
from tests.support.approved import approve
from tests.support.shipped import every_view, folder, shipped

PROFILES = {
    "stu3": (
        "GPConnect-Appointment-1",
        "GPConnect-Searchset-Bundle-1",
        "Extension-GPConnect-PractitionerRole-1",
        "CareConnect-GPC-Patient-1",
        "GPConnect-OperationOutcome-1",
    ),
    "dstu2": ("gpconnect-appointment-1", "gpconnect-searchset-bundle-1", "extension-gpconnect-practitioner-1"),
}
SHAPES = ("Appointment", "Bundle.entry", "Extension", "HumanName", "Reference", "string")
PARTS = ("name", "kind", "type", "base", "constrains", "abstract", "version", "contexts")


def stated(generation: str, url: str) -> Iterator[str]:
    """A line for each element that a profile speaks of: what holds for it, but for what says nothing."""
    structure, views = shipped(generation).structure(url), Views(shipped(generation))
    yield f"{url}: " + ", ".join(f"{name} {getattr(structure, name)}" for name in PARTS)
    yield "  builds on " + ", ".join(one.name for one in views.chain(structure)[:-1])
    for key, view in sorted(every_view(generation, structure), key=lambda pair: pair[0]):
        said = {
            name: value for name, value in _shown(facts(view)).items() if value not in ("none", "None", "False", "")
        }
        yield f"  {key} " + "; ".join(f"{name} {value}" for name, value in said.items())
        yield f"    rules {' '.join(rules(view))}; inside {' '.join(rules(views.inside(view)))}"


@pytest.mark.parametrize("generation", ["stu3", "dstu2"])
def test_what_holds_for_each_element_of_a_profile(generation: str) -> None:
    known = {url.rpartition("/")[2].lower(): url for url, _, _ in shipped(generation).all()}
    lines = [line for name in PROFILES[generation] for line in stated(generation, known[name.lower()])]
    approve(f"effective-{generation}.txt", "\n".join(lines))


@pytest.mark.parametrize("generation", ["stu3", "dstu2"])
def test_the_shapes_of_types(generation: str) -> None:
    definitions = shipped(generation)
    lines = []
    for name in SHAPES:
        shape = definitions.shape(name)
        lines.append(f"{name}: {shape.name}, {shape.kind}, primitive {shape.is_primitive}")
        for element in shape.elements.values():
            said = {key: value for key, value in asdict(element).items() if value and key not in ("name", "path")}
            lines.append(f"  {element.name} {said} nested {element.nested}")
        members = Layout.of(definitions).members(name) or {}
        lines += [f"  member {' '.join(map(str, asdict(one).values()))}" for one in members.values()]
    approve(f"shapes-{generation}.txt", "\n".join(lines))


def test_members_of_what_nobody_defined() -> None:
    layout = Layout.of(shipped("stu3"))
    assert Layout.of(shipped("stu3")) is layout
    assert layout.members("Nothing") is None
    assert list(layout.members("code") or ()) == list(layout.members("Element") or ())


@pytest.mark.parametrize(
    ("maximum", "base", "is_list"),
    [
        ("1", None, False),
        ("2", None, True),
        ("*", None, True),
        ("0", None, False),
        ("1", "*", True),
        ("1", "2", True),
        ("*", "1", False),
    ],
)
def test_what_is_a_list_in_json(maximum: str, base: str | None, is_list: bool) -> None:
    raw: dict[str, Any] = {"path": "Slot.x", "max": maximum, "type": [{"code": "string"}]}
    element = ElementDef.read(raw | ({"base": {"max": base}} if base else {}), "stu3")
    shapes = shapes_of([ElementDef.read({"path": "Slot"}, "stu3"), element], "resource")
    assert shapes["Slot"].elements["x"].is_list is is_list
    assert (
        not shapes_of([ElementDef.read({"path": "Slot"}, "stu3"), ElementDef(path="Slot.y")], "resource")["Slot"]
        .elements["y"]
        .is_list
    )


def profile(url: str, elements: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "StructureDefinition", "url": url, "version": "1", "name": "Plain", "kind": "resource",
        "type": "Slot", "abstract": False, "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Slot",
        "derivation": "constraint", "differential": {"element": elements}, **more,
    }  # fmt: skip


def value_set(**more: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": "urn:v", "version": "1", **more}


def code_system(*concepts: dict[str, Any], version: str = "1") -> dict[str, Any]:
    return {"resourceType": "CodeSystem", "url": "urn:c", "version": version, "concept": list(concepts)}


BY_SYSTEM = {"discriminator": [{"type": "value", "path": "system"}], "rules": "open"}
OURS = [
    profile("urn:p", [
        {"path": "Slot", "constraint": [{"key": "x-1", "severity": "error", "human": "x", "expression": "a  or b"}]},
        {"path": "Slot.identifier", "slicing": BY_SYSTEM | {"ordered": True}},
        {"path": "Slot.identifier", "sliceName": "ours", "max": "1"},
        {"path": "Slot.identifier", "sliceName": "both"},
        {"path": "Slot.identifier.use", "fixedCode": "usual"},
        {"path": "Slot.identifier.period.start", "minValueDateTime": "2020"},
        {"path": "Slot.identifier.assigner", "type": [{"code": "Reference"}]},
        {"path": "Slot.specialty", "binding": {"strength": "required"}},
        {"path": "Slot.comment", "maxLength": 5, "maxValueString": "z", "patternString": "p"},
    ], contextType="resource", context=["Slot", "Patient"], kind="logical", type="Slot"),
    profile("urn:q", [{"path": "Slot"}]),
    value_set(compose={"import": ["urn:i"], "include": [
        {"system": "urn:a", "concept": [{"code": "1", "display": "One"}, {"code": "2"}, {"code": "3", "display": "Three"}]},
        {"system": "urn:b", "filter": [{"property": "concept", "op": "is-a", "value": "x"}]},
        {"valueSet": ["urn:w"]},
    ], "exclude": [{"system": "urn:e"}]}),
    code_system({"code": "a", "display": "A", "concept": [{"code": "b", "display": "B"}]}, {"code": "c"}),
    {"resourceType": "ValueSet", "url": "urn:inline", "codeSystem": {"system": "urn:in", "concept": [{"code": "k"}]}},
]  # fmt: skip
THEIRS = [
    profile("urn:p", [
        {"path": "Slot", "constraint": [
            {"key": "x-1", "severity": "error", "human": "x", "expression": "a or b"},
            {"key": "x-2", "severity": "error", "human": "x", "xpath": "only this"},
        ]},
        {"path": "Slot.identifier", "slicing": BY_SYSTEM},
        {"path": "Slot.identifier", "sliceName": "theirs"},
        {"path": "Slot.identifier", "sliceName": "both", "max": "4"},
        {"path": "Slot.identifier.use", "fixedCode": "official"},
        {"path": "Slot.identifier.period.start", "minValueDateTime": "2021", "min": 1},
        {"path": "Slot.identifier.nothing", "min": 1},
        {"path": "Slot.specialty", "binding": {"strength": "required", "valueSetUri": "urn:v"}},
        {"path": "Slot.comment"},
    ], version="2", contextType="datatype", context=["Patient"]),
    profile("urn:only-theirs", [{"path": "Slot"}]),
    profile("urn:q", [{"path": "Slot"}], baseDefinition="urn:none"),
    value_set(compose={"include": [
        {"system": "urn:a", "concept": [{"code": "1", "display": "Uno"}, {"code": "2", "display": "Two"}, {"code": "4"}]},
        {"system": "urn:b", "filter": [{"property": "concept", "op": "is-not-a", "value": "x"}]},
        {"valueSet": ["urn:z"]},
    ]}),
    code_system({"code": "a", "display": "A", "concept": [{"code": "b"}, {"code": "d"}]}, version="2"),
    {"resourceType": "ValueSet", "url": "urn:inline", "codeSystem": {"system": "urn:other", "concept": [{"code": "k"}]}},
]  # fmt: skip


def store(name: str, resources: list[dict[str, Any]]) -> Definitions:
    definitions = Definitions("stu3").open(folder("stu3") / "base")
    for number, one in enumerate(resources):
        definitions.add(one, f"{name} {number}")
    return definitions


def test_every_kind_of_difference() -> None:
    reasons = {"* version": "of another day", "p Slot.comment *": "as it should be"}
    found = differences(store("ours", OURS), store("theirs", THEIRS), reasons)
    approve(
        "differences.txt", "\n".join(f"{one.url} | {one}{f' [{one.reason}]' if one.reason else ''}" for one in found)
    )


def test_what_both_read_from_one_file_is_not_compared() -> None:
    one, other = [code_system({"code": "a"})], [code_system({"code": "b"})]
    assert differences(store("same", one), store("same", other), {}) == []
    assert [found.element for found in differences(store("one", one), store("other", other), {})] == ["a", "b"]
