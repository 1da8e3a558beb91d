"""No file imports another that leads back to it, imports for typing included."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.sources import parsed

PACKAGE = ROOT / "conformance"


def modules(root: Path) -> dict[str, ast.Module]:
    """Return the files of a package by module name, parsed."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = parsed(path)
    return found


def imported(tree: ast.Module, known: Mapping[str, object]) -> set[str]:
    """Return the modules among `known` that a file imports: at its top, in a function, or for typing."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            several = (f"{node.module}.{alias.name}" for alias in node.names)
            names.update(name if name in known else node.module for name in several)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return names & set(known)


def circle(found: Mapping[str, ast.Module], *, without: tuple[str, ...] = ()) -> list[str]:
    """Return the modules of one circle, the first again at the end; [] when there is none."""
    graph = {
        name: imported(tree, found) - {name}
        for name, tree in found.items()
        if not (without and name.startswith(without))
    }
    graph = {name: targets & graph.keys() for name, targets in graph.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_file_imports_in_a_circle() -> None:
    assert circle(modules(PACKAGE)) == []


@pytest.mark.parametrize(
    ("first", "second", "round_trip"),
    [
        ("from conformance.b import x", "from conformance import a", True),
        ("import conformance.b", "from conformance.a import y", True),
        ("if TYPE_CHECKING:\n    from conformance.b import x", "def late():\n    from conformance.a import y", True),
        ("from conformance.b import x", "import json", False),
    ],
)
def test_a_circle_is_found(first: str, second: str, *, round_trip: bool) -> None:
    found = {"conformance.a": ast.parse(first), "conformance.b": ast.parse(second), "conformance": ast.parse("")}
    assert bool(circle(found)) is round_trip
    assert circle(found, without=("conformance.b",)) == []
