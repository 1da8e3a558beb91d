"""Where an exchange is shown: once, with the scenario that needs it most; the others link to it."""

from __future__ import annotations

import pytest

from conformance.core.results import Finding, Verdict
from conformance.reporting.overview import (
    RequirementText,
    anchor_named,
    by_section,
    evidence,
    in_order,
    page_named,
    requirement_rows,
    section_of,
    shown_scenarios,
    untested,
)
from tests.support.samples import RUN, exchange, recorded, scenario

SHARED = exchange(7)


@pytest.mark.parametrize(
    ("first", "second", "owner"),
    [
        (Verdict.PASS, Verdict.FAIL, 1),
        (Verdict.WARN, Verdict.ERROR, 1),
        (Verdict.WAIVED, Verdict.FAIL, 1),
        (Verdict.OMIT, Verdict.SKIP, 1),
        (Verdict.PASS, Verdict.OMIT, 1),
        (Verdict.FAIL, Verdict.FAIL, 0),
        (Verdict.SKIP, Verdict.WARN, 1),
        (Verdict.ERROR, Verdict.WAIVED, 1),
    ],
)
def test_an_exchange_stands_with_the_scenario_that_needs_it_most(first: Verdict, second: Verdict, owner: int) -> None:
    run = recorded(RUN, scenario("a.a", first, exchanges=(SHARED,)), scenario("a.b", second, exchanges=(SHARED,)))
    shown = shown_scenarios(run)
    assert [(one.shown, one.elsewhere) for one in shown] == [([7], []) if n == owner else ([], [7]) for n in (0, 1)]


@pytest.mark.parametrize(("count", "listed"), [(8, list(range(1, 9))), (9, [3, 5]), (20, [3, 5])])
def test_of_many_exchanges_those_that_findings_point_to(count: int, listed: list[int]) -> None:
    findings = tuple(Finding("x", exchange=number) for number in (3, 5, 99))
    assert evidence(scenario("a", exchanges=tuple(range(1, count + 1)), findings=findings)) == listed
    every = tuple(Finding("x", exchange=number) for number in range(1, 21))
    assert evidence(scenario("a", exchanges=tuple(range(1, 21)), findings=every)) == list(range(1, 9))


def test_two_exchanges_are_open() -> None:
    findings = tuple(Finding("x", exchange=number) for number in (2, 3, 4))
    seen = tuple(exchange(number) for number in range(1, 6))
    (one,) = shown_scenarios(recorded(RUN, scenario("a", Verdict.FAIL, exchanges=seen, findings=findings)))
    assert one.opened == [2, 3]
    assert [shown.number for shown in one.exchanges] == [1, 2, 3, 4, 5]


def test_anchors_are_unique() -> None:
    run = recorded(RUN, *(scenario(name) for name in ("a b", "a/b", "a.b", "a(b")))
    assert [one.anchor for one in shown_scenarios(run)] == [
        "scenario-a-b", "scenario-a-b-2", "scenario-a.b", "scenario-a-b-3",
    ]  # fmt: skip
    assert anchor_named("Bé_c") == "scenario-B-_c"


@pytest.mark.parametrize(
    ("interaction", "page"),
    [("book_appointment", "book_appointment"), ("A b/ü", "a-b-"), ("", "other"), ("??", "-")],
)
def test_the_page_of_an_interaction(interaction: str, page: str) -> None:
    assert page_named(interaction) == f"exchanges/{page}.html"


def test_interactions_in_the_order_of_the_specification() -> None:
    names = ["zzz", "read_location", "search_free_slots", "aaa", "cancel_appointment"]
    assert in_order(names) == ["search_free_slots", "cancel_appointment", "read_location", "zzz", "aaa"]


def test_what_was_not_tested_by_reason_the_commonest_first() -> None:
    run = recorded(
        RUN,
        scenario("a", Verdict.OMIT, reason="o"),
        scenario("b", Verdict.SKIP, reason="rare"),
        *(scenario(f"c{number}", Verdict.SKIP, reason="common") for number in range(2)),
        scenario("d", Verdict.SKIP),
        scenario("e"),
    )
    found = [(verdict, reason, len(hit)) for verdict, reason, hit in untested(shown_scenarios(run))]
    assert found == [
        ("skip", "common", 2),
        ("skip", "rare", 1),
        ("skip", "no reason was recorded", 1),
        ("omit", "o", 1),
    ]


@pytest.mark.parametrize(
    ("level", "verdicts", "worst"),
    [
        ("SHALL", (Verdict.PASS, Verdict.FAIL), Verdict.FAIL),
        ("MUST NOT", (Verdict.FAIL,), Verdict.FAIL),
        ("SHOULD", (Verdict.FAIL, Verdict.PASS), Verdict.WARN),
        ("MAY", (Verdict.ERROR, Verdict.FAIL), Verdict.WARN),
        ("", (Verdict.FAIL,), Verdict.FAIL),
        ("SHOULD", (Verdict.ERROR, Verdict.WAIVED), Verdict.ERROR),
        ("SHALL", (Verdict.WAIVED, Verdict.WARN), Verdict.WAIVED),
        ("SHALL", (Verdict.WARN, Verdict.PASS), Verdict.WARN),
        ("SHALL", (Verdict.PASS, Verdict.SKIP), Verdict.PASS),
        ("SHALL", (Verdict.OMIT, Verdict.SKIP), Verdict.SKIP),
    ],
)
def test_what_scenarios_add_up_to_for_a_requirement(level: str, verdicts: tuple[Verdict, ...], worst: Verdict) -> None:
    run = recorded(RUN, *(scenario(f"a{n}", one, requirements=("X-B-1",)) for n, one in enumerate(verdicts)))
    (row,) = requirement_rows(shown_scenarios(run), {"X-B-1": RequirementText(level)})
    assert (row.verdict, len(row.scenarios)) == (worst, len(verdicts))
    assert by_section([row]) == {"B": {worst: ["X-B-1"]}}


@pytest.mark.parametrize(
    ("name", "section"), [("STU3-BOOK-001", "BOOK"), ("GPC-APPT-BOOK-09", "APPT-BOOK"), ("X", "X"), ("A-1", "A-1")]
)
def test_the_section_of_a_requirement(name: str, section: str) -> None:
    assert section_of(name) == section
