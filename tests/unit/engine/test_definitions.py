"""The definitions of a run: shipped and added, and which of two counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.core.errors import UsageError
from conformance.engine.definitions import open_definitions
from conformance.spec import load

SLOT = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Slot-1"


@pytest.fixture
def added(tmp_path: Path) -> Path:
    profile = {"resourceType": "StructureDefinition", "url": SLOT, "version": "99", "kind": "resource", "type": "Slot"}
    profile |= {
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Slot",
        "derivation": "constraint",
        "name": "S",
    }
    (tmp_path / "slot.json").write_text(
        json.dumps(profile | {"differential": {"element": [{"path": "Slot"}]}}), encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize(("prefer", "counts"), [(True, True), (False, False)])
def test_which_of_two_definitions_counts_is_the_users_to_say(added: Path, prefer: bool, counts: bool) -> None:
    definitions = open_definitions(load("stu3"), [added], prefer_added=prefer)
    assert (definitions.structure(SLOT).version == "99") is counts


def test_the_added_one_counts_where_nothing_is_said(added: Path) -> None:
    assert open_definitions(load("stu3"), [added]).structure(SLOT).version == "99"


def test_a_source_that_cannot_be_used_is_the_users_to_correct(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    for source in (tmp_path, tmp_path / "absent"):
        with pytest.raises(UsageError) as caught:
            open_definitions(load("stu3"), [source])
        assert caught.value.fix
