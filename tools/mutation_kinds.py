"""Kinds of single faults: each looks at a place and yields mutants with the pointers where a validator has to speak."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mutation_places import Item, Member, Object, Place, Pointer

from conformance.fhir.effective import child, facts
from conformance.fhir.elements import UNBOUNDED
from conformance.fhir.membership import Member as IsMember
from conformance.fhir.membership import NotMember
from conformance.fhir.terminology import OfflineTerminology


class Absent:
    """Marks a property to be removed."""


ABSENT = Absent()
Edit = tuple[Pointer, Any]


@dataclass(frozen=True, slots=True)
class Mutation:
    """Edits to make, and the pointers one of which (or something below it) a validator has to name."""

    edits: tuple[Edit, ...]
    where: tuple[Pointer, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a kind may ask about beside the place: the whole example, and what codes there are."""

    resource: dict[str, Any]
    terminology: OfflineTerminology


Kind = Callable[[Place, Surroundings], Iterator[Mutation]]
KINDS: dict[str, Kind] = {}


def kind(function: Kind) -> Kind:
    """Register a kind of fault under the function's name."""
    KINDS[function.__name__.replace("_", "-")] = function
    return function


def put(pointer: Pointer, value: Any, *where: Pointer) -> Mutation:
    """Set, add or (ABSENT) remove one thing; the place itself is where it shows unless said otherwise."""
    return Mutation(((pointer, value),), where or (pointer,))


def _is_primitive(code: str) -> bool:
    return code[:1].islower()


TEXTUAL = frozenset(
    ["string", "code", "uri", "id", "markdown", "oid", "date", "dateTime", "instant", "time", "base64Binary"]
)

# -- presence ----------------------------------------------------------------------------------------------------------


