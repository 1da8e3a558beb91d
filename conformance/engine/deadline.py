"""The end of a run: from a moment on nothing more is sent, whatever the provider does with its time."""

from __future__ import annotations

from collections.abc import Callable

from conformance.core.results import Blame
from conformance.engine.stop_reasons import CannotTest
from conformance.engine.values import stopwatch

CLEAN_UP_SECONDS = 60.0


class Deadline:
    """The longest time that a run may take, in seconds, counted from now. `cut_short` says whether anything was left undone.

    `happened` notes that the time was over, in words and by a look at the clock (Values.happened).
    """

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = stopwatch,
        happened: Callable[[str, Callable[[], bool]], bool] = lambda _, look: look(),
    ) -> None:
        self.seconds = seconds
        self._clock = clock
        self._happened = happened
        self._end = clock() + seconds
        self._last = self._end
        self.cut_short = False

    def check(self) -> None:
        """CannotTest when the run's time is over; what is undone after a scenario has a minute more."""
        if self._happened("the run's time was over", lambda: self._clock() > self._last):
            self.cut_short = True
            raise CannotTest(self.reason, Blame.ENVIRONMENT)

    @property
    def reason(self) -> str:
        """Why nothing more is sent."""
        return f"the run's time was over (run.deadline: {self.seconds:g} s)"

    def cleaning_up(self, at_it: bool) -> None:
        """A scenario begins or ends to undo what it booked: for that there is a minute from now on, deadline or not."""
        self._last = max(self._end, self._clock() + CLEAN_UP_SECONDS) if at_it else self._end
