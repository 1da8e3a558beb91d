"""What a run says while nothing happens."""

from __future__ import annotations

import threading

import pytest

from conformance.reporting.heartbeat import Heartbeat


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_line_says_what_is_waited_for_and_how_long_the_rest_will_take() -> None:
    clock = Clock()
    waiting: list[tuple[str, float] | None] = [("the response to book appointment", 23.4)]
    beat = Heartbeat(lambda _: None, lambda: waiting[0], longest=3600, clock=clock)
    assert beat.line() == "waiting 23 s for the response to book appointment; at most 60 min more"
    beat.total(10)
    for name in ("a.one", "a.two"):
        beat.begin(name)
        beat.end()
    beat.begin("b.three")
    clock.now += 60
    assert beat.line() == (
        "[2/10] waiting 23 s for the response to book appointment (b.three); about 4 min left, at most 59 min more"
    )
    waiting[0] = None
    clock.now += 7000
    assert beat.line() == "[2/10] working on b.three; about 7.8 h left, at most 0 s more"


def test_without_a_limit_and_before_the_first_scenario_the_rest_is_not_known() -> None:
    assert (
        Heartbeat(lambda _: None, lambda: None).line() == "working on the run; the time that is left is not known yet"
    )


def test_it_speaks_by_itself_until_it_is_stopped() -> None:
    said: list[str] = []
    spoke = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        spoke.set()

    beat = Heartbeat(say, lambda: None, every=0.01)
    beat.start()
    assert spoke.wait(600)
    beat.stop()
    assert said[0].startswith("working on the run; ")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (600, "10 min"),
        (89 * 60, "89 min"),
        (90 * 60, "1.5 h"),
        (36_000, "10.0 h"),
    ],
)
def test_times_are_in_the_unit_that_people_would_use(seconds: float, words: str) -> None:
    clock = Clock()
    beat = Heartbeat(lambda _: None, lambda: None, clock=clock)
    beat.total(2)
    beat.end()
    clock.now += seconds
    assert beat.line() == f"[1/2] working on the run; about {words} left"
