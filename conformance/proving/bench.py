"""A bundled provider with a harness that knows it: the place where cases meet faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Self

from conformance.core.results import ScenarioResult
from conformance.harness.catalogue import Entry
from conformance.harness.session import Session
from conformance.proving.proof import area
from conformance.proving.stage import Stage


class Bench:
    """A bundled provider and a harness that knows it, for one edition; trials run on it one after the other.

    Scenarios about TLS are played on a second provider, which serves mutual TLS with certificates made for it.
    """

    def __init__(self, edition: str) -> None:
        self._stack = ExitStack()
        self._edition = edition
        self._plain = Stage(edition, self._stack)
        self._learnt = Session(self._plain.config)
        self._stack.callback(self._learnt.close)
        self._learnt.learn()

    @cached_property
    def _secure(self) -> Stage:
        return Stage(self._edition, self._stack, tls=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the provider and remove what was temporary."""
        self._stack.close()

    def play(self, entries: Iterable[Entry], faults: Sequence[str] = ()) -> Iterator[ScenarioResult]:
        """Run cases with faults switched on, on a fresh database; what was learnt of the clean provider is known to them."""
        asked = list(entries)
        others = [entry for entry in asked if area(entry.case.id) != "tls"]
        over_tls = [entry for entry in asked if area(entry.case.id) == "tls"]
        if others:
            yield from self._plain.play(others, faults, self._learnt)
        if over_tls:
            yield from self._secure.play(over_tls, faults)
