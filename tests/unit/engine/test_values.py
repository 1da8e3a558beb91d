"""What a run takes from outside itself is handed on as it is, and noted by part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from conformance.core.exchange import Exchange
from conformance.core.taken import BESIDE, Taken
from conformance.engine.values import Values, moment_of

MOMENT = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)


def sent(number: int) -> Exchange:
    return Exchange(number, "", "", "GET", "", (), b"", "", 1.0, 200)


def test_what_is_taken_is_noted_in_order_and_once() -> None:
    values = Values(lambda: MOMENT)
    with values.part("scenario a"):
        assert values.now() == MOMENT
        made = values.identifier()
        values.exchanged([sent(7), sent(8)])
        assert values.observed("file x", lambda: {"value": [1]}) == {"value": [1]}
    assert values.take() == [
        Taken(
            "scenario a",
            (
                ["now", 1_774_745_999_123_456],
                ["made", made],
                ["exchange", 7],
                ["exchange", 8],
                ["observed", "file x", {"value": [1]}],
            ),
        )
    ]
    assert values.take() == []


def test_a_step_within_a_scenario_is_a_part_of_its_own() -> None:
    values = Values(lambda: MOMENT)
    with values.part("scenario a"):
        with values.part("step b"):
            values.exchanged([sent(1)])
        values.exchanged([sent(2)])
    values.now()
    assert [(one.part, len(one.events)) for one in values.take()] == [("step b", 1), ("scenario a", 1), (BESIDE, 1)]


def test_the_end_of_the_time_is_noted_only_when_it_comes() -> None:
    values = Values()
    assert not values.happened("the end", lambda: False)
    assert values.happened("the end", lambda: True)
    assert values.take() == [Taken(BESIDE, (["happened", "the end"],))]


def test_moments_come_back_to_the_microsecond() -> None:
    values = Values(lambda: MOMENT.astimezone(tz=None) + timedelta(days=10_000))
    moment = values.now()
    [(_, [event])] = [(one.part, one.events) for one in values.take()]
    assert moment_of(event[1]) == moment
