"""All cases there are, with the functions that drive them, found by importing the scenario modules."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from conformance.core.errors import InternalError
from conformance.engine.runner import ScenarioFunction
from conformance.engine.scenario import Case, cases_of, running_order


@dataclass(frozen=True, slots=True)
class Entry:
    """A case, the function that drives it, and the module and name of that."""

    case: Case
    function: ScenarioFunction
    module: str
    name: str = ""


@cache
def collect(package: str = "conformance.scenarios") -> tuple[Entry, ...]:
    """Return every case of a package's test modules, in the order pytest runs them; InternalError when an id is used twice."""
    entries = list(_entries(package))
    for name, times in Counter(entry.case.id for entry in entries).items():
        if times > 1:
            raise InternalError(f"the scenario id {name} is used {times} times")
    return tuple(sorted(entries, key=lambda entry: running_order(entry.case)))


def _entries(package: str) -> Iterator[Entry]:
    folder = importlib.import_module(package)
    for found in sorted(pkgutil.walk_packages(folder.__path__, f"{package}."), key=lambda info: info.name):
        name = found.name.rpartition(".")[2]
        if name.startswith("test_"):
            module = importlib.import_module(found.name)
            for own, function in vars(module).items():
                if callable(function):
                    yield from (Entry(case, function, found.name, own) for case in cases_of(function))
