"""One provider for the proving of scenarios, switched from one fault or variant to the next, and a session that fits it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.config.bundled import bundled_config
from conformance.config.model import Config
from conformance.core.exchange import Exchange
from conformance.core.results import ScenarioResult
from conformance.engine.collection import Entry
from conformance.engine.named_steps import Sender
from conformance.engine.people import find_configured
from conformance.engine.runner import run_case
from conformance.engine.session import Session
from conformance.engine.slot_pool import FREE_SLOTS, SlotPool
from conformance.provider.server_thread import start
from conformance.provider.variants import Variant, choose, variants_of
from conformance.provider.variants.gateway import standing_before
from conformance.proving.reach import Tracing
from conformance.proving.shown_ids import with_ids, with_versions
from conformance.spec import load
from conformance.tls.folder import make_folder, overrides

# How long a disturbance is waited for proves nothing; no user would wait so little.
_HURRIED = {
    "run.resilience.pause": "0",
    "run.resilience.longest_pause": "0",
    "run.resilience.wait_for_provider": "0",
    "run.resilience.most_repeats": "100000",
}


class Stage:
    """Where cases are played. The stack ends the provider and removes what was temporary, certificates included.

    `options` are those of the edition's revision that the provider serves and the consumer knows.
    """

    def __init__(
        self, edition: str, stack: ExitStack, *, tls: bool = False, options: Mapping[str, str] | None = None
    ) -> None:
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificates = self._folder / "certificates" if tls else None
        if certificates:
            make_folder(certificates)
        self._edition = edition
        self.provider = stack.enter_context(start(load(edition, options or {}), tls=certificates))
        self._given = {f"options.{name}": value for name, value in (options or {}).items()}
        if certificates:  # a fault may make a handshake hang: how long that is waited for proves nothing
            self._given |= {"tls.plain_port": str(self.provider.plain_port), "run.connect_timeout": "3"}
            self._given |= overrides(certificates)
        config = bundled_config(edition, self.provider.base_url, self._folder, overrides=self._given)
        self.config = replace(config, run=replace(config.run, strict=True))

    def play(
        self, entries: Iterable[Entry], faults: Sequence[str], learnt: Session | None = None
    ) -> Iterator[ScenarioResult]:
        """Run cases with faults switched on, on a fresh database; they know what another session has learnt."""
        self.provider.set_faults(())
        self.provider.reset()
        session = Session(self.config)
        if learnt:
            _take_over(session, learnt)
        self.provider.set_faults(faults)
        try:
            for entry in entries:
                yield run_case(entry.function, entry.case, session)
        finally:
            session.close()
            self.provider.set_faults(())

    def play_variants(
        self, entries: Iterable[Entry], variants: Sequence[str], faults: Sequence[str] = ()
    ) -> Iterator[ScenarioResult]:
        """Run cases on a provider that is different in those ways, on a fresh database, as a user would run them."""
        with self._run_on(variants, faults) as session:
            for entry in entries:
                yield run_case(entry.function, entry.case, session)

    def exchanged(self, entry: Entry, variants: Sequence[str]) -> tuple[Exchange, ...]:
        """Run one case on a provider that is different in those ways, and return what was sent and received."""
        with self._run_on(variants, ()) as session:
            run_case(entry.function, entry.case, session)
            return session.recorder.since(0)

    @contextmanager
    def _run_on(self, variants: Sequence[str], faults: Sequence[str]) -> Iterator[Session]:
        """A session on a fresh database. What it learns of the provider beforehand it learns without the faults."""
        chosen = choose(variants, self._edition)
        self.provider.set_faults((), chosen)
        self.provider.reset()
        with ExitStack() as stack:
            stack.callback(self.provider.reset)
            stack.callback(self.provider.set_faults, ())
            session = Session(self._config(chosen, stack))
            stack.callback(session.close)
            if faults:
                sender = Sender(session)
                find_configured(sender)
                sender.once(FREE_SLOTS)
                self.provider.set_faults(faults, chosen)
            yield session

    def trace(self, entries: Iterable[Entry], learnt: Session) -> Iterator[tuple[ScenarioResult, frozenset[str]]]:
        """Run cases on the plain provider, each with the names of the variants that can touch it (proving/reach.py).

        What a named step received counts for every case that rests on it.
        """
        self.provider.set_faults(())
        self.provider.reset()
        session = Session(self.config)
        _take_over(session, learnt)
        tracing = self.provider.provider.seams = Tracing(variants_of(self._edition).values())
        received: dict[int, frozenset[str]] = {}  # by the number of the exchange
        try:
            for entry in entries:
                mark = session.recorder.mark()
                result = run_case(entry.function, entry.case, session)
                touched = tracing.taken()
                received |= {exchange.number: touched for exchange in session.recorder.since(mark)}
                yield result, touched.union(*(received[number] for number in result.exchanges))
        finally:
            session.close()
            self.provider.set_faults(())

    def _config(self, variants: Sequence[Variant], stack: ExitStack) -> Config:
        """The configuration that a user would write for a provider that is different in those ways."""
        base_url = self.provider.base_url
        given = dict(self._given)
        for variant in variants:
            given |= variant.settings
        gateways = stack.enter_context(standing_before(base_url, variants))
        if gateways:
            base_url, given = gateways[-1].base_url, _HURRIED | given
        config = bundled_config(self._edition, base_url, self._folder, overrides=given)
        for variant in variants:
            lacks: dict[str, Any] = dict.fromkeys(variant.leaves_out)
            config = replace(config, data=replace(config.data, **lacks))
            if variant.shown_id:
                config = with_ids(config, variant.shown_id, self._folder)
            if variant.shown_version:
                config = with_versions(config, variant.shown_version, self._folder)
        return config


def _take_over(session: Session, learnt: Session) -> None:
    """Let a session know the people and free slots that another has found, and use its definitions."""
    for name, record in learnt.steps.items():
        value = record.value.copy() if isinstance(record.value, SlotPool) else record.value
        session.steps[name] = replace(record, value=value, exchanges=())
    session.definitions, session.validator = learnt.definitions, learnt.validator
