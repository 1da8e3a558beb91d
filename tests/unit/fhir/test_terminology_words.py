"""Why a code is not in a value set, or why nobody can tell: each reason whole; and what an expansion or a part brings."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.fhir.terminology.membership import CannotTell, Member, Membership, NotMember
from conformance.fhir.terminology.value_sets import Expansion, OfflineTerminology, _all, _any, _not
from tests.unit.fhir.test_terminology import composed, filtered, kind, store, value_set

LETTERS = {"code": "Abc", "display": "Letters", "designation": [{"value": "L"}, {"value": "M"}]}
SMALL = {
    "resourceType": "CodeSystem",
    "url": "urn:small",
    "content": "complete",
    "caseSensitive": False,
    "concept": [LETTERS, {"code": "d"}],
}
PART = SMALL | {"url": "urn:part", "content": "fragment"}


def said(found: Membership) -> str:
    """The kind of an answer and its words."""
    words = found.note if isinstance(found, Member) else found.reason
    return f"{kind(found)}: {words}"


@pytest.mark.parametrize(
    ("include", "system", "code", "words"),
    [
        ({"system": "urn:small"}, "urn:small", "ABC", "member: "),
        ({"system": "urn:small"}, "urn:small", "x", "not: Its codes are Abc, d."),
        ({"system": "urn:small"}, "urn:other", "d", "not: The code belongs to the system urn:small."),
        ({"system": "urn:small"}, "urn:other", "x", "not: Its codes are of the system urn:small."),
        ({"system": "urn:animals"}, "urn:animals", "CAT", "not: The code is spelled 'cat'."),
        ({"system": "urn:animals"}, None, "CAT", "not: The code is spelled 'cat'."),
        ({"system": "urn:animals"}, "urn:other", "CAT", "not: Its codes are of the system urn:animals."),
        ({"system": "urn:part"}, "urn:part", "abc", "member: "),
        ({"system": "urn:part"}, "urn:part", "x", "?: the code system urn:part is held in part only"),
        ({"system": "urn:part"}, "urn:other", "x", "not: Its codes are of the system urn:part."),
        ({"system": "urn:none"}, "urn:none", "x", "?: it draws on all codes of the code system urn:none, which is not loaded"),
        ({"system": "urn:none"}, "urn:other", "x", "not: Its codes are of the system urn:none."),
        ({"system": "urn:none", "filter": [{"property": "concept", "op": "is-a", "value": "y"}]}, "urn:none", "x",
         "?: it draws on a filter of the code system urn:none, which is not loaded"),
        ({"valueSet": ["urn:absent"]}, "urn:a", "x", "?: the value set urn:absent is not loaded"),
        ({"system": "urn:ietf:bcp:47"}, "urn:ietf:bcp:47", "en-GB", "member: "),
        ({"system": "urn:ietf:bcp:47"}, None, "not a tag", "not: "),
        ({}, "urn:a", "x", "?: the value set urn:v includes neither a system nor a value set"),
    ],
)  # fmt: skip
def test_each_reason(include: dict[str, Any], system: str | None, code: str, words: str) -> None:
    terminology = store(SMALL, PART, value_set("urn:v", compose={"include": [include]}))
    assert said(terminology.check("urn:v", system, code)) == words


@pytest.mark.parametrize(
    ("codes", "words"), [(12, "Its codes are " + ", ".join(f"c{n:02}" for n in range(12)) + "."), (13, "")]
)
def test_a_dozen_codes_are_named(codes: int, words: str) -> None:
    concepts = [{"code": f"c{number:02}"} for number in range(codes)]
    found = composed({"system": "urn:s", "concept": concepts}).check_code("urn:v", "x")
    assert said(found) == f"not: {words}"


def test_where_more_codes_may_be_none_is_named() -> None:
    found = store(PART, value_set("urn:v", compose={"include": [{"system": "urn:part"}]}))
    codes = frozenset({("urn:part", "Abc"), ("urn:part", "d")})
    assert found.expand("urn:v") == Expansion(codes, ("the code system urn:part is held in part only",))


def test_three_systems_are_named() -> None:
    parts = [{"system": f"urn:{name}", "concept": [{"code": "x"}]} for name in "dcba"]
    found = composed(*parts).check("urn:v", "urn:z", "y")
    assert said(found) == "not: Its codes are of the system urn:a or urn:b or urn:c."
    assert said(composed(*parts).check("urn:v", "urn:z", "x")) == "not: The code belongs to the system urn:a."


@pytest.mark.parametrize(
    ("display", "words"),
    [
        ("Letters", ""),
        ("  LETTERS ", ""),
        ("M", ""),
        (None, ""),
        ("Other", "The display 'Other' is not that of the code, which is 'Letters' or 'L' or 'M'."),
    ],
)
def test_a_display_that_differs(display: str | None, words: str) -> None:
    terminology = store(SMALL, value_set("urn:v", compose={"include": [{"system": "urn:small"}]}))
    assert said(terminology.check("urn:v", "urn:small", "abc", display)) == f"member: {words}"
    own = composed({"system": "urn:small", "concept": [{"code": "d", "display": "Own"}]})
    assert own.displays("urn:small", "d", "urn:v") == ["Own"]
    assert own.displays("urn:small", "d") == []


def expansion(**more: Any) -> OfflineTerminology:
    contains = [
        {"system": "urn:x", "code": "1", "display": "One", "contains": [{"system": "urn:x", "code": "2"}]},
        {"system": "urn:x", "code": "3", "abstract": True},
        {"system": "urn:x", "display": "no code"},
    ]
    return store(value_set("urn:v", expansion={"contains": contains, **more}))


@pytest.mark.parametrize(
    ("total", "third"),
    [({}, "not"), ({"total": 2}, "not"), ({"total": 3}, "?"), ({"total": "9"}, "not")],
)
def test_an_expansion_is_good_for_its_codes(total: dict[str, Any], third: str) -> None:
    terminology = expansion(**total)
    found = [said(terminology.check("urn:v", "urn:x", code)) for code in "12"]
    assert found == ["member: ", "member: "]
    assert kind(terminology.check("urn:v", "urn:x", "3")) == third
    assert terminology.expand("urn:v").codes == {("urn:x", "1"), ("urn:x", "2")}
    if third == "?":
        assert said(terminology.check("urn:v", "urn:x", "3")) == "?: its expansion is one page of several"
    assert terminology.displays("urn:x", "1", "urn:v") == ["One"]


def test_what_is_excluded_and_what_is_only_perhaps() -> None:
    terminology = composed(
        {"system": "urn:animals"}, exclude=(filtered("concept", "is-a", "mammal"), {"system": "urn:none"})
    )
    found = {code: kind(terminology.check("urn:v", "urn:animals", code)) for code in ("cat", "bird", "yeti")}
    assert found == {"cat": "not", "bird": "member", "yeti": "not"}
    assert terminology.expand("urn:v").open_because == (
        "it draws on all codes of the code system urn:none, which is not loaded",
    )


def test_circles_and_unreadable_sets_are_problems() -> None:
    terminology = store(
        value_set("urn:a", compose={"import": ["urn:b"]}),
        value_set("urn:b", compose={"import": ["urn:a"]}),
        value_set("urn:broken", compose={"include": 3}),
        value_set("urn:empty"),
    )
    assert said(terminology.check_code("urn:a", "x")) == (
        "?: a value set imports itself: urn:a imports urn:b imports urn:a"
    )
    assert said(terminology.check_code("urn:empty", "x")) == "?: the value set urn:empty says nothing of its content"
    assert said(terminology.check_code("urn:broken", "x")).startswith("?: the value set urn:broken cannot be read: ")
    for name in ("urn:a", "urn:empty", "urn:broken"):
        terminology.check_code(name, "y")
    assert len(terminology.problems) == len(set(terminology.problems)) == 3


@pytest.mark.parametrize(
    ("verdicts", "any_of", "all_of"),
    [
        ([], False, True),
        ([True, False], True, False),
        ([False, False], False, False),
        ([True, True], True, True),
        (["why", False], "why", False),
        ([False, "why", "more"], "why", False),
        (["why", True], True, "why"),
        ([True, "why", "more"], True, "why"),
    ],
)
def test_doubts_add_up(verdicts: list[bool | str], any_of: bool | str, all_of: bool | str) -> None:
    assert _any(verdicts) == any_of
    assert _all(verdicts) == all_of
    assert [_not(one) for one in (True, False, "why")] == [False, True, "why"]


def test_kinds_of_membership_are_told_by_their_class() -> None:
    assert [kind(one) for one in (Member(""), NotMember(""), CannotTell(""))] == ["member", "not", "?"]
