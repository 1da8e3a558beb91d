"""How fast requests may leave: so many a second at the most, and none during a pause that the provider wants."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Pacing(Protocol):
    """What lets requests leave."""

    def admit(self, requests: int = 1) -> None:
        """Wait until so many requests may leave, at the same moment."""

    def hold(self, seconds: float) -> None:
        """Let nothing leave for so many seconds."""


class Pace:
    """Lets requests leave evenly. `rate` is requests a second, 0 for any number. Safe to use from several threads.

    `clock` is in seconds and `pause` waits for seconds.
    """

    def __init__(
        self,
        rate: float = 0.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._apart = 1 / rate if rate else 0.0
        self._clock, self._pause = clock, pause
        self._lock = threading.Lock()
        self._next = clock()

    def admit(self, requests: int = 1) -> None:
        """Wait until so many requests may leave."""
        while (wait := self._wait_for(requests)) > 0:
            self._pause(wait)

    def hold(self, seconds: float) -> None:
        """Let nothing leave for so many seconds: the provider said that there are too many requests (429)."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)

    def _wait_for(self, requests: int) -> float:
        """Return how long to wait before the next try; 0 when the requests may leave now, which uses up their time."""
        with self._lock:
            now = self._clock()
            # Several at once have the time of all before them behind them, so that no second sees more than its number.
            due = self._next + self._apart * (requests - 1)
            if due > now:
                return due - now
            self._next = now + self._apart
            return 0.0
