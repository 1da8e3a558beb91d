"""Checks of slot searches: silent on a sound answer, one finding for each thing wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from conformance.checks import addresses_and_identifiers, bundle_entries, searchsets, slots
from conformance.checks.bundle_entries import each
from conformance.checks.check import Check
from conformance.config.model import Provider
from conformance.core.results import Finding, Severity
from tests.support.check_context import Context as Bare
from tests.support.responses import response

URL = "https://fhir.nhs.uk/STU3/StructureDefinition/"
JOBS = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


class Config:
    provider = Provider("http://p", "918999198993", "A20047")


class Context(Bare):
    config: Any = Config()


def _slot(number: int, start: str, end: str) -> dict[str, Any]:
    return {
        "resourceType": "Slot",
        "id": f"s{number}",
        "meta": {"profile": [f"{URL}GPConnect-Slot-1"]},
        "extension": [{"url": f"{URL}Extension-GPConnect-DeliveryChannel-2", "valueCode": "In-person"}],
        "schedule": {"reference": "Schedule/d"},
        "status": "free",
        "start": f"2026-11-23T{start}:00+00:00",
        "end": f"2026-11-23T{end}:00+00:00",
    }


TELECOM = [{"system": "phone", "value": "0113 496 0001"}]
ADDRESS = {"line": ["1 Beech Grove"], "postalCode": "LS1 6AE"}
SCHEDULE: dict[str, Any] = {
    "resourceType": "Schedule",
    "id": "d",
    "extension": [
        {
            "url": f"{URL}Extension-GPConnect-PractitionerRole-1",
            "valueCodeableConcept": {"coding": [{"system": JOBS, "code": "R0260"}]},
        }
    ],
    "actor": [{"reference": "Location/l"}, {"reference": "Practitioner/p"}],
    "planningHorizon": {"start": "2026-11-23T09:00:00+00:00", "end": "2026-11-23T12:00:00+00:00"},
}
PRACTITIONER = {
    "resourceType": "Practitioner",
    "id": "p",
    "name": [{"family": "Ashworth"}],
    "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "1"}],
}
LOCATION = {
    "resourceType": "Location",
    "id": "l",
    "address": ADDRESS,
    "telecom": TELECOM,
    "managingOrganization": {"reference": "Organization/o"},
}
ORGANIZATION = {"resourceType": "Organization", "id": "o", "identifier": [{"system": ODS, "value": "A20047"}]}
SOUND = [
    _slot(1, "09:00", "09:10"),
    _slot(2, "09:10", "09:20"),
    SCHEDULE,
    PRACTITIONER,
    LOCATION,
    ORGANIZATION,
]


def _bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", **({"entry": found} if found else {}), **more}


def _at(hour: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-23T{hour}:00+00:00")


ALL: dict[str, Check] = {
    "schedules": searchsets.includes("Schedule"),
    "practitioners": searchsets.includes("Practitioner"),
    "locations": searchsets.includes("Location"),
    "organizations": searchsets.includes("Organization"),
    "references": searchsets.slots_name_schedules,
    "has": searchsets.has("Organization"),
    "has-no": searchsets.has_no("Patient"),
    "related": searchsets.only_related("Location"),
    "related-organization": searchsets.only_related("Organization"),
    "kinds": searchsets.only_diary_kinds,
    "twice": searchsets.nothing_twice,
    "total": searchsets.total_agrees,
    "modes": searchsets.modes_agree,
    "finds": slots.finds("s1", "s2"),
    "none-of": slots.finds_none_of({"s3"}, "why"),
    "exactly": slots.finds_exactly({"s1", "s2"}, "those"),
    "within": slots.within(_at("09:00"), _at("09:20")),
    "free": slots.only_free,
    "overlap": slots.no_overlap,
    "covers": slots.covers_slots,
    "someone": addresses_and_identifiers.someone_identified("Practitioner", "sds_user"),
    "lasts": each("Slot", slots.lasts),
    "uk": each("Slot", slots.in_uk_time("start", "end")),
    "instants": each("Slot", slots.instants("start", "end")),
    "channel": each("Slot", slots.has_channel),
    "role": each("Schedule", slots.has_role),
    "place": each("Schedule", slots.takes_place),
    "claims": each("Slot", bundle_entries.claims_profile),
    "holds": each("Slot", bundle_entries.holds("start")),
    "lacks": each("Slot", bundle_entries.lacks("specialty")),
    "address": each("Location", addresses_and_identifiers.address_parts()),
    "telecom": each("Location", addresses_and_identifiers.telecom_parts()),
    "each-has": each("Location", addresses_and_identifiers.each_has("telecom", "system")),
    "identified": each("Practitioner", addresses_and_identifiers.identified("sds_user", "sds_role_profile")),
    "practice": each("Organization", addresses_and_identifiers.organisation_code),
    "name": each("Practitioner", addresses_and_identifiers.one_name),
}


@pytest.mark.parametrize("name", ALL)
def test_a_sound_answer_is_left_alone(name: str) -> None:
    assert not list(ALL[name](response(_bundle(*SOUND)), Context()))


def _with(index: int, **changes: Any) -> dict[str, Any]:
    changed = copy.deepcopy(SOUND)
    changed[index] = {key: value for key, value in {**changed[index], **changes}.items() if value is not None}
    return _bundle(*changed)


def _without(index: int) -> dict[str, Any]:
    return _bundle(*SOUND[:index], *SOUND[index + 1 :])


def _marked(mode: str) -> dict[str, Any]:
    held = _bundle(*SOUND)
    return {**held, "entry": [{**entry, "search": {"mode": mode}} for entry in held["entry"]]}


_NHS = "https://fhir.nhs.uk/Id/"


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("schedules", _without(2), "include-missing"),
        ("practitioners", _without(3), "include-missing"),
        ("locations", _without(4), "include-missing"),
        ("organizations", _without(5), "include-missing"),
        ("references", _with(0, schedule=None), "schedule-reference"),
        ("references", _with(0, schedule={"reference": "https://p/Location/d"}), "schedule-reference"),
        ("has", _without(5), "entry-missing"),
        ("has-no", _bundle(*SOUND, {"resourceType": "Patient", "id": "x"}), "include-unasked"),
        ("related", _bundle(*SOUND, {"resourceType": "Location", "id": "x"}), "unrelated"),
        ("related-organization", _bundle(*SOUND, {"resourceType": "Organization", "id": "x"}), "unrelated"),
        ("kinds", _bundle(*SOUND, {"resourceType": "Patient", "id": "x"}), "foreign-type"),
        ("kinds", _bundle(*SOUND, {"resourceType": "OperationOutcome"}), "foreign-type"),
        ("kinds", _bundle(*SOUND) | {"entry": ["nonsense", {"resource": SCHEDULE}, {}]}, "foreign-type"),
        ("twice", _bundle(*SOUND, SOUND[0]), "duplicate"),
        ("total", _bundle(*SOUND, total=6), "total"),
        ("modes", _marked("match"), "search-mode"),
        ("finds", _without(1), "slot-missing"),
        ("none-of", _bundle(*SOUND, _slot(3, "09:20", "09:30")), "slot-unwanted"),
        ("exactly", _without(1), "other-slots"),
        ("exactly", _bundle(*SOUND, _slot(3, "09:20", "09:30")), "other-slots"),
        ("within", _with(0, start="2026-11-23T08:59:59+00:00"), "outside-window"),
        ("within", _with(1, end="2026-11-23T09:20:01+00:00"), "outside-window"),
        ("within", _with(1, end="soon"), "outside-window"),
        ("free", _with(0, status="busy"), "not-free"),
        ("free", _with(0, status=None), "not-free"),
        ("overlap", _with(0, end="2026-11-23T09:10:01+00:00"), "overlap"),
        ("covers", _with(0, start="2026-11-23T08:00:00+00:00"), "horizon"),
        ("someone", _with(3, identifier=None), "identifier"),
        ("lasts", _with(0, end="2026-11-23T09:00:00+00:00"), "slot-times"),
        ("lasts", _with(0, start=None), "slot-times"),
        ("uk", _with(0, start="2026-11-23T09:00:00Z"), "uk-time"),
        ("uk", _with(0, start="2026-11-23T09:00:00.000+00:00"), "uk-time"),
        ("uk", _with(0, start="2026-11-23T10:00:00+01:00"), "uk-time"),
        ("instants", _with(0, start="2026-11-23T09:00:00"), "instant"),
        ("instants", _with(0, start="2026-11-23T09:00+00:00"), "instant"),
        ("channel", _with(0, extension=None), "channel"),
        ("channel", _with(0, extension=[{**SOUND[0]["extension"][0], "valueCode": "Pigeon"}]), "channel-code"),
        ("role", _with(2, extension=None), "role"),
        ("place", _with(2, actor=[{"reference": "Practitioner/p"}]), "actors"),
        ("place", _with(2, actor=[{"reference": "Location/l"}, {"reference": "Patient/p"}]), "actors"),
        ("claims", _with(0, meta={}), "profile-claim"),
        ("holds", _with(0, start=None), "missing"),
        ("lacks", _with(0, specialty=[{"text": "x"}]), "forbidden"),
        ("address", _with(4, address={"text": "Leeds"}), "address-parts"),
        ("address", _with(4, address={**ADDRESS, "state": "x"}), "address-state"),
        ("telecom", _with(4, telecom=[{"value": "0113"}]), "telecom-parts"),
        ("each-has", _with(4, telecom=[{"value": "0113"}]), "missing"),
        ("identified", _with(3, identifier=None), "identifier"),
        ("identified", _with(3, identifier=[*PRACTITIONER["identifier"], {"system": f"{_NHS}ods-site-code", "value": "1"}]),
         "identifier-system"),
        ("identified", _with(3, identifier=[*PRACTITIONER["identifier"], {"system": "urn:x"}]), "identifier-parts"),
        ("practice", _with(5, identifier=[{"system": ODS, "value": "B30047"}]), "ods-code"),
        ("name", _with(3, name=[{"family": "A"}, {"family": "B"}]), "name"),
        ("name", _with(3, name=[{"given": ["A"]}]), "name"),
    ],
)  # fmt: skip
def test_each_wrong_is_named(name: str, body: dict[str, Any], code: str) -> None:
    assert [finding.code for finding in ALL[name](response(body), Context())] == [code]


def test_an_empty_searchset_has_no_entries_and_no_list_of_none() -> None:
    def codes(body: dict[str, Any]) -> list[tuple[str, Severity]]:
        return [(finding.code, finding.severity) for finding in searchsets.empty(response(body), Context())]

    assert codes(_bundle()) == []
    assert codes(_bundle(entry=[])) == [("empty-list", Severity.WARN)]
    assert codes(_bundle(ORGANIZATION)) == [("not-empty", Severity.FAIL)]


def test_many_breaches_are_told_few_times_and_counted() -> None:
    many = [{"resourceType": "Slot", "id": f"s{number}"} for number in range(20)]
    found = list(each("Slot", bundle_entries.holds("start"))(response(_bundle(*many)), Context()))
    assert [finding.code for finding in found] == ["missing"] * 5 + ["more"]
    assert found[0].location == "Slot/s0 start"
    assert found[-1].message.startswith("15 more")


def test_an_organization_may_stand_alone_where_nothing_can_name_it() -> None:
    check = searchsets.only_related("Organization", lenient=True)
    alone = {**LOCATION, "managingOrganization": None}
    assert not list(check(response(_bundle(alone, ORGANIZATION)), Context()))
    assert list(check(response(_bundle(alone, ORGANIZATION, {**ORGANIZATION, "id": "x"})), Context()))
    assert list(check(response(_bundle(LOCATION, ORGANIZATION, {**ORGANIZATION, "id": "x"})), Context()))


def test_a_read_tells_what_the_search_told_whatever_the_order() -> None:
    check = bundle_entries.reads_as("Practitioner", PRACTITIONER, "name.family", "identifier.value")
    assert not list(check(response(PRACTITIONER), Context()))
    assert [item.code for item in check(response({**PRACTITIONER, "name": [{"family": "B"}]}), Context())] == [
        "read-differs"
    ]


@pytest.mark.parametrize("name", ALL)
def test_nonsense_is_no_reason_to_break(name: str) -> None:
    odd: list[Any] = [
        {"resourceType": "Slot", "schedule": 3, "start": {}, "extension": [{"url": {}}]},
        {"resourceType": "Location", "address": "x", "telecom": [{"system": {}, "value": []}, None], "identifier": 1},
        {"resourceType": "Schedule", "actor": "x", "extension": [1]},
        {"resourceType": {}, "id": []},
        _slot(1, "09:00", "09:10") | {"status": {}, "meta": {"profile": [{}]}},
    ]
    nonsense = [None, 1, "x", [], {"resource": 1}, *({"resource": item, "search": {"mode": {}}} for item in odd)]
    run: Callable[..., Any] = ALL[name]
    assert isinstance(list(run(response(_bundle() | {"entry": nonsense}), Context())), list)


def test_what_fails_is_told_before_what_warns_and_the_rest_is_counted() -> None:
    def rule(resource: Any, context: Any) -> Iterator[Finding]:
        yield Finding("warns", Severity.WARN, "Slot.status", code="w")
        if resource["id"] == "s2":
            yield Finding("fails", Severity.FAIL, "Slot", code="f")

    many = [{**SOUND[0], "id": f"s{number}"} for number in range(1, 9)]
    found = list(each("Slot", rule)(response(_bundle(*many)), Context()))
    assert (found[0].code, found[0].location) == ("f", "Slot/s2")
    assert (found[1].code, found[1].location) == ("w", "Slot/s1 status")
    assert (found[-1].code, found[-1].severity) == ("more", Severity.INFO)
    assert found[-1].message.startswith(f"{9 - (len(found) - 1)} more")
