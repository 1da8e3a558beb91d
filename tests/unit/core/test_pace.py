"""How fast requests may leave, with a clock that only waiting moves."""

from __future__ import annotations

import pytest

from conformance.core.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def leaving(pace: Pace, clock: Clock, *requests: int) -> list[float]:
    times = []
    for number in requests:
        pace.admit(number)
        times.append(round(clock.now - 100.0, 6))
    return times


def paced(rate: float) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(rate, clock=clock, pause=clock.sleep), clock


def test_without_a_rate_nothing_waits() -> None:
    pace, clock = paced(0)
    assert leaving(pace, clock, 1, 1, 5) == [0, 0, 0]


@pytest.mark.parametrize(("rate", "times"), [(2, [0, 0.5, 1.0, 1.5]), (10, [0, 0.1, 0.2, 0.3])])
def test_requests_leave_evenly(rate: float, times: list[float]) -> None:
    pace, clock = paced(rate)
    assert leaving(pace, clock, 1, 1, 1, 1) == times


def test_time_that_passed_without_requests_is_not_made_up_for() -> None:
    pace, clock = paced(2)
    pace.admit()
    clock.now += 60
    assert leaving(pace, clock, 1, 1) == [60, 60.5]


def test_several_at_once_wait_for_the_time_of_each() -> None:
    pace, clock = paced(2)
    assert leaving(pace, clock, 1, 3, 1) == [0, 1.5, 2.0]


def test_a_pause_that_the_provider_asks_for_holds_for_all() -> None:
    pace, clock = paced(0)
    pace.hold(3)
    pace.hold(1)
    assert leaving(pace, clock, 1, 1) == [3, 3]
