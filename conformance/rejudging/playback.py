"""The values of a run that is judged again: clock, made-up values and observations as they were recorded, part by part.

Each part is played on its own, so that the order in which parts come about does not matter. Within a part the exchanges are
the landmarks: a value is looked for between the last exchange played and the next one recorded. A version that reads the
clock more often than the one that recorded the run gets the last moment again; nothing is out of step after the next exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conformance.config.model import Config
from conformance.consumer.recording import Recorder
from conformance.core.exchange import Exchange
from conformance.core.results import Blame
from conformance.core.taken import AFTER, BEFORE, EXCHANGE, HAPPENED, MADE, NOW, OBSERVED, Event, is_clean_up
from conformance.engine.stop_reasons import EnvironmentTrouble, ResponseLost
from conformance.engine.values import LATE_BYTES, Sends, Values, bytes_of, moment_of
from conformance.rejudging.renaming import Renaming
from conformance.rejudging.replay import Replay
from conformance.spec import Edition


class CannotJudgeAgain(EnvironmentTrouble):
    """What is sent now is not what was recorded: what would have come back is not known."""

    code = "cannot-judge-again"

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot be judged again: {reason}", blame=Blame.UNDETERMINED)


class CannotUndoAgain(ResponseLost):
    """A clean-up that differs from the recorded one. No verdict hangs on it: what was made counts as undone."""

    code = CannotJudgeAgain.code

    def __init__(self, reason: str) -> None:
        super().__init__(reason, again=False, made=True)


@dataclass
class _Part:
    """The events of one part, and how many of them have been played. `lost` is why it cannot be played on."""

    events: list[Event]
    played: int = 0
    sent: int = 0
    lost: str = ""

    def take(self, kind: str, *head: Any) -> Event | None:
        """Play the next event of a kind (and with these values first) before the next exchange; None where there is none."""
        for place in range(self.played, len(self.events)):
            event = self.events[place]
            if event[: 1 + len(head)] == [kind, *head]:
                self.played = place + 1
                return event
            if event[0] == EXCHANGE:
                break
        return None

    def exchange(self) -> int | None:
        """Play on to the next exchange, and return its number; None where there is none."""
        self.sent += 1
        for place in range(self.played, len(self.events)):
            if self.events[place][0] == EXCHANGE:
                self.played = place + 1
                return int(self.events[place][1])
        return None

    def rest(self) -> list[int]:
        """Return the numbers of the exchanges that were not played."""
        return [int(event[1]) for event in self.events[self.played :] if event[0] == EXCHANGE]


class PlayedValues(Values):
    """Plays back what a session of a run took from outside: `parts`, with the exchanges of the run by number;
    `renaming` says what stands in them for values of ours.

    `differences` are the reasons why something could not be played back, since they were last taken.
    """

    def __init__(self, parts: Mapping[str, list[Event]], exchanges: Mapping[int, Exchange], renaming: Renaming) -> None:
        super().__init__(pause=lambda _: None)
        self._recorded = {name: _Part(list(events)) for name, events in parts.items()}
        self.exchanges = exchanges
        self._renaming = renaming
        self._present = self._first_moment()
        self._differences: list[str] = []

    @property
    def renaming(self) -> Renaming:
        """What stands in the recorded exchanges for values of ours."""
        return self._renaming

    def client(self, edition: Edition, config: Config, recorder: Recorder, shapes: Callable[[], Any]) -> Sends:
        """Return what plays the recorded responses back."""
        return Replay(self, edition, config, recorder, shapes)

    def outside_clock(self) -> datetime:
        """Return the moment that was read at this place, else the last one."""
        event = self._part.take(NOW)
        if event:
            self._present = int(event[1])
        return moment_of(self._present)

    def outside_value(self, make: Callable[[], str]) -> str:
        """Return the value that was made up at this place; a new one where there was none."""
        event = self._part.take(MADE)
        return str(event[1]) if event else make()

    def outside_event(self, what: str, look: Callable[[], bool]) -> bool:  # noqa: ARG002 - the present does not count
        """Say whether it had come to pass at this place."""
        return self._part.take(HAPPENED, what) is not None

    def outside_look(self, what: str, look: Callable[[], Any]) -> Any:  # noqa: ARG002 - nothing is looked at
        """Return what was seen; CannotJudgeAgain where something else was looked at."""
        if what == LATE_BYTES:
            return self._late()
        event = self._part.take(OBSERVED, what)
        if event is None:
            raise self.differs(f"it now looks at something of which nothing was recorded ({what})")
        return event[2]

    @property
    def late_bytes(self) -> dict[int, bytes]:
        """What came behind responses after they were over."""
        return bytes_of(self._late())

    def _late(self) -> dict[str, str]:
        after = self._recorded.get(AFTER)
        found = (event[2] for event in after.events if event[:2] == [OBSERVED, LATE_BYTES]) if after else iter(())
        return dict(next(found, {}))

    @property
    def _part(self) -> _Part:
        return self._recorded.setdefault(self.current, _Part([]))

    def next_exchange(self) -> tuple[Exchange | None, int]:
        """Return the next recorded exchange of the part that is going on, None where there is none, and which one it is."""
        part = self._part
        if part.lost:
            raise self._stop(part.lost)
        number = part.exchange()
        return (self.exchanges.get(number) if number is not None else None), part.sent

    def differs(self, reason: str) -> EnvironmentTrouble:
        """Return what to raise where the part that is going on does not go as it was recorded: it is not played on."""
        self._part.lost = reason
        return self._stop(reason)

    def _stop(self, reason: str) -> EnvironmentTrouble:
        if is_clean_up(self.current):
            return CannotUndoAgain(reason)
        self._differences.append(reason)
        return CannotJudgeAgain(reason)

    def take_differences(self) -> list[str]:
        """Return why something could not be played back since the last call, each reason once."""
        found, self._differences = list(dict.fromkeys(self._differences)), []
        return found

    def has_more(self, part: str, kind: str) -> bool:
        """Whether a part has another event of a kind that was not played yet."""
        recorded = self._recorded.get(part)
        return recorded is not None and any(event[0] == kind for event in recorded.events[recorded.played :])

    def rest_of(self, part: str) -> list[Exchange]:
        """Return the recorded exchanges of a part that were not played, as played now."""
        recorded = self._recorded.get(part)
        numbers = recorded.rest() if recorded else []
        if recorded:
            recorded.played = len(recorded.events)
        return [self.exchanges[number] for number in numbers if number in self.exchanges]

    def _first_moment(self) -> int:
        parts = sorted(self._recorded, key=lambda name: name != BEFORE)
        moments = (int(event[1]) for name in parts for event in self._recorded[name].events if event[0] == NOW)
        return next(moments, 0)
