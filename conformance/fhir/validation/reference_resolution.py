"""The form of references, and finding the resource one means: among the contained resources, or in the Bundle."""

from __future__ import annotations

import re
from typing import Any

from conformance.fhir.validation.context import Object, Run

REST = re.compile(r"(?:https?://[^\s]+?/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?")
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")


def server_of(url: Any) -> str | None:
    """The part of a RESTful URL before the type, with its slash; None for anything else."""
    match = REST.fullmatch(url) if isinstance(url, str) and url.startswith("http") else None
    return url[: match.start(1)] if match else None


def resolve(reference: Any, run: Run) -> Object | None:
    """The resource where it is at hand, else None. `#` alone is the container."""
    if not isinstance(reference, str) or not reference:
        return None
    if reference[0] == "#":
        run.scope.local.add(reference)
        return run.scope.contained(reference[1:]) if len(reference) > 1 else run.scope.container
    return run.bundle.resolve(reference, run.scope.server) if run.bundle is not None else None
