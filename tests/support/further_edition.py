"""An edition made for tests: based on stu3, it states four differences, one of each kind, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.core.resources import profiles

NAME = "trial"
INTERACTION_ID = "urn:nhs:names:services:gpconnect:fhir:rest:search:slot-2"
PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Slot-2"
ERROR_CODE = "REFERENCE_UNKNOWN"
SOFTENED = "STU3-SLOT-018"

_FILES = {
    "edition.yaml": f"""
based_on: stu3
title: A trial of the next release
release: 1.2.8-trial
profiles:
  Slot: {{canonical: {PROFILE}}}
""",
    "interactions.yaml": f"search_free_slots: {{interaction_id: '{INTERACTION_ID}'}}\n",
    "errors.yaml": f"- {{code: {ERROR_CODE}, replaces: REFERENCE_NOT_FOUND}}\n",
    "requirements.yaml": f"- {{id: {SOFTENED}, level: SHOULD}}\n",
}


def make_edition(folder: Path) -> Path:
    """Write the edition into a folder of editions, and return that folder."""
    own = folder / NAME
    (own / "profiles").mkdir(parents=True)
    for name, text in _FILES.items():
        (own / name).write_text(text, encoding="utf-8")
    (own / "profiles" / "GPConnect-Slot-2.json").write_text(json.dumps(_slot_profile()), encoding="utf-8")
    return folder


def _slot_profile() -> dict[str, object]:
    """The Slot profile of stu3 under another URL; in it a service type, which stu3 leaves out at will, is mandatory."""
    profile = json.loads((profiles("stu3") / "GPConnect-Slot-1.json").read_text(encoding="utf-8"))
    profile |= {"id": "GPConnect-Slot-2", "url": PROFILE, "name": "GPConnect-Slot-2"}
    elements = profile["differential"]["element"]
    place = [one["id"] for one in elements].index("Slot.serviceCategory") + 1
    elements.insert(place, {"id": "Slot.serviceType", "path": "Slot.serviceType", "min": 1})
    return profile  # type: ignore[no-any-return]
