"""Comparing definitions: what counts as a difference, and that ours differ from the published ones for stated reasons only."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from conformance.fhir.definitions.compare import (
    Difference,
    by_reason,
    compare_sets,
    compare_structures,
    differences,
    idle_reasons,
    value_set_parts,
)
from conformance.fhir.definitions.effective import Views
from conformance.fhir.definitions.store import Definitions
from tests.support.paths import needs_shared
from tests.support.proof import PROOF, sample
from tests.support.shipped import GENERATIONS, folder, official, profiles, settings, shipped

URL = "https://example.org/StructureDefinition/Plain-Slot"
SLOT = "http://hl7.org/fhir/StructureDefinition/Slot"
SCHEDULE = "http://hl7.org/fhir/StructureDefinition/Schedule"
PLAIN = [
    {"path": "Slot.identifier", "slicing": {"discriminator": [{"type": "value", "path": "system"}], "rules": "open"}},
    {"path": "Slot.identifier", "sliceName": "local", "max": "1"},
    {"path": "Slot.identifier.system", "min": 1, "fixedUri": "https://example.org/local"},
    {"path": "Slot.specialty", "max": "1"},
    {"path": "Slot.schedule", "type": [{"code": "Reference", "targetProfile": SCHEDULE}], "mustSupport": True},
    {"path": "Slot.comment", "min": 1},
]


def profile(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resourceType": "StructureDefinition",
        "url": URL,
        "version": "1",
        "name": "Plain",
        "kind": "resource",
        "type": "Slot",
        "abstract": False,
        "baseDefinition": SLOT,
        "derivation": "constraint",
        "differential": {"element": elements},
    }


def store(*resources: dict[str, Any]) -> Definitions:
    definitions = Definitions("stu3").open(folder("stu3") / "base")
    for number, one in enumerate(resources):
        definitions.add(one, f"test {id(definitions)} {number}")
    return definitions


def differ(changed: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    found = differences(store(profile(changed)), store(profile(PLAIN)), {})
    return [(one.element, one.aspect, one.ours, one.official) for one in found]


def test_the_same_constraints_do_not_differ() -> None:
    assert differ(copy.deepcopy(PLAIN)) == []


def test_the_order_of_children_and_wording_do_not_count() -> None:
    changed = [*PLAIN[:3], PLAIN[5] | {"short": "Anything"}, PLAIN[3], PLAIN[4]]
    assert differ(changed) == []


CHANGES = [
    ({"max": "2"}, 3, ("Slot.specialty", "max", "2", "1")),
    ({"min": 0}, 5, ("Slot.comment", "min", "0", "1")),
    ({"max": "2"}, 1, ("Slot.identifier:local", "max", "2", "1")),
    (
        {"fixedUri": "urn:x"},
        2,
        ("Slot.identifier:local.system", "fixed", "Uri 'urn:x'", "Uri 'https://example.org/local'"),
    ),
    ({"mustSupport": False}, 4, ("Slot.schedule", "mustSupport", "False", "True")),
    ({"type": [{"code": "Reference", "targetProfile": SLOT}]}, 4, ("Slot.schedule", "targets", SLOT, SCHEDULE)),
    ({"type": [{"code": "string"}]}, 4, ("Slot.schedule", "types", "string", "Reference")),
    ({"patternString": "x"}, 5, ("Slot.comment", "pattern", "String 'x'", "none")),
    ({"maxLength": 5}, 5, ("Slot.comment", "maxLength", "5", "None")),
    (
        {"binding": {"strength": "required", "valueSetUri": "urn:v"}},
        5,
        ("Slot.comment", "binding", "required urn:v", "none"),
    ),
    (
        {"slicing": {"rules": "closed"}},
        0,
        ("Slot.identifier", "slicing", "by nothing, closed", "by value system, open"),
    ),
    ({"isModifier": True}, 5, ("Slot.comment", "isModifier", "True", "False")),
    (
        {"constraint": [{"key": "c-1", "severity": "error", "human": "x", "expression": "true"}]},
        5,
        ("Slot.comment", "rule c-1", "true", "nothing"),
    ),
]


@pytest.mark.parametrize(("change", "place", "expected"), CHANGES, ids=[one[2][1] + " " + one[2][0] for one in CHANGES])
def test_a_changed_constraint_is_found(change: dict[str, Any], place: int, expected: tuple[str, str, str, str]) -> None:
    changed = copy.deepcopy(PLAIN)
    changed[place] |= change
    assert expected in differ(changed)


def test_a_missing_slice_is_found() -> None:
    assert ("Slot.identifier:local", "slice", "absent", "present") in differ([PLAIN[0], *PLAIN[3:]])


def test_a_choice_narrowed_by_one_side_only_is_found() -> None:
    url = "https://example.org/StructureDefinition/Ext"
    plain: dict[str, Any] = profile([{"path": "Extension.url", "fixedUri": url}]) | {"url": url, "type": "Extension"}
    plain["baseDefinition"] = "http://hl7.org/fhir/StructureDefinition/Extension"
    narrowed = copy.deepcopy(plain)
    narrowed["differential"]["element"].append({"path": "Extension.valueString", "type": [{"code": "string"}]})
    (found,) = differences(store(plain), store(narrowed), {})
    assert (found.element, found.aspect, found.ours, found.official) == (
        "Extension.value[x]",
        "choice",
        "any",
        "valueString",
    )


def test_what_ours_lack_altogether_is_a_difference() -> None:
    (found,) = differences(store(), store(profile(PLAIN)), {})
    assert (found.url, found.aspect, found.ours) == (URL, "StructureDefinition", "absent")


def test_another_version_is_a_difference() -> None:
    (found,) = differences(store(profile(PLAIN)), store(profile(PLAIN) | {"version": "2"}), {})
    assert (found.element, found.aspect, found.ours, found.official) == ("", "version", "1", "2")


def test_value_sets_differ_by_their_codes_and_given_displays() -> None:
    def made(*concepts: dict[str, str]) -> dict[str, Any]:
        return {"compose": {"include": [{"system": "urn:s", "concept": list(concepts)}]}}

    ours = value_set_parts(made({"code": "a"}, {"code": "b", "display": "Bee"}, {"code": "c"}))
    theirs = value_set_parts(made({"code": "a", "display": "Ay"}, {"code": "b", "display": "Be"}, {"code": "d"}))
    found = [(one.element, one.aspect, one.ours) for one in compare_sets("urn:v", ours, theirs)]
    assert found == [
        ("include urn:s#b", "display", "Bee"),
        ("include urn:s#c", "code", "present"),
        ("include urn:s#d", "code", "absent"),
    ]


def test_reasons_are_matched_by_pattern_and_idle_ones_told() -> None:
    changed = copy.deepcopy(PLAIN)
    changed[5] = changed[5] | {"min": 0, "mustSupport": True}
    reasons = {"Plain-Slot Slot.comment min": "known", "* rule x-1": "idle", "* Slot.value[x] *": "idle too"}
    found = differences(store(profile(changed)), store(profile(PLAIN)), reasons)
    assert {(one.aspect, one.reason) for one in found} == {("min", "known"), ("mustSupport", None)}
    assert idle_reasons(found, reasons) == ["* rule x-1", "* Slot.value[x] *"]
    assert {reason: len(group) for reason, group in by_reason(found).items()} == {None: 1, "known": 1}


def test_a_difference_reads_as_one_line() -> None:
    one = Difference(URL, "Slot.comment", "min", "0", "1")
    assert str(one) == "Plain-Slot Slot.comment min: ours 0, official 1"


@needs_shared
@pytest.mark.parametrize("generation", GENERATIONS)
def test_ours_differ_from_the_published_definitions_for_stated_reasons_only(generation: str) -> None:
    reasons = settings(generation, "verify-reasons.yaml")
    found = differences(shipped(generation), official(generation), reasons)
    assert [str(one) for one in found if one.reason is None] == []
    assert idle_reasons(found, reasons) == []
    assert len(reasons) < 10


@needs_shared
@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_published_definition_of_the_kinds_we_restate_is_shipped(generation: str) -> None:
    for kind in ("StructureDefinition", "ValueSet", "CodeSystem"):
        ours = {url for url, _, _ in shipped(generation).all(kind)}
        published = {url for url, _, _ in official(generation).all(kind)}
        assert published - ours == set(), kind


@needs_shared
@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_versions_seen_at_a_glance_are_the_stated_ones(generation: str) -> None:
    definitions = official(generation)
    glanced = {url: version for url, version, _ in definitions.all()}
    assert {url: definitions.structure(url).version for url in glanced} == glanced


def constrained(structure: Any) -> list[int]:
    """Places in the differential of elements that constrain something by themselves."""
    silent = {"id", "path", "sliceName", "name", "isModifier"}
    return [number for number, one in enumerate(structure.raw["differential"]["element"]) if set(one) - silent]


@needs_shared
@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_constraint_taken_out_of_any_profile_is_noticed(generation: str) -> None:
    """The comparison would find any one element of our profiles gone: it passes for no lack of looking."""
    missed, tried = [], 0
    definitions = Definitions(generation).open(folder(generation))  # type: ignore[arg-type]
    ours, spoilt_ours, published = Views(shipped(generation)), Views(definitions), Views(official(generation))
    for structure in profiles(generation):
        clean = list(compare_structures(ours, published, structure.url))
        for place in sample(constrained(structure), 4):
            spoilt = copy.deepcopy(structure.raw)
            gone = spoilt["differential"]["element"].pop(place)
            definitions.add(spoilt)
            tried += 1
            if list(compare_structures(spoilt_ours, published, structure.url)) == clean:
                missed.append((structure.name, gone))
        definitions.add(structure.raw)
    assert tried > (200 if PROOF else 50)
    assert [one for one in missed if not is_redundant(one[1])] == []


def is_redundant(element: dict[str, Any]) -> bool:
    """True for an element that repeats what holds without it: extensions sliced by url, a root's type, a binding's strength."""
    stated = set(element) - {"id", "path", "name", "sliceName", "isModifier"}
    if stated == {"slicing"}:
        return element["path"].endswith(".extension")
    if stated == {"type"}:
        return "." not in element["path"]
    return stated == {"binding"} and set(element["binding"]) == {"strength"}


def test_a_slice_of_another_type_is_a_difference() -> None:
    def with_type(profile: str) -> list[dict[str, Any]]:
        slicing = {
            "path": "Slot.extension",
            "slicing": {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"},
        }
        typed = {"code": "Extension", "profile": f"https://example.org/StructureDefinition/{profile}"}
        return [slicing, {"path": "Slot.extension", "sliceName": "local", "type": [typed]}]

    ours, published = Views(store(profile(with_type("one")))), Views(store(profile(with_type("two"))))
    assert [(one.element, one.aspect) for one in compare_structures(ours, published, URL)] == [
        ("Slot.extension:local", "types")
    ]
