"""Whether a code is in a value set, as a terminology knows it: the validator's side of the interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Member:
    """The code is in the value set. `note` says what is odd all the same, such as a display that differs."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class NotMember:
    """The code is not in the value set; `reason` adds what helps, such as a code that differs in letter case."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Nobody here knows: the value set is not loaded, or its filter needs a terminology server."""

    reason: str = ""


Membership = Member | NotMember | CannotTell


class Terminology(Protocol):
    """Decides membership offline. `system` is None for a bare code, which is looked up in every system."""

    def check(self, value_set: str, system: str | None, code: str, display: str | None) -> Membership:
        """Whether the code is in the value set of that canonical URL."""
        ...
