"""The verdicts of a run as a text that people compare: a line for each scenario, with the codes of its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from conformance.core.results import ScenarioResult, Severity


def verdict_lines(scenarios: Iterable[ScenarioResult]) -> list[str]:
    """Return the lines, sorted by id: `book.times: fail, FAIL booking-times 2, INFO repeated`."""
    return sorted(_line(one) for one in scenarios)


def _line(result: ScenarioResult) -> str:
    counts = Counter((one.severity, one.code or "no code") for one in result.findings)
    order = sorted(counts, key=lambda key: (list(Severity).index(key[0]), key[1]))
    found = (f"{severity.upper()} {code}{_times(counts[severity, code])}" for severity, code in order)
    return ", ".join((f"{result.id}: {result.verdict}", *found))


def _times(count: int) -> str:
    return f" {count}" if count > 1 else ""
