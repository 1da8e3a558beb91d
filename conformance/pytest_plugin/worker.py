"""A run as a worker's pytest sees it: what it plays is reported to the process of the run, and nothing is written here."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conformance.core.errors import AssureError
from conformance.core.results import ScenarioResult
from conformance.engine.runner import ScenarioFunction
from conformance.engine.scenario import Case
from conformance.workers.hub import Line, RunEndedError
from conformance.workers.playing import Player

INPUT = "gpc_run"
"""What xdist hands to a worker: where the run listens, and the key."""


class WorkerRun:
    """Plays one share. Its attributes are those of pytest_plugin.run.Run that the hooks look at."""

    opened = False
    full = gone = ""
    outputs = None
    broken_off = None

    def __init__(self, workerinput: dict[str, Any]) -> None:
        # Ctrl-C reaches all processes of a terminal: the process of the run decides what becomes of its workers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        address, key = workerinput[INPUT]
        with _ending_with_the_run():
            self._player = Player(Line(address, key, workerinput["workerid"]))
        self._places = {name: place for place, name in enumerate(self._player.share.ids)}

    @property
    def edition(self) -> str:
        """The name of the run's edition."""
        return self._player.edition

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the scenarios that it plays."""
        return frozenset(self._places)

    def place(self, case: Case) -> int:
        """Return when a case is played, counted from 0."""
        return self._places[case.id]

    def play(self, function: ScenarioFunction, case: Case) -> ScenarioResult | None:
        """Play a case; None where it is to be played again in the process of the run."""
        with _ending_with_the_run():
            return self._player.play(function, case)

    def break_off(self, _: AssureError) -> None:
        """End this worker: what it was at is played in the process of the run."""
        os._exit(1)

    def explain(self, result: ScenarioResult) -> str:
        """Return what pytest's report of a failed scenario says here: the process of the run completes it."""
        return result.id

    def leave(self) -> None:
        """The share is played."""
        with _ending_with_the_run():
            self._player.leave()


@contextmanager
def _ending_with_the_run() -> Iterator[None]:
    """End this process at once where the run has ended: nothing is written here, and no process waits for its report."""
    try:
        yield
    except RunEndedError:
        os._exit(0)
