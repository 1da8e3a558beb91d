"""The ways in which the provider can be wrong, by name."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.provider.seams import Seams


def seams_for(names: Sequence[str], edition: str) -> Seams:
    """Return the seams with the named faults at work. UsageError for a name that the edition has not."""
    return Seams(())
