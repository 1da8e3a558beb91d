"""Faults in fixed values and codes, lists and slices, extensions and references."""

from __future__ import annotations

from collections.abc import Iterator

from mutation_kinds import ABSENT, Mutation, Surroundings, kind, put, warned
from mutation_places import Item, Member, Object, Place

from conformance.fhir.definitions.effective import child
from conformance.fhir.definitions.element_definitions import UNBOUNDED
from conformance.fhir.terminology.membership import Member as IsMember
from conformance.fhir.terminology.membership import NotMember

# -- fixed values and codes --------------------------------------------------------------------------------------------


@kind
def other_than_fixed(place: Place, _: Surroundings) -> Iterator[Mutation]:
    fixed = isinstance(place, Item) and place.facts.fixed is not None and isinstance(place.value, str)
    if fixed and isinstance(place, Item) and not place.member.tells_slices_apart:
        yield put(place.pointer, place.value + "x")


@kind
def out_of_its_required_slice(place: Place, _: Surroundings) -> Iterator[Mutation]:
    """Another value where a slice's value tells it apart: the item is in no slice then, and the slice is missing."""
    within = place.member.within if isinstance(place, Item) else None
    if within is None or not isinstance(place, Item) or not place.member.tells_slices_apart or within.facts.min < 1:
        return
    if place.facts.fixed is not None and len(within.member.value) <= within.facts.min:
        where = (within.member.pointer, within.member.pointer[:-1])
        yield put(place.pointer, place.value + "x", place.pointer, *where)


@kind
def code_outside_required_set(place: Place, near: Surroundings) -> Iterator[Mutation]:
    binding = place.facts.binding if isinstance(place, Item) else None
    if binding is None or binding.strength != "required" or not binding.value_set:
        return
    assert isinstance(place, Item)
    if place.code == "code":
        if isinstance(near.terminology.check_code(binding.value_set, "zz-no-code"), NotMember):
            yield put(place.pointer, "zz-no-code")
        return
    codings = place.value.get("coding") if place.code == "CodeableConcept" and isinstance(place.value, dict) else None
    for index, coding in enumerate(codings if isinstance(codings, list) else []):
        system, code = coding.get("system"), coding.get("code")
        known = near.terminology.check(binding.value_set, system, str(code))
        wrong = near.terminology.check(binding.value_set, system, "zz-no-code")
        if len(codings) == 1 and isinstance(known, IsMember) and isinstance(wrong, NotMember):
            yield put((*place.pointer, "coding", index, "code"), "zz-no-code", place.pointer)


@kind
def code_in_capitals(place: Place, near: Surroundings) -> Iterator[Mutation]:
    binding = place.facts.binding if isinstance(place, Item) else None
    if isinstance(place, Item) and place.code == "code" and binding and binding.strength == "required":
        wrong = str(place.value).upper()
        if isinstance(near.terminology.check_code(str(binding.value_set), wrong), NotMember):
            yield put(place.pointer, wrong)


@kind
def code_of_another_system(place: Place, near: Surroundings) -> Iterator[Mutation]:
    binding = place.facts.binding if isinstance(place, Item) else None
    if binding is None or binding.strength != "required" or not binding.value_set:
        return
    codings = place.value.get("coding") if isinstance(place, Item) and isinstance(place.value, dict) else None
    if isinstance(place, Item) and isinstance(codings, list) and len(codings) == 1 and "system" in codings[0]:
        other = "http://example.org/other"
        if isinstance(near.terminology.check(binding.value_set, other, str(codings[0].get("code"))), NotMember):
            yield put((*place.pointer, "coding", 0, "system"), other, place.pointer)


# -- lists, slices, choices --------------------------------------------------------------------------------------------


