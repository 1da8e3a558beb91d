"""A short, repeatable run of the fuzzer, so that the tool itself stays in order; the long runs are made by hand."""

from __future__ import annotations

import importlib
import random
from pathlib import Path

import pytest

from tests.support.paths import ROOT


def test_mutated_inputs_raise_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "validator"))
    tool = importlib.import_module("fuzz_validate")
    validators = [tool.validator_of(edition) for edition in ("dstu2", "stu3")]
    fuzz = tool.Fuzz(random.Random(4), validators, tool.first_seeds(validators), tmp_path)
    for _ in range(60):
        fuzz.attempt(fuzz.mutant())
    assert fuzz.failures == []
    assert len(fuzz.shown) > 25
