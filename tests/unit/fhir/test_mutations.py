"""One fault at a time, at every place it can have: the validator tells it there, or it is on the list of those it cannot."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.paths import ROOT, SHARED, needs_shared
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


def tried(tool: ModuleType, examples: Path, edition: str) -> tuple[int, dict[str, Any]]:
    tallies: dict[str, Any] = {}
    return tool.run(examples, edition, sorted(tool.KINDS), tallies), tallies


def missed(tallies: dict[str, Any]) -> list[str]:
    return [note for tally in tallies.values() for note in (*tally.missed, *tally.elsewhere)]


def test_every_mutant_of_a_sound_appointment_is_told_at_its_place(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "stu3").mkdir()
    (tmp_path / "stu3" / "appointment.json").write_text(json.dumps(APPOINTMENT), encoding="utf-8")
    count, tallies = tried(tool, tmp_path, "stu3")
    assert count == 1, "the appointment itself is not sound"
    assert sum(tally.total for tally in tallies.values()) > 300
    assert len(tallies) >= 40
    assert missed(tallies) == []


@needs_shared
@pytest.mark.parametrize("generation", GENERATIONS)
def test_mutants_of_the_publishers_sound_examples(tool: ModuleType, generation: str) -> None:
    assert SHARED is not None
    count, tallies = tried(tool, SHARED / "examples", generation)
    total = sum(tally.total for tally in tallies.values())
    assert count >= 10
    assert len(tallies) >= 30
    assert total > 3000
    assert len(missed(tallies)) <= total * 0.01, missed(tallies)[:20]


def test_every_kind_of_fault_is_tried_somewhere(tool: ModuleType) -> None:
    assert len(tool.KINDS) >= 30
