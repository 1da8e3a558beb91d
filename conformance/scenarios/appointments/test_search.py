"""Search for free slots: the response as a whole, the related resources that it includes, and those that it must not."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from conformance.checks.addresses_and_identifiers import organisation_code
from conformance.checks.bundle_entries import each, reads_as
from conformance.checks.json_values import references
from conformance.checks.response import searchset, status
from conformance.checks.searchsets import (
    empty,
    has,
    has_no,
    ids_of,
    includes,
    modes_agree,
    nothing_twice,
    only_diary_kinds,
    only_related,
    slots_name_schedules,
    total_agrees,
)
from conformance.checks.slots import finds, finds_none_of, only_free
from conformance.consumer.request_mutations import path
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.core.results import Blame, Severity
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot, slots_of
from conformance.scenarios.steps.slot_search import (
    LOCATION,
    ORGANIZATION,
    PRACTITIONER,
    SEARCH,
    control,
    few_days,
    judge_same,
    need,
    responded,
    search,
    search_few_days,
    search_that_showed,
)

RESPONSE = table(
    SEARCH,
    case("search.succeeds", "A slot search that finds free slots returns 200",
         "STU3-SLOT-029 STU3-SLOT-012 DSTU2-SLOT-014", checks=(status(200),), found=False,
         faults="search.created dstu2:search.old-parameter"),
    case("search.searchset", "A slot search returns a Bundle of type searchset",
         "STU3-SLOT-033 DSTU2-SLOT-014", checks=(searchset,), found=False, faults="search.not-a-searchset"),
    case("search.with-slash", "A slot search at /Slot/, as the page writes it, is accepted", "DSTU2-SLOT-014",
         checks=(status(200), searchset), change=path("/Slot/"), found=False, faults="search.knows-no-slash"),
    case("search.only-free", "Every slot returned by a slot search has the status free",
         "STU3-SLOT-032 DSTU2-SLOT-017", checks=(only_free,),
         faults="search.finds-busy search.marks-tentative search.slot-odd-status"),
    case("search.nothing-twice", "No resource occurs twice in the response to a slot search",
         "STU3-SLOT-033 DSTU2-SLOT-014", checks=(nothing_twice,), faults="search.lists-twice search.locations-twice"),
    case("search.total", "The total returned by a slot search, if present, is the number of slots",
         "STU3-SLOT-033 DSTU2-SLOT-014", checks=(total_agrees,), faults="search.total-counts-all"),
    case("search.modes",
         "The search mode of entries returned by a slot search, if present, is match for slots and include for all others",
         "STU3-SLOT-033 DSTU2-SLOT-014", checks=(modes_agree,), faults="search.all-match"),
    case("search.foreign-types", "A slot search returns only slots, schedules, practitioners, locations and organisations",
         "STU3-SLOT-035 DSTU2-SLOT-023", checks=(only_diary_kinds,), faults="search.adds-patients"),
    why="Consumers show the response to the person who books; anything else in it confuses or discloses.",
    fix="Compare the response with the payload section of the search page.",
)  # fmt: skip


@scenarios(RESPONSE)
def test_response(context: ScenarioContext, case: Case) -> None:
    response = search_few_days(context, *filter(None, [case.get("change")]))
    if case.get("found", True):
        need(context, response, "Slot")
    context.judge(response, *case["checks"])


RELATED = table(
    SEARCH,
    case("search.schedule-reference", "Every slot returned by a slot search refers to its schedule",
         "STU3-SLOT-014 STU3-RES-021 DSTU2-SLOT-019", checks=(slots_name_schedules,), source="Slot",
         faults="search.slot-without-schedule"),
    case("search.schedules", "A slot search returns the schedule of every slot",
         "STU3-SLOT-014 DSTU2-SLOT-019", checks=(includes("Schedule"), has("Schedule")), source="Slot",
         faults="search.no-schedules search.first-schedule-only search.dangling-schedule"),
    case("search.practitioners", "A slot search returns the practitioner of every schedule when requested",
         "STU3-SLOT-015 DSTU2-SLOT-022", checks=(includes("Practitioner"), has("Practitioner")), source="Schedule",
         refers="Practitioner", faults="search.no-practitioners search.first-practitioner-only"),
    case("search.locations", "A slot search returns the location of every schedule when requested",
         "STU3-SLOT-016 DSTU2-SLOT-020", checks=(includes("Location"), has("Location")), source="Schedule",
         faults="search.no-locations search.first-location-only"),
    case("search.organizations", "A slot search returns the managing organisation of its locations",
         "STU3-SLOT-038 STU3-RES-029", checks=(includes("Organization"), has("Organization")), source="Location",
         refers="Organization", faults="search.no-organization"),
    case("search.organization", "A slot search returns an organisation with the slots",
         "DSTU2-SLOT-021", checks=(has("Organization", severity=Severity.WARN),), source="Slot",
         faults="search.no-organization",
         noted="The page requires the Organization but gives no parameter to request it: its absence is a warning."),
    case("search.practice", "The organisation returned by a slot search is the practice of the base URL",
         "STU3-SLOT-038 STU3-RES-029 DSTU2-SLOT-026", checks=(each("Organization", organisation_code),),
         source="Organization",
         faults="search.organization-of-another search.organization-without-ods"),
    case("search.strange-schedule", "A slot search returns no schedule without a slot in the response",
         "STU3-SLOT-035 DSTU2-SLOT-023", checks=(only_related("Schedule"),), source="Schedule",
         faults="search.all-schedules"),
    case("search.strange-practitioner", "A slot search returns no practitioner without a schedule in the response",
         "STU3-SLOT-035 DSTU2-SLOT-023", checks=(only_related("Practitioner"),), source="Practitioner",
         faults="search.all-practitioners search.unrelated-practitioner"),
    case("search.strange-location", "A slot search returns no location without a schedule in the response",
         "STU3-SLOT-035 DSTU2-SLOT-023", checks=(only_related("Location"),), source="Location",
         faults="search.all-locations search.unrelated-location dstu2:search.main-surgery-everywhere"),
    case("search.strange-organization", "A slot search returns no organisation unrelated to the locations in the response",
         "STU3-SLOT-035 DSTU2-SLOT-023", source="Organization", faults="search.all-organizations",
         checks={"stu3": (only_related("Organization"),), "dstu2": (only_related("Organization", lenient=True),)}),
    why="A consumer resolves references within the response to show where and with whom an appointment would be.",
    fix="Start from the slots found: add their schedules and the requested includes of these, nothing else.",
)  # fmt: skip


@scenarios(RELATED)
def test_related(context: ScenarioContext, case: Case) -> None:
    response = search_few_days(context)
    need(context, response, case["source"])
    refers = case.get("refers")
    if refers and not list(references(list(response.entries(case["source"])), refers)):
        context.cannot(f"no {case['source']} found names a {refers}")
    context.judge(response, *context.parameter("checks"))


def _including(
    id: str,  # noqa: A002
    title: str,
    *requested: str,
    faults: str = "",
    dstu2: str = "",
    verifies: str = "",
) -> dict[str, Any]:
    wrong = [
        "search.no-practitioners" if PRACTITIONER in requested else "stu3:search.always-practitioners",
        "search.no-locations" if LOCATION in requested else "stu3:search.always-locations",
        "stu3:search.no-organization",
        *([] if ORGANIZATION in requested else ["stu3:search.organization-on-request"]),
        "search.no-schedules",
    ]
    return case(
        f"search.include-{id}",
        f"A slot search {title}, and nothing that was not requested",
        f"STU3-SLOT-014 STU3-SLOT-038 {verifies} {dstu2}",
        requested=requested,
        faults=f"{' '.join(wrong)} {faults}",
    )


INCLUDES = table(
    SEARCH,
    _including("nothing", "without recursive includes returns schedules and the organisation with the slots",
               verifies="STU3-SLOT-036 STU3-SLOT-037", dstu2="DSTU2-SLOT-019"),
    _including("practitioner", "with the practitioner include alone returns practitioners", PRACTITIONER,
               verifies="STU3-SLOT-015 STU3-SLOT-037", dstu2="DSTU2-SLOT-022"),
    _including("location", "with the location include alone returns locations", LOCATION,
               verifies="STU3-SLOT-016 STU3-SLOT-036", dstu2="DSTU2-SLOT-020"),
    _including("organization", "with the managing organisation include alone returns the slots", ORGANIZATION,
               verifies="STU3-SLOT-017 STU3-SLOT-036 STU3-SLOT-037", faults="search.refuses-organization-include"),
    _including("practitioner-and-location", "with the practitioner and location includes returns both", PRACTITIONER, LOCATION,
               verifies="STU3-SLOT-015 STU3-SLOT-016", dstu2="DSTU2-SLOT-020 DSTU2-SLOT-022",
               faults="dstu2:search.last-include-only"),
    _including("practitioner-and-organization", "with the practitioner and organisation includes returns practitioners",
               PRACTITIONER,
               ORGANIZATION,
               verifies="STU3-SLOT-015 STU3-SLOT-017 STU3-SLOT-037", faults="search.refuses-organization-include"),
    _including("location-and-organization", "with the location and organisation includes returns locations", LOCATION,
               ORGANIZATION,
               verifies="STU3-SLOT-016 STU3-SLOT-017 STU3-SLOT-036", faults="search.refuses-organization-include"),
    _including("all", "with all includes, in any order, returns all of them", ORGANIZATION, LOCATION,
               PRACTITIONER,
               verifies="STU3-SLOT-015 STU3-SLOT-016 STU3-SLOT-017", faults="search.last-include-only"),
    why="Includes save a consumer one read for each practitioner and location; a consumer must not get more than it requested.",
    fix="Handle each _include:recurse value separately; always return the organisation when there are slots (1.2.7).",
)  # fmt: skip


@scenarios(INCLUDES)
def test_includes(context: ScenarioContext, case: Case) -> None:
    requested = case["requested"]
    days = few_days(context)
    response = search(context, *days, includes=requested)
    if not responded(context, response):
        return
    context.judge(response, has("Schedule"), includes("Schedule"))
    judge_same(
        context,
        lambda: control(context, *days),
        lambda: search(context, *days, includes=requested),
        "those found with all includes",
    )
    for kind, parameter in (("Practitioner", PRACTITIONER), ("Location", LOCATION)):
        if parameter in requested:
            if not list(references(list(response.entries("Schedule")), kind)):
                context.cannot(f"no schedule with a free slot refers to a {kind}", Blame.TEST_DATA)
            context.judge(response, has(kind), includes(kind))
        elif context.edition.capabilities.returns_requested_includes_only:
            context.judge(response, has_no(kind))
    if context.edition.capabilities.always_includes_organization:
        context.judge(response, has("Organization"))


READS = table(
    SEARCH,
    case("search.practitioner-read", "A practitioner returned by a slot search can be read with the same content",
         "STU3-SLOT-054 DSTU2-PRAC-006", kind="Practitioner",
         paths=("name.family", "name.given", "identifier.value", "gender"),
         faults="search.practitioner-other-id search.practitioner-nameless"),
    case("search.location-read", "A location returned by a slot search can be read with the same content",
         "STU3-SLOT-054 DSTU2-LOC-006", kind="Location",
         paths=("name", "identifier.value", "address.postalCode", "managingOrganization.reference"),
         faults="search.location-other-id search.location-main-name dstu2:search.location-without-address "
                "dstu2:search.location-unmanaged"),
    case("search.organization-read", "An organisation returned by a slot search can be read with the same content",
         "STU3-SLOT-054 DSTU2-ORG-006", kind="Organization", paths=("name", "identifier.value", "address.postalCode"),
         faults="search.organization-other-id search.organization-renamed"),
    why="The same rules apply to searches and reads; if they differ, one of them is wrong.",
    fix="Present practitioners, locations and organisations with the same code in searches and in reads.",
)  # fmt: skip


@scenarios(READS)
def test_reads(context: ScenarioContext, case: Case) -> None:
    response = search_few_days(context)
    kind = case["kind"]
    need(context, response, kind)
    found = {str(resource.get("id")): resource for resource in response.entries(kind)}
    for name, resource in sorted(found.items())[:3]:
        read = context.send(context.requests.read(kind, name))
        if context.judge(read, status(200)):
            context.judge(read, reads_as(kind, resource, *case["paths"]))


BOOKED = table(
    SEARCH,
    case("search.booked-is-gone", "A slot search no longer returns a slot that was booked",
         "STU3-SLOT-032 STU3-SLOT-057 DSTU2-SLOT-017", faults="search.shows-busy-as-free"),
    case("search.booked-alone-is-gone", "A slot search still returns all other slots after one was booked",
         "STU3-SLOT-057 DSTU2-SLOT-015", faults="search.booking-blocks-schedule"),
    why="A slot that is still offered after it was booked can be booked twice.",
    fix="Search the current state, not a cached copy of it.",
)  # fmt: skip


@scenarios(BOOKED)
def test_after_booking(context: ScenarioContext, case: Case) -> None:
    slot = context.arrange.slot()
    others, response, booked = _around_booking(context, slot)
    if not responded(context, response):
        return
    if case.id == "search.booked-is-gone":
        if others and not others & ids_of(response, "Slot"):
            context.cannot("the search shows none of the slots now that it showed before", Blame.PROVIDER)
        context.judge(response, finds_none_of({slot.id}, "a booked slot is still offered"))
        return
    if not others:
        context.cannot("the search that shows the slot shows no other")
    missing = others - ids_of(response, "Slot")
    if missing:  # others book meanwhile: what a booking takes is taken by a second one, too
        context.arrange.cancelled(booked)
        second = context.arrange.slot(lambda one: one.schedule_id == slot.schedule_id, what="a second slot to book")
        still, response, _ = _around_booking(context, second)
        others = missing & still
    context.judge(response, finds(*sorted(others)))


def _around_booking(context: ScenarioContext, slot: FreeSlot) -> tuple[set[str], Response, BookedAppointment]:
    """Book a slot: the others that its search showed before, that search afterwards, and the appointment."""
    before = search_that_showed(context, slot)
    need(context, before, "Slot")
    shown = ids_of(before, "Slot")
    if slot.id not in shown:
        context.cannot("the search that showed the slot no longer shows it")
    booked = context.arrange.booked(slot)
    return shown - {slot.id}, search_that_showed(context, slot), booked


FULL_DAY = table(
    SEARCH,
    case("search.full-day", "A slot search of a day on which every slot is booked returns 200 and a searchset without entries",
         "STU3-SLOT-034 STU3-SLOT-032 DSTU2-SLOT-024 DSTU2-SLOT-017",
         faults="search.shows-busy-as-free search.empty-is-error search.organization-when-empty"),
    why="A full day is a usual day: the consumer shows that nothing is free, which is neither an error nor a slot.",
    fix="Return 200 with an empty searchset when no slot of the days is free.",
)  # fmt: skip
_MOST_BOOKED = 6


def _short_day(context: ScenarioContext) -> tuple[date, set[str]]:
    """The day with the fewest free slots, of those that a few bookings fill, and its slots; CannotTest when there is none."""
    count = Counter(uk_date(slot.start) for slot in context.arrange.slot_pool.free())
    day = min(count, key=lambda one: (count[one], one), default=None)
    if day is None or count[day] > _MOST_BOOKED:
        context.cannot(f"no day of the configured window has as few as 1 to {_MOST_BOOKED} free slots")
    slots = control(context, day, day)
    if len(slots) > _MOST_BOOKED:
        context.cannot(f"the day with the fewest free slots has more than {_MOST_BOOKED}")
    return day, slots


@scenarios(FULL_DAY)
def test_full_day(context: ScenarioContext, case: Case) -> None:
    day, slots = _short_day(context)
    for name in sorted(slots):
        slot = context.arrange.slot(lambda one, name=name: one.id == name, what="a slot of a day with few")  # type: ignore[misc]
        context.arrange.booked(slot)
    response = search(context, day, day)
    if not responded(context, response):
        return
    freed = [slot.id for slot in slots_of(response) if slot.id not in slots and uk_date(slot.start) == day]
    if freed:
        context.cannot("another slot of the day became free meanwhile")
    context.judge(response, empty)
