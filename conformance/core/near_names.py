"""The names nearest to one that does not exist, for messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_NEAR = 0.6  # the similarity, of 1, from which a name is worth naming
_MOST = 3


def near_names(value: str, names: Iterable[str]) -> list[str]:
    """Return up to three of the names that are nearly the value, the nearest first; upper and lower case are alike."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    near = difflib.get_close_matches(value.casefold(), folded, n=_MOST, cutoff=_NEAR)
    return [folded[name] for name in near]


def did_you_mean(value: str, names: Iterable[str]) -> str:
    """Return "Did you mean A, B or C?" for the names nearest to a value, "" where none is near."""
    *first, last = near_names(value, names) or [""]
    named = f"{', '.join(first)} or {last}" if first else last
    return f"Did you mean {named}?" if named else ""
