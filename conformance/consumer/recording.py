"""Keeps every exchange of a run, numbered from 1 in the order recorded. Safe to use from several threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from conformance.core.exchange import Exchange


class Recorder:
    """The exchanges of a run. A mark is a place between two exchanges, for taking those of one scenario.

    Bodies are kept until `release`: a run holds those of one scenario at a time. `numbered_by` gives the next number where
    several recorders share the numbers of a run; without it they are this recorder's own.
    """

    def __init__(self, numbered_by: Callable[[], int] | None = None) -> None:
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._numbered_by = numbered_by or self.next_number
        self._number_lock = threading.Lock()
        self._last = 0
        self._taken = 0
        self._released = 0

    def continue_after(self, number: int) -> None:
        """Number what comes from the one after `number` on; for a run that goes on where another ended."""
        self._last = number

    def next_number(self) -> int:
        """Return the next number: it is used up, here or by another recorder of the run."""
        with self._number_lock:
            self._last += 1
            return self._last

    def add(self, exchange: Exchange) -> Exchange:
        """Record an exchange and return it with its number."""
        with self._lock:
            numbered = replace(exchange, number=self._numbered_by())
            self._exchanges.append(numbered)
        return numbered

    def adopt(self, exchanges: Iterable[Exchange]) -> None:
        """Know exchanges that another recorder of the run has recorded, without bodies: they are written already.

        Nothing of this recorder's own may be waiting to be taken or released.
        """
        with self._lock:
            self._exchanges.extend(_bare(exchange) for exchange in exchanges)
            self._taken = self._released = len(self._exchanges)

    def keep(self, exchange: Exchange) -> Exchange:
        """Record an exchange of an earlier run with the number that it has there, and return it."""
        with self._lock:
            self._exchanges.append(exchange)
        return exchange

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All exchanges so far, those that were released without bodies."""
        with self._lock:
            return tuple(self._exchanges)

    def take(self) -> tuple[Exchange, ...]:
        """Return what was recorded since the last call, for the evidence."""
        with self._lock:
            begin, self._taken = self._taken, len(self._exchanges)
            return tuple(self._exchanges[begin:])

    @property
    def unreleased(self) -> tuple[Exchange, ...]:
        """The exchanges that still have their bodies: those since the last `release`."""
        with self._lock:
            return tuple(self._exchanges[self._released :])

    def release(self) -> dict[int, Exchange]:
        """Keep no body of what was recorded so far; return what is kept of the exchanges released now, by number."""
        with self._lock:
            begin, self._released = self._released, len(self._exchanges)
            bare = [_bare(exchange) for exchange in self._exchanges[begin:]]
            self._exchanges[begin:] = bare
        return {exchange.number: exchange for exchange in bare}

    def mark(self) -> int:
        """Return a mark for `since`."""
        with self._lock:
            return len(self._exchanges)

    def since(self, mark: int) -> tuple[Exchange, ...]:
        """Return what was recorded after a mark."""
        with self._lock:
            return tuple(self._exchanges[mark:])


def _bare(exchange: Exchange) -> Exchange:
    return replace(exchange, request_body=b"", response_body=b"")
