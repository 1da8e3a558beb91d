"""Waivers: what a person has decided to live with for a while, and what became of that in a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Waiver:
    """What is waived (`kind`: cause, scenario or requirement; `target`: its id), why, by whom, where it is tracked, how long.

    `expires` is the last day on which it counts. `edition` is the only edition that it is for, "" for each.
    """

    kind: str
    target: str
    reason: str
    owner: str
    ticket: str
    expires: date
    edition: str = ""


class WaiverState(StrEnum):
    """What became of a waiver in a run. All but `USED` and `UNTESTED` miss the gate."""

    USED = "used"  # it waives something
    EXPIRED = "expired"
    PASSING = "passing"  # what it waives passes now
    UNUSED = "unused"  # nothing is there that it could waive
    UNTESTED = "untested"  # what it waives was not tested in this run


_MISSED = frozenset({WaiverState.EXPIRED, WaiverState.PASSING, WaiverState.UNUSED})


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver and what became of it: the ids of the scenarios that it made waived, and why it is in its state."""

    waiver: Waiver
    state: WaiverState
    scenarios: tuple[str, ...] = ()
    why: str = ""

    @property
    def missed(self) -> bool:
        """Whether it fails the gate."""
        return self.state in _MISSED

    @property
    def name(self) -> str:
        """Which waiver it is, for people."""
        waiver = self.waiver
        return f"the waiver of {waiver.kind} {waiver.target} ({waiver.ticket}, {waiver.owner})"

    @property
    def sentence(self) -> str:
        """What became of it, and what to do."""
        return f"{self.name} {self.why}"
