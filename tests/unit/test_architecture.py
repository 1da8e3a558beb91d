"""Imports run one way: the table in ARCHITECTURE.md, held."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "conformance"
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())


def allowed() -> dict[str, set[str]]:
    """Read the table of rooms from ARCHITECTURE.md."""
    table: dict[str, set[str]] = {}
    for line in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| `(\w+)/` \|[^|]*\| ([^|]*) \|", line)
        if match:
            listed = match[2]
            everything = listed.strip() == "everything"
            table[match[1]] = set(ROOMS) if everything else set(re.findall(r"\b[a-z]+\b", listed)) & set(ROOMS)
    return table


def imports(path: Path) -> set[str]:
    """Return the rooms that a module imports, at its top or inside a function."""
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"
        rooms |= {
            name.split(".")[1] for name in names if name.startswith("conformance.") and name.split(".")[1] in ROOMS
        }
    return rooms


def test_every_room_is_in_the_table() -> None:
    assert set(ROOMS) == set(allowed())


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_what_it_may(room: str) -> None:
    may = allowed()[room] | {room}
    wrong = {
        str(path.relative_to(ROOT)): sorted(extra)
        for path in (PACKAGE / room).rglob("*.py")
        if (extra := imports(path) - may)
    }
    assert not wrong
