from __future__ import annotations

from typing import Any

import pytest

from conformance.fhir.definitions.store import Definitions
from conformance.fhir.terminology.membership import CannotTell, Member, Membership, NotMember
from conformance.fhir.terminology.value_sets import OfflineTerminology
from tests.support.paths import ROOT

ANIMALS = {
    "resourceType": "CodeSystem",
    "url": "urn:animals",
    "content": "complete",
    "caseSensitive": True,
    "concept": [
        {
            "code": "mammal",
            "display": "Mammal",
            "concept": [
                {"code": "cat", "display": "Cat", "designation": [{"value": "Kitty"}], "concept": [{"code": "lion"}]},
                {"code": "dog", "property": [{"code": "tame", "valueBoolean": True}]},
            ],
        },
        {"code": "bird", "property": [{"code": "legs", "valueInteger": 2}]},
        {"code": "bat", "property": [{"code": "parent", "valueCode": "mammal"}, {"code": "legs", "valueInteger": 2}]},
    ],
}
SNOMED = "http://snomed.info/sct"


def value_set(url: str, **content: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": url, **content}


def store(*resources: dict[str, Any]) -> OfflineTerminology:
    definitions = Definitions("stu3")
    for resource in (ANIMALS, *resources):
        definitions.add(resource)
    return OfflineTerminology(definitions)


def composed(*include: dict[str, Any], exclude: tuple[dict[str, Any], ...] = (), **more: Any) -> OfflineTerminology:
    return store(value_set("urn:v", compose={"include": list(include), "exclude": list(exclude), **more}))


def kind(answer: Membership) -> str:
    return {Member: "member", NotMember: "not", CannotTell: "?"}[type(answer)]


def filtered(prop: str, op: str, value: str) -> dict[str, Any]:
    return {"system": "urn:animals", "filter": [{"property": prop, "op": op, "value": value}]}


@pytest.mark.parametrize(
    ("part", "codes"),
    [
        ({"system": "urn:animals"}, "mammal cat lion dog bird bat"),
        ({"system": "urn:animals", "concept": [{"code": "cat"}, {"code": "yeti"}]}, "cat yeti"),
        (filtered("concept", "is-a", "cat"), "cat lion"),
        (filtered("concept", "is-a", "mammal"), "mammal cat lion dog bat"),
        (filtered("concept", "descendent-of", "mammal"), "cat lion dog bat"),
        (filtered("concept", "is-not-a", "mammal"), "bird"),
        (filtered("concept", "generalizes", "lion"), "lion cat mammal"),
        (filtered("code", "regex", "[bc]at"), "cat bat"),
        (filtered("display", "=", "Kitty"), "cat"),
        (filtered("legs", "=", "2"), "bird bat"),
        (filtered("legs", "exists", "false"), "mammal cat lion dog"),
        (filtered("tame", "=", "true"), "dog"),
        (filtered("concept", "in", "cat, dog"), "cat dog"),
        (filtered("concept", "not-in", "cat, dog"), "mammal lion bird bat"),
        (filtered("parent", "=", "mammal"), "cat dog bat"),
    ],
)
def test_what_a_part_includes(part: dict[str, Any], codes: str) -> None:
    terminology = composed(part)
    expansion = terminology.expand("urn:v")
    assert {code for _, code in expansion.codes} == set(codes.split())
    assert expansion.open_because == ()
    for code in ["mammal", "cat", "lion", "dog", "bird", "bat", "yeti"]:
        assert kind(terminology.check("urn:v", "urn:animals", code)) == ("member" if code in codes.split() else "not")


def test_two_filters_both_hold() -> None:
    part = filtered("concept", "is-a", "mammal")
    part["filter"].append({"property": "legs", "op": "=", "value": "2"})
    assert composed(part).expand("urn:v").codes == {("urn:animals", "bat")}


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"system": SNOMED}, "not loaded"),
        (
            {"system": SNOMED, "filter": [{"property": "concept", "op": "in", "value": "1"}]},
            "a filter of the code system",
        ),
        (filtered("colour", "=", "red"), "states no property colour"),
        (filtered("code", "regex", "["), "regular expression"),
        (filtered("code", "newer-op", "x"), "terminology server"),
        ({"valueSet": ["urn:absent"]}, "urn:absent is not loaded"),
    ],
)
def test_what_cannot_be_told_says_why_and_only_for_its_system(part: dict[str, Any], reason: str) -> None:
    terminology = composed(part, {"system": "urn:x", "concept": [{"code": "x"}]})
    answer = terminology.check("urn:v", part.get("system", "urn:any"), "1")
    assert isinstance(answer, CannotTell)
    assert reason in answer.reason
    assert kind(terminology.check("urn:v", "urn:x", "x")) == "member"
    assert kind(terminology.check("urn:v", "urn:x", "y")) == ("?" if "valueSet" in part else "not")
    assert reason in terminology.expand("urn:v").open_because[0]


