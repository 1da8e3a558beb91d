"""Checks of Slots and Schedules: silent at each bound, one finding just behind it."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import slots
from conformance.checks.bundle_entries import Rule, each
from conformance.checks.check import Check
from conformance.consumer.response import Response
from conformance.consumer.uk_time import parse_instant
from tests.support.check_context import Context, Dstu2
from tests.support.responses import response

CHANNEL = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-DeliveryChannel-2"
ROLE = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-PractitionerRole-1"
JOBS = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1"


def bundle(*resources: dict[str, Any]) -> Response:
    entries = [{"resource": resource} for resource in resources]
    return response({"resourceType": "Bundle", "type": "searchset", "entry": entries})


def slot(name: str, start: str = "09:00", end: str = "09:10", **more: Any) -> dict[str, Any]:
    day = "2026-11-23T"
    times = {"start": f"{day}{start}:00+00:00", "end": f"{day}{end}:00+00:00"}
    return {
        "resourceType": "Slot",
        "id": name,
        "status": "free",
        "schedule": {"reference": "Schedule/1"},
        **times,
        **more,
    }


def codes(check: Check, found: Response, context: type[Context] = Context) -> list[str]:
    return [finding.code for finding in check(found, context())]


def judged(rule: Rule, resource: dict[str, Any]) -> list[str]:
    return codes(each(resource["resourceType"], rule), bundle(resource))


@pytest.mark.parametrize(
    ("check", "found"),
    [
        (slots.finds("1", "2"), []),
        (slots.finds("1", "3"), ["slot-missing"]),
        (slots.finds_none_of(["3"], "it is booked"), []),
        (slots.finds_none_of(["2", "3"], "it is booked"), ["slot-unwanted"]),
        (slots.finds_exactly(["1", "2"], "those of the day"), []),
        (slots.finds_exactly(["1"], "those of the day"), ["other-slots"]),
        (slots.finds_exactly(["1", "2", "3"], "those of the day"), ["other-slots"]),
        (slots.finds_exactly(["1", "3"], "those of the day"), ["other-slots", "other-slots"]),
    ],
)
def test_which_slots_a_search_finds(check: Check, found: list[str]) -> None:
    assert codes(check, bundle(slot("1"), slot("2", "09:10", "09:20"))) == found


@pytest.mark.parametrize(
    ("count", "listed"),
    [
        (1, "Slot/1"),
        (5, "Slot/1, Slot/2, Slot/3, Slot/4, Slot/5"),
        (6, "Slot/1, Slot/2, Slot/3, Slot/4, Slot/5 and 1 more"),
        (8, "Slot/1, Slot/2, Slot/3, Slot/4, Slot/5 and 3 more"),
    ],
)
def test_five_missing_slots_are_named_and_the_others_counted(count: int, listed: str) -> None:
    (finding,) = slots.finds(*map(str, range(1, count + 1)))(bundle(), Context())
    assert (finding.found, finding.expected) == (f"{count} missing", listed)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("09:00", "10:00", []),  # both bounds are included
        ("08:59", "10:00", ["outside-window"]),
        ("09:00", "10:01", ["outside-window"]),
        ("10:00", "10:10", ["outside-window"]),
    ],
)
def test_a_slot_lies_wholly_within_the_window(start: str, end: str, found: list[str]) -> None:
    earliest, latest = parse_instant("2026-11-23T09:00:00+00:00"), parse_instant("2026-11-23T10:00:00+00:00")
    assert earliest
    assert latest
    check = slots.within(earliest, latest)
    assert codes(check, bundle(slot("1", start, end))) == found
    assert codes(check, bundle(slot("1", start, end), slot("2", start, end))) == found  # one finding says it


@pytest.mark.parametrize("element", ["start", "end"])
def test_a_slot_without_times_lies_within_no_window(element: str) -> None:
    moment = parse_instant("2026-11-23T09:00:00+00:00")
    assert moment
    bare = {name: value for name, value in slot("1", "09:00", "09:00").items() if name != element}
    assert codes(slots.within(moment, moment), bundle(bare)) == ["outside-window"]
    assert judged(slots.lasts, bare) == ["slot-times"]


def test_each_edition_marks_a_free_slot_in_its_own_element() -> None:
    free = {"resourceType": "Slot", "id": "1"}
    assert codes(slots.only_free, bundle(free | {"status": "free"})) == []
    assert codes(slots.only_free, bundle(free | {"status": "busy"})) == ["not-free"]
    assert codes(slots.only_free, bundle(free | {"freeBusyType": "free"})) == ["not-free"]
    assert codes(slots.only_free, bundle(free | {"freeBusyType": "free"}), Dstu2) == []
    assert codes(slots.only_free, bundle(free | {"freeBusyType": "busy"}), Dstu2) == ["not-free"]


def test_slots_that_are_not_free_are_named_up_to_five() -> None:
    busy = [slot(str(number), status="busy") for number in range(1, 8)]
    (finding,) = slots.only_free(bundle(*busy), Context())
    assert finding.found == "Slot/1: busy, Slot/2: busy, Slot/3: busy, Slot/4: busy, Slot/5: busy"


@pytest.mark.parametrize(
    ("second", "found"),
    [
        (slot("2", "09:10", "09:20"), []),
        (slot("2", "09:09", "09:20"), ["overlap"]),
        (slot("2", "08:50", "09:01"), ["overlap"]),
        (slot("2", "09:05", "09:08"), ["overlap"]),
        (slot("2", "09:05", "09:15", schedule={"reference": "Schedule/2"}), []),
        (slot("2", "09:05", "09:15", schedule={"reference": "https://p/Schedule/1/_history/2"}), ["overlap"]),
    ],
)
def test_slots_of_one_schedule_do_not_overlap(second: dict[str, Any], found: list[str]) -> None:
    assert codes(slots.no_overlap, bundle(slot("1"), second)) == found
    assert codes(slots.no_overlap, bundle(second, slot("1"))) == found


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [("09:00", "09:01", []), ("09:00", "09:00", ["slot-times"]), ("09:01", "09:00", ["slot-times"])],
)
def test_a_slot_starts_before_it_ends(start: str, end: str, found: list[str]) -> None:
    assert judged(slots.lasts, slot("1", start, end)) == found


@pytest.mark.parametrize(
    ("value", "uk", "instant"),
    [
        ("2026-11-23T09:00:00+00:00", [], []),
        ("2026-07-06T09:00:00+01:00", [], []),
        ("2026-11-23T09:00:00Z", ["uk-time"], []),
        ("2026-07-06T08:00:00+00:00", ["uk-time"], []),
        ("2026-11-23T09:00:00.000+00:00", ["uk-time"], []),
        ("2026-11-23T09:00:00", ["uk-time"], ["instant"]),
        ("2026-11-23", ["uk-time"], ["instant"]),
    ],
)
def test_times_are_instants_in_uk_time(value: str, uk: list[str], instant: list[str]) -> None:
    assert judged(slots.in_uk_time("start"), slot("1") | {"start": value}) == uk
    assert judged(slots.instants("start"), slot("1") | {"start": value}) == instant
    assert judged(slots.instants("end"), slot("1") | {"start": value}) == []


@pytest.mark.parametrize(
    ("extensions", "found"),
    [
        ([{"url": CHANNEL, "valueCode": "In-person"}], []),
        ([{"url": CHANNEL, "valueCode": "Telephone"}], []),
        ([{"url": CHANNEL, "valueCode": "Video"}], []),
        ([{"url": CHANNEL, "valueCode": "video"}], ["channel-code"]),
        ([{"url": CHANNEL, "valueCode": ""}], ["channel"]),
        ([{"url": CHANNEL, "valueString": "Video"}], ["channel"]),
        ([{"url": "urn:other", "valueCode": "Video"}], ["channel"]),
        ([{"url": CHANNEL, "valueCode": "Video"}, {"url": CHANNEL, "valueCode": "Video"}], ["channel"]),
        ([], ["channel"]),
    ],
)
def test_a_slot_carries_one_delivery_channel(extensions: list[dict[str, Any]], found: list[str]) -> None:
    assert judged(slots.has_channel, slot("1", extension=extensions)) == found


def role(system: str = JOBS, code: str = "R0260") -> dict[str, Any]:
    return {"url": ROLE, "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


@pytest.mark.parametrize(
    ("extensions", "found"),
    [
        ([role()], []),
        ([role() | {"url": "urn:other"}], ["role"]),
        ([role(system="urn:other")], ["role"]),
        ([role(code="")], ["role"]),
        ([role(), role()], ["role"]),
        ([], ["role"]),
    ],
)
def test_a_schedule_carries_one_practitioner_role(extensions: list[dict[str, Any]], found: list[str]) -> None:
    assert judged(slots.has_role, {"resourceType": "Schedule", "id": "1", "extension": extensions}) == found


@pytest.mark.parametrize(
    ("actors", "found"),
    [
        (["Location/1"], []),
        (["Location/1", "Practitioner/1", "Practitioner/2"], []),
        (["https://provider/Location/1"], []),
        (["Practitioner/1"], ["actors"]),
        (["Location/1", "Location/2"], ["actors"]),
        (["Location/1", "Patient/1"], ["actors"]),
        ([], ["actors"]),
    ],
)
def test_a_schedule_is_of_one_place_and_practitioners(actors: list[str], found: list[str]) -> None:
    schedule = {"resourceType": "Schedule", "id": "1", "actor": [{"reference": actor} for actor in actors]}
    assert judged(slots.takes_place, schedule) == found


def horizon(**times: str) -> dict[str, Any]:
    period = {name: f"2026-11-23T{time}:00+00:00" for name, time in times.items()}
    return {"resourceType": "Schedule", "id": "1", "planningHorizon": period}


@pytest.mark.parametrize(
    ("schedule", "found"),
    [
        (horizon(start="09:00", end="09:10"), []),
        (horizon(start="09:00"), []),
        (horizon(end="09:10"), []),
        (horizon(start="09:01", end="10:00"), ["horizon"]),
        (horizon(start="08:00", end="09:09"), ["horizon"]),
        (horizon(start="09:01"), ["horizon"]),
        (horizon(end="09:09"), ["horizon"]),
        (horizon(start="09:01") | {"id": "2"}, []),
        ({"resourceType": "Schedule", "id": "1"}, []),
    ],
)
def test_slots_lie_within_the_planning_horizon(schedule: dict[str, Any], found: list[str]) -> None:
    assert codes(slots.covers_slots, bundle(schedule, slot("1"), slot("2"))) == found
