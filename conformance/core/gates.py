"""What else than a non-conformity makes a run fail, where its user demands more: gates for CI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.core.counting import counted
from conformance.core.results import RunResult, ScenarioResult, Verdict

FAIL, WARN, NOT_TESTED = FAIL_ON = ("fail", "warn", "not-tested")
"""What --fail-on may name. A fail always counts."""

_VERDICTS = {WARN: Verdict.WARN, NOT_TESTED: Verdict.SKIP}
_SAID = {WARN: "a warning", NOT_TESTED: "no verdict, as they could not be tested"}
_MOST = 5


@dataclass(frozen=True, slots=True)
class Gates:
    """`fail_on` holds what makes a run fail beside a fail, `min_verified` the least percentage of requirements, if any."""

    fail_on: frozenset[str] = frozenset()
    min_verified: float | None = None

    def missed(self, result: RunResult) -> Iterator[str]:
        """Yield a sentence for each gate that a run did not pass."""
        for name in (one for one in FAIL_ON if one in self.fail_on & _VERDICTS.keys()):
            ids = [one.id for one in result.scenarios if one.verdict is _VERDICTS[name]]
            if ids:
                yield f"--fail-on {name}: {counted(len(ids), 'scenario')} with {_SAID[name]} ({_first(ids)})"
        yield from self._unverified(result)
        yield from (use.sentence for use in result.waivers if use.missed)

    def _unverified(self, result: RunResult) -> Iterator[str]:
        if self.min_verified is None:
            return
        by_requirement = verified(result)
        missing = [name for name, is_so in by_requirement.items() if not is_so]
        share = 100 * (1 - len(missing) / len(by_requirement)) if by_requirement else 0.0
        if share < self.min_verified:
            yield (
                f"--min-verified {self.min_verified:g}: {share:.1f} % of the {len(by_requirement)} requirements are verified"
                f"{f'; not {_first(missing)}' if missing else ''}"
            )


def verified(result: RunResult) -> dict[str, bool]:
    """Return, for each requirement that the run's scenarios verify, whether it is verified.

    It is where at least one of its scenarios passed, with a warning or without, and none failed. What does not apply
    (omit) counts for nothing; a requirement of which nothing applies is left out, and so is one of which something is waived.
    """
    by_requirement: dict[str, list[ScenarioResult]] = {}
    for scenario in result.scenarios:
        for name in scenario.requirements if scenario.verdict is not Verdict.OMIT else ():
            by_requirement.setdefault(name, []).append(scenario)
    waived = {name for one in result.scenarios if one.verdict is Verdict.WAIVED for name in one.requirements}
    return {name: _is_verified(listed) for name, listed in sorted(by_requirement.items()) if name not in waived}


def _is_verified(scenarios: list[ScenarioResult]) -> bool:
    verdicts = {one.verdict for one in scenarios}
    return bool(verdicts & {Verdict.PASS, Verdict.WARN}) and not verdicts & {Verdict.FAIL, Verdict.ERROR}


def _first(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
