"""`gpconnect-assure validate` with many files: several processes say what one says, in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cli import validate_work
from conformance.cli.validate_inputs import Input
from conformance.cli.validate_work import Settings, check_all
from conformance.core.errors import UsageError
from conformance.fhir.formats.json_reader import Limits
from tests.unit.cli.test_validate import slot, written

SETTINGS = Settings(None, (), (), Limits())


def files(folder: Path) -> list[Input]:
    contents = [slot(), slot(status="wrong"), b"{", slot(start="x"), b"[]", slot(meta=None)]
    paths = [written(folder, f"{number}.json", data) for number, data in enumerate(contents * 2)]
    return [Input(str(path), path, in_folder=True) for path in paths]


def test_several_processes_say_what_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = files(tmp_path)
    one = list(check_all(inputs, SETTINGS))
    monkeypatch.setattr(validate_work, "PARALLEL_SIZE", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert list(check_all(inputs, SETTINGS)) == one
    assert len({found.verdict for found in one}) == 2


def test_an_error_of_the_call_is_raised_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate_work, "PARALLEL_SIZE", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    unknown = Settings("stu3", ("https://x.test/none",), (), Limits())
    with pytest.raises(UsageError, match="no profile https"):
        list(check_all(files(tmp_path), unknown))
