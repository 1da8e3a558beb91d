"""The ways in which the provider can be wrong, by name: one table a module, one line a fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from conformance.provider.fault_points import Effect, Seams
from conformance.provider.faults.fault import Fault
from conformance.provider.named_rows import choose as named
from conformance.provider.named_rows import rows_in
from conformance.spec import load

__all__ = ["Fault", "catalogue", "effects_of", "faults_of", "seams_for"]


@cache
def catalogue() -> Mapping[str, Fault]:
    """Return all faults by name: those in the FAULTS of every module here, in the order of the modules' names."""
    return rows_in(__name__, __path__, "FAULTS")


def faults_of(edition: str) -> dict[str, str]:
    """Return what each fault of an edition does, by name."""
    of = load(edition)
    return {name: fault.about for name, fault in catalogue().items() if fault.exists_in(of)}


def seams_for(names: Sequence[str], edition: str) -> Seams:
    """Return the seams with the named faults at work. UsageError for a name that the edition has not."""
    return Seams(effects_of(names, edition))


def effects_of(names: Sequence[str], edition: str) -> list[Effect]:
    """Return the effects of the named faults. UsageError for a name that the edition has not."""
    return [
        effect for name in names for effect in named("fault", name, catalogue(), edition, "--list-faults").all_effects
    ]
