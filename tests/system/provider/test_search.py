from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conformance.provider.clock import LONDON
from tests.support.caller import Caller, refused

PARAMETER = (422, "INVALID_PARAMETER")


def test_free_slots_come_with_what_belongs_to_them(caller: Caller) -> None:
    reply = caller.search()
    slots = caller.entries(reply, "Slot")
    schedules = {item["id"]: item for item in caller.entries(reply, "Schedule")}
    assert len(slots) > 200
    assert {slot["schedule"]["reference"] for slot in slots} == {f"Schedule/{item}" for item in schedules}
    assert {item["id"] for item in caller.entries(reply, "Location")} == {"loc-main", "loc-branch"}
    assert {item["id"] for item in caller.entries(reply, "Practitioner")} == {"prac-ashworth", "prac-okafor"}
    assert [item["id"] for item in caller.entries(reply, "Organization")] == ["org-practice"]
    state = caller.edition.raw["slots"]["status_element"]
    assert {slot[state] for slot in slots} == {"free"}


def test_includes_bring_only_what_is_asked_for(caller: Caller) -> None:
    pairs = [pair for pair in caller.search_parameters(1, 2) if pair[0] != "_include:recurse"]
    reply = caller.call("search_free_slots", params=pairs)
    kinds = {entry["resource"]["resourceType"] for entry in reply.json()["entry"]}
    assert kinds == {"Slot", "Schedule", "Organization"}


def test_the_window_is_inclusive_and_slots_lie_within(caller: Caller) -> None:
    slot = caller.free()[2]
    start, end = slot["start"], slot["end"]
    found = caller.entries(caller.search(start=f"ge{start}", end=f"le{end}"), "Slot")
    assert slot["id"] in [item["id"] for item in found]
    later = (datetime.fromisoformat(start) + timedelta(minutes=1)).isoformat()
    earlier = (datetime.fromisoformat(end) - timedelta(minutes=1)).isoformat()
    for window in ({"start": f"ge{later}", "end": f"le{end}"}, {"start": f"ge{start}", "end": f"le{earlier}"}):
        found = caller.entries(caller.search(**window), "Slot")
        assert slot["id"] not in [item["id"] for item in found]


def test_a_day_ends_at_midnight(caller: Caller) -> None:
    slots = caller.entries(caller.search(1, 1), "Slot")
    assert {slot["start"][:10] for slot in slots} == {caller.day(1)}
    assert any(slot["id"].startswith("Phone") for slot in slots)


def test_an_empty_range_is_an_empty_bundle(caller: Caller) -> None:
    reply = caller.search(*caller.provider.practice.empty)
    assert reply.status_code == 200
    assert "entry" not in reply.json()


@pytest.mark.parametrize(
    "changes",
    [
        {"start": None},
        {"end": None},
        {"start": "ge2017"},
        {"start": "ge2017-09"},
        {"start": "geNOTADATE"},
        {"start": ""},
        {"end": ""},
        {"start": "ge2017-13-45"},
        {"start": "ge2026-09-22T10:00:00"},
        {"start": "2026-09-22"},
        {"start": "gt2026-09-22"},
        {"end": "lt2026-09-22"},
        {"status": None},
        {"status": "busy"},
        {"status": "FREE"},
        {"status": ""},
        {"include": None},
        {"include": "Slot:patient"},
    ],
)
def test_bad_parameters(caller: Caller, changes: dict[str, str | None]) -> None:
    assert refused(caller.search(**changes)) == PARAMETER


def test_repeated_and_reversed_bounds(caller: Caller) -> None:
    twice = [*caller.search_parameters(), ("start", f"ge{caller.day(2)}")]
    assert refused(caller.call("search_free_slots", params=twice)) == PARAMETER
    assert refused(caller.search(3, 2)) == PARAMETER


@pytest.mark.parametrize(("days", "fine"), [(13, True), (14, True), (15, False), (31, False)])
def test_two_weeks(caller: Caller, days: int, fine: bool) -> None:
    reply = caller.search(1, 1 + days)
    assert reply.status_code == 200 if fine else refused(reply) == PARAMETER


def test_two_weeks_and_a_second(caller: Caller) -> None:
    start = datetime.combine(caller.today, datetime.min.time(), LONDON).replace(hour=12)
    end = start + timedelta(days=14)
    assert caller.search(start=f"ge{start.isoformat()}", end=f"le{end.isoformat()}").status_code == 200
    end += timedelta(seconds=1)
    assert refused(caller.search(start=f"ge{start.isoformat()}", end=f"le{end.isoformat()}")) == PARAMETER


TYPE = "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1|"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code|"
U, T, K, TK = "1200", "1220", "1240", "1300"


@pytest.mark.parametrize(
    ("filters", "seen"),
    [
        ([], {U}),
        ([TYPE + "gp-practice"], {U, T}),
        ([TYPE + "urgent-care"], {U}),
        ([TYPE + "oncology"], {U}),
        ([ODS + "Y99901"], {U, K}),
        ([ODS + "Y99902"], {U}),
        ([TYPE + "gp-practice", ODS + "Y99901"], {U, T, K, TK}),
        ([TYPE + "gp-practice", ODS + "Y99902"], {U, T}),
        ([TYPE + "urgent-care", ODS + "Y99901"], {U, K}),
        (["https://example.org/uc|Dx01", TYPE + "gp-practice", ODS + "Y99901"], {U, T, K, TK}),
    ],
)
def test_organisation_filters(stu3: Caller, filters: list[str], seen: set[str]) -> None:
    pairs = [pair for pair in stu3.search_parameters(2, 2) if pair[0] != "searchFilter"]
    reply = stu3.call("search_free_slots", params=[*pairs, *(("searchFilter", text) for text in filters)])
    found = {slot["id"][-4:] for slot in stu3.entries(reply, "Slot") if slot["id"].startswith("Special")}
    assert found == seen  # neither what is kept back, nor embargoed, nor busy


def test_dstu2_knows_no_restricted_slots(dstu2: Caller) -> None:
    assert {slot["id"][-4:] for slot in dstu2.free("Special", 2, 2)} == {U}


def test_the_other_spelling_of_the_free_parameter(dstu2: Caller) -> None:
    pairs = [("fb-type" if name == "Slot.freeBusyType" else name, text) for name, text in dstu2.search_parameters()]
    assert refused(dstu2.call("search_free_slots", params=pairs)) == PARAMETER
    assert dstu2.call("search_free_slots", path="/Slot/", params=dstu2.search_parameters()).status_code == 200


def test_slots_keep_uk_clock_time_over_a_clock_change(caller: Caller) -> None:
    caller.provider.clock.set(datetime(2027, 3, 24, 9, tzinfo=UTC))  # the clocks go forward on the 28th
    try:
        caller.running.reset()
        slots = [slot for slot in caller.free("Gp", 1, 10) if slot["id"].endswith("0900")]
        assert {slot["start"][11:] for slot in slots} == {"09:00:00+00:00", "09:00:00+01:00"}
    finally:
        caller.provider.clock.set(None)


def test_unknown_parameters_are_ignored(caller: Caller) -> None:
    reply = caller.call("search_free_slots", params=[*caller.search_parameters(), ("foo", "bar")])
    assert caller.entries(reply, "Slot") == caller.entries(caller.search(), "Slot")


def test_the_past_may_be_searched(caller: Caller) -> None:
    assert caller.free("Gp", -10, -4)
