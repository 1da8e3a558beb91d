"""`validate --watch`: what is checked at first, and what again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.cli.validate_watch import watch
from conformance.cli.validate_work import Bench, Checked, Settings
from conformance.core.errors import UsageError
from conformance.fhir.formats.json_reader import DEFAULT

PATIENT = '{"resourceType": "Patient", "meta": {"profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1"]}}'


class Watched:
    """A watch over a folder: the files checked and the lines said since the last look."""

    def __init__(self, folder: Path) -> None:
        self._shown: list[str] = []
        self.said: list[str] = []
        bench = Bench(Settings("stu3", (), (), DEFAULT))
        self._looks: Iterator[None] = watch([str(folder)], bench, self._show, self.said.append)

    def _show(self, one: Checked) -> None:
        self._shown.append(Path(one.name).name)

    def look(self) -> list[str]:
        self._shown, self.said[:] = [], []
        next(self._looks)
        return self._shown


def test_a_file_is_checked_again_when_it_changes_and_only_then(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text(PATIENT, encoding="utf-8")
    two.write_text(PATIENT, encoding="utf-8")
    watched = Watched(tmp_path)
    assert watched.look() == ["one.json", "two.json"]
    assert watched.look() == []
    two.write_text(PATIENT + " ", encoding="utf-8")
    assert watched.look() == ["two.json"]
    os.utime(one, ns=(1, 1))
    assert watched.look() == ["one.json"]


def test_a_new_file_is_checked_and_one_that_is_gone_is_said(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text(PATIENT, encoding="utf-8")
    watched = Watched(tmp_path)
    watched.look()
    two.write_text("{broken", encoding="utf-8")
    assert watched.look() == ["two.json"]
    two.unlink()
    assert watched.look() == []
    assert watched.said[0] == f"{two}: is gone"
    one.unlink()
    watched.look()
    one.write_text(PATIENT, encoding="utf-8")
    assert watched.look() == ["one.json"]


@pytest.mark.parametrize("names", [[], ["-"], ["nowhere.json"]])
def test_what_cannot_be_watched_is_refused(names: list[str]) -> None:
    with pytest.raises(UsageError):
        next(watch(names, Bench(Settings(None, (), (), DEFAULT)), print, print))
