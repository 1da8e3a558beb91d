"""Cases: what a row becomes, in which editions it runs, how its failures weigh."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.errors import InternalError
from conformance.engine.scenario import Case, case, scenarios, table, weigh
from conformance.spec import load


def test_a_row_takes_what_its_table_shares_and_keeps_its_own() -> None:
    (row,) = table(
        "book_appointment",
        case("book.x", "X", "STU3-BOOK-017", why="mine", expect=1),
        why="shared",
        fix="mend",
        expect=2,
        more=3,
    )
    assert (row.interaction, row.why, row.fix) == ("book_appointment", "mine", "mend")
    assert (row["expect"], row["more"], row.get("none", 4)) == (1, 3, 4)


def test_it_runs_in_the_editions_of_its_requirements() -> None:
    row = Case(
        id="a.b", title="t", interaction="book_appointment", verifies="STU3-BOOK-017 DSTU2-BOOK-013 DSTU2-BOOK-015"
    )
    assert row.requirement_ids("dstu2") == ("DSTU2-BOOK-013", "DSTU2-BOOK-015")
    assert row.runs_in("stu3")
    assert not replace(row, verifies="STU3-BOOK-017").runs_in("dstu2")
    assert not replace(row, editions="dstu2").runs_in("stu3")


def test_it_runs_where_the_edition_has_its_interaction() -> None:
    row = Case(id="a.b", title="t", interaction="find_location", verifies="STU3-HTTP-001 DSTU2-HTTP-001")
    assert row.runs_in("dstu2")
    assert not row.runs_in("stu3")


def test_faults_may_be_of_one_edition() -> None:
    row = Case(id="a.b", title="t", interaction="x", verifies="STU3-A-1", faults="book.a stu3:book.b dstu2:book.c")
    assert row.fault_ids("stu3") == ("book.a", "book.b")
    assert row.fault_ids("dstu2") == ("book.a", "book.c")


def test_a_parameter_may_differ_by_edition() -> None:
    row = Case(id="a.b", title="t", interaction="x", verifies="", params={"a": {"stu3": 1, "dstu2": 2}, "b": 3})
    assert tuple(row.pick(name, load(of)) for name, of in (("a", "stu3"), ("a", "dstu2"), ("b", "stu3"))) == (1, 2, 3)


@pytest.mark.parametrize(
    ("ids", "level", "binding"),
    [
        ("STU3-BOOK-017", "SHALL", True),
        ("STU3-BOOK-075", "SHALL", False),  # derived
        ("STU3-BOOK-072", "SHOULD", False),
        ("STU3-BOOK-075 STU3-BOOK-060", "SHALL", True),
        ("STU3-BOOK-031", "SHALL NOT", True),
    ],
)
def test_only_a_shall_that_the_text_states_binds(ids: str, level: str, binding: bool) -> None:
    weight = weigh(Case(id="a.b", title="t", interaction="x", verifies=ids), load("stu3"))
    assert (weight.level, weight.binding) == (level, binding)


def test_an_unknown_requirement_is_our_fault() -> None:
    with pytest.raises(InternalError, match="STU3-BOOK-999"):
        weigh(Case(id="a.b", title="t", interaction="x", verifies="STU3-BOOK-999"), load("stu3"))


def test_the_decorator_keeps_the_cases_of_all_tables() -> None:
    one, two = table("x", case("a.1", "t", "")), table("x", case("a.2", "t", ""))

    @scenarios(one, two)
    def drive() -> None: ...

    assert [row.id for row in drive.gpc_cases] == ["a.1", "a.2"]  # type: ignore[attr-defined]
