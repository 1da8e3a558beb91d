"""What a proof found: trials of faults on scenarios, and the sums drawn from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from conformance.core.results import Verdict
from conformance.proving.outcome import Outcome
from conformance.proving.variant_proof import VariantTrial

_RANK = {Verdict.PASS: 0, Verdict.SKIP: 0, Verdict.OMIT: 0, Verdict.ERROR: 0, Verdict.WARN: 1, Verdict.FAIL: 2}
# Areas of what holds of every response: their faults are at home in all others.
GENERAL = frozenset({"errors", "fhir", "formats", "http"})
_ALSO = {"format": "formats"}


@cache
def area(name: str) -> str:
    """Return what part of the service a fault or a scenario is about: `patient` for `patient-read.every-answer-etag`."""
    found = name.partition(".")[0].partition("-")[0]
    return _ALSO.get(found, found)


def stranger(fault: str, scenario: str) -> bool:
    """Whether a fault and a scenario are of different areas, so that neither should have to do with the other."""
    return area(fault) not in GENERAL | {area(scenario)}


def worse(verdict: Verdict, clean: Verdict) -> bool:
    """Whether a verdict is worse than the clean one in the way a finding makes it; a skip or an error finds nothing."""
    return _RANK[verdict] > _RANK[clean]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a case made of a fault: its verdict with the fault, beside the one without it. `ms` in milliseconds."""

    fault: str
    scenario: str
    clean: Verdict
    verdict: Verdict
    listed: bool
    told: str = ""
    ms: float = 0.0

    @property
    def caught(self) -> bool:
        """Whether the fault made the verdict worse in the way a finding does."""
        return worse(self.verdict, self.clean)


@dataclass(frozen=True, slots=True)
class PairTrial:
    """Two faults at work together: each with the scenarios, of those that name it, that still caught it."""

    faults: tuple[str, str]
    caught_by: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def both(self) -> bool:
        """Whether both faults were reported."""
        return all(self.caught_by)


@dataclass(frozen=True, slots=True)
class DisguisedFault:
    """A fault under variants, with the scenarios, of those that name it, that caught it nevertheless."""

    fault: str
    variants: tuple[str, ...]
    caught_by: tuple[str, ...]


@dataclass
class Proof:
    """All trials of an edition, with the results of the clean provider.

    `faults` says in words what each does; `unknown` holds scenarios with the name of a fault that the edition has not;
    `touched` the scenarios that each variant can touch, where that was looked for: among all scenarios if `whole`, else
    among those that were selected; `not_tried` those of which no fault that they name was tried, as it was not selected.
    """

    edition: str
    faults: Mapping[str, str] = field(default_factory=dict)
    clean: Mapping[str, Outcome] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    pairs: list[PairTrial] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    variants: list[VariantTrial] = field(default_factory=list)
    disguised: list[DisguisedFault] = field(default_factory=list)
    touched: Mapping[str, Collection[str]] = field(default_factory=dict)
    whole: bool = True
    not_tried: Collection[str] = ()

    @cached_property
    def caught_by(self) -> dict[str, list[Trial]]:
        """The trials that caught each fault, those of scenarios that name it first."""
        return _grouped(
            sorted((trial for trial in self.trials if trial.caught), key=lambda trial: not trial.listed), "fault"
        )

    @cached_property
    def catches(self) -> dict[str, list[Trial]]:
        """The trials in which each scenario caught a fault, those that it names first."""
        return _grouped(
            sorted((trial for trial in self.trials if trial.caught), key=lambda trial: not trial.listed), "scenario"
        )

    def false_alarms(self) -> list[Outcome]:
        """Scenarios that neither pass nor are omitted on the clean provider; those that do not apply there are omitted."""
        return [result for result in self.clean.values() if result.verdict not in (Verdict.PASS, Verdict.OMIT)]

    def survivors(self) -> list[str]:
        """Faults that no scenario caught."""
        return sorted(set(self.faults) - set(self.caught_by))

    @property
    def in_question(self) -> set[str]:
        """The scenarios that a fault should have made fail: those that were tried, and those that name none."""
        return set(self.clean) - set(self.not_tried)

    def unproven(self) -> list[str]:
        """Scenarios that no fault made fail, though one that they name was tried, or there is none."""
        return sorted(self.in_question - set(self.catches))

    def broken_pairs(self) -> list[Trial]:
        """Trials in which a scenario did not catch a fault that it names as its own; errors are counted separately."""
        return [t for t in self.trials if t.listed and not t.caught and t.verdict is not Verdict.ERROR]

    def errors(self) -> list[Trial]:
        """Trials in which a scenario broke or could not be judged for a reason that is not the provider's."""
        return [trial for trial in self.trials if trial.verdict is Verdict.ERROR]

    def cascades(self) -> list[Trial]:
        """Trials in which a scenario failed though the fault is of another area and the scenario does not name it."""
        return [t for t in self.trials if t.caught and not t.listed and stranger(t.fault, t.scenario)]

    def caught_elsewhere(self) -> list[str]:
        """Faults that only scenarios of another area caught."""
        return sorted(
            fault
            for fault, trials in self.caught_by.items()
            if all(stranger(fault, trial.scenario) for trial in trials)
        )

    def masked_pairs(self) -> list[PairTrial]:
        """Pairs of faults of which one hid the other."""
        return [pair for pair in self.pairs if not pair.both]

    def accused(self) -> list[VariantTrial]:
        """Trials in which a provider that is different and right was not left alone."""
        return [trial for trial in self.variants if trial.amiss]

    def hidden(self) -> list[DisguisedFault]:
        """Faults that nothing caught any more once the provider was different as well."""
        return [trial for trial in self.disguised if not trial.caught_by]

    def unseen(self) -> list[str]:
        """Variants tried alone that change nothing which a scenario receives, where that was looked for among all."""
        if not (self.touched and self.whole):
            return []
        names = {trial.variants[0] for trial in self.variants if len(trial.variants) == 1}
        return sorted(name for name in names if not self.touched.get(name))

    @property
    def sound(self) -> bool:
        """Whether nothing is amiss: all faults caught, all scenarios proven, no named pair broken, no error, no false alarm."""
        of_faults = (
            self.survivors,
            self.unproven,
            self.broken_pairs,
            self.errors,
            self.false_alarms,
            self.masked_pairs,
        )
        amiss = any(look() for look in of_faults) or bool(self.accused() or self.hidden() or self.unseen())
        return bool(self.clean or self.variants) and not self.unknown and not amiss


def _grouped(trials: Iterable[Trial], by: str) -> dict[str, list[Trial]]:
    groups: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[getattr(trial, by)].append(trial)
    return dict(groups)
