"""Tables of faults and of variants: every module of a package holds some rows, and a row is found by its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from conformance.core.errors import UsageError
from conformance.core.near_names import did_you_mean
from conformance.spec import Edition, load


class Row(Protocol):
    """What has a name and exists in some editions."""

    def exists_in(self, edition: Edition) -> bool:
        """Whether an edition has it."""


R = TypeVar("R", bound=Row)


def rows_in(package: str, path: Iterable[str], table: str) -> dict[str, Any]:
    """Return the rows by their `id`: those in the `table` of every module of a package, in the order of the modules' names."""
    modules = [importlib.import_module(f"{package}.{found.name}") for found in pkgutil.iter_modules(list(path))]
    return {row.id: row for module in modules for row in getattr(module, table, ())}


def choose(kind: str, name: str, rows: Mapping[str, R], edition: str, listed_by: str) -> R:
    """Return a row by name; UsageError for a name that does not exist, or not in the edition, with the nearest ones.

    `kind` says what a row is ("fault"), `listed_by` names the option that lists them.
    """
    row = rows.get(name)
    if row is None:
        fix = f"{did_you_mean(name, rows)} {listed_by} lists them.".strip()
        raise UsageError(f"there is no {kind} {name!r}", fix=fix)
    if not row.exists_in(load(edition)):
        raise UsageError(
            f"the {kind} {name} does not exist in edition {edition}", fix=f"{listed_by} lists those that do."
        )
    return row