def test_excluded_codes_are_out_and_doubt_about_them_is_doubt() -> None:
    terminology = composed(
        {"system": "urn:animals"},
        exclude=({"system": "urn:animals", "concept": [{"code": "cat"}]}, {"valueSet": ["urn:absent"]}),
    )
    assert kind(terminology.check("urn:v", "urn:animals", "cat")) == "not"
    assert kind(terminology.check("urn:v", "urn:animals", "dog")) == "?"
    assert kind(terminology.check("urn:v", "urn:animals", "yeti")) == "not"


def test_a_system_within_value_sets_is_their_overlap() -> None:
    birds = value_set("urn:two-legs", compose={"include": [filtered("legs", "=", "2")]})
    both = value_set(
        "urn:v", compose={"include": [{**filtered("concept", "is-a", "mammal"), "valueSet": ["urn:two-legs"]}]}
    )
    assert store(birds, both).expand("urn:v").codes == {("urn:animals", "bat")}


def test_imports_of_dstu2_add_up() -> None:
    other = value_set("urn:other", compose={"include": [{"system": "urn:x", "concept": [{"code": "x"}]}]})
    this = value_set("urn:v", compose={"import": ["urn:other"], "include": [filtered("concept", "is-a", "cat")]})
    assert store(other, this).expand("urn:v").codes == {("urn:x", "x"), ("urn:animals", "cat"), ("urn:animals", "lion")}


def test_an_inline_code_system_of_dstu2_is_in_its_value_set_and_open_to_others() -> None:
    inline = value_set("urn:a", codeSystem={"system": "urn:in", "concept": [{"code": "1", "concept": [{"code": "2"}]}]})
    other = value_set(
        "urn:v",
        compose={
            "include": [{"system": "urn:in", "filter": [{"property": "concept", "op": "descendent-of", "value": "1"}]}]
        },
    )
    terminology = store(inline, other)
    assert terminology.expand("urn:a").codes == {("urn:in", "1"), ("urn:in", "2")}
    assert terminology.expand("urn:v").codes == {("urn:in", "2")}


def test_circular_imports_are_a_problem_of_the_definition_and_end() -> None:
    terminology = store(
        value_set("urn:a", compose={"include": [{"valueSet": ["urn:b"]}]}),
        value_set("urn:b", compose={"include": [{"valueSet": ["urn:a"]}, {"system": "urn:animals"}]}),
    )
    answer = terminology.check("urn:a", "urn:animals", "yeti")
    assert isinstance(answer, CannotTell)
    assert "urn:a imports urn:b imports urn:a" in answer.reason
    assert terminology.problems == [answer.reason]
    assert kind(terminology.check("urn:a", "urn:animals", "cat")) == "member"


@pytest.mark.parametrize(
    "content", [{}, {"compose": {"include": [{}]}}, {"compose": "x"}, {"compose": {"include": "x"}}]
)
def test_a_value_set_that_makes_no_sense_never_passes(content: dict[str, Any]) -> None:
    terminology = store(value_set("urn:v", **content))
    assert kind(terminology.check("urn:v", "urn:animals", "cat")) == "?"
    assert terminology.problems


