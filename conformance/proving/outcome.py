"""What a trial leaves behind: small enough to be kept line by line, so that a proof can go on after an interruption."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.core.results import ScenarioResult, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario came to: its id and title, the verdict, why in one line, and how long it took in milliseconds.

    `touched_by` names the variants that can touch it, where that was looked for.
    """

    id: str
    title: str
    verdict: Verdict
    told: str = ""
    duration_ms: float = 0.0
    touched_by: tuple[str, ...] = ()


def outcome(result: ScenarioResult, touched_by: Iterable[str] = ()) -> Outcome:
    """Return what is kept of a result: its reason, or its first finding that is no mere information."""
    weighty = (found.message for found in result.findings if str(found.severity) != "info")
    first = next(weighty, next((found.message for found in result.findings), ""))
    told = result.reason or first
    return Outcome(result.id, result.title, result.verdict, told, result.duration_ms, tuple(sorted(touched_by)))
