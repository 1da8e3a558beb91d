"""One ElementDefinition with everything in it, read whole in each generation; and what a bare one says."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from conformance.fhir.definitions.element_definitions import UNBOUNDED, ElementDef

CORE = "http://hl7.org/fhir/StructureDefinition/"
MAXIMUM = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
FULL: dict[str, Any] = {
    "id": "Slot.x:s",
    "path": "Slot.x",
    "representation": ["xmlAttr"],
    "min": 2,
    "max": "3",
    "base": {"path": "Slot.x", "min": 0, "max": "*"},
    "type": [{"code": "Quantity", "profile": CORE + "Money"}, {"code": "Quantity", "profile": CORE + "Age"}, {}],
    "fixedCode": "a",
    "patternCoding": {"code": "b"},
    "minValueInteger": 1,
    "maxValueInteger": 9,
    "maxLength": 7,
    "binding": {"strength": "required", "valueSetUri": "urn:v", "extension": [{"url": MAXIMUM, "valueUri": "urn:max"}]},
    "constraint": [
        {"key": "c-1", "severity": "warning", "human": "Words.", "expression": "true", "xpath": "1"},
        {},
    ],
    "isModifier": True,
    "mustSupport": True,
    "defaultValueCode": "x",
    "exampleCode": "y",
    "short": "said", "alias": ["said"], "comments": "said", "requirements": "said",
}  # fmt: skip
STU3 = FULL | {
    "sliceName": "s",
    "contentReference": "#Slot.y",
    "slicing": {"discriminator": [{"type": "exists", "path": "p"}, {}], "rules": "closed", "ordered": True},
}
DSTU2 = FULL | {
    "name": "s",
    "nameReference": "Slot.y",
    "slicing": {"discriminator": ["a/@type", "@profile", "a.b"], "rules": "openAtEnd", "ordered": False},
}
READ: dict[str, Any] = {
    "path": "Slot.x",
    "id": "Slot.x:s",
    "slice_name": "s",
    "min": 2,
    "max": 3,
    "base_max": UNBOUNDED,
    "types": (
        {"code": "Quantity", "profiles": (CORE + "Money", CORE + "Age"), "targets": ()},
        {"code": "", "profiles": (), "targets": ()},
    ),
    "fixed": {"type": "Code", "value": "a"},
    "pattern": {"type": "Coding", "value": {"code": "b"}},
    "binding": {"strength": "required", "value_set": "urn:v", "max_value_set": "urn:max"},
    "max_length": 7,
    "min_value": {"type": "Integer", "value": 1},
    "max_value": {"type": "Integer", "value": 9},
    "constraints": (
        {"key": "c-1", "severity": "warning", "human": "Words.", "expression": "true", "xpath": "1"},
        {"key": "", "severity": "error", "human": "", "expression": None, "xpath": None},
    ),
    "content_ref": "Slot.y",
    "is_modifier": True,
    "must_support": True,
    "xml_attribute": True,
    "unknown": (),
}
SLICING = {
    "stu3": (("exists", "p"), ("", "")),
    "dstu2": (("type", "a"), ("profile", "$this"), ("value", "a.b")),
}


@pytest.mark.parametrize(("raw", "generation"), [(STU3, "stu3"), (DSTU2, "dstu2")])
def test_every_fact_is_read(raw: dict[str, Any], generation: str) -> None:
    found = asdict(ElementDef.read(raw, generation))
    slicing = found.pop("slicing")
    assert found == READ
    assert tuple((one["kind"], one["path"]) for one in slicing["discriminators"]) == SLICING[generation]
    assert (slicing["rules"], slicing["ordered"]) == (raw["slicing"]["rules"], generation == "stu3")


@pytest.mark.parametrize("generation", ["dstu2", "stu3"])
def test_a_bare_element_states_nothing(generation: str) -> None:
    found = asdict(ElementDef.read({"path": "Slot"}, generation))
    stated = {name: value for name, value in found.items() if value not in (None, (), False)}
    assert stated == {"path": "Slot"}


def test_the_other_generations_names_say_nothing() -> None:
    assert ElementDef.read({"path": "Slot.x", "name": "s"}, "stu3").slice_name is None
    assert ElementDef.read({"path": "Slot.x", "sliceName": "s"}, "dstu2").slice_name is None


@pytest.mark.parametrize(
    ("binding", "value_set", "maximum"),
    [
        ({"strength": "required"}, None, None),
        ({"strength": "required", "valueSetReference": {}}, None, None),
        ({"strength": "required", "valueSetReference": {"reference": "urn:r"}}, "urn:r", None),
        ({"strength": "required", "valueSetUri": "urn:u", "valueSetReference": {"reference": "urn:r"}}, "urn:u", None),
        ({"strength": "required", "extension": [{"url": "urn:other", "valueUri": "urn:no"}]}, None, None),
        ({"strength": "required", "extension": [{"url": MAXIMUM}]}, None, None),
        ({"strength": "required", "extension": [{"url": MAXIMUM, "valueReference": {}}]}, None, None),
    ],
)
def test_a_binding_may_leave_things_out(binding: dict[str, Any], value_set: str | None, maximum: str | None) -> None:
    found = ElementDef.read({"path": "Slot.x", "binding": binding}, "stu3").binding
    assert found is not None
    assert (found.strength, found.value_set, found.max_value_set) == ("required", value_set, maximum)
    unnamed = ElementDef.read({"path": "Slot.x", "binding": {}}, "stu3").binding
    assert unnamed is not None
    assert unnamed.strength == ""


def test_a_slicing_is_open_and_in_any_order_unless_it_says_otherwise() -> None:
    found = ElementDef.read({"path": "Slot.x", "slicing": {}}, "stu3").slicing
    assert found is not None
    assert (found.discriminators, found.rules, found.ordered) == ((), "open", False)


@pytest.mark.parametrize("key", ["fixed", "fixedcode", "myfixedCode", "patternCode-x", "maxvalueCode", "Short", "_max"])
def test_a_key_that_only_resembles_a_known_one_is_unknown(key: str) -> None:
    assert ElementDef.read({"path": "Slot.x", key: 1}, "stu3").unknown == (key,)


def test_a_maximum_that_is_no_number_says_what_is_wanted() -> None:
    for value in ("many", "", "1.5"):
        with pytest.raises(ValueError, match=r"^max is .*: a number or \* is wanted$"):
            ElementDef.read({"path": "Slot.x", "max": value}, "stu3")
    for raw in ({}, {"path": ""}, {"path": 1}):
        with pytest.raises(ValueError, match=r"^an element has no path$"):
            ElementDef.read(raw, "stu3")
