"""Faults of presence, of JSON form and of primitive values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mutation_kinds import ABSENT, Mutation, Surroundings, kind, put
from mutation_places import Item, Member, Object, Place

from conformance.fhir.definitions.effective import child, facts
from conformance.fhir.definitions.element_layout import is_primitive

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
    if isinstance(place, Member) and isinstance(place.value, list) and is_primitive(place.code):
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
