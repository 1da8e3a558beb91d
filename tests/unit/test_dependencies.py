"""What the package imports is declared in pyproject.toml, and nothing is declared for it that only tests and tools use."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tests.support.paths import ROOT
from tests.support.sources import parsed

# Declared though nothing imports them: zoneinfo reads tzdata (Windows has no zones of its own); fhir.resources is imported by
# a name put together.
NOT_IMPORTED = {"fhir-resources", "tzdata"}
# Imported and not declared, as it comes with what is: the settings of distributed are dask's.
COMES_WITH = {"dask"}


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    """The distributions that the package requires."""
    return _names(_project()["dependencies"])


def extras() -> set[str]:
    """Those of the extras for users, whose part of the package imports them when it is asked for."""
    optional = _project()["optional-dependencies"]
    return _names([*optional["xlsx"], *optional["fleet"]])


def _project() -> dict[str, Any]:
    loaded: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return loaded


def _names(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]) for requirement in requirements}


def imported(folder: Path) -> set[str]:
    """The distributions whose modules a folder's modules import, wherever in them."""
    modules: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    known = packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - {"conformance", "__future__"}
    return {normal(known[module][0]) if module in known else f"unknown: {module}" for module in foreign}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    used = imported(ROOT / "conformance")
    assert sorted(used - declared() - COMES_WITH) == sorted(extras())
    assert sorted(declared() - used) == sorted(NOT_IMPORTED)


def test_the_search_finds_imports_inside_functions() -> None:
    assert {"httpx", "lxml", "pytest"} <= imported(ROOT / "tests")


def installed_with(names: set[str]) -> set[str]:
    """The distributions that come with some others, those included, on this system."""
    found: set[str] = set()
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        requirements = [Requirement(text) for text in metadata.requires(name) or ()]
        waiting += [
            normal(one.name) for one in requirements if one.marker is None or one.marker.evaluate({"extra": ""})
        ]
    return found


def test_the_licence_of_every_package_that_is_installed_is_named() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8").partition("## Packages")[2]
    named = {normal(found) for found in re.findall(r"^\| ([\w.-]+) \|", page, re.M)}
    assert "httpx" in named
    assert sorted(installed_with(declared() | extras()) - named) == []
