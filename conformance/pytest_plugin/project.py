"""Scenarios as tests of a project's own file, where editors look for tests and node ids are the project's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.engine.collection import Entry, collect
from conformance.engine.runner import ScenarioFunction
from conformance.engine.scenario import Case, cases_of
from conformance.engine.selection import matches

__all__ = ["entries_of", "function_of", "scenarios_of"]


def scenarios_of(*globs: str) -> Callable[[object, object], None]:
    """Make a test function of the scenarios with these ids, of all without any.

    In a project's test file: `test_book = scenarios_of("book.*")`. The plugin makes one test of each and runs it with the
    configuration of --gpc-config, or of `gpc_config` in pytest's own configuration file.
    """

    def test(context: object, case: object) -> None:
        """Stands for the scenarios; the plugin plays them in its place."""

    test.gpc_globs = globs  # type: ignore[attr-defined]
    return test


def entries_of(function: Callable[..., object]) -> Sequence[Entry]:
    """Return the scenarios that a test function stands for, its own or those that `scenarios_of` named."""
    globs = getattr(function, "gpc_globs", None)
    if globs is None:
        return [Entry(case, function, function.__module__) for case in cases_of(function)]  # type: ignore[arg-type]
    return [entry for entry in collect() if not globs or any(matches(entry.case.id, glob) for glob in globs)]


def function_of(function: ScenarioFunction, case: Case) -> ScenarioFunction:
    """Return the function that drives a case that a test function stands for."""
    if getattr(function, "gpc_globs", None) is None:
        return function
    return next(entry.function for entry in collect() if entry.case is case)
