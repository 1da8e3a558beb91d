"""What a trial leaves behind: small enough to be kept line by line, so that a proof can go on after an interruption."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.core.results import ScenarioResult, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario came to: its id and title, the verdict, why in one line, and how long it took in milliseconds."""

    id: str
    title: str
    verdict: Verdict
    told: str = ""
    duration_ms: float = 0.0


def outcome(result: ScenarioResult) -> Outcome:
    """Return what is kept of a result: its reason, or its first finding that is no mere information."""
    weighty = (found.message for found in result.findings if str(found.severity) != "info")
    first = next(weighty, next((found.message for found in result.findings), ""))
    return Outcome(result.id, result.title, result.verdict, result.reason or first, result.duration_ms)
