"""Finding the resource that a reference means: among the contained resources, or in the Bundle."""

from __future__ import annotations

from typing import Any

from conformance.fhir.addresses import read_reference
from conformance.fhir.validation.context import Object, Run


def server_of(url: Any) -> str | None:
    """The part of a RESTful URL before the type, with its slash; None for anything else."""
    return read_reference(url).base or None


def resolve(reference: Any, run: Run) -> Object | None:
    """The resource where it is at hand, else None. `#` alone is the container."""
    if not isinstance(reference, str) or not reference:
        return None
    if reference[0] == "#":
        run.scope.local.add(reference)
        return run.scope.contained(reference[1:]) if len(reference) > 1 else run.scope.container
    return run.bundle.resolve(reference, run.scope.server) if run.bundle is not None else None
