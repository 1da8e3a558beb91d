"""The ways in which the provider can be wrong, by name: one table a module, one line a fault."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache

from conformance.core.errors import UsageError
from conformance.provider.fault_points import Effect, Seams
from conformance.provider.faults.fault import Fault
from conformance.spec import load

__all__ = ["Fault", "catalogue", "effects_of", "faults_of", "seams_for"]


@cache
def catalogue() -> Mapping[str, Fault]:
    """Return all faults by name: those in the FAULTS of every module here, in the order of the modules' names."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {fault.id: fault for module in modules for fault in getattr(module, "FAULTS", ())}


def faults_of(edition: str) -> dict[str, str]:
    """Return what each fault of an edition does, by name."""
    of = load(edition)
    return {name: fault.about for name, fault in catalogue().items() if fault.exists_in(of)}


def seams_for(names: Sequence[str], edition: str) -> Seams:
    """Return the seams with the named faults at work. UsageError for a name that the edition has not."""
    return Seams(effects_of(names, edition))


def effects_of(names: Sequence[str], edition: str) -> list[Effect]:
    """Return the effects of the named faults. UsageError for a name that the edition has not."""
    return [effect for name in names for effect in _choose(name, edition).all_effects]


def _choose(name: str, edition: str) -> Fault:
    fault = catalogue().get(name)
    if fault is None:
        near = difflib.get_close_matches(name, catalogue(), n=3, cutoff=0.5)
        meant = f"Did you mean {' or '.join(near)}? " if near else ""
        raise UsageError(f"there is no fault {name!r}", fix=f"{meant}--list-faults lists them.")
    if not fault.exists_in(load(edition)):
        raise UsageError(
            f"the fault {name} does not exist in edition {edition}", fix="--list-faults lists those that do."
        )
    return fault
