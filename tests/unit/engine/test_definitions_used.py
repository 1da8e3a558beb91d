"""A run says what it judged responses by: every definition in force and the edition's data, each with its hash."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from conformance.engine.definitions import SHIPPED, definitions_used, open_definitions
from conformance.spec import load

URL = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Slot-1"


def test_shipped_definitions_and_the_editions_data() -> None:
    edition = load("stu3")
    used = definitions_used(open_definitions(edition), edition)
    slot = next(one for one in used if one.url == URL)
    file = next(folder / "GPConnect-Slot-1.json" for folder in edition.definition_folders)
    assert (slot.type, slot.origin) == ("StructureDefinition", SHIPPED)
    assert slot.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [one.url for one in used if one.type == "edition"].count("stu3/errors.yaml") == 1
    assert {one.type for one in used} >= {"StructureDefinition", "ValueSet", "CodeSystem", "edition"}
    assert len({(one.type, one.url) for one in used}) == len(used) > 300


def test_a_definition_of_the_users_own_is_named_with_its_file(tmp_path: Path) -> None:
    edition = load("stu3")
    own = tmp_path / "slot.json"
    own.write_text(json.dumps({"resourceType": "StructureDefinition", "url": URL, "version": "9"}), encoding="utf-8")

    def slot(*, prefer_added: bool) -> tuple[str, str]:
        used = definitions_used(open_definitions(edition, [own], prefer_added=prefer_added), edition)
        (found,) = [one for one in used if one.url == URL]
        return found.origin, found.sha256

    assert slot(prefer_added=True) == (str(own), hashlib.sha256(own.read_bytes()).hexdigest())
    assert slot(prefer_added=False)[0] == SHIPPED
