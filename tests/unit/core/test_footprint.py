"""What a run created: kept by key, written before it goes on, summed up in a receipt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.core.footprint import Change, Footprint, Kind, Receipt, State, is_left, left_by_reason, receipt

BOOKING = Change(Kind.BOOKING, "Book an appointment", patient="2", slots=("7", "8"))


def test_each_change_is_written_before_intend_returns_and_when_it_is_settled() -> None:
    written: list[Change] = []
    footprint = Footprint()
    footprint.keep_in(written.append)
    key = footprint.intend(BOOKING)
    footprint.settle(key, State.EXISTS, resource="Appointment/1")
    footprint.settle(key, State.EXISTS)  # nothing new
    footprint.undone(key)
    assert [(one.key, one.state, one.resource) for one in written] == [
        (1, State.INTENDED, ""),
        (1, State.EXISTS, "Appointment/1"),
        (1, State.UNDONE, "Appointment/1"),
    ]


def test_what_was_noted_before_there_was_a_store_is_written_behind_what_it_holds() -> None:
    written: list[Change] = []
    footprint = Footprint()
    footprint.intend(BOOKING)
    footprint.keep_in(written.append, [Change(Kind.BOOKING, "earlier", resource="Appointment/4", key=4)])
    assert [one.key for one in written] == [5]
    assert list(footprint.changes) == [4, 5]


def test_a_store_that_fails_has_the_change_kept_all_the_same() -> None:
    def fails(_: Change) -> None:
        raise OSError

    footprint = Footprint()
    footprint.keep_in(fails)
    with pytest.raises(OSError):
        footprint.intend(BOOKING)
    assert footprint.open
    footprint.keep_in(None)
    footprint.settle(1, State.NONE)
    assert not footprint.open


def test_open_is_what_clean_up_can_undo() -> None:
    footprint = Footprint()
    for state in State:
        footprint.settle(footprint.intend(BOOKING), state)
    footprint.settle(footprint.intend(Change(Kind.REGISTRATION, "Register")), State.EXISTS)
    assert [one.state for one in footprint.open] == [State.INTENDED, State.EXISTS, State.LEFT, State.UNKNOWN]


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (Kind.BOOKING, {State.INTENDED, State.EXISTS, State.LEFT, State.UNKNOWN}),
        (Kind.REGISTRATION, {State.INTENDED, State.UNKNOWN}),
        (Kind.AMENDMENT, {State.LEFT}),
        (Kind.CANCELLATION, {State.LEFT}),
    ],
)
def test_what_is_named_as_left(kind: Kind, left: set[State]) -> None:
    assert {state for state in State if is_left(Change(kind, "x", state=state))} == left


def test_a_receipt_names_each_resource_once() -> None:
    changes = [
        Change(Kind.BOOKING, "a", resource="Appointment/1", state=State.UNDONE),
        Change(Kind.BOOKING, "b", resource="Appointment/2", state=State.LEFT, remark="refused"),
        Change(Kind.BOOKING, "c", state=State.NONE),
        Change(Kind.AMENDMENT, "d", resource="Appointment/1", state=State.EXISTS),
        Change(Kind.AMENDMENT, "e", resource="Appointment/1", state=State.EXISTS),
        Change(Kind.CANCELLATION, "f", resource="Appointment/1", state=State.EXISTS),
        Change(Kind.CANCELLATION, "g", resource="Appointment/2", state=State.NONE),
        Change(Kind.REGISTRATION, "h", person="data.registrations[0]", state=State.EXISTS),
    ]
    found = receipt(changes)
    assert found == Receipt(
        booked=("Appointment/1", "Appointment/2"),
        amended=("Appointment/1",),
        cancelled=("Appointment/1",),
        registered=("data.registrations[0]",),
        left=("Appointment/2 (booking, b): refused",),
    )
    assert found.sentences == (
        "At the provider: 2 booked, 1 amended, 1 cancelled, 1 registered, 1 left.",
        "Left at the provider: Appointment/2 (booking, b): refused",
        "Registered, which GP Connect has no way to undo: data.registrations[0]",
    )


def test_of_much_that_is_left_the_first_are_named_in_words_and_all_by_reason() -> None:
    left = [Change(Kind.BOOKING, "b", resource=f"A/{n}", state=State.LEFT, remark="refused") for n in range(20)]
    gone = Change(Kind.BOOKING, "b", resource="A/99", state=State.UNDONE)
    changes = [replace(left[0], resource="A/50", remark="404"), *left, left[0], gone]
    sentences = receipt(changes).sentences
    assert len(sentences) == 10
    assert sentences[-1] == "and 13 more left at the provider, which report.html names"
    found = left_by_reason(changes)
    assert list(found) == ["refused", "404"]
    assert found["refused"] == [f"A/{n} (booking, b)" for n in range(20)]
    assert found["404"] == ["A/50 (booking, b)"]


def test_what_may_be_there_is_named_by_patient_and_slot() -> None:
    (left,) = receipt([BOOKING]).left
    assert left == "perhaps an appointment in slot 7, 8 for Patient/2 (booking, Book an appointment)"


def test_a_run_that_changed_nothing_has_no_receipt() -> None:
    assert receipt([Change(Kind.BOOKING, "x", state=State.NONE)]).sentences == ()
