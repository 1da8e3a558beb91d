"""The benchmark of the loop measures what it says: so many scenarios as each selection has, and no more."""

from __future__ import annotations

import importlib

import pytest

from tests.support.paths import ROOT


def test_each_selection_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    bench = importlib.import_module("bench_loop")
    one, interaction, failed = bench.loops(("--id", "book.ta*", "--id", "book.times"), rounds=1)
    assert one.scenarios == 1
    assert interaction.scenarios > failed.scenarios > 1
    assert one.requests < failed.requests < interaction.requests
    for loop in (one, interaction, failed):
        assert loop.own == loop.seconds - loop.in_requests > 0
        assert f"{loop.requests} requests" in str(loop)
