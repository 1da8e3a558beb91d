"""Selection: which cases the criteria of a call take, and what is said where they take none."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conformance.core.errors import UsageError
from conformance.engine.scenario import Case
from conformance.engine.selection import Criterion, among, by_id, by_interaction, by_requirement, select
from conformance.spec import load

STU3 = load("stu3")
CASES = [
    Case(id="book.times", title="t", interaction="book_appointment", verifies="STU3-BOOK-017"),
    Case(id="book.taken", title="t", interaction="book_appointment", verifies="STU3-BOOK-018 STU3-ERR-001"),
    Case(id="errors.read-unknown", title="t", interaction="read_appointment", verifies="STU3-ERR-001"),
    Case(id="patient-find.known", title="t", interaction="find_patient", verifies="STU3-ERR-002"),
]


def ids(criteria: Iterable[Criterion]) -> list[str]:
    return [case.id for case in select(CASES, criteria)]


def test_without_criteria_every_case_is_taken_in_its_order() -> None:
    assert ids([]) == [case.id for case in CASES]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (by_id(["book.taken"], STU3), ["book.taken"]),
        (by_id(["stu3:book.taken"], STU3), ["book.taken"]),
        (by_id(["book.*"], STU3), ["book.times", "book.taken"]),
        (by_id(["book.t?mes", "*.known"], STU3), ["book.times", "patient-find.known"]),
        (by_interaction(["book"], STU3), ["book.times", "book.taken"]),
        (by_interaction(["read"], STU3), ["errors.read-unknown"]),
        (by_interaction(["read_appointment"], STU3), ["errors.read-unknown"]),
        (by_interaction(["*-find"], STU3), ["patient-find.known"]),
        (by_requirement(["STU3-ERR-001"], STU3), ["book.taken", "errors.read-unknown"]),
        (by_requirement(["stu3-book-*"], STU3), ["book.times", "book.taken"]),
        ([among("--failed-from", "reports/x", {"book.times", "gone.since"})], ["book.times"]),
    ],
)
def test_a_criterion_takes_what_it_names(given: list[Criterion], taken: list[str]) -> None:
    assert ids(given) == taken


def test_values_of_one_option_are_alternatives_and_options_narrow_each_other() -> None:
    assert ids(by_interaction(["book", "read"], STU3) + by_requirement(["STU3-ERR-001"], STU3)) == [
        "book.taken",
        "errors.read-unknown",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (by_id(["book.taken-by-sam"], STU3), "Did you mean book.taken-by-same"),
        (by_id(["location-find.every-answer-conforms"], STU3), "It is a scenario of dstu2 only."),
        (by_interaction(["boook"], STU3), "Did you mean book?"),
        (by_requirement(["STU3-BOOK-0017"], STU3), "Did you mean STU3-BOOK-017"),
        (by_requirement(["STU3-SLOT-001"], STU3), "`gpconnect-assure explain STU3-SLOT-001` says why"),
        ([Criterion("--pack", "smoke", lambda case: False, lambda: "Packs are a, b.")], "Packs are a, b."),
    ],
)
def test_a_criterion_that_takes_nothing_is_named_with_what_would_have_been_right(
    given: list[Criterion], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        ids(given)
    assert f"no scenario of this edition matches {given[0].option} {given[0].value}" in caught.value.message
    assert said in caught.value.fix


def test_criteria_that_exclude_each_other_are_named_together() -> None:
    with pytest.raises(UsageError, match=r"no scenario matches all of --id book\.\*, --interaction read"):
        ids(by_id(["book.*"], STU3) + by_interaction(["read"], STU3))
