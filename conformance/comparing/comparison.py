"""Two runs compared, scenario by scenario and cause by cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.causes import Cause, causes_of
from conformance.core.errors import ExitCode
from conformance.core.older_run import OlderRun, weight_of
from conformance.core.results import RunInfo, RunResult, ScenarioResult, Verdict


class Kind(StrEnum):
    """How a scenario or a cause changed."""

    BROKEN = "broken"  # a worse verdict than before
    FIXED = "fixed"  # a better one
    NEW = "new"  # a verdict where there was none: not tested before, or not in the older run
    GONE = "gone"  # no verdict any more: not tested now, or not in the newer run
    KEPT = "kept"  # of causes only: in both runs


@dataclass(frozen=True, slots=True)
class Change:
    """A scenario that changed. A verdict is None where the scenario was not in the run.

    `cause` is the id of the cause that explains it: of the newer run where it is broken, new or gone, of the older where it is
    fixed; "" where none does. `reason` says why it was not tested.
    """

    id: str
    title: str
    interaction: str
    kind: Kind
    before: Verdict | None
    after: Verdict | None
    cause: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CauseChange:
    """A cause of either run (as the newer has it, where both have it), and how many scenarios it made fail or warn."""

    cause: Cause
    kind: Kind
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from an older run to a newer one; `unchanged` counts scenarios, `notes` say what else differs."""

    old: RunInfo
    new: RunInfo
    changes: tuple[Change, ...]
    causes: tuple[CauseChange, ...]
    unchanged: int
    notes: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """Return the scenarios that changed in one way."""
        return tuple(change for change in self.changes if change.kind is kind)

    def causes_of(self, kind: Kind) -> tuple[CauseChange, ...]:
        """Return the causes that are new, gone or kept."""
        return tuple(change for change in self.causes if change.kind is kind)

    @property
    def worse(self) -> tuple[Change, ...]:
        """The scenarios that are worse than before: broken, or failing where there was no verdict."""
        failing = (Verdict.FAIL, Verdict.WAIVED)
        return tuple(
            one for one in self.changes if one.kind is Kind.BROKEN or (one.kind is Kind.NEW and one.after in failing)
        )

    @property
    def code(self) -> ExitCode:
        """1 where something is worse, else 3 where something has no verdict any more, else 0."""
        if self.worse:
            return ExitCode.NON_CONFORMANT
        return ExitCode.UNTESTABLE if self.of(Kind.GONE) else ExitCode.CONFORMANT


def compare(old: RunResult, new: RunResult) -> Comparison:
    """Return what changed from one run to another: reads their scenarios alone, no exchanges."""
    before, after = _by_id(old), _by_id(new)
    old_causes, new_causes = causes_of(old), causes_of(new)
    explained = {Kind.FIXED: _explained(old_causes)}
    newer = _explained(new_causes)
    changes = []
    for name in dict.fromkeys((*after, *before)):
        change = _change(before.get(name), after.get(name))
        if change is not None:
            first, kind = change
            cause = explained.get(kind, newer).get(name, "")
            changes.append(_described(before.get(name), after.get(name), first, kind, cause))
    unchanged = len(before.keys() | after.keys()) - len(changes)
    return Comparison(
        old.run,
        new.run,
        tuple(changes),
        tuple(_cause_changes(old_causes, new_causes)),
        unchanged,
        tuple(_notes(old.run, new.run)),
    )


def older(result: RunResult) -> OlderRun:
    """Return what a newer run has to know of a run to mark what is new beside it."""
    verdicts = {scenario.id: scenario.verdict for scenario in result.scenarios}
    return OlderRun(
        result.run.id, result.run.started, verdicts, {cause.id: cause.scenarios for cause in causes_of(result)}
    )


def _by_id(result: RunResult) -> dict[str, ScenarioResult]:
    return {scenario.id: scenario for scenario in result.scenarios}


def _change(before: ScenarioResult | None, after: ScenarioResult | None) -> tuple[ScenarioResult, Kind] | None:
    """The scenario as it is known best, and how it changed; None where it did not."""
    known = after or before
    assert known is not None
    was, now = (weight_of(scenario.verdict if scenario else None) for scenario in (before, after))
    if was == now:
        return None
    if was is None:
        return known, Kind.NEW
    if now is None:
        return known, Kind.GONE
    return known, Kind.BROKEN if now > was else Kind.FIXED


def _described(
    before: ScenarioResult | None, after: ScenarioResult | None, known: ScenarioResult, kind: Kind, cause: str
) -> Change:
    silent = before if kind is Kind.NEW else after
    return Change(
        known.id,
        known.title,
        known.interaction,
        kind,
        before.verdict if before else None,
        after.verdict if after else None,
        cause,
        silent.reason if silent and kind in (Kind.NEW, Kind.GONE) else "",
    )


def _explained(causes: Sequence[Cause]) -> dict[str, str]:
    """The id of the heaviest cause of each scenario, or of the one that kept it from being tested."""
    found: dict[str, str] = {}
    for cause in causes:
        found |= {name: cause.id for name in cause.scenarios if name not in found}
    for cause in causes:
        found |= {name: cause.id for name in cause.untested if name not in found}
    return found


def _cause_changes(old: Sequence[Cause], new: Sequence[Cause]) -> Iterator[CauseChange]:
    before, after = _sizes(old), _sizes(new)
    for cause in new:
        kind = Kind.KEPT if cause.id in before else Kind.NEW
        yield CauseChange(cause, kind, before.get(cause.id, 0), after[cause.id])
    for cause in old:
        if cause.id not in after:
            yield CauseChange(cause, Kind.GONE, before[cause.id], 0)


def _sizes(causes: Sequence[Cause]) -> Mapping[str, int]:
    return {cause.id: len(cause.scenarios) for cause in causes}


_COMPARED = (
    ("edition", "the edition"),
    ("provider", "the address of the provider"),
    ("tool_version", "the version of gpconnect-assure"),
)
_SETTINGS = (("definitions", "the set of definitions"), ("selection", "the selection"), ("pack", "the pack"))


def _notes(old: RunInfo, new: RunInfo) -> Iterator[str]:
    """What differs of the runs themselves, and may explain what changed."""
    pairs = [(words, getattr(old, name), getattr(new, name)) for name, words in _COMPARED]
    pairs += [(words, old.settings.get(name, ""), new.settings.get(name, "")) for name, words in _SETTINGS]
    for words, before, after in pairs:
        if before != after:
            yield f"{words} was {before or 'none'}, and is {after or 'none'} in the newer run"
    for run, which in ((old, "older"), (new, "newer")):
        if not run.complete:
            yield f"the {which} run was cut short"
