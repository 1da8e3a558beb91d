"""Providers by verdict, causes over all of them, the exit code, and what changed since an earlier fleet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.comparing import Kind
from conformance.fleet.model import Record, Remark, State, state_of
from conformance.fleet.summary import GOING_ON, since
from tests.unit.fleet.fleets import cause, record, summary

FAILED, CLEAN, NOT_TESTABLE = State.NOT_CONFORMANT, State.CLEAN, State.NOT_TESTABLE


def test_causes_are_counted_over_all_providers() -> None:
    found = summary(
        record("A", FAILED, cause("C-1"), cause("C-2", "warn")),
        record("B", FAILED, cause("C-1", "warn", found="404")),
        record("C", State.WARNED, cause("C-2", "warn")),
        replace(record("D", FAILED, cause("C-1")), edition="dstu2"),
        record("E"),
    )
    rows = [(one.edition, one.cause.id, one.cause.severity, one.providers) for one in found.causes]
    assert rows == [
        ("stu3", "C-1", "fail", ("A", "B")), ("dstu2", "C-1", "fail", ("D",)), ("stu3", "C-2", "warn", ("A", "C")),
    ]  # fmt: skip
    assert found.causes[0].title == "Wrong in way C-1"
    assert found.causes[0].seen == "found 200, expected 422"
    assert (
        found.sentence
        == "5 providers: 3 not conformant, 1 warnings only, 1 no non-conformity. Only the pack smoke was run."
    )
    assert replace(found, stopped=GOING_ON).sentence.endswith("Only the pack smoke was run. It still goes on.")
    assert replace(found, pack="full").sentence.endswith("1 no non-conformity.")


@pytest.mark.parametrize(
    ("states", "stopped", "code"),
    [
        ([CLEAN, State.WARNED], "", 0),
        ([CLEAN, FAILED, State.FAULT, NOT_TESTABLE], "the scheduler went away", 1),
        ([CLEAN, State.FAULT, NOT_TESTABLE], "", 4),
        ([CLEAN, NOT_TESTABLE, State.CONFIGURATION], "", 3),
        ([CLEAN, State.NOT_RUN], "", 3),
        ([CLEAN], "interrupted", 3),
        ([CLEAN, State.CONFIGURATION], "", 2),
    ],
)
def test_the_exit_code_is_that_of_the_heaviest(states: list[State], stopped: str, code: int) -> None:
    found = summary(*(record(f"P{number}", state) for number, state in enumerate(states)), stopped=stopped)
    assert found.code == code


def test_a_row_that_was_left_out_is_a_wrong_configuration() -> None:
    clean = summary(record("A"))
    assert replace(clean, remarks=(Remark("list.csv line 3", "is listed already"),)).code == 0
    assert replace(clean, remarks=(Remark("list.csv line 3", "has no asid", left_out=True),)).code == 2


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (0, CLEAN), (1, FAILED), (2, State.CONFIGURATION), (3, NOT_TESTABLE), (4, State.FAULT), (130, NOT_TESTABLE),
        (143, NOT_TESTABLE), (-9, NOT_TESTABLE), (77, State.FAULT),
    ],
)  # fmt: skip
def test_exit_codes_of_runs(code: int, state: State) -> None:
    assert state_of(code) is state


def test_a_run_that_its_environment_ended_is_repeated_once() -> None:
    ended = record("A", NOT_TESTABLE)
    assert [replace(ended, attempt=number).settled for number in (1, 2)] == [False, True]
    assert all(record("A", state).settled for state in State if state is not NOT_TESTABLE)


def test_what_changed_since_an_earlier_fleet() -> None:
    old = summary(
        record("A"), record("B", FAILED, cause("C-1")), record("C"), record("D", FAILED, cause("C-1")), record("E"),
        record("F", NOT_TESTABLE), record("G", NOT_TESTABLE), record("I", FAILED, cause("C-1"), cause("C-4")),
    )  # fmt: skip
    new = summary(
        record("A"), record("B"), record("C", FAILED, cause("C-3")), record("E", NOT_TESTABLE), record("F"),
        record("G", State.NOT_RUN), record("H"), record("I", FAILED, cause("C-3"), cause("C-4")),
    )  # fmt: skip
    found = since(old, new)
    rows = {one.name: (one.kind, one.causes_new, one.causes_gone) for one in found.providers}
    assert rows == {
        "B": (Kind.FIXED, 0, 1),
        "C": (Kind.BROKEN, 1, 0),
        "D": (Kind.GONE, 0, 1),
        "E": (Kind.GONE, 0, 0),
        "F": (Kind.NEW, 0, 0),
        "G": (Kind.KEPT, 0, 0),
        "H": (Kind.NEW, 0, 0),
        "I": (Kind.KEPT, 1, 1),
    }
    assert (found.unchanged, found.started) == (1, old.started)
    assert [(one.id, one.kind, one.before, one.after) for one in found.causes] == [
        ("C-3", Kind.NEW, 0, 2), ("C-1", Kind.GONE, 3, 0),
    ]  # fmt: skip


def test_the_slowest_come_first() -> None:
    found = summary(record("A", seconds=2), record("B", seconds=9), record("C", seconds=0), record("D", seconds=4))
    assert [one.name for one in found.slowest(2)] == ["B", "D"]


def test_a_record_is_itself_again_after_json() -> None:
    one = record("A", FAILED, cause("C-1"))
    assert Record.from_json(one.to_json()) == one
