"""Approved records: what each test of a folder had our code say, in full, though the test itself asserts a part of it.

A test's own table says which code or path is wanted. The record beside it (tests/approved) holds the whole of what was said,
so that a place, a value or a severity that changes is seen. A test that is not in the file yet is not compared.
"""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.approved import ADVICE, FOLDER, write


@cache
def _approved(path: Path) -> dict[str, list[str]]:
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    assert isinstance(found, dict)
    return found


MOST = 60  # lines of a record


class Records:
    """What was made of one class during each test; `shown` says it in a line."""

    def __init__(self, name: str, made: type, shown: Callable[[Any], str]) -> None:
        self.path = FOLDER / name
        self._made, self._shown = made, shown
        self._to_write = False

    def of(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Note what is made in a test, and compare it at its end."""
        said: set[str] = set()
        usual = self._made.__init__

        def noting(instance: Any, *given: Any, **named: Any) -> None:
            usual(instance, *given, **named)
            if len(said) <= MOST:
                said.add(self._shown(instance))

        monkeypatch.setattr(self._made, "__init__", noting)
        yield
        monkeypatch.undo()
        name, lines = request.node.nodeid, sorted(said)
        if len(lines) > MOST or request.node.get_closest_marker("skipif"):
            return  # drawn by chance, or about files that are not ours
        if os.environ.get("APPROVE"):
            self._approve(name, lines)
        wanted = _approved(self.path).get(name, [])  # of a new test as well: what it says is looked at once
        if wanted != lines:
            gone, new = sorted(set(wanted) - set(lines)), sorted(set(lines) - set(wanted))
            pytest.fail(f"said no more: {gone}; said now: {new}. {ADVICE}", pytrace=False)

    def _approve(self, name: str, lines: list[str]) -> None:
        """Take what was said as approved; the file is written when Python ends."""
        known = _approved(self.path)
        if not self._to_write:
            self._to_write = True
            atexit.register(
                lambda: write(self.path, json.dumps(known, indent=0, sort_keys=True, ensure_ascii=False) + "\n")
            )
        known.pop(name, None)
        if lines:
            known[name] = lines
