"""A bundled provider with a session that knows it: where cases are tried on faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Self

from conformance.core.exchange import Exchange
from conformance.core.results import ScenarioResult
from conformance.engine.collection import Entry
from conformance.engine.named_steps import Sender
from conformance.engine.people import find_configured
from conformance.engine.session import Session
from conformance.engine.slot_pool import FREE_SLOTS
from conformance.provider.faults import catalogue
from conformance.provider.variants import choose
from conformance.proving.proof import area
from conformance.proving.provider_setup import Stage


class Bench:
    """Providers and a session that knows them, for one edition; trials run on them one after the other.

    Scenarios about TLS are played on a provider that serves mutual TLS, started when the first of them comes; all others
    over plain HTTP.
    """

    def __init__(self, edition: str) -> None:
        self._stack = ExitStack()
        self._edition = edition
        self._others: dict[tuple[bool, tuple[tuple[str, str], ...]], Stage] = {}
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
        """Run cases with faults switched on, on a fresh database; what was learnt of the clean provider is known to them.

        Where a fault is to be seen under options of the edition only, so are the cases that name it.
        """
        groups: dict[tuple[tuple[str, str], ...], list[Entry]] = {}
        for entry in entries:
            options = self._options(faults or entry.case.fault_ids(self._edition))
            groups.setdefault(tuple(sorted(options.items())), []).append(entry)
        for chosen, group in groups.items():
            yield from self._play_under(dict(chosen), group, faults)

    def trace(self, entries: Iterable[Entry]) -> Iterator[tuple[ScenarioResult, frozenset[str]]]:
        """Run cases on the plain provider, each with the names of the variants that can touch it."""
        entries = list(entries)
        secure = [entry for entry in entries if area(entry.case.id) == "tls"]
        plain = [entry for entry in entries if area(entry.case.id) != "tls"]
        yield from self._plain.trace(plain, self._learnt) if plain else ()
        yield from self._secure.trace(secure, self._learnt) if secure else ()

    def _options(self, faults: Iterable[str]) -> dict[str, str]:
        """The options of the edition under which faults are to be seen."""
        known = catalogue()
        return {name: value for fault in faults if fault in known for name, value in known[fault].options.items()}

    def _play_under(
        self, options: Mapping[str, str], entries: Sequence[Entry], faults: Sequence[str]
    ) -> Iterator[ScenarioResult]:
        secure = [entry for entry in entries if area(entry.case.id) == "tls"]
        plain = [entry for entry in entries if entry not in secure]
        if options:
            for tls, group in ((False, plain), (True, secure)):
                if group:
                    yield from self._optional(tls, options).play_variants(group, (), faults)
            return
        if plain:
            yield from self._plain.play(plain, faults, self._learnt)
        if secure:
            yield from self._secure.play(secure, faults, self._learnt)

    def play_variants(
        self, entries: Iterable[Entry], variants: Sequence[str], faults: Sequence[str] = ()
    ) -> Iterator[ScenarioResult]:
        """Run cases on a provider that is different and right, with faults in it where some are named.

        Scenarios about TLS are left out where the variants bring an environment of their own: it has no certificates.
        """
        chosen = choose(variants, self._edition)
        options = {name: value for variant in chosen for name, value in variant.options.items()}
        options |= self._options(faults)
        entries = list(entries)
        plain = [entry for entry in entries if area(entry.case.id) != "tls"]
        secure = [] if any(one.gateway for one in chosen) else [one for one in entries if one not in plain]
        if plain:
            yield from self._optional(False, options).play_variants(plain, variants, faults)
        if secure:
            yield from self._optional(True, options).play_variants(secure, variants, faults)

    def exchanged(self, entry: Entry, variants: Sequence[str] = ()) -> tuple[Exchange, ...]:
        """Run one case over plain HTTP on a provider that is different in those ways, and return its exchanges."""
        options = {
            name: value for variant in choose(variants, self._edition) for name, value in variant.options.items()
        }
        return self._optional(False, options).exchanged(entry, variants)

    def _optional(self, tls: bool, options: Mapping[str, str]) -> Stage:
        """The stage for options of the edition's revision, started when the first trial needs it."""
        if not options:
            return self._secure if tls else self._plain
        key = (tls, tuple(sorted(options.items())))
        if key not in self._others:
            self._others[key] = Stage(self._edition, self._stack, tls=tls, options=options)
        return self._others[key]
