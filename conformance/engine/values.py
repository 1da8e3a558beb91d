"""The one place where a run takes something from outside itself: the clock, made-up values, the network, what is observed.

`Values` hands on what the world gives and notes it, part by part (core/taken.py), for the evidence. A run that is judged
again has values that play back what was recorded (rejudging/playback.py). No other module of the engine, the checks or the
scenarios reads a clock or makes up a value (tests/unit/test_architecture.py).
"""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from conformance.config.model import Config
from conformance.consumer.client import Client
from conformance.consumer.recording import Recorder
from conformance.consumer.request import Request
from conformance.core.exchange import Exchange
from conformance.core.taken import BEGAN, BESIDE, EXCHANGE, HAPPENED, MADE, NOW, OBSERVED, Event, Taken
from conformance.spec import Edition

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

stopwatch = time.perf_counter
"""Seconds from some moment on, to say how long something took: of no weight for what is sent or judged."""


LATE_BYTES = "what came after responses were over"
"""What is observed, by the number of the exchange, at the end of a run."""


def plain_bytes(found: Mapping[int, bytes]) -> dict[str, str]:
    """Return bytes by number as JSON can hold them."""
    return {str(number): base64.b64encode(data).decode() for number, data in found.items()}


def bytes_of(plain: Mapping[str, str]) -> dict[int, bytes]:
    """Return what `plain_bytes` made plain."""
    return {int(number): base64.b64decode(data) for number, data in plain.items()}


class Sends(Protocol):
    """What sends the requests of a run: consumer.client.Client, or what plays recorded responses back."""

    def send(self, request: Request) -> Exchange:
        """Send a request and return the exchange, recorded."""

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same moment; exchanges in the order of the requests."""

    def close(self) -> None:
        """End the connections."""

    @property
    def late_bytes(self) -> Mapping[int, bytes]:
        """What came on a connection after the exchange with that number was over."""

    @property
    def waiting(self) -> tuple[str, float] | None:
        """What is waited for, in words, and for how many seconds; None while nothing is."""


class Values:
    """What a run takes from outside, as the world is, and a note of it. `take` gives what the evidence does not have yet.

    `clock` returns the present as an aware datetime, `pause` waits for seconds. The methods whose names begin with `outside`
    are those that a run that is judged again has otherwise.
    """

    def __init__(
        self,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self.pause = pause
        self._parts: list[str] = [BESIDE]
        self._events: dict[str, list[Event]] = {}

    def client(self, edition: Edition, config: Config, recorder: Recorder, shapes: Callable[[], Any]) -> Sends:
        """Return what sends the requests of a run. Raises UsageError for certificates that cannot be used."""
        return Client(edition, config, recorder, shapes=shapes)

    def outside_clock(self) -> datetime:
        """Return the present."""
        return self._clock()

    def outside_value(self, make: Callable[[], str]) -> str:
        """Return a value made up by `make`."""
        return make()

    def outside_event(self, what: str, look: Callable[[], bool]) -> bool:  # noqa: ARG002 - recorded events are found by it
        """Say whether something came to pass, as `look` sees it."""
        return look()

    def outside_look(self, what: str, look: Callable[[], Any]) -> Any:  # noqa: ARG002 - likewise
        """Return what `look` sees."""
        return look()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """What is taken within belongs to the part of that name."""
        self._parts.append(name)
        try:
            yield
        finally:
            self._parts.pop()

    @property
    def current(self) -> str:
        """The part of the run that is going on."""
        return self._parts[-1]

    def now(self) -> datetime:
        """Return the present as an aware datetime."""
        moment = self.outside_clock()
        self._note(NOW, (moment - _EPOCH) // _MICROSECOND)
        return moment

    def identifier(self) -> str:
        """Return an identifier that nobody had before: a UUID (RFC 9562, version 4)."""
        return self._made(lambda: str(uuid.uuid4()))

    def mark(self) -> str:
        """Return eight hexadecimal digits that no other run has."""
        return self._made(lambda: secrets.token_hex(4))

    def _made(self, make: Callable[[], str]) -> str:
        value = self.outside_value(make)
        self._note(MADE, value)
        return value

    def happened(self, what: str, look: Callable[[], bool]) -> bool:
        """Say whether something came to pass that depends on time; noted only where it did."""
        found = self.outside_event(what, look)
        if found:
            self._note(HAPPENED, what)
        return found

    def observed(self, what: str, look: Callable[[], Any]) -> Any:
        """Return what `look` sees; it must be a value that JSON can hold. `what` says in a few words what is looked at."""
        value = self.outside_look(what, look)
        self._note(OBSERVED, what, value)
        return value

    def exchanged(self, exchanges: Iterable[Exchange]) -> None:
        """Note that requests were sent."""
        for exchange in exchanges:
            self._note(EXCHANGE, exchange.number)

    def begin(self) -> None:
        """Note that a scenario begins."""
        self._note(BEGAN)

    def take(self) -> list[Taken]:
        """Return what was taken since the last call, by part."""
        taken = [Taken(part, tuple(events)) for part, events in self._events.items()]
        self._events.clear()
        return taken

    def _note(self, *event: Any) -> None:
        self._events.setdefault(self.current, []).append(list(event))


def moment_of(microseconds: int) -> datetime:
    """Return the moment of an event `now`."""
    return _EPOCH + microseconds * _MICROSECOND
