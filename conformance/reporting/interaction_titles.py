"""The titles of interactions, as the edition of a run has them."""

from __future__ import annotations

from conformance.core.errors import UsageError
from conformance.reporting.display import words
from conformance.spec import load


def interaction_title(key: str, edition: str) -> str:
    """Return the title of an interaction by its key; the key in words where the edition does not know it."""
    try:
        return load(edition).interactions[key].title
    except (KeyError, UsageError):
        return words(key)
