"""A bundled provider with a harness that knows it: the place where cases meet faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Self

from conformance.core.results import ScenarioResult
from conformance.engine.collection import Entry
from conformance.engine.named_steps import Sender
from conformance.engine.people import find_configured
from conformance.engine.session import Session
from conformance.engine.slot_pool import FREE_SLOTS
from conformance.proving.proof import area
from conformance.proving.provider_setup import Stage


class Bench:
    """Providers and a harness that knows them, for one edition; trials run on them one after the other.

    Scenarios about TLS are played on a provider that serves mutual TLS, started when the first of them comes; all others
    over plain HTTP.
    """

    def __init__(self, edition: str) -> None:
        self._stack = ExitStack()
        self._edition = edition
        self._plain = Stage(edition, self._stack)
        self.config = self._plain.config
        self._learnt = Session(self.config)
        self._stack.callback(self._learnt.close)
        sender = Sender(self._learnt)
        find_configured(sender)
        sender.once(FREE_SLOTS)

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
        """Stop the providers and remove what was temporary."""
        self._stack.close()

    def play(self, entries: Iterable[Entry], faults: Sequence[str] = ()) -> Iterator[ScenarioResult]:
        """Run cases with faults switched on, on a fresh database; what was learnt of the clean provider is known to them."""
        entries = list(entries)
        secure = [entry for entry in entries if area(entry.case.id) == "tls"]
        plain = [entry for entry in entries if entry not in secure]
        if plain:
            yield from self._plain.play(plain, faults, self._learnt)
        if secure:
            yield from self._secure.play(secure, faults, self._learnt)
