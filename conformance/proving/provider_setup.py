"""A bundled provider with the configuration that fits it, over plain HTTP or over mutual TLS."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from conformance.config.bundled import bundled_config
from conformance.core.results import ScenarioResult
from conformance.engine.collection import Entry
from conformance.engine.runner import run_case
from conformance.engine.session import Session
from conformance.engine.slot_pool import SlotPool
from conformance.provider.server_thread import start
from conformance.spec import load
from conformance.tls.folder import make_folder, overrides


class Stage:
    """Where cases are played. The stack ends the provider and removes what was temporary, certificates included."""

    def __init__(self, edition: str, stack: ExitStack, *, tls: bool = False) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificates = folder / "certificates" if tls else None
        if certificates:
            make_folder(certificates)
        self.provider = stack.enter_context(start(load(edition), tls=certificates))
        given: dict[str, str] = {}
        if certificates:  # a fault may make a handshake hang: how long that is waited for proves nothing
            given = {"tls.plain_port": str(self.provider.plain_port), "run.connect_timeout": "3"}
            given |= overrides(certificates)
        config = bundled_config(edition, self.provider.base_url, folder, overrides=given)
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


def _take_over(session: Session, learnt: Session) -> None:
    """Let a session know the people and free slots that another has found, and use its definitions."""
    for name, record in learnt.steps.items():
        value = record.value.copy() if isinstance(record.value, SlotPool) else record.value
        session.steps[name] = replace(record, value=value, exchanges=())
    session.definitions, session.validator = learnt.definitions, learnt.validator
