"""Where a published definition contradicts the pages of the edition: what the pages show is no provider's fault.

The rows are data of the edition (edition.yaml, `concessions`). A run, the command `validate` and the bundled provider go by
the same rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from conformance.spec.model import Edition

_SLICE = re.compile(r":[^.]*")


class Breach(Protocol):
    """A broken rule of a definition, as a validator reports it (fhir.issues.Issue is one)."""

    @property
    def code(self) -> str:
        """Which kind of rule."""

    @property
    def profile(self) -> str | None:
        """The URL of the StructureDefinition."""

    @property
    def element(self) -> str | None:
        """The ElementDefinition."""

    @property
    def found(self) -> str | None:
        """What was found there."""


@dataclass(frozen=True, slots=True)
class Concession:
    """Why a breach is not held against a provider, and whether it is still worth a warning."""

    because: str
    warns: bool = False


def conceded(breach: Breach, edition: Edition) -> Concession | None:
    """Return the concession that covers a breach, None where the rule holds.

    A row covers breaches of its `codes` at its ElementDefinition (`element`, slice names aside) in its `profile` (the last
    part of the URL), where it says so only those in which what was `found` begins so.
    """
    profile = (breach.profile or "").rpartition("/")[2]
    element = _SLICE.sub("", breach.element or "")
    for row in edition.raw.get("concessions", ()):
        meant = (profile, element) == (row["profile"], row["element"]) and breach.code in row["codes"]
        if meant and (breach.found or "").startswith(row.get("found", "")):
            return Concession(str(row["because"]), bool(row.get("warns", False)))
    return None
