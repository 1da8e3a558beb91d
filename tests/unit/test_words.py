"""Words that a British NHS engineer would have to guess, kept out of the code: a row for each word that is gone."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "conformance"
EVERYWHERE = "*"
# A word, where it is gone (packages, or everywhere), and whether texts (docstrings, messages, comments) are looked at as well
# as names.
GONE = (
    ("held", "checks fhir provider", False),
    ("knock", EVERYWHERE, True),
    ("mend", EVERYWHERE, True),
    ("newcomer", EVERYWHERE, False),
    ("somebody", "checks consumer engine fhir provider scenarios spec tls", False),
    ("scene", EVERYWHERE, True),
)


def files(packages: str) -> Iterator[Path]:
    """The modules of some packages, blank-separated."""
    for name in sorted(path.name for path in PACKAGE.iterdir()) if packages == EVERYWHERE else packages.split():
        yield from sorted((PACKAGE / name).rglob("*.py"))


def names(path: Path) -> Iterator[tuple[int, str]]:
    """The names in a module that it gives itself: of functions, classes, arguments and variables."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The comments and strings of a module."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type in (tokenize.STRING, tokenize.COMMENT):
                yield token.start[0], token.string


@pytest.mark.parametrize(("word", "packages", "in_texts"), GONE, ids=[row[0] for row in GONE])
def test_a_word_that_is_gone_stays_away(word: str, packages: str, in_texts: bool) -> None:
    whole = re.compile(rf"\b{word}\b", re.IGNORECASE)
    looked_at = list(files(packages))
    assert looked_at
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text[:60]}"
        for path in looked_at
        if whole.search(path.read_text(encoding="utf-8"))  # then where: a name, or a text
        for line, text in (*names(path), *(texts(path) if in_texts else ()))
        if whole.search(text)
    ]
    assert found == []
