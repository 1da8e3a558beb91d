"""A validator that knows sound entries says of every Bundle what one that knows none says, issue by issue."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Options, Validator
from tests.fhir.shipped import GENERATIONS, shipped

Resource = dict[str, Any]
GP = "https://fhir.nhs.uk/STU3/StructureDefinition/"
ENTRY_PROFILES = {"stu3": {"Slot": f"{GP}GPConnect-Slot-1", "Schedule": f"{GP}GPConnect-Schedule-1"}, "dstu2": {}}


def _meta(name: str) -> Resource:
    return {"meta": {"versionId": "1", "profile": [GP + name]}}


def _slot(identity: str, schedule: str, **more: Any) -> Resource:
    times = {"start": "2026-11-23T09:00:00+00:00", "end": "2026-11-23T09:10:00+00:00"}
    return {"resourceType": "Slot", "id": identity, "schedule": {"reference": schedule}, **times, **more}


def _pool(status: str, actors: Any) -> list[Resource]:
    """Resources sound and faulty, of which some are found by the same reference."""
    period = {"planningHorizon": {"start": "2026-11-23T09:00:00+00:00", "end": "2026-11-23T11:00:00+00:00"}}
    role = {"coding": [{"system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1", "code": "R0260"}]}
    roles = [{"url": f"{GP}Extension-GPConnect-PractitionerRole-1", "valueCodeableConcept": role}]
    schedule: Resource = {"resourceType": "Schedule", "id": "1", "actor": actors}
    slots = [_slot(str(number), f"Schedule/{number}", **{status: "free"}) for number in (1, 2, 1)]
    inner = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": slots[0]}, {"resource": schedule}]}
    person = {"resourceType": "Practitioner", "id": "1", "gender": "female"}
    return [
        *slots,
        _slot("3", "http://a.test/Schedule/1", **{status: "free"}, **_meta("GPConnect-Slot-1")),
        _slot("4", "urn:uuid:0b5b2c9a-6c2a-4a0e-9a0c-1f9a5f1f0a01", **{status: "free"}),
        _slot("5", "#1", **{status: "free"}, contained=[schedule]),
        _slot("6", "Schedule/1", **{status: "perhaps"}),
        _slot("7", "Patient/1", **{status: "free"}),
        _slot("8", "Schedule/1", **{status: "free"}, meta={"profile": ["http://a.test/unheard-of"]}),
        schedule,
        schedule | {"extension": roles, "serviceCategory": {"text": "Surgery"}} | period,
        schedule | _meta("GPConnect-Schedule-1") | period,
        schedule | {"id": "2", "colour": "red"},
        person,
        person | {"gender": "unheard-of"},
        person | {"practitionerRole": [{"managingOrganization": {"reference": "Organization/1"}}]},
        {
            "resourceType": "Location",
            "id": "1",
            "name": "Here",
            "managingOrganization": {"reference": "Organization/1"},
        },
        {"resourceType": "Location", "id": "1", "name": "Here"} | _meta("CareConnect-GPC-Location-1"),
        {"resourceType": "Organization", "id": "1", "name": "Practice", "partOf": {"reference": "Organization/1"}},
        {"resourceType": "Patient", "id": "1", "generalPractitioner": [{"reference": "Practitioner/1"}]},
        {"resourceType": "Patient", "id": "1", "careProvider": [{"reference": "Organization/1"}]},
        {"resourceType": "Organization", "id": "1"},
        inner,
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "a", "resource": slots[0]}, {"name": "b", "resource": schedule}],
        },
        {"resourceType": "Unheard"},
    ]


POOLS = {
    "stu3": _pool("status", [{"reference": "Location/1"}, {"reference": "Practitioner/1"}]),
    "dstu2": _pool("freeBusyType", {"reference": "Location/1"}),
}
SERVERS = (None, "http://a.test/", "http://b.test/fhir/")
URN = "urn:uuid:0b5b2c9a-6c2a-4a0e-9a0c-1f9a5f1f0a01"


@cache
def validator(generation: str, know_entries: bool) -> Validator:
    definitions = shipped(generation)
    options = Options(entry_profiles=ENTRY_PROFILES[generation], know_entries=know_entries)
    return Validator(definitions, terminology=OfflineTerminology(definitions), options=options)


def bundle(generation: str, choice: list[tuple[int, int]]) -> Resource:
    """A Bundle of resources out of the pool, the objects themselves, each from a server by number; 3 stands for a urn."""
    pool = POOLS[generation]
    entries = []
    for which, where in choice:
        resource = pool[which % len(pool)]
        server = None if where == len(SERVERS) else SERVERS[where]
        url = URN if where == len(SERVERS) else server and f"{server}{resource['resourceType']}/{resource.get('id')}"
        entries.append({"fullUrl": url, "resource": resource} if url else {"resource": resource})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


CHOICES = st.lists(st.tuples(st.integers(0, 24), st.integers(0, len(SERVERS))), max_size=7)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(GENERATIONS), CHOICES, st.booleans())
@example("stu3", [(0, 0)], True)  # no Schedule about: nothing is expected
@example("stu3", [(0, 0), (12, 0)], True)  # another Schedule about: that of the Slot is missed
@example("stu3", [(0, 0), (9, 0)], True)  # its Schedule lacks what the profile asks
@example("stu3", [(0, 0), (10, 0)], True)
@example("stu3", [(16, 1), (18, 1)], True)
@example("stu3", [(16, 1), (18, 2)], True)
@example("stu3", [(8, 0), (8, 0)], True)  # said once in a Bundle, and once in the next
def test_known_entries_change_no_finding(generation: str, choice: list[tuple[int, int]], claim: bool) -> None:
    value = bundle(generation, choice)
    plain = validator(generation, False).validate(value, claim=claim)
    for _ in range(2):
        assert validator(generation, True).validate(value, claim=claim) == plain


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_pair_is_judged_alike_in_any_order(generation: str) -> None:
    knowing = validator(generation, True)
    count = len(POOLS[generation])
    for one in range(count):
        for other in range(count):
            value = bundle(generation, [(one, 0), (other, 0)])
            assert knowing.validate(value) == validator(generation, False).validate(value)


def test_a_sound_entry_is_judged_once_and_again_where_its_references_lead_elsewhere() -> None:
    definitions = shipped("stu3")
    knowing = Validator(definitions, terminology=OfflineTerminology(definitions), options=Options(know_entries=True))
    location, organization = POOLS["stu3"][16], POOLS["stu3"][18]
    held = knowing._resources.sound_entries
    assert held is not None
    alone = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": location}]}
    for _ in range(3):
        assert knowing.validate(alone) == []
        assert len(held._known) == 1
    judged = []
    knowing_judge = type(next(iter(held._known))[0]).judge
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            type(next(iter(held._known))[0]),
            "judge",
            lambda plan, value, place, run: (
                judged.append(value["resourceType"]),
                knowing_judge(plan, value, place, run),
            ),
        )
        knowing.validate(alone)
        assert judged == []
        knowing.validate(alone | {"entry": [{"resource": location}, {"resource": organization}]})
        assert judged == ["Location", "Organization"]


def test_what_a_target_refers_to_counts_for_all_that_refer_to_the_target() -> None:
    pool = POOLS["stu3"]
    leads = pool[10] | {
        "actor": [{"reference": URN}, {"reference": "Practitioner/1"}]
    }  # held to a profile by trial, once
    first, second, location = pool[0], pool[0] | {"id": "9"}, pool[16]

    def entries(*held: Resource) -> Resource:
        listed = [{"resource": one} if one is not location else {"fullUrl": URN, "resource": one} for one in held]
        return {"resourceType": "Bundle", "type": "collection", "entry": listed}

    plain, knowing = validator("stu3", False), validator("stu3", True)
    whole, part = entries(first, second, leads, location), entries(second, leads)
    assert plain.validate(whole) == knowing.validate(whole) == []
    assert {issue.code for issue in plain.validate(part)} == {"reference-profile", "reference-unresolved"}
    assert knowing.validate(part) == plain.validate(part)


def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.fhir.validation.soundness._MOST", 5)
    definitions = shipped("stu3")
    knowing = Validator(definitions, terminology=OfflineTerminology(definitions), options=Options(know_entries=True))
    for number in range(30):
        entry = {"resource": {"resourceType": "Organization", "id": str(number), "name": "A"}}
        assert not knowing.validate({"resourceType": "Bundle", "type": "collection", "entry": [entry]})
        held = knowing._resources.sound_entries
        assert held is not None and 1 <= len(held._known) <= 5
