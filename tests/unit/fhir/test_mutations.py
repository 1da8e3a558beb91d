"""One fault at a time, at every place it can have: the validator tells it there, or it is on the list of those it cannot."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.shipped import GENERATIONS

STU3 = "https://fhir.nhs.uk/STU3/StructureDefinition/"
APPOINTMENT: dict[str, Any] = {
    "resourceType": "Appointment",
    "id": "1",
    "meta": {"versionId": "1", "profile": [STU3 + "GPConnect-Appointment-1"]},
    "language": "en",
    "contained": [{
        "resourceType": "Organization",
        "id": "o",
        "meta": {"profile": [STU3 + "CareConnect-GPC-Organization-1"]},
        "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A1"}],
        "name": "Practice",
        "telecom": [{"system": "phone", "value": "1"}],
    }],
    "extension": [{"url": STU3 + "Extension-GPConnect-BookingOrganisation-1", "valueReference": {"reference": "#o"}}],
    "status": "booked",
    "description": "text",
    "start": "2018-01-01T10:00:00+00:00",
    "end": "2018-01-01T10:10:00+00:00",
    "created": "2017-12-31T10:00:00+00:00",
    "slot": [{"reference": "Slot/1"}],
    "participant": [
        {"actor": {"reference": "Patient/1"}, "status": "accepted"},
        {"actor": {"reference": "Location/1"}, "status": "accepted"},
    ],
}  # fmt: skip


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "validator"))
    return importlib.import_module("mutate")


def missed(tallies: dict[str, Any]) -> list[str]:
    return [note for tally in tallies.values() for note in (*tally.missed, *tally.elsewhere)]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_mutants_of_sound_resources_are_told_at_their_places(tool: ModuleType, tmp_path: Path, generation: str) -> None:
    if generation == "stu3":
        (tmp_path / "stu3").mkdir()
        (tmp_path / "stu3" / "appointment.json").write_text(json.dumps(APPOINTMENT), encoding="utf-8")
    tallies: dict[str, Any] = {}
    count = tool.run(tmp_path, generation, sorted(tool.KINDS), tallies, most=2)
    assert count == (6 if generation == "stu3" else 5)
    assert sum(tally.total for tally in tallies.values()) > 1500
    assert len(tallies) >= 300
    assert missed(tallies) == []


def test_there_are_kinds_of_fault_enough(tool: ModuleType) -> None:
    assert len(tool.KINDS) >= 175
    assert set(tool.JSON_ONLY) <= set(tool.KINDS)
