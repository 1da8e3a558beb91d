"""What a run of some scenarios costs the provider, reckoned from the facts; and which of them would not be tested, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conformance.config.model import Config
from conformance.engine.scenario import Case
from conformance.planning.facts import STEP, ScenarioFacts
from conformance.planning.needs import is_met

MOST_REQUESTS = 2.4
"""The budget: how many requests a scenario may take in the mean over an edition, those of named steps included."""
OWN_SECONDS = 0.015
"""About how long this tool itself works on one request: judging, recording, writing. Half of that was measured as processor
time; the other half is for a machine that does other work, too.
"""
_CONTROL = "control: "  # how the names of the steps begin that a run performs again at its end

_SECONDS_OF_ONE, _MOST_SUGGESTED = 0.075, 4


def suggested_workers(latency: float) -> int:
    """Return how many workers a run has unless set otherwise: 1 where a response takes less than 150 ms, at most 4.

    `latency` is in seconds. More than a few are for those to ask for who know what the provider bears.
    """
    return max(1, min(_MOST_SUGGESTED, int(latency / _SECONDS_OF_ONE)))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run comes to. `at_once` is how many appointments it has booked at the same time; each is cancelled again."""

    scenarios: int
    requests: int
    writes: int
    bookings: int
    at_once: int
    registrations: int

    @property
    def mean(self) -> float:
        """How many requests a scenario takes in the mean, those of named steps included."""
        return self.requests / self.scenarios if self.scenarios else 0.0

    def minutes(self, latency: float) -> float:
        """Return about how many minutes the run takes when each response takes `latency` seconds."""
        return self.requests * (latency + OWN_SECONDS) / 60


def facts_of(case: Case, facts: Mapping[str, ScenarioFacts]) -> ScenarioFacts:
    """Return the facts of a case; those of one that was never measured are taken to be a request that writes."""
    return facts.get(case.id) or ScenarioFacts(case.id, writes=1)


def cost_of(cases: Iterable[Case], facts: Mapping[str, ScenarioFacts], config: Config | None = None) -> Cost:
    """Return what running these cases costs.

    A step that several of them rest on is performed once, a control once more at the end of the run. With `config`, steps
    whose needs it does not meet send nothing, and the look for what may be left over at the end of the run is counted.
    """
    own = [facts_of(case, facts) for case in cases]
    shared = {step for row in own for step in row.steps}
    steps = [found for step in sorted(shared) if (found := facts.get(STEP + step))]
    rows = [*own, *(row for row in steps if config is None or all(is_met(need, config) for need in row.needs))]
    sent = [*rows, *(row for row in rows if row.name.startswith(STEP + _CONTROL))]
    bookings = sum(row.bookings for row in sent)
    return Cost(
        scenarios=len(own),
        requests=sum(row.requests for row in sent) + (_last_look(bookings, config) if config else 0),
        writes=sum(row.writes for row in sent),
        bookings=bookings,
        at_once=max((_at_once(row, facts) for row in own), default=0),
        registrations=sum(row.registrations for row in rows),
    )


def _last_look(bookings: int, config: Config) -> int:
    """How many retrievals look for bookings left over: one for each patient who was booked for (engine.clean_up)."""
    people = {*config.data.patients_with("bookable"), *config.data.patients_with("spare")}
    return min(bookings, len(people))


def _at_once(row: ScenarioFacts, facts: Mapping[str, ScenarioFacts]) -> int:
    """How many appointments are booked at the same time at the most, where a scenario performs a step in its midst."""
    return row.at_once + max((facts[STEP + step].at_once for step in row.steps if STEP + step in facts), default=0)


def writes(case: Case, facts: Mapping[str, ScenarioFacts]) -> bool:
    """Return whether a case, or a step that it rests on, sends a request that is meant to change something, or might."""
    row = facts_of(case, facts)
    steps = (facts.get(STEP + step) for step in row.steps)
    return bool(row.writes) or any(step.writes for step in steps if step)


def wanting(case: Case, config: Config, facts: Mapping[str, ScenarioFacts]) -> tuple[str, ...]:
    """Return the needs of a case that a configuration does not meet; it is not tested unless there is none."""
    return tuple(need for need in sorted(facts_of(case, facts).needs) if not is_met(need, config))


def by_want(cases: Iterable[Case], config: Config, facts: Mapping[str, ScenarioFacts]) -> Mapping[str, Sequence[Case]]:
    """Return the cases that would not be tested, by the first need that each lacks."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        lacks = wanting(case, config, facts)
        if lacks:
            found.setdefault(lacks[0], []).append(case)
    return found