@kind
def more_than_max(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and isinstance(place.value, list) and 0 < place.facts.max < UNBOUNDED:
        more = place.value * (place.facts.max + 1)
        yield put(place.pointer, more)


@kind
def extra_slice(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.slice_name and 0 < place.facts.max < UNBOUNDED:
        yield put(place.member.pointer, [*place.member.value, *[place.value] * place.facts.max])


@kind
def second_choice(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and place.view.choice:
        stem = place.name.removesuffix(place.view.choice[:1].upper() + place.view.choice[1:])
        other = (*place.pointer[:-1], stem + ("Boolean" if place.view.choice != "boolean" else "Integer"))
        yield put(other, True if place.view.choice != "boolean" else 1, other, place.pointer, place.pointer[:-1])


@kind
def choice_of_another_type(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and place.view.choice and len(place.facts.types) == 1:
        stem = place.name.removesuffix(place.view.choice[:1].upper() + place.view.choice[1:])
        other = (*place.pointer[:-1], stem + "Money")
        allowed = {one.code for node in place.view.nodes[-1:] for one in node.element.types}
        if "Money" not in allowed:
            yield Mutation(((place.pointer, ABSENT), (other, {"value": 1})), (other, place.pointer, place.pointer[:-1]))


# -- extensions --------------------------------------------------------------------------------------------------------

ODD_EXTENSION = {"url": "http://example.org/StructureDefinition/odd", "valueBoolean": True}


@kind
def unknown_modifier_extension(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and "modifierExtension" not in place.value and child(place.view, "modifierExtension"):
        yield warned(put((*place.pointer, "modifierExtension"), [ODD_EXTENSION]))


@kind
def extension_without_content(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "Extension" and isinstance(place.value, dict):
        yield put(place.pointer, {"url": place.value.get("url")})


@kind
def extension_without_url(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "Extension" and isinstance(place.value, dict):
        yield put((*place.pointer, "url"), ABSENT, place.pointer, place.member.pointer, place.member.pointer[:-1])


@kind
def extension_with_value_and_extensions(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and place.code == "Extension" and "extension" not in place.value:
        yield put((*place.pointer, "extension"), [ODD_EXTENSION], place.pointer)


@kind
def extension_out_of_place(place: Place, near: Surroundings) -> Iterator[Mutation]:
    """A resource's own extension, moved onto its meta."""
    if isinstance(place, Item) and place.code == "Extension" and len(place.pointer) == 2 and "meta" in near.resource:
        moved = ("meta", "extension")
        yield put(moved, [place.value])


@kind
def unknown_part_of_extension(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and place.code == "Extension" and isinstance(place.value.get("extension"), list):
        parts = place.value["extension"]
        more = [*parts, {"url": "noSuchPart", "valueString": "x"}]
        yield put((*place.pointer, "extension"), more)


@kind
def extension_with_relative_url(place: Place, _: Surroundings) -> Iterator[Mutation]:
    plain = isinstance(place, Object) and place.code != "Extension" and "extension" not in place.value
    if plain and place.pointer and child(place.view, "extension"):
        yield put((*place.pointer, "extension"), [{"url": "odd", "valueString": "x"}])


# -- references --------------------------------------------------------------------------------------------------------


def referring(place: Place) -> Item | None:
    """The place, if it is a Reference that refers."""
    if isinstance(place, Item) and place.code == "Reference" and isinstance(place.value, dict):
        return place if "reference" in place.value else None
    return None


@kind
def reference_of_another_type(place: Place, _: Surroundings) -> Iterator[Mutation]:
    found = referring(place)
    if found and found.facts.types and all(one.targets for one in found.facts.types):
        yield put((*found.pointer, "reference"), "Medication/1", found.pointer)


@kind
def malformed_reference(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if found := referring(place):
        yield put((*found.pointer, "reference"), "not a reference", found.pointer)


@kind
def reference_to_nothing_contained(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if found := referring(place):
        yield put((*found.pointer, "reference"), "#nowhere", found.pointer)


@kind
def reference_to_something_else_contained(place: Place, near: Surroundings) -> Iterator[Mutation]:
    """A contained resource of a type that the reference may not have."""
    found = referring(place)
    if found is None or near.resource["resourceType"] == "Bundle" or not found.facts.types:
        return
    if "contained" not in found.pointer and all(one.targets for one in found.facts.types):
        odd = {"resourceType": "Binary", "id": "odd", "contentType": "text/plain", "content": "YWJj"}
        contained = [*near.resource.get("contained", ()), odd]
        edits = ((("contained",), contained), ((*found.pointer, "reference"), "#odd"))
        yield Mutation(edits, (found.pointer,))


@kind
def reference_with_a_bare_id(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if found := referring(place):
        yield put((*found.pointer, "reference"), "1", found.pointer)


@kind
def reference_to_nothing_in_the_bundle(place: Place, near: Surroundings) -> Iterator[Mutation]:
    found = referring(place)
    if found and near.resource["resourceType"] == "Bundle":
        nowhere = "urn:uuid:3b241101-e2bb-4255-8caf-4136c566a962"
        yield put((*found.pointer, "reference"), nowhere, found.pointer)
