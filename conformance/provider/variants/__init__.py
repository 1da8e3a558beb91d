"""The ways in which a provider can be different and right, by name: one table a module, one line a variant."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache

from conformance.core.errors import UsageError
from conformance.provider.fault_points import Seams
from conformance.provider.faults import effects_of
from conformance.provider.variants.variant import Variant, compatible
from conformance.spec import load

__all__ = ["Variant", "catalogue", "choose", "seams_with", "variants_of"]


@cache
def catalogue() -> Mapping[str, Variant]:
    """Return all variants by name: those in the VARIANTS of every module here, in the order of the modules' names."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {variant.id: variant for module in modules for variant in getattr(module, "VARIANTS", ())}


def variants_of(edition: str) -> dict[str, Variant]:
    """Return the variants of an edition by name."""
    of = load(edition)
    return {name: variant for name, variant in catalogue().items() if variant.exists_in(of)}


def choose(names: Sequence[str], edition: str) -> tuple[Variant, ...]:
    """Return variants by name. UsageError for a name that the edition has not, and for some that exclude each other."""
    found = tuple(_choose(name, edition) for name in dict.fromkeys(names))
    if not compatible(found):
        raise UsageError(
            f"the variants {', '.join(names)} exclude each other",
            fix="They change the same thing in different ways: take one of them.",
        )
    return found


def seams_with(faults: Sequence[str], variants: Sequence[Variant], edition: str) -> Seams:
    """Return the seams with variants and, after them, the named faults at work. UsageError for an unknown fault."""
    effects = [effect for variant in variants for effect in variant.all_effects]
    return Seams([*effects, *effects_of(faults, edition)])


def _choose(name: str, edition: str) -> Variant:
    variant = catalogue().get(name)
    if variant is None:
        near = difflib.get_close_matches(name, catalogue(), n=3, cutoff=0.5)
        meant = f"Did you mean {' or '.join(near)}? " if near else ""
        raise UsageError(f"there is no variant {name!r}", fix=f"{meant}--list lists them.")
    if not variant.exists_in(load(edition)):
        raise UsageError(f"the variant {name} does not exist in edition {edition}", fix="--list lists those that do.")
    return variant
