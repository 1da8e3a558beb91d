"""What a scenario's function reads from its case, some case gives: a misspelt parameter would read as absent."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.paths import ROOT

_READERS = {"get", "parameter"}


def _read(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "case":
            yield from _text(node.slice)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _READERS:
            owner = node.func.value
            if node.args and isinstance(owner, ast.Name) and owner.id in ("case", "context"):
                yield from _text(node.args[0])


def _given(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        if isinstance(node, ast.Dict):
            for key in node.keys:
                yield from _text(key)


def _text(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_parameter_that_is_read_is_given() -> None:
    sources = sorted((ROOT / "conformance" / "scenarios").rglob("*.py"))
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources]
    read = {name for tree in trees for name in _read(tree)}
    given = {name for tree in trees for name in _given(tree)}
    assert len(read) > 50
    assert sorted(read - given) == []
