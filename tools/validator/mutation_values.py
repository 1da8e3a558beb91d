"""Faults of primitive values and of narrative, each a kind of its own: tables of values that the type does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mutation_kinds import ABSENT, Kind, Mutation, Surroundings, put, register, warned
from mutation_places import Item, Member, Object, Place

DAY, CLOCK = "2017-09-21", "2017-09-21T10:00:00"
VALUES: dict[str, dict[str, Any]] = {
    "date": {
        "with-a-time": CLOCK + "Z", "month-13": "2017-13-01", "month-0": "2017-00-10", "day-0": "2017-09-00",
        "day-32": "2017-09-32",
        "no-leap-year": "2017-02-29", "two-digit-year": "17-09-21", "slashes": "2017/09/21", "compact": "20170921",
        "short-month": "2017-9", "words": "21 September 2017", "behind-blanks": " 2017-09-21", "basic-week": "2017-W38",
    },
    "dateTime": {
        "leap-second": DAY + "T23:59:60Z", "second-61": DAY + "T10:00:61Z", "minute-60": DAY + "T10:60:00Z",
        "hour-24": DAY + "T24:00:00Z", "zone-15": CLOCK + "+15:00", "zone-minutes-60": CLOCK + "+01:60", "small-z": CLOCK + "z",
        "small-t": DAY + "t10:00:00Z", "zone-name": CLOCK + " GMT", "comma-fraction": CLOCK + ",5Z", "bare-point": CLOCK + ".Z",
        "hour-only": DAY + "T10Z", "no-leap-year-time": "2017-02-29T10:00:00Z", "month-with-time": "2017-09T10:00:00Z",
        "epoch": "1505988000",
    },
    "instant": {
        "month-only": "2017-09", "year-only": "2017", "leap-second-instant": DAY + "T23:59:60Z",
        "hour-24-instant": DAY + "T24:00:00Z",
        "zone-15-instant": CLOCK + "-15:00", "day-31-of-september": "2017-09-31T10:00:00Z", "space-before-zone": CLOCK + " Z",
        "minutes-only-instant": DAY + "T10:00Z", "small-letters-instant": "2017-09-21t10:00:00z",
        "day-0-instant": "2017-09-00T10:00:00Z",
    },
    "code": {
        "two-spaces": "a  b", "tab-at-end": "a\t", "leading-line-break": "\na", "no-break-space": "\u00a0a",
        "space-at-end": "a ",
    },
    "uri": {
        "tab": "http://example.org/a\tb", "line-break": "http://example.org/\n", "space-before": " http://example.org/",
        "words-for-uri": "not a uri", "no-break": "http://example.org/a\u00a0b",
    },
    "boolean": {"capital-true": "True", "yes": "yes", "y-or-n": "Y", "empty-boolean": "", "zero": 0},
    "positiveInt": {"minus-one": -1, "words-for-number": "one", "beyond-positive": 2**31, "a-half": 0.5},
    "unsignedInt": {"minus-one-unsigned": -1, "words-for-unsigned": "none", "beyond-unsigned": 2**31, "a-half-unsigned": 0.5},
    "integer": {"beyond-integer": 2**31, "below-integer": -(2**31) - 1, "words-for-integer": "one", "a-half-integer": 0.5},
    "decimal": {"words-for-decimal": "much", "comma-decimal": "1,5", "dash-decimal": "-"},
    "id": {"id-with-space": "a b", "id-with-slash": "a/b", "id-with-umlaut": "\u00e4", "id-with-colon": "a:b",
           "id-with-plus": "a+b",
           "id-with-brace": "{a}"},
    "base64Binary": {"base64-with-signs": "!!!", "base64-cut": "YWJ", "base64-words": "not base64 at all"},
    "string": {"null-character": "a\x00b", "bell-character": "a\x07b"},
}  # fmt: skip

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
NARRATIVES = {
    "link-with-script": '<a href="javascript:x()">x</a>', "link-in-capitals": '<a href="JAVASCRIPT:x()">x</a>',
    "link-in-disguise": '<a href="java&#10;script:x()">x</a>', "link-with-vbscript": '<a href="vbscript:x">x</a>',
    "link-to-data": '<a href="data:text/html,x">x</a>', "picture-with-script": '<img src="javascript:x()" alt="x"/>',
    "picture-that-runs": '<img src="data:image/svg+xml,x" alt="x"/>', "citation-with-script": '<q cite="javascript:x()">x</q>',
    "handler-of-clicks": '<p onclick="x()">x</p>', "handler-of-errors": '<img src="a.png" onerror="x()"/>',
    "handler-in-capitals": '<p ONLOAD="x()">x</p>', "form": '<form action="a"><p>x</p></form>', "input": "<input/>x",
    "frame": '<iframe src="a">x</iframe>', "object": '<object data="a">x</object>', "embedded": '<embed src="a"/>x',
    "vector-graphics": '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>x', "style-sheet": "<style>p {}</style>x",
    "head": "<head/>x", "body": "<body>x</body>", "style-that-runs": '<p style="width: expression(x)">x</p>',
    "style-with-binding": '<p style="-moz-binding: url(a)">x</p>', "style-that-imports": '<p style="@import a">x</p>',
    "blink": "<blink>x</blink>", "data-attribute": '<p data-a="b">x</p>', "nothing-to-read": "<p> </p>",
    "open-tag": "a<br>b", "entity-of-html": "a&nbsp;b", "bare-ampersand": "a & b", "bare-less-than": "a < b",
    "unquoted-attribute": "<p class=a>x</p>", "foreign-element": '<x:p xmlns:x="urn:x">x</x:p>',
    "marquee": "<marquee>x</marquee>",
}  # fmt: skip

LANGUAGES = {
    "underscore": "en_GB", "one-letter": "e", "words": "British English", "double-hyphen": "en--GB", "hyphen-first": "-en",
    "digits-first": "1en", "empty-extension": "en-a", "region-twice": "en-GB-GB-GB", "too-long-a-part": "en-abcdefghijk",
    "with-an-at": "en@GB",
}  # fmt: skip


def _value_kind(code: str, value: Any) -> Kind:
    def kind(place: Place, _: Surroundings) -> Iterator[Mutation]:
        plain = isinstance(place, Item) and place.code == code and not isinstance(place.value, dict | list)
        if plain and isinstance(place, Item) and not place.member.tells_slices_apart and place.member.name != "div":
            yield put(place.pointer, value)

    return kind


def _narrative_kind(inner: str) -> Kind:
    def kind(place: Place, _: Surroundings) -> Iterator[Mutation]:
        if isinstance(place, Item) and place.code == "xhtml":
            yield put(place.pointer, DIV.format(inner))

    return kind


def _language_kind(tag: str) -> Kind:
    def kind(place: Place, _: Surroundings) -> Iterator[Mutation]:
        if isinstance(place, Object) and place.is_resource and place.pointer == ():
            yield put(("language",), tag)

    return kind


def _white_space(place: Place, _: Surroundings) -> Iterator[Mutation]:
    """White space alone: a warning in JSON; in XML the same place has an error."""
    if isinstance(place, Item) and place.code in ("string", "markdown") and isinstance(place.value, str):
        yield warned(put(place.pointer, " \t"))


def _only_an_id(place: Place, _: Surroundings) -> Iterator[Mutation]:
    """An object, or a primitive, that has an id and nothing else (ele-1)."""
    is_object = isinstance(place, Item) and isinstance(place.value, dict) and "resourceType" not in place.value
    if isinstance(place, Item) and is_object and place.code not in ("Extension", "Narrative"):
        yield put(place.pointer, {"id": "alone"})


def _primitive_with_only_an_id(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if (
        not isinstance(place, Member)
        or isinstance(place.value, dict | list)
        or place.code[:1].isupper()
        or not place.code
    ):
        return
    # The ids of elements and the urls of extensions are attributes in XML and have no id themselves.
    if place.name not in ("id", "url", "div") and not place.tells_slices_apart:
        shadow = (*place.pointer[:-1], "_" + place.name)
        yield Mutation(((place.pointer, ABSENT), (shadow, {"id": "alone"})), (shadow, place.pointer))


def _id_twice(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and not place.is_resource and "id" not in place.value and place.code != "Narrative":
        inner = next(
            (key for key, value in place.value.items() if isinstance(value, dict) and "resourceType" not in value), None
        )
        if inner and "id" not in place.value[inner]:
            edits = (((*place.pointer, "id"), "twice"), ((*place.pointer, inner, "id"), "twice"))
            yield Mutation(edits, ((*place.pointer, inner, "id"), (*place.pointer, "id")))


def _id_with_space(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and not place.is_resource and "id" not in place.value:
        yield put((*place.pointer, "id"), "a b")


def _contact_language(place: Place, _: Surroundings) -> Iterator[Mutation]:
    if isinstance(place, Object) and place.is_resource and place.value["resourceType"] == "Patient":
        coding = {"system": "urn:ietf:bcp:47", "code": "en_GB"}
        where = (*place.pointer, "communication")
        yield put(where, [{"language": {"coding": [coding]}}])


for _code, _named in VALUES.items():
    for _name, _value in _named.items():
        register(f"{_code}-{_name}", _value_kind(_code, _value))
for _name, _inner in NARRATIVES.items():
    register(f"narrative-{_name}", _narrative_kind(_inner))
for _name, _tag in LANGUAGES.items():
    register(f"language-{_name}", _language_kind(_tag))
register("white-space-only", _white_space)
register("only-an-id", _only_an_id)
register("primitive-with-only-an-id", _primitive_with_only_an_id)
register("element-id-twice", _id_twice)
register("element-id-with-space", _id_with_space)
register("coded-language-that-is-none", _contact_language)
