"""A short, repeatable run of the fuzzer, so that the tool itself stays in order; the long runs are made by hand."""

from __future__ import annotations

import importlib
import random
from pathlib import Path

import pytest

from conformance.fhir.formats.json_writer import write_json
from conformance.fhir.formats.xml import to_xml
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator
from tests.support.paths import ROOT
from tests.support.shipped import GENERATIONS, shipped


def test_mutated_inputs_raise_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "validator"))
    tool = importlib.import_module("fuzz_validate")
    validators = [Validator(one, terminology=OfflineTerminology(one)) for one in map(shipped, GENERATIONS)]
    seeds = [write_json(tool.START), to_xml(tool.START, shipped("stu3"))]
    fuzz = tool.Fuzz(random.Random(4), validators, seeds, tmp_path)
    for _ in range(1500):
        fuzz.attempt(fuzz.mutant())
    assert fuzz.failures == []
    assert len(fuzz.shown) > 50