@kind
def drop_required(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and place.facts.min >= 1 and not place.tells_slices_apart:
        yield put(place.pointer, ABSENT, place.pointer, place.pointer[:-1])


@kind
def drop_required_slice(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.slice_name and place.facts.min >= 1 and len(place.member.value) > 1:
        yield put(place.pointer, ABSENT, place.member.pointer, place.member.pointer[:-1])


@kind
def add_prohibited(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if not isinstance(place, Object):
        return
    for name in dict.fromkeys(name for node in place.view.nodes for name in node.children):
        found = None if name.endswith("[x]") else child(place.view, name)
        if found is not None and facts(found).max == 0 and name not in place.value:
            codes = {one.element.types[0].code for one in found.nodes if one.element.types}
            base_max = max(one.element.max or 0 for one in found.nodes)
            sample = SAMPLES.get(codes.pop()) if len(codes) == 1 else None
            if sample is not None:
                yield put((*place.pointer, name), [sample] if base_max > 1 else sample)


@kind
def add_unknown_element(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object):
        yield put((*place.pointer, "zzUnknown"), "x")


@kind
def misspell_element(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member):
        wrong = (*place.pointer[:-1], place.name + "z")
        yield Mutation(((place.pointer, ABSENT), (wrong, place.value)), (wrong,))


@kind
def empty_object(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and isinstance(place.value, dict) and "resourceType" not in place.value:
        yield put(place.pointer, {})


@kind
def null_value(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item):
        yield put(place.pointer, None)


# -- JSON form ---------------------------------------------------------------------------------------------------------


@kind
def list_for_single(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and not isinstance(place.value, list):
        yield put(place.pointer, [place.value])


@kind
def single_for_list(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and isinstance(place.value, list) and len(place.value) == 1:
        yield put(place.pointer, place.value[0])


@kind
def empty_list(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and isinstance(place.value, list):
        yield put(place.pointer, [])


@kind
def list_in_list(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.pointer != place.member.pointer:
        yield put(place.pointer, [place.value])


@kind
def object_for_primitive(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and not isinstance(place.value, dict | list):
        yield put(place.pointer, {"value": place.value})


@kind
def primitive_for_object(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and isinstance(place.value, dict):
        yield put(place.pointer, "text")


@kind
def number_for_string(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and isinstance(place.value, str):
        yield put(place.pointer, 5)


@kind
def string_for_boolean(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and isinstance(place.value, bool):
        yield put(place.pointer, "true")


@kind
def string_for_number(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code in ("integer", "positiveInt", "unsignedInt", "decimal"):
        yield put(place.pointer, str(place.value))


@kind
def fraction_for_integer(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code in ("integer", "positiveInt", "unsignedInt"):
        yield put(place.pointer, 1.5)


@kind
def shadow_of_an_object(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and isinstance(place.value, dict) and "resourceType" not in place.value:
        shadow = (*place.pointer[:-1], "_" + place.name)
        yield put(shadow, {"id": "a"}, shadow, place.pointer)


@kind
def shadow_of_another_length(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and isinstance(place.value, list) and _is_primitive(place.code):
        shadow = (*place.pointer[:-1], "_" + place.name)
        yield put(shadow, [None] * len(place.value) + [{"id": "a"}], shadow, place.pointer)


# -- primitives --------------------------------------------------------------------------------------------------------


@kind
def empty_string(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code in TEXTUAL and isinstance(place.value, str):
        yield put(place.pointer, "")


def _dates(*codes: str) -> Callable[[Place], bool]:
    return lambda place: isinstance(place, Item) and place.code in codes and isinstance(place.value, str)


@kind
def impossible_day(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if _dates("date", "dateTime", "instant")(place):
        assert isinstance(place, Item)
        yield put(place.pointer, "2017-02-30" + place.value[10:])


@kind
def british_date(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if _dates("date", "dateTime", "instant")(place):
        yield put(place.pointer, "21/09/2017")


@kind
def moment_without_zone(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if _dates("dateTime", "instant")(place):
        yield put(place.pointer, "2017-09-21T10:00:00")


@kind
def hour_25(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if _dates("dateTime", "instant")(place):
        yield put(place.pointer, "2017-09-21T25:00:00+00:00")


@kind
def day_for_instant(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if _dates("instant")(place):
        yield put(place.pointer, "2017-09-21")


@kind
def moment_without_seconds(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if _dates("dateTime", "instant")(place):
        yield put(place.pointer, "2017-09-21T10:00+00:00")


@kind
def zone_without_colon(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if _dates("dateTime", "instant")(place):
        yield put(place.pointer, "2017-09-21T10:00:00+0000")


@kind
def space_for_t(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if _dates("dateTime", "instant")(place):
        yield put(place.pointer, "2017-09-21 10:00:00+00:00")


@kind
def day_without_zero(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if _dates("date", "dateTime")(place):
        yield put(place.pointer, "2017-9-1")


@kind
def line_break_after_code(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "code":
        yield put(place.pointer, f"{place.value}\n")


@kind
def zero_for_positive(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "positiveInt":
        yield put(place.pointer, 0)


@kind
def number_beyond_32_bits(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code in ("integer", "positiveInt", "unsignedInt"):
        yield put(place.pointer, 2**31)


@kind
def number_for_boolean(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and isinstance(place.value, bool):
        yield put(place.pointer, 1)


@kind
def boolean_for_number(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code in ("integer", "positiveInt", "unsignedInt", "decimal"):
        yield put(place.pointer, True)


@kind
def code_with_odd_spaces(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "code":
        yield put(place.pointer, f" {place.value}")


@kind
def uri_with_space(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "uri":
        yield put(place.pointer, "http://example.org/a b")


@kind
def malformed_id(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "id" and place.member.name in ("id", "versionId"):
        yield put(place.pointer, "under_score!")


@kind
def long_id(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "id" and place.member.name in ("id", "versionId"):
        yield put(place.pointer, "a" * 65)


@kind
def number_out_of_range(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code in ("positiveInt", "unsignedInt"):
        yield put(place.pointer, -1)


@kind
def text_too_long(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.facts.max_length and isinstance(place.value, str):
        yield put(place.pointer, "x" * (place.facts.max_length + 1))


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
        yield put((*place.pointer, "modifierExtension"), [ODD_EXTENSION])


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


# -- resources ---------------------------------------------------------------------------------------------------------


@kind
def unknown_resource_type(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and place.is_resource:
        where = (*place.pointer, "resourceType")
        yield put(where, "Appointmentt", where, place.pointer)


@kind
def no_resource_type(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and place.is_resource:
        yield put((*place.pointer, "resourceType"), ABSENT, place.pointer)


@kind
def profile_of_another_type(place: Place, near: Surroundings) -> Iterator[Mutation]:
    if (
        isinstance(place, Member)
        and place.pointer[-2:] == ("meta", "profile")
        and near.resource["resourceType"] != "Bundle"
    ):
        other = "http://hl7.org/fhir/StructureDefinition/Patient"
        if near.resource["resourceType"] != "Patient" and len(place.pointer) == 2:
            yield put(place.pointer, [*place.value, other], place.pointer, ())


@kind
def contained_never_referred_to(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if not isinstance(place, Object) or not place.is_resource or "contained" in (*place.pointer, *place.value):
        return
    if "entry" not in place.value and child(place.view, "contained"):
        where = (*place.pointer, "contained")
        yield put(where, [{"resourceType": "Slot", "id": "alone"}], where, place.pointer)


@kind
def contained_within_contained(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and place.is_resource and "contained" in place.pointer:
        yield put((*place.pointer, "contained"), [{"resourceType": "Organization", "id": "inner", "name": "x"}],
                  place.pointer, place.pointer[:-2])  # fmt: skip


@kind
def two_contained_of_one_id(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and place.name == "contained":
        yield put(place.pointer, [*place.value, place.value[0]], place.pointer, place.pointer[:-1])


@kind
def contained_with_a_version(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and place.is_resource and "contained" in place.pointer:
        meta = (*place.pointer, "meta", "versionId")
        yield put(meta, "1", place.pointer, place.pointer[:-2])


@kind
def contained_without_id(place: Place, near: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and place.is_resource and "contained" in place.pointer:
        # What refers to it finds nothing then: to say so there is right as well.
        where = references_to(near.resource, f"#{place.value.get('id')}", ())
        yield put((*place.pointer, "id"), ABSENT, place.pointer, *where)


def references_to(value: Any, reference: str, at: Pointer) -> Iterator[Pointer]:
    """Where the reference occurs."""
    if isinstance(value, dict):
        if value.get("reference") == reference:
            yield at
        for key, item in value.items():
            yield from references_to(item, reference, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from references_to(item, reference, (*at, index))


@kind
def full_url_twice(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and place.name == "entry" and len(place.value) > 1 and len(place.pointer) == 1:
        first = place.value[0].get("fullUrl")
        for index, entry in enumerate(place.value[1:], 1):
            if first and "fullUrl" in entry and "resource" in entry:
                twice = {**entry, "resource": place.value[0]["resource"], "fullUrl": first}
                yield put((*place.pointer, index), twice, place.pointer, ())


@kind
def entry_without_resource(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and place.name == "resource" and "entry" in place.pointer and "fullUrl" in place.owner:
        yield put(place.pointer, ABSENT, place.pointer[:-1])


# -- narrative ---------------------------------------------------------------------------------------------------------


@kind
def narrative_without_namespace(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "xhtml":
        yield put(place.pointer, "<div>text</div>")


@kind
def narrative_with_script(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "xhtml":
        yield put(place.pointer, '<div xmlns="http://www.w3.org/1999/xhtml"><script>x()</script></div>')


@kind
def narrative_cut_short(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "xhtml":
        yield put(place.pointer, '<div xmlns="http://www.w3.org/1999/xhtml"><p>text</div>')


# -- rules across elements ---------------------------------------------------------------------------------------------


@kind
def period_ends_before_it_starts(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.code == "Period":
        yield put(place.pointer, {"start": "2018-01-02", "end": "2018-01-01"})


@kind
def appointment_without_end(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Member) and place.name == "end" and "start" in place.owner and "participant" in place.owner:
        yield put(place.pointer, ABSENT, place.pointer[:-1], place.pointer)


@kind
def participant_without_type_or_actor(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Item) and place.member.name == "participant" and isinstance(place.value, dict):
        yield put(place.pointer, {"status": place.value.get("status")})


SAMPLES: dict[str, Any] = {
    "string": "text",
    "code": "en",
    "uri": "http://example.org/x",
    "id": "x",
    "boolean": True,
    "integer": 1,
    "positiveInt": 1,
    "unsignedInt": 1,
    "decimal": 1.5,
    "date": "2018-01-01",
    "dateTime": "2018-01-01",
    "instant": "2018-01-01T10:00:00Z",
    "markdown": "text",
    "base64Binary": "YWJj",
    "CodeableConcept": {"text": "text"},
    "Coding": {"system": "http://example.org/x", "code": "x"},
    "Identifier": {"system": "http://example.org/x", "value": "x"},
    "Reference": {"display": "text"},
    "Period": {"start": "2018-01-01"},
    "HumanName": {"text": "text"},
    "Address": {"text": "text"},
    "ContactPoint": {"value": "1"},
    "Attachment": {"title": "text"},
    "Quantity": {"value": 1},
    "Annotation": {"text": "text"},
    "Narrative": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">text</div>'},
}
