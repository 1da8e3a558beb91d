"""The benchmark measures what it says: sound appointments, every one different, against the shipped profiles."""

from __future__ import annotations

import importlib
import json
from types import ModuleType

import pytest

from tests.support.paths import ROOT


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "validator"))
    return importlib.import_module("bench_validator")


def test_the_appointments_are_sound_and_held_to_their_profiles(bench: ModuleType) -> None:
    figures = bench.measure(5, 1)
    assert figures["issues"] == 0
    assert figures["ratio"] > 0
    broken = bench.appointment(1)
    del broken["description"]  # which only the profile demands
    assert [issue.code for issue in bench.new_validator().validate(broken)] == ["cardinality-min"]


def test_no_two_appointments_are_alike(bench: ModuleType) -> None:
    entries = json.loads(bench.searchset(50))["entry"]
    assert len({json.dumps(entry) for entry in entries}) == 50
