"""What a run and its workers send each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.config.model import Config
from conformance.core.exchange import Exchange
from conformance.core.judged import Judged
from conformance.core.results import Finding, ScenarioResult
from conformance.core.taken import Taken
from conformance.engine.slot_pool import SlotPool
from conformance.workers.shares import Share


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker begins with.

    `config` is the configuration as completed; `rules` are ids of scenarios about all responses, by whose rules it judges;
    `pool` holds the free slots (None where no scenario needs one), `shown_by` are the exchanges that showed them.
    """

    config: Config
    share: Share
    rules: tuple[str, ...]
    read_only: bool
    pool: SlotPool | None = None
    shown_by: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What came of one scenario, or of the end of a phase (`id` is "" then).

    `result` is None where the scenario is to be played again, alone. `exchanges` are those made since the last record, bodies
    included, `taken` what was taken from outside (core/taken.py), `judged` what the rules about all responses found. `kept`
    are the ids of slots that stay taken. `revised` are results of before that no longer stand, `broken` and `gone` as in
    engine.environment.
    """

    id: str = ""
    result: ScenarioResult | None = None
    exchanges: tuple[Exchange, ...] = ()
    taken: tuple[Taken, ...] = ()
    judged: Mapping[str, Judged] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    made_by_invalid: frozenset[str] = frozenset()
    sent_mildly: frozenset[int] = frozenset()
    notices: tuple[Finding, ...] = ()
    revised: tuple[ScenarioResult, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)
    gone: str = ""
    repeats: int = 0
    cut_short: bool = False
