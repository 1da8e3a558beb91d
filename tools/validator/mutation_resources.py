"""Faults in resources as such, in narrative, and against rules across elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mutation_kinds import ABSENT, Mutation, Surroundings, kind, put
from mutation_places import Item, Member, Object, Place, Pointer

from conformance.fhir.definitions.effective import child

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
