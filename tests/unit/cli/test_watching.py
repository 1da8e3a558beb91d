"""`run --watch`: what makes it run again, and what it does about errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conformance.cli.watching import Watch
from conformance.core.errors import TargetError, UsageError


class Scene:
    """A watch with typed lines and looks at the provider given in advance; None and True once they have run out."""

    def __init__(self, typed: list[str | None], there: list[bool], run: Callable[[bool], int] = lambda _: 0) -> None:
        self.said: list[str] = []
        self.runs: list[bool] = []
        self._typed, self._there, self._run = iter(typed), iter(there), run

    def run(self, only_failed: bool) -> int:
        self.runs.append(only_failed)
        return self._run(only_failed)

    def watch(self) -> int:
        return Watch(
            self.run, lambda: next(self._there, True), lambda: next(self._typed, "q"), self.said.append, _none
        ).watch()


def _none(_: float) -> None:
    pass


def test_a_key_runs_again_and_another_ends_with_the_code_of_the_last_run() -> None:
    codes: Iterator[int] = iter([1, 0, 1])
    scene = Scene(["\n", "f\n", "q\n"], [], lambda _: next(codes))
    assert scene.watch() == 1
    assert scene.runs == [False, False, True]


def test_a_provider_that_comes_back_is_run_again() -> None:
    scene = Scene([None] * 6, [True, False, False, True, True])
    assert scene.watch() == 0
    assert scene.runs == [False, False]
    assert "The provider is gone; waiting for it." in scene.said
    assert scene.said.count("The provider is back.") == 1


def test_a_provider_that_stays_is_not_run_again() -> None:
    scene = Scene([None] * 20, [])
    scene.watch()
    assert scene.runs == [False]


def test_one_that_was_not_there_at_first_is_run_when_it_comes() -> None:
    def run(_: bool) -> int:
        if len(scene.runs) == 1:
            raise TargetError("cannot be reached", fix="Start it.")
        return 0

    scene = Scene([None] * 5, [False, False, True, True], run)
    assert scene.watch() == 0
    assert scene.runs == [False, False]
    assert any("cannot be reached" in line for line in scene.said)


def test_a_mistake_is_said_and_waited_on() -> None:
    def run(_: bool) -> int:
        raise UsageError("no scenario failed")

    scene = Scene(["f\n", "q\n"], [], run)
    assert scene.watch() == 2


def test_an_interrupted_run_ends_it() -> None:
    scene = Scene(["\n"], [], lambda _: 130)
    assert scene.watch() == 130
    assert scene.runs == [False]


def test_an_interrupt_while_waiting_passes() -> None:
    def key() -> str | None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Watch(lambda _: 0, lambda: True, key, lambda _: None, _none).watch()
