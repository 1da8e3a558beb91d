"""A bundled provider that behaves as a case says, and scenarios played on it with the verdicts that a user would see."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

from conformance.config.model import Config
from conformance.core.exchange import Exchange
from conformance.core.results import Finding, ScenarioResult, Severity
from conformance.engine.collection import collect
from conformance.engine.runner import run_case
from conformance.engine.session import Session
from conformance.provider.fault_points import Effect, Seams
from conformance.provider.faults import seams_for
from tests.support.configs import config_for
from tests.support.in_process import WEEK, InProcess, session_with

Behaviour = str | Effect | Iterable[Effect]
"""A fault of the catalogue by name, or effects at the provider's fault points."""


class Bed:
    """One bundled provider of an edition; each play is on a fresh database. Close it when done."""

    def __init__(self, edition: str, options: Mapping[str, str] | None = None) -> None:
        self._stack = ExitStack()
        self.exchanges: dict[int, Exchange] = {}  # of the last play
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.provider = InProcess(edition, options=options)
        self._stack.callback(self.provider.stop)
        given = WEEK | {f"options.{name}": value for name, value in (options or {}).items()}
        self.config = config_for(edition, self.provider.base_url, folder, overrides=given)

    def close(self) -> None:
        """Stop the provider."""
        self._stack.close()

    def play(
        self, ids: str, *behaviours: Behaviour, config: Callable[[Config], Config] = lambda config: config
    ) -> dict[str, ScenarioResult]:
        """Run scenarios (ids, blank-separated) one after the other on a provider that behaves so; results by id."""
        self.provider.provider.seams = Seams()
        self.provider.reset()
        self.provider.provider.seams = _seams(behaviours, self.config.edition)
        session = session_with(self.provider, config(self.config))
        try:
            return {name: _run(name, session) for name in ids.split()}
        finally:
            self.exchanges = {exchange.number: exchange for exchange in session.exchanges}
            session.close()
            self.provider.provider.seams = Seams()

    def has(self, name: str) -> bool:
        """Whether the edition has a scenario."""
        return _entries()[name].case.runs_in(self.config.edition)  # type: ignore[attr-defined]

    def of_interaction(self, key: str) -> str:
        """The scenarios of an interaction but those about all responses."""
        cases = (entry.case for entry in _entries().values())  # type: ignore[attr-defined]
        chosen = (case for case in cases if case.interaction == key and not case.judges_all_responses)
        return " ".join(case.id for case in chosen if self.has(case.id))

    def those(self, *names: str) -> str:
        """Those of some scenarios (each text holds several, blank-separated) that the edition has."""
        unknown = [name for text in names for name in text.split() if name not in _entries()]
        assert not unknown, unknown
        return " ".join(name for text in names for name in text.split() if self.has(name))

    def verdict(
        self, name: str, *behaviours: Behaviour, config: Callable[[Config], Config] = lambda config: config
    ) -> str:
        """The verdict of one scenario."""
        return str(self.play(name, *behaviours, config=config)[name].verdict)


def _seams(behaviours: Iterable[Behaviour], edition: str) -> Seams:
    effects: list[Effect] = []
    for behaviour in behaviours:
        if isinstance(behaviour, str):
            effects.extend(effect for held in seams_for([behaviour], edition)._effects.values() for effect in held)
        else:
            effects.extend([behaviour] if isinstance(behaviour, Effect) else behaviour)
    return Seams(effects)


@cache
def _entries() -> Mapping[str, object]:
    return {entry.case.id: entry for entry in collect()}


def _run(name: str, session: Session) -> ScenarioResult:
    entry = _entries()[name]
    return run_case(entry.function, entry.case, session)  # type: ignore[attr-defined]


def complaints(result: ScenarioResult) -> list[Finding]:
    """What a result holds against the provider: its fails and warnings."""
    return [found for found in result.findings if found.severity is not Severity.INFO]


def with_data(**data: object) -> Callable[[Config], Config]:
    """A configuration with other test data."""
    return lambda config: replace(config, data=replace(config.data, **data))  # type: ignore[arg-type]
