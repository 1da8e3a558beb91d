from __future__ import annotations

from typing import Any

from conformance.fhir.definitions.element_tree import Tree, build_tree
from conformance.fhir.definitions.store import Structure, read_structure


def tree(generation: Any, *elements: dict[str, Any]) -> Tree:
    raw = {"url": "http://a.test/p", "type": "Patient", "constrainedType": "Patient", "derivation": "constraint"}
    structure: Structure = read_structure({**raw, "differential": {"element": list(elements)}}, generation, "test")
    return build_tree(structure, structure.differential)


SLICED = {"slicing": {"discriminator": [{"type": "value", "path": "system"}], "rules": "open"}}


def test_children_of_two_slices_do_not_mix() -> None:
    found = tree(
        "dstu2",
        {"path": "Patient.identifier", "slicing": {"discriminator": ["system"], "rules": "open"}},
        {"path": "Patient.identifier", "name": "a"},
        {"path": "Patient.identifier.system", "fixedUri": "http://a.test/a"},
        {"path": "Patient.identifier", "name": "b"},
        {"path": "Patient.identifier.system", "fixedUri": "http://a.test/b"},
        {"path": "Patient.name", "max": "1"},
    ).root.children
    slices = found["identifier"].slices
    assert list(slices) == ["a", "b"]
    assert [
        part.children["system"].element.fixed.value for part in slices.values() if part.children["system"].element.fixed
    ] == [
        "http://a.test/a",
        "http://a.test/b",
    ]
    assert found["name"].element.max == 1


def test_a_sparse_differential_opens_what_it_leaves_out() -> None:
    found = tree("stu3", {"path": "Patient.contact.name.family", "min": 1}).root
    assert found.children["contact"].children["name"].children["family"].element.min == 1
    assert found.children["contact"].element.min is None


def test_a_dstu2_label_is_no_slice() -> None:
    found = tree("dstu2", {"path": "Patient.contact", "name": "a label", "max": "1"})
    assert found.root.children["contact"].slices == {}
    assert found.referred("a label") is found.root.children["contact"]


def test_a_concrete_choice_with_its_own_name_is_no_slice() -> None:
    found = tree(
        "stu3",
        {
            "id": "Patient.deceasedBoolean:deceasedBoolean",
            "path": "Patient.deceasedBoolean",
            "sliceName": "deceasedBoolean",
        },
    )
    assert found.root.children["deceasedBoolean"].slices == {}


def test_a_slice_of_a_slice() -> None:
    found = tree(
        "stu3",
        {"path": "Patient.identifier", **SLICED},
        {"path": "Patient.identifier", "sliceName": "a"},
        {"path": "Patient.identifier", "sliceName": "a/b"},
    )
    assert list(found.root.children["identifier"].slices) == ["a"]
    assert list(found.root.children["identifier"].slices["a"].slices) == ["b"]


def test_extensions_need_no_slicing_entry() -> None:
    found = tree("dstu2", {"path": "Patient.extension", "name": "a"}, {"path": "Patient.extension", "name": "b"})
    assert list(found.root.children["extension"].slices) == ["a", "b"]


def test_problems_are_told() -> None:
    doubled = tree(
        "stu3",
        {"path": "Patient.name", **SLICED},
        {"path": "Patient.name", "sliceName": "a"},
        {"path": "Patient.name", "sliceName": "a"},
    )
    assert "slice a of Patient.name is defined twice" in doubled.problems
    twice = tree(
        "stu3", {"path": "Patient.name", "type": [{"code": "HumanName"}]}, {"path": "Patient.name", "max": "1"}
    )
    assert "element Patient.name is defined twice without being sliced" in twice.problems
