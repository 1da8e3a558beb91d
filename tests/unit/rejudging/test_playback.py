"""What was recorded comes back part by part, in step with the exchanges; what was not is said."""

from __future__ import annotations

import pytest

from conformance.core.exchange import Exchange
from conformance.core.taken import Event, clean_up_part
from conformance.engine.values import Values, moment_of
from conformance.rejudging.playback import CannotJudgeAgain, CannotUndoAgain, PlayedValues
from conformance.rejudging.renaming import Renaming

A, B = "scenario a", "step b"


def played(**parts: list[Event]) -> PlayedValues:
    named = {{"a": A, "b": B, "clean_up": clean_up_part(A)}[name]: events for name, events in parts.items()}
    exchanges = {number: Exchange(number, "", "", "GET", "", (), b"", "", 1.0, 200) for number in range(1, 9)}
    return PlayedValues(named, exchanges, Renaming(()))


def test_values_come_back_in_order_in_each_part() -> None:
    values = played(a=[["now", 1], ["made", "x"], ["exchange", 1], ["now", 2]], b=[["now", 5]])
    with values.part(A):
        assert values.now() == moment_of(1)
        with values.part(B):
            assert values.now() == moment_of(5)
        assert values.identifier() == "x"
        assert values.next_exchange()[0] == values.exchanges[1]
        assert values.now() == moment_of(2)


def test_a_clock_that_is_read_more_often_is_in_step_again_after_the_next_exchange() -> None:
    values = played(a=[["now", 1], ["exchange", 1], ["now", 2], ["exchange", 2], ["now", 3]])
    with values.part(A):
        assert [values.now() for _ in range(3)] == [moment_of(1)] * 3
        values.next_exchange()
        values.next_exchange()
        assert values.now() == moment_of(3)


def test_an_exchange_too_many_is_none_and_the_part_is_lost_then() -> None:
    values = played(a=[["exchange", 1]])
    with values.part(A):
        assert values.next_exchange() == (values.exchanges[1], 1)
        assert values.next_exchange() == (None, 2)
        with pytest.raises(CannotJudgeAgain, match="cannot be judged again: it differs"):
            raise values.differs("it differs")
        with pytest.raises(CannotJudgeAgain, match="it differs"):
            values.next_exchange()
    assert values.take_differences() == ["it differs"]
    assert values.take_differences() == []


def test_no_verdict_hangs_on_a_clean_up_that_differs() -> None:
    values = played(a=[["exchange", 1]], clean_up=[["exchange", 2]])
    with values.part(clean_up_part(A)):
        stop = values.differs("another cancellation")
    assert isinstance(stop, CannotUndoAgain)
    assert stop.made
    assert values.take_differences() == []


def test_what_was_observed_and_what_came_to_pass_come_back_and_nothing_is_looked_at() -> None:
    values = played(a=[["observed", "file x", {"value": 1}], ["happened", "the end"]])

    def look() -> bool:
        raise AssertionError

    with values.part(A):
        assert values.observed("file x", look) == {"value": 1}
        assert values.happened("the end", look)
        assert not values.happened("the end", look)
        with pytest.raises(CannotJudgeAgain, match="nothing was recorded"):
            values.observed("file y", look)


def test_the_rest_of_a_part_are_the_exchanges_that_were_not_played() -> None:
    values = played(a=[["exchange", 1], ["now", 1], ["exchange", 2], ["exchange", 99]])
    with values.part(A):
        values.next_exchange()
    assert values.rest_of(A) == [values.exchanges[2]]
    assert values.rest_of(A) == []
    assert values.rest_of("scenario never") == []


def test_what_is_played_back_is_recorded_again() -> None:
    live = Values()
    with live.part(A):
        live.begin()
        live.now()
        live.identifier()
        live.observed("file x", lambda: [1])
    [taken] = live.take()
    again = PlayedValues({taken.part: list(taken.events)}, {}, Renaming(()))
    with again.part(A):
        again.begin()
        again.now()
        again.identifier()
        again.observed("file x", lambda: [2])
    assert again.take() == [taken]
