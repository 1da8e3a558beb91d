"""Says now and then what a run waits for and how long the rest will take: nobody should wonder whether it hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

EVERY_SECONDS = 15.0
_SHORT = 1.0  # seconds of waiting that are not worth a word


class Heartbeat:
    """Calls `say` with a line for people every so many seconds, from `start` to `stop`.

    `waiting` returns in words what is waited for and for how many seconds, None while nothing is. `clock` is in seconds.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        waiting: Callable[[], tuple[str, float] | None],
        *,
        every: float = EVERY_SECONDS,
        longest: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say, self._waiting, self._every, self._longest, self._clock = say, waiting, every, longest, clock
        self._stop = threading.Event()
        self._began = self._said = clock()
        self._total = self._done = 0
        self._name = ""
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Say nothing any more."""
        self._stop.set()

    def total(self, scenarios: int) -> None:
        """The run has so many scenarios."""
        self._total = scenarios

    def begin(self, name: str) -> None:
        """A scenario begins."""
        self._name = name

    def end(self) -> None:
        """A scenario has ended."""
        self._done += 1

    def line(self) -> str:
        """Return what there is to say now."""
        waiting = self._waiting()
        if waiting and waiting[1] < _SHORT:
            waiting = None
        where = f"[{self._done}/{self._total}] " if self._total else ""
        what = f"waiting {waiting[1]:.0f} s for {waiting[0]}" if waiting else f"working on {self._name or 'the run'}"
        inside = f" ({self._name})" if waiting and self._name else ""
        return f"{where}{what}{inside}; {self._left()}"

    def _left(self) -> str:
        elapsed = self._clock() - self._began
        most = f"at most {_duration(self._longest - elapsed)} more" if self._longest else ""
        if not self._done:
            return most or "the time that is left is not known yet"
        rest = elapsed / self._done * (self._total - self._done)
        return ", ".join(filter(None, (f"about {_duration(rest)} left", most)))

    def _run(self) -> None:
        while not self._stop.wait(min(1.0, self._every / 3)):
            if self._clock() - self._said >= self._every:
                self._said = self._clock()
                self._say(self.line())


def _duration(seconds: float) -> str:
    seconds = max(0.0, seconds)
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
