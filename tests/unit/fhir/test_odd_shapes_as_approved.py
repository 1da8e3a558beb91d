"""One member after the other replaced by each odd shape of JSON: everything that is said of it, approved as a whole.

The resources are small and sound; each mutation is a neighbour of a sound one, so that a rule that stops at another bound, or
looks at another type, says something else here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.fhir.issues import Issue
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Options, Validator
from tests.support.approved import approve
from tests.support.shipped import shipped

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "contained": [{"resourceType": "Organization", "id": "o", "name": "A"}],
    "extension": [{"url": "urn:x", "valueString": "a"}],
    "name": [{"given": ["B", "C"], "_given": [None, {"id": "x"}]}],
    "gender": "male",
    "_birthDate": {"extension": [{"url": "urn:y", "valueBoolean": True}]},
    "multipleBirthInteger": 2,
    "managingOrganization": {"reference": "#o"},
}
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 1,
    "link": [{"relation": "self", "url": "http://a.test/Slot?x=1"}],
    "entry": [
        {
            "fullUrl": "http://a.test/Slot/1",
            "resource": {"resourceType": "Slot", "id": "1", "schedule": {"reference": "Schedule/1"}, "status": "free",
                         "start": "2026-01-01T10:00:00Z", "end": "2026-01-01T10:10:00Z"},
            "search": {"mode": "match", "score": 1},
        },
    ],
}  # fmt: skip
GPC = {
    "stu3": "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1",
    "dstu2": "https://fhir.nhs.uk/StructureDefinition/CareConnect-GPC-Patient-1",
}
SLICED: dict[str, Any] = {
    "resourceType": "Patient",
    "extension": [{"url": "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-NHSCommunication-1"}],
    "identifier": [
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9476719931"},
        {"system": "urn:x", "value": "1"},
    ],
    "name": [{"use": "official", "family": "A"}],
}
SHAPES: tuple[Any, ...] = (None, True, 0, "", "x", [], [None], {}, {"id": "i"})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every member and item."""
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, key)
            yield from places(below, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    made = copy.deepcopy(value)
    at = made
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = new
    return made


def said(issue: Issue) -> str:
    short = issue.message if len(issue.message) < 90 else f"{issue.message[:90]}…"
    return f"{issue.code} {issue.severity.value[:1]} {issue.path}: {short} {issue.found}|{issue.expected}"


@pytest.mark.parametrize("generation", ["stu3", "dstu2"])
@pytest.mark.parametrize("name", ["patient", "bundle", "sliced"])
def test_each_member_in_each_odd_shape(generation: str, name: str) -> None:
    sound = {"patient": PATIENT, "bundle": BUNDLE, "sliced": SLICED | {"meta": {"profile": [GPC[generation]]}}}[name]
    definitions = shipped(generation)
    validator = Validator(definitions, terminology=OfflineTerminology(definitions), options=Options())
    usual = {said(one) for one in validator.validate(sound)}
    lines = [f"sound: {' / '.join(sorted(usual)) or 'nothing'}"]
    for path in places(sound):
        lines.append(".".join(map(str, path)))
        by_words: dict[str, list[str]] = {}
        for shape in SHAPES:
            found = [said(one) for one in validator.validate(changed(sound, path, shape)) if said(one) not in usual]
            by_words.setdefault(" / ".join(found) or "nothing", []).append(repr(shape))
        lines += [f"  {', '.join(shapes)} -> {words}" for words, shapes in by_words.items()]
    approve(f"odd-shapes-{generation}-{name}.txt", "\n".join(lines))
