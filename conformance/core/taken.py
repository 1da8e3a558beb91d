"""What a part of a run took from outside itself, in the order in which it did, as the evidence keeps it.

A part is a scenario, a named step, or what a run does before its first scenario and after its last. Events are small lists
that JSON can hold; the first element names the kind:

| Event | Means |
|---|---|
| `["began"]` | a scenario began: the order of the scenarios of a session |
| `["now", microseconds]` | the clock was read: microseconds since 1970 in UTC |
| `["made", text]` | a value was made up: a trace id, a mark |
| `["exchange", number]` | a request was sent: the exchange has its response |
| `["happened", what]` | something came to pass that depends on time, such as the end of the run's time |
| `["observed", what, value]` | something was looked at that is no exchange: a TLS hello, a file that the configuration names |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BEGAN, NOW, MADE, EXCHANGE, HAPPENED, OBSERVED = "began", "now", "made", "exchange", "happened", "observed"
Event = list[Any]

BEFORE, AFTER, BESIDE = "before the first scenario", "after the last scenario", ""
"""The parts of a run that are neither a scenario nor a named step; BESIDE is what belongs to no part at all."""


def scenario_part(name: str) -> str:
    """Return the name of the part of a run that a scenario is, from the scenario's id."""
    return f"{_SCENARIO}{name}"


def step_part(name: str) -> str:
    """Return the name of the part of a run that a named step is, from the step's name."""
    return f"step {name}"


def clean_up_part(part: str) -> str:
    """Return the name of the part in which a scenario or a step undoes what it made: no verdict hangs on it."""
    return f"{_CLEAN_UP}{part}"


def is_clean_up(part: str) -> bool:
    """Whether a part is the clean-up of another, or that of the run."""
    return part.startswith(_CLEAN_UP) or part == AFTER


_CLEAN_UP = "clean-up of "
_SCENARIO = "scenario "


def scenario_of(part: str) -> str | None:
    """Return the id of the scenario that a part is, None for other parts."""
    return part.removeprefix(_SCENARIO) if part.startswith(_SCENARIO) else None


@dataclass(frozen=True, slots=True)
class Taken:
    """Some events of a part, behind those of the same part that came before."""

    part: str
    events: tuple[Event, ...]