def test_fragments_know_what_they_hold_and_no_more() -> None:
    part = {"resourceType": "CodeSystem", "url": "urn:part", "content": "fragment", "concept": [{"code": "1"}]}
    terminology = store(part, value_set("urn:v", compose={"include": [{"system": "urn:part"}]}))
    assert kind(terminology.check("urn:v", "urn:part", "1")) == "member"
    assert kind(terminology.check("urn:v", "urn:part", "2")) == "?"


def test_letter_case_matters_unless_the_system_says_not() -> None:
    loose = {**ANIMALS, "url": "urn:loose", "caseSensitive": False}
    terminology = store(
        loose, value_set("urn:v", compose={"include": [{"system": "urn:loose"}, {"system": "urn:animals"}]})
    )
    assert kind(terminology.check("urn:v", "urn:loose", "CAT")) == "member"
    answer = terminology.check("urn:v", "urn:animals", "CAT")
    assert isinstance(answer, NotMember)
    assert "'cat'" in answer.reason


def test_a_bare_code_is_looked_up_in_every_system() -> None:
    terminology = composed({"system": "urn:x", "concept": [{"code": "x"}]}, filtered("concept", "is-a", "cat"))
    assert kind(terminology.check_code("urn:v", "lion")) == "member"
    assert kind(terminology.check_code("urn:v", "x")) == "member"
    answer = terminology.check_code("urn:v", "dog")
    assert isinstance(answer, NotMember)
    assert answer.reason == "Its codes are cat, lion, x."


def test_hints_name_the_right_system() -> None:
    terminology = composed({"system": "urn:animals"})
    answer = terminology.check("urn:v", "urn:wrong", "cat")
    assert isinstance(answer, NotMember)
    assert answer.reason == "The code belongs to the system urn:animals."
    other = terminology.check("urn:v", "urn:wrong", "yeti")
    assert isinstance(other, NotMember)
    assert other.reason == "Its codes are of the system urn:animals."


@pytest.mark.parametrize(
    ("display", "odd"), [("Cat", False), (" cat ", False), ("Kitty", False), ("Dog", True), (None, False)]
)
def test_a_display_that_differs_is_noted(display: str | None, odd: bool) -> None:
    answer = composed({"system": "urn:animals"}).check("urn:v", "urn:animals", "cat", display)
    assert isinstance(answer, Member)
    assert bool(answer.note) is odd
    assert not odd or "'Cat'" in answer.note


def test_an_expansion_serves_where_there_is_no_compose() -> None:
    contains = [{"system": "urn:x", "code": "1", "contains": [{"system": "urn:x", "code": "2"}]}]
    whole = value_set("urn:v", expansion={"total": 2, "contains": contains})
    page = value_set("urn:p", expansion={"total": 9, "contains": contains})
    terminology = store(whole, page)
    assert [kind(terminology.check("urn:v", "urn:x", code)) for code in "123"] == ["member", "member", "not"]
    assert [kind(terminology.check("urn:p", "urn:x", code)) for code in "123"] == ["member", "member", "?"]


def test_answers_do_not_pile_up_without_bound() -> None:
    terminology = composed({"system": "urn:animals"})
    for number in range(25_000):
        terminology.check("urn:v", "urn:animals", str(number))
    assert len(terminology._decided) <= 20_000


@pytest.mark.parametrize("generation", ["dstu2", "stu3"])
def test_fhirs_own_gender_codes(generation: Any) -> None:
    definitions = Definitions(generation).open(ROOT / "profiles" / generation / "base")
    terminology = OfflineTerminology(definitions)
    gender = "http://hl7.org/fhir/ValueSet/administrative-gender"
    assert {code for _, code in terminology.expand(gender).codes} == {"male", "female", "other", "unknown"}
    assert kind(terminology.check_code(gender, "xyz")) == "not"


def test_the_page_of_a_value_set_stands_for_it() -> None:
    definitions = Definitions("dstu2").open(ROOT / "profiles" / "dstu2" / "base")
    page = "http://hl7.org/fhir/DSTU2/valueset-issue-severity.html"
    terminology = OfflineTerminology(definitions)
    assert kind(terminology.check_code(page, "fatal")) == "member"
    assert kind(terminology.check_code(page, "xyz")) == "not"
    assert kind(terminology.check_code(page.replace("severity", "nothing"), "fatal")) == "?"
