"""The scenarios about all responses, judged over those of all shards: when these are merged, and when that run is judged again.

Each was played in one shard, which sent what it needs, and judged what that shard received. Here it is judged again over what
the rules have seen in all of them. Nothing is sent: what it rests on was done in its shard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.config.model import Config
from conformance.core.exchange import Exchange
from conformance.core.judged import Judged
from conformance.core.results import Blame, ScenarioResult, Verdict
from conformance.engine.collection import Entry
from conformance.engine.runner import run_case
from conformance.engine.scenario import Case
from conformance.engine.session import Session
from conformance.engine.step_record import StepRecord
from conformance.rejudging.playback import PlayedValues
from conformance.rejudging.renaming import Renaming


def over_all(
    played: Sequence[tuple[Config, Sequence[ScenarioResult]]],
    entries: Mapping[str, Entry],
    judged: Mapping[str, Judged],
    exchanges: Mapping[int, Exchange],
) -> dict[str, ScenarioResult]:
    """Return the results of the scenarios about all responses, by id.

    `played` are the results of each shard, renumbered, with its configuration; `judged` is what the rules have seen in all of
    them, of all `exchanges`.
    """
    found: dict[str, ScenarioResult] = {}
    for config, results in played:
        again = _Again(config, entries, judged, exchanges)
        found.update((one.id, again.judge(entries[one.id], one)) for one in results if one.id in judged)
    return found


class _Again:
    """A session of a shard in which nothing is sent, and every named step was performed."""

    def __init__(
        self,
        config: Config,
        entries: Mapping[str, Entry],
        judged: Mapping[str, Judged],
        exchanges: Mapping[int, Exchange],
    ) -> None:
        self._exchanges, self._judged = exchanges, judged
        self._session = Session(config, values=PlayedValues({}, {}, Renaming((), redacted=False)))
        rules: list[Case] = [entries[name].case for name in judged]
        self._session.watch(rules, judged, until=max(exchanges, default=0))
        shown = {one.heaviest.exchange for rule in judged.values() for one in rule.found.values()}
        for number in sorted(shown - {0}):
            self._session.recorder.keep(exchanges[number])

    def judge(self, entry: Entry, recorded: ScenarioResult) -> ScenarioResult:
        """Return what a scenario comes to over all responses.

        It stays as it was recorded where no shard received such a response, and where the environment kept it from its own.
        """
        if not self._judged[recorded.id].responses or _was_stopped(recorded):
            return recorded
        self._session.steps = _Performed(self._exchanges[number] for number in recorded.exchanges)
        result = run_case(entry.function, entry.case, self._session)
        notes = tuple(one for one in recorded.findings if one.blame is Blame.ENVIRONMENT)
        return replace(
            result, findings=(*result.findings, *notes), duration_ms=recorded.duration_ms, controls=recorded.controls
        )


def _was_stopped(result: ScenarioResult) -> bool:
    return result.verdict is Verdict.SKIP and any(
        one.blame is Blame.ENVIRONMENT and one.message == result.reason for one in result.findings
    )


class _Performed(dict[str, StepRecord]):
    """Named steps that were performed in the shard: whichever is looked for has these exchanges."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        super().__init__()
        self._exchanges = tuple(exchanges)

    def get(self, name: str, default: Any = None) -> StepRecord:  # noqa: ARG002
        """Return the record of a step."""
        return StepRecord(name, None, self._exchanges, None, False, partial(self.get, name))
