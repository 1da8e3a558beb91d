"""What a newer run has to know of an older one to mark what is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.core.verdicts import Verdict

# A verdict says something of the provider; a waived failure is a failure. Skip, omit and error say nothing of it.
_WEIGHTS = {Verdict.PASS: 0, Verdict.WARN: 1, Verdict.FAIL: 2, Verdict.WAIVED: 2}


def weight_of(verdict: Verdict | None) -> int | None:
    """Return how heavy a verdict is, so that a worse one has the greater weight; None where it says nothing."""
    return _WEIGHTS.get(verdict) if verdict else None


@dataclass(frozen=True, slots=True)
class OlderRun:
    """An older run: its id, when it started (ISO 8601), its verdicts by scenario, and the scenarios of each of its causes."""

    id: str
    started: str
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def worse_now(self, scenario: str, verdict: Verdict) -> bool:
        """Return whether a verdict is worse than it was; a failure or a warning also where there was no verdict."""
        was, now = weight_of(self.verdicts.get(scenario)), weight_of(verdict)
        return now is not None and now > (was or 0)
