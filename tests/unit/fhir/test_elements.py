from __future__ import annotations

import pytest

from conformance.fhir.definitions.element_definitions import (
    MAX_VALUE_SET,
    UNBOUNDED,
    Binding,
    Discriminator,
    ElementDef,
    TypeRef,
)

CORE = "http://hl7.org/fhir/StructureDefinition/"


def test_the_names_of_both_generations_mean_the_same() -> None:
    old = ElementDef.read(
        {"path": "A.b", "name": "s", "nameReference": "r", "min": 0, "max": "*", "base": {"max": "1"}}, "dstu2"
    )
    new = ElementDef.read(
        {"path": "A.b", "sliceName": "s", "contentReference": "#r", "min": 0, "max": "*", "base": {"max": "1"}}, "stu3"
    )
    for element in (old, new):
        assert (element.slice_name, element.content_ref, element.max, element.base_max, element.name) == (
            "s",
            "r",
            UNBOUNDED,
            1,
            "b",
        )


def test_targets_are_found_where_each_generation_puts_them() -> None:
    old = ElementDef.read({"path": "A.b", "type": [{"code": "Reference", "profile": [CORE + "Patient"]}]}, "dstu2")
    split = [
        {"code": "Reference", "targetProfile": CORE + "Patient"},
        {"code": "Reference", "targetProfile": CORE + "Slot"},
    ]
    new = ElementDef.read({"path": "A.b", "type": split}, "stu3")
    misplaced = ElementDef.read({"path": "A.b", "type": [{"code": "Reference", "profile": CORE + "Patient"}]}, "stu3")
    assert old.types == misplaced.types == (TypeRef("Reference", (), (CORE + "Patient",)),)
    assert new.types == (TypeRef("Reference", (), (CORE + "Patient", CORE + "Slot")),)


@pytest.mark.parametrize(
    "types", [[{"code": "Reference"}], [{"code": "Reference", "targetProfile": CORE + "Resource"}]]
)
def test_any_resource_is_no_target(types: list[dict[str, str]]) -> None:
    assert ElementDef.read({"path": "A.b", "type": types}, "stu3").types == (TypeRef("Reference"),)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("url", Discriminator("value", "url")),
        ("resource/@type", Discriminator("type", "resource")),
        ("resource.@profile", Discriminator("profile", "resource")),
        ("@type", Discriminator("type", "$this")),
        ({"type": "exists", "path": "period"}, Discriminator("exists", "period")),
    ],
)
def test_discriminators(raw: object, wanted: Discriminator) -> None:
    element = ElementDef.read({"path": "A.b", "slicing": {"discriminator": [raw], "rules": "closed"}}, "dstu2")
    assert element.slicing is not None
    assert element.slicing.discriminators == (wanted,)
    assert (element.slicing.rules, element.slicing.ordered) == ("closed", False)


def test_bindings_with_their_maximum() -> None:
    extension = [{"url": MAX_VALUE_SET, "valueReference": {"reference": "http://a.test/max"}}]
    raw = {"strength": "extensible", "valueSetReference": {"reference": "http://a.test/vs"}, "extension": extension}
    assert ElementDef.read({"path": "A.b", "binding": raw}, "stu3").binding == Binding(
        "extensible", "http://a.test/vs", "http://a.test/max"
    )


def test_fixed_pattern_and_what_is_not_known() -> None:
    raw = {
        "path": "A.b",
        "fixedCode": "a",
        "patternCoding": {"code": "b"},
        "minValueInteger": 1,
        "mustRhyme": True,
        "short": "x",
    }
    element = ElementDef.read(raw, "stu3")
    assert element.fixed is not None
    assert element.pattern is not None
    assert (element.fixed.type, element.fixed.value, element.pattern.value) == ("Code", "a", {"code": "b"})
    assert element.unknown == ("mustRhyme",)


@pytest.mark.parametrize("raw", [{}, {"path": ""}, {"path": 1}, {"path": "A", "max": "x"}])
def test_broken_elements_say_what_is_wrong(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"path|max"):
        ElementDef.read(raw, "stu3")
