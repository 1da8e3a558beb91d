"""What a cause is: one explanation of many findings, with an id that the next run gives it too."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from conformance.core.results import Severity


class Member(NamedTuple):
    """A finding of a cause: the id of its scenario, and which of its findings it is, from 0."""

    scenario: str
    nth: int


@dataclass(frozen=True, slots=True)
class Cause:
    """One explanation of findings.

    `id` hangs on `code`, `place` and `requirement` alone, never on what was found, so that two runs can be compared by it.
    `place` has no indexes and no ids of resources; it begins with the interaction where the cause is of one interaction.
    `message`, `found`, `expected` and `exchange` (its number, 0 for none) are those of the finding that shows it best, which is
    the first of `members`. `severity` is the strongest. `scenarios` are those that it made red or amber; `untested` those that
    could not be tested and whose reason names it.
    """

    id: str
    code: str
    place: str
    requirement: str
    severity: Severity
    message: str
    found: str
    expected: str
    exchange: int
    interactions: tuple[str, ...]
    members: tuple[Member, ...]
    untested: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of findings."""
        return len(self.members)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The ids of the scenarios with such findings, the one that shows it best first."""
        return tuple(dict.fromkeys(member.scenario for member in self.members))


def cause_id(code: str, place: str, requirement: str) -> str:
    """Return the id of a cause: `C-` and ten hexadecimal digits."""
    digest = hashlib.sha256("\n".join((code, place, requirement)).encode("utf-8", "backslashreplace"))
    return f"C-{digest.hexdigest()[:10]}"
