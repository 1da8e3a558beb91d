"""The ways in which a provider can be different and right, by name: one table a module, one line a variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from conformance.core.errors import UsageError
from conformance.provider.fault_points import Seams
from conformance.provider.faults import effects_of
from conformance.provider.named_rows import choose as named
from conformance.provider.named_rows import rows_in
from conformance.provider.variants.variant import Variant, compatible
from conformance.spec import load

__all__ = ["Variant", "catalogue", "choose", "seams_with", "variants_of"]


@cache
def catalogue() -> Mapping[str, Variant]:
    """Return all variants by name: those in the VARIANTS of every module here, in the order of the modules' names."""
    return rows_in(__name__, __path__, "VARIANTS")


def variants_of(edition: str) -> dict[str, Variant]:
    """Return the variants of an edition by name."""
    of = load(edition)
    return {name: variant for name, variant in catalogue().items() if variant.exists_in(of)}


def choose(names: Sequence[str], edition: str) -> tuple[Variant, ...]:
    """Return variants by name. UsageError for a name that the edition has not, and for some that exclude each other."""
    found = tuple(named("variant", name, catalogue(), edition, "--list") for name in dict.fromkeys(names))
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
