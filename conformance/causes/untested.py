"""What a cause keeps from being tested: scenarios that could not be tested and whose reason names it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.causes.cause import Cause
from conformance.core.results import ScenarioResult, Verdict

_LEAST = 12  # characters of what was found that tell it from other words


def untested_by(causes: Sequence[Cause], scenarios: Iterable[ScenarioResult]) -> list[Cause]:
    """Return the causes, each with the scenarios that it kept from being tested.

    A reason names a cause where it quotes what was found: the response to a valid request that should have succeeded.
    """
    scenarios = list(scenarios)
    known = {scenario.id: scenario for scenario in scenarios}
    skipped = [scenario for scenario in scenarios if scenario.verdict is Verdict.SKIP]
    return [replace(cause, untested=_named_by(_quotes(cause, known), skipped)) for cause in causes]


def _named_by(quotes: set[str], skipped: Iterable[ScenarioResult]) -> tuple[str, ...]:
    return tuple(scenario.id for scenario in skipped if any(quote in scenario.reason for quote in quotes))


def _quotes(cause: Cause, known: dict[str, ScenarioResult]) -> set[str]:
    if cause.code != "status":
        return set()
    found = {known[member.scenario].findings[member.nth].found for member in cause.members}
    return {text for text in found if len(text) >= _LEAST}
