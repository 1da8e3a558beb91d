"""What a variant is: a way for a provider to be different and right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from conformance.provider.fault_points import Effect
from conformance.provider.faults.fault import EVERY
from conformance.provider.variants.gateway import Decide
from conformance.spec.model import Edition


@dataclass(frozen=True)
class Expected:
    """What some scenarios may come to on a variant beside pass, and why. `scenarios` are patterns, blank-separated."""

    verdict: str
    scenarios: str
    why: str

    def covers(self, scenario: str, verdict: str) -> bool:
        """Whether the verdict of a scenario is one that is expected."""
        return verdict == self.verdict and any(fnmatchcase(scenario, one) for one in self.scenarios.split())


@dataclass(frozen=True)
class Variant:
    """A way to be different and right.

    `allowed` names the page and section, the FHIR clause or the RFC that allows it, in our own words. Two variants of one
    `aspect` exclude each other (each has an aspect of its own when none is given). `settings` are overrides of the
    configuration that a user of such a provider would write, `leaves_out` what its test data lack, `options` the choices
    of the edition's revision. `shown_id` and `shown_version` say how it writes ids and versions, so that those of the
    configuration can be given its way. An environment stands between consumer and provider (`gateway`) and may cost as
    many scenarios as `most` says, by verdict. What takes its time is `slow`. Some faults do not show through it: `masks`
    are patterns of their names, blank-separated.
    """

    id: str
    title: str
    allowed: str
    effects: Effect | tuple[Effect, ...] = ()
    editions: tuple[str, ...] = EVERY
    aspect: str = ""
    expects: tuple[Expected, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    leaves_out: tuple[str, ...] = ()
    shown_id: Callable[[str], str] | None = None
    shown_version: Callable[[str], str] | None = None
    gateway: Callable[[], Decide] | None = None
    most: Mapping[str, int] = field(default_factory=dict)
    slow: bool = False
    masks: str = ""

    def exists_in(self, edition: Edition) -> bool:
        """Whether an edition, or one that it is based on, has the variant."""
        return not self.editions or edition.among(self.editions)

    @property
    def all_effects(self) -> tuple[Effect, ...]:
        """The effects as a tuple."""
        return (self.effects,) if isinstance(self.effects, Effect) else self.effects

    def hides(self, fault: str) -> bool:
        """Whether a fault cannot show on a provider that is different in this way."""
        return any(fnmatchcase(fault, one) for one in self.masks.split())

    def expected(self, scenario: str, verdict: str) -> Expected | None:
        """Return why a scenario may come to a verdict, None where nothing says that it may."""
        return next((one for one in self.expects if one.covers(scenario, verdict)), None)


def compatible(variants: tuple[Variant, ...]) -> bool:
    """Whether variants can be at work together: no two of one aspect, and one environment at most."""
    aspects = [variant.aspect or variant.id for variant in variants]
    return len(set(aspects)) == len(aspects) and sum(variant.gateway is not None for variant in variants) <= 1
