"""What a part of a run took from outside itself, in the order in which it did, as the evidence keeps it.

A part is a scenario, a named step, or what a run does before its first scenario and after its last. Events are small lists
that JSON can hold; the first element names the kind:

| Event | Means |
|---|---|
| `["now", microseconds]` | the clock was read: microseconds since 1970 in UTC |
| `["made", text]` | a value was made up: a trace id, a mark |
| `["exchange", number]` | a request was sent: the exchange has its response |
| `["happened", what]` | something came to pass that depends on time, such as the end of the run's time |
| `["observed", what, value]` | something was looked at that is no exchange: a TLS hello, a file that the configuration names |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NOW, MADE, EXCHANGE, HAPPENED, OBSERVED = "now", "made", "exchange", "happened", "observed"
Event = list[Any]

BEFORE, AFTER, BESIDE = "before the first scenario", "after the last scenario", ""
"""The parts of a run that are neither a scenario nor a named step; BESIDE is what belongs to no part at all."""


def scenario_part(name: str) -> str:
    """Return the name of the part of a run that a scenario is, from the scenario's id."""
    return f"scenario {name}"


def step_part(name: str) -> str:
    """Return the name of the part of a run that a named step is, from the step's name."""
    return f"step {name}"


@dataclass(frozen=True, slots=True)
class Taken:
    """Some events of a part, behind those of the same part that came before."""

    part: str
    events: tuple[Event, ...]
