"""Finds the resource a reference means: among the contained resources, or in the Bundle."""

from __future__ import annotations

from typing import Any

from conformance.fhir.run import Object, Run


def resolve(reference: Any, run: Run) -> Object | None:
    """The resource where it is at hand, else None. `#` alone is the container."""
    if not isinstance(reference, str) or not reference:
        return None
    if reference[0] == "#":
        return run.scope.contained(reference[1:]) if len(reference) > 1 else run.scope.container
    return run.bundle.resolve(reference, run.scope.full_url) if run.bundle is not None else None
