"""Two runs compared: each way in which a scenario and a cause can change, and what the comparison comes to."""

from __future__ import annotations

import pytest

from conformance.comparing import Comparison, Kind, compare
from conformance.core.results import Finding, RunResult, ScenarioResult, Severity, Verdict
from tests.support.samples import RUN, lifelike, scenario

PASS, FAIL, WARN, SKIP, OMIT, ERROR, WAIVED = Verdict


def of(*verdicts: tuple[str, Verdict]) -> RunResult:
    return RunResult(RUN, tuple(one(name, verdict) for name, verdict in verdicts))


def one(name: str, verdict: Verdict, place: str = "Slot.start") -> ScenarioResult:
    severity = {FAIL: Severity.FAIL, WAIVED: Severity.FAIL, WARN: Severity.WARN}.get(verdict)
    found = (Finding("wrong", severity, place, "a", "b", code="x"),) if severity else ()
    return scenario(name, verdict, findings=found, reason="no slot" if verdict is SKIP else "")


def change(before: Verdict | None, after: Verdict | None) -> Comparison:
    old, new = (of(("book.a", verdict)) if verdict else of() for verdict in (before, after))
    return compare(old, new)


@pytest.mark.parametrize(
    ("before", "after", "kind", "code"),
    [
        (PASS, FAIL, Kind.BROKEN, 1),
        (PASS, WARN, Kind.BROKEN, 1),
        (WARN, FAIL, Kind.BROKEN, 1),
        (FAIL, PASS, Kind.FIXED, 0),
        (FAIL, WARN, Kind.FIXED, 0),
        (WARN, PASS, Kind.FIXED, 0),
        (SKIP, FAIL, Kind.NEW, 1),
        (ERROR, FAIL, Kind.NEW, 1),
        (None, FAIL, Kind.NEW, 1),
        (None, WAIVED, Kind.NEW, 1),
        (SKIP, PASS, Kind.NEW, 0),
        (OMIT, WARN, Kind.NEW, 0),
        (None, PASS, Kind.NEW, 0),
        (PASS, SKIP, Kind.GONE, 3),
        (FAIL, ERROR, Kind.GONE, 3),
        (PASS, None, Kind.GONE, 3),
        (WARN, OMIT, Kind.GONE, 3),
        (PASS, PASS, None, 0),
        (FAIL, FAIL, None, 0),
        (FAIL, WAIVED, None, 0),
        (SKIP, OMIT, None, 0),
        (SKIP, None, None, 0),
        (None, ERROR, None, 0),
    ],
)
def test_each_change_of_a_verdict(before: Verdict | None, after: Verdict | None, kind: Kind | None, code: int) -> None:
    found = change(before, after)
    assert [one.kind for one in found.changes] == ([kind] if kind else [])
    assert [(one.before, one.after) for one in found.changes] == ([(before, after)] if kind else [])
    assert found.unchanged == (0 if kind else 1)
    assert found.code == code


def test_what_is_worse_outweighs_what_is_gone() -> None:
    found = compare(of(("book.a", PASS), ("book.b", PASS)), of(("book.a", FAIL), ("book.b", SKIP)))
    assert found.code == 1
    assert [one.id for one in found.worse] == ["book.a"]


def test_changes_are_laid_to_causes() -> None:
    old = RunResult(RUN, (one("book.a", FAIL, "Slot.end"), one("book.b", PASS), one("book.c", WARN, "Slot.id")))
    new = RunResult(RUN, (one("book.a", PASS), one("book.b", FAIL), one("book.c", WARN, "Slot.id")))
    found = compare(old, new)
    kinds = {change.kind: change for change in found.causes}
    assert set(kinds) == {Kind.NEW, Kind.GONE, Kind.KEPT}
    assert (kinds[Kind.NEW].before, kinds[Kind.NEW].after) == (0, 1)
    assert (kinds[Kind.GONE].before, kinds[Kind.GONE].after) == (1, 0)
    assert (kinds[Kind.KEPT].before, kinds[Kind.KEPT].after) == (1, 1)
    assert {one.id: one.cause for one in found.changes} == {
        "book.a": kinds[Kind.GONE].cause.id,
        "book.b": kinds[Kind.NEW].cause.id,
    }


def test_what_is_gone_says_why() -> None:
    (gone,) = change(PASS, SKIP).changes
    assert gone.reason == "no slot"


def test_notes_say_what_else_differs() -> None:
    from dataclasses import replace

    newer = replace(RUN, tool_version="0.2.0", complete=False, settings={**RUN.settings, "selection": "book"})
    found = compare(RunResult(RUN, ()), RunResult(newer, ()))
    assert found.notes == (
        "the version of gpconnect-assure was 0.1.0, and is 0.2.0 in the newer run",
        "the selection was none, and is book in the newer run",
        "the newer run was cut short",
    )


def test_a_run_compared_with_itself_shows_nothing() -> None:
    found = compare(lifelike(), lifelike())
    assert found.changes == ()
    assert found.unchanged == len(lifelike().scenarios)
    assert {change.kind for change in found.causes} == {Kind.KEPT}
    assert found.code == 0
