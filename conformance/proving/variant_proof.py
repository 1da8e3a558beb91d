"""What scenarios made of a provider that is different and right: whether each was left alone, but for what is expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.core.results import Verdict
from conformance.provider.variants import Variant
from conformance.provider.variants.variant import Expected
from conformance.proving.outcome import Outcome

_OF_THE_MACHINE = Expected(
    "warn", "http.commands-in-time http.queries-in-time", "the machine that proves decides how long a response takes"
)
_LEFT_ALONE = (Verdict.PASS, Verdict.OMIT)


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A scenario that did not pass on a variant: its verdict, why, and why that was to be expected ("" where it was not)."""

    scenario: str
    verdict: Verdict
    told: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class VariantTrial:
    """Scenarios on a provider that is different in some ways at once: which were tried, and those that did not pass."""

    variants: tuple[str, ...]
    tried: tuple[str, ...]
    others: tuple[Exceptional, ...] = ()

    @property
    def amiss(self) -> tuple[Exceptional, ...]:
        """What nothing led one to expect."""
        return tuple(one for one in self.others if not one.because)

    @property
    def expected(self) -> tuple[Exceptional, ...]:
        """What an entry of the variants expects."""
        return tuple(one for one in self.others if one.because)

    @property
    def left_alone(self) -> list[str]:
        """The scenarios that passed or were omitted."""
        named = {one.scenario for one in self.others}
        return [name for name in self.tried if name not in named]


def variant_trial(variants: Sequence[Variant], outcomes: Iterable[Outcome]) -> VariantTrial:
    """Return the trial that outcomes amount to."""
    held = list(outcomes)
    others = [one for one in held if one.verdict not in _LEFT_ALONE]
    within = _within_bounds(variants, others)
    judged = (
        Exceptional(one.id, one.verdict, one.told, _because(variants, one) or within.get(one.verdict, ""))
        for one in others
    )
    return VariantTrial(tuple(one.id for one in variants), tuple(one.id for one in held), tuple(judged))


def _because(variants: Sequence[Variant], one: Outcome) -> str:
    if _OF_THE_MACHINE.covers(one.id, str(one.verdict)):
        return _OF_THE_MACHINE.why
    found = (variant.expected(one.id, str(one.verdict)) for variant in variants)
    return next((expected.why for expected in found if expected), "")


def _within_bounds(variants: Sequence[Variant], others: Iterable[Outcome]) -> Mapping[Verdict, str]:
    """The verdicts that an environment may cost, as long as they are no more than its entry says."""
    counts = Counter(one.verdict for one in others)
    bounds = {verdict: sum(one.most.get(str(verdict), 0) for one in variants) for verdict in counts}
    return {
        verdict: f"of an environment, at most {bound} may {verdict}"
        for verdict, bound in bounds.items()
        if 0 < counts[verdict] <= bound and verdict in (Verdict.SKIP, Verdict.WARN)
    }


@dataclass
class Tally:
    """Which variants a scenario leaves alone, and on which it did not pass, with the reason."""

    left_alone: set[str] = field(default_factory=set)
    others: dict[str, str] = field(default_factory=dict)


def tallies(trials: Iterable[VariantTrial], touched: Mapping[str, Collection[str]] | None = None) -> dict[str, Tally]:
    """Return, for each scenario, what variants made of it. One that passes on several at once leaves each of them alone.

    `touched` has the scenarios that each variant can touch: others show nothing of it, and do not count it.
    """
    found: dict[str, Tally] = {}
    for trial in trials:
        for name in trial.left_alone:
            found.setdefault(name, Tally()).left_alone.update(
                variant for variant in trial.variants if not touched or name in touched.get(variant, ())
            )
        for one in trial.others:
            others = found.setdefault(one.scenario, Tally()).others
            if len(trial.variants) == 1:
                others[trial.variants[0]] = f"{one.verdict}: {one.because or one.told}"
    for tally in found.values():
        tally.left_alone -= set(tally.others)
    return found
