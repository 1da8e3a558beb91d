"""Search for free slots: which window a search covers, to the second, and in which forms it may be written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from conformance.checks.response import success
from conformance.checks.searchsets import empty, ids_of
from conformance.checks.slots import finds, finds_none_of, within
from conformance.consumer.request_mutations import query
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date, uk_midnight
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.engine.slot_pool import FreeSlot, slots_of
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.slot_search import (
    REFUSED,
    SEARCH,
    at_noon,
    control,
    free_days,
    judge_same,
    lasting,
    long_slot,
    midnight_after,
    need,
    next_change,
    responded,
    search,
    steady,
    summer_day,
    today,
    two_free_days,
)

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Moment = date | datetime
Window = Callable[[FreeSlot], tuple[Moment, Moment]]


def _day(slot: FreeSlot, after: int = 0) -> date:
    return uk_date(slot.start) + timedelta(days=after)


def _edge(id: str, title: str, window: Window, found: bool, faults: str, verifies: str) -> dict[str, Any]:  # noqa: A002
    return case(f"search.{id}", title, verifies, window=window, found=found, faults=faults)


STARTS, ENDS = "STU3-SLOT-030 DSTU2-SLOT-016", "STU3-SLOT-031 DSTU2-SLOT-016"
LISTS = "STU3-SLOT-030 STU3-SLOT-031 DSTU2-SLOT-015"

EDGES = table(
    SEARCH,
    _edge("starts-with-window", "A slot search finds a slot that starts exactly at the start of the window",
          lambda slot: (slot.start, slot.end + MINUTE), True, "search.loses-first-instant search.loses-last",
          LISTS),
    _edge("ends-with-window", "A slot search finds a slot that ends exactly at the end of the window",
          lambda slot: (slot.start - MINUTE, slot.end), True, "search.loses-last-instant", LISTS),
    _edge("fills-window", "A slot search finds a slot that fills the window exactly",
          lambda slot: (slot.start, slot.end), True,
          "search.loses-first-instant search.loses-last-instant stu3:search.slots-overlap",
          LISTS),
    _edge("one-day", "A slot search with the same date for start and end finds a slot of that day",
          lambda slot: (_day(slot), _day(slot)), True, "search.end-date-is-midnight search.finds-nothing", LISTS),
    _edge("starts-a-second-early", "A slot search does not find a slot that starts one second before the window",
          lambda slot: (slot.start + SECOND, slot.end + HOUR), False,
          "search.finds-straddling-start search.start-to-the-minute", STARTS),
    _edge("starts-a-minute-early", "A slot search does not find a slot that starts one minute before the window",
          lambda slot: (slot.start + MINUTE, slot.end + HOUR), False,
          "search.finds-straddling-start search.finds-earlier", STARTS),
    _edge("ends-a-second-late", "A slot search does not find a slot that ends one second after the window",
          lambda slot: (slot.start - HOUR, slot.end - SECOND), False, "search.finds-straddling-end", ENDS),
    _edge("ends-a-minute-late", "A slot search does not find a slot that ends one minute after the window",
          lambda slot: (slot.start - HOUR, slot.end - MINUTE), False, "search.finds-straddling-end search.finds-later",
          ENDS),
    _edge("outlasts-window", "A slot search does not find a slot that starts before and ends after the window",
          lambda slot: (slot.start + SECOND, slot.end - SECOND), False, "search.overlapping", f"{STARTS} {ENDS}"),
    _edge("day-before", "A slot search that ends the day before does not find the slot",
          lambda slot: (_day(slot, -1), _day(slot, -1)), False, "search.finds-later", ENDS),
    _edge("day-after", "A slot search that starts the day after does not find the slot",
          lambda slot: (_day(slot, 1), _day(slot, 2)), False, "search.finds-earlier", STARTS),
    why="A consumer offers what it finds: a slot outside the requested window is at a time the patient cannot attend.",
    fix="Compare instants, including both bounds; a date means the whole UK day.",
)  # fmt: skip


@scenarios(EDGES)
def test_edges(context: ScenarioContext, case: Case) -> None:
    slot = long_slot(context)
    start, end = case["window"](slot)
    response = search(context, start, end)
    if not responded(context, response):
        return
    context.judge(response, within(_from(start), _until(end)))
    if case["found"]:
        context.judge(response, finds(slot.id))
    else:
        context.judge(response, finds_none_of({slot.id}, "a slot that does not lie wholly within the window was found"))


def _from(start: Moment) -> datetime:
    return start if isinstance(start, datetime) else uk_midnight(start)


def _until(end: Moment) -> datetime:
    return end if isinstance(end, datetime) else midnight_after(end)


def _form(id: str, what: str, start: bool, end: bool, faults: str) -> dict[str, Any]:  # noqa: A002
    return case(
        f"search.{id}",
        f"A slot search {what} is accepted, and finds the slots within",
        "STU3-SLOT-013 STU3-SLOT-012 DSTU2-SLOT-014 DSTU2-SLOT-015",
        timed=(start, end),
        faults=faults,
    )


FORMS = table(
    SEARCH,
    _form("dates", "with two dates", False, False, "search.refuses-dates"),
    _form("date-times", "with two dates with time and offset", True, True, "search.refuses-date-times"),
    _form("time-then-date", "from a date with time to a date", True, False,
          "search.refuses-mixed-window search.finds-earlier"),
    _form("date-then-time", "from a date to a date with time", False, True,
          "search.refuses-mixed-window search.finds-later"),
    why="The consumer may choose either form for each bound.",
    fix="Parse each bound separately: yyyy-mm-dd or yyyy-mm-ddThh:mm:ss+hh:mm.",
)  # fmt: skip


@scenarios(FORMS)
def test_forms(context: ScenarioContext, case: Case) -> None:
    first, last = two_free_days(context)
    whole = [slot for slot in context.arrange.slot_pool.free() if first <= uk_date(slot.start) <= last]
    timed_start, timed_end = case["timed"]
    start: Moment = min(slot.end for slot in whole) if timed_start else first
    end: Moment = max(slot.start for slot in whole) if timed_end else last
    response = search(context, start, end)
    if timed_start is not timed_end and response.status in (400, 422):
        expect_refused(context, response, MIXED)
    elif responded(context, response):
        low, high = _from(start), _until(end)
        found = search(context, first, last)
        need(context, found, "Slot")
        inside = {slot.id for slot in slots_of(found) if low <= slot.start and slot.end <= high}
        context.judge(
            response, within(low, high), finds(*sorted(inside))
        )  # more than by dates: not a fault of this form


MIXED = refused(
    (), tolerated=["400", "422"],
    because="The page lets a consumer choose date or dateTime for each bound, though it does not spell out a mixed pair.",
)  # fmt: skip


def _spelt(id: str, title: str, write: Callable[[datetime], str], faults: str) -> dict[str, Any]:  # noqa: A002
    return case(f"search.{id}", title, "STU3-SLOT-030 STU3-SLOT-031 DSTU2-SLOT-016", write=write, faults=faults)


SPELLINGS = table(
    SEARCH,
    _spelt("zulu", "A slot search with a bound in UTC (Z) finds the same slots, or is refused",
           lambda moment: _utc(moment).replace("+00:00", "Z"), "search.fails-on-zulu"),
    _spelt("other-offset", "A slot search with a bound in another offset finds the same slots, or is refused",
           lambda moment: moment.astimezone(timezone(timedelta(hours=5))).isoformat(), "search.ignores-offsets"),
    why="A provider that ignores the offset of a bound moves the window by hours.",
    fix="Apply the offset of each bound, or refuse offsets other than the UK's with 422 INVALID_PARAMETER.",
    noted="The page requires UK local time while FHIR allows any offset: accepting and refusing are both acceptable.",
)  # fmt: skip


@scenarios(SPELLINGS)
def test_spellings(context: ScenarioContext, case: Case) -> None:
    slot = long_slot(context)
    write = case["write"]
    start, end = slot.start - MINUTE, slot.end + MINUTE
    changes = query("start", f"ge{write(start)}"), query("end", f"le{write(end)}")
    response = search(context, start, end)
    need(context, response, "Slot")
    response = context.send(context.requests.search_free_slots(uk_date(start), uk_date(end)), *changes)
    if response.status in (400, 422):
        expect_refused(context, response, REFUSED)
    elif responded(context, response):
        context.judge(response, within(start, end), finds(slot.id))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


LENGTHS = table(
    SEARCH,
    case("search.two-weeks", "A slot search of fourteen whole days is accepted",
         "STU3-SLOT-019 STU3-SLOT-029 DSTU2-SLOT-014", faults="search.window-thirteen-days",
         window=lambda day: (day, day + 13 * DAY)),
    case("search.two-weeks-exactly", "A slot search of two weeks to the second is accepted",
         "STU3-SLOT-019 STU3-SLOT-029 DSTU2-SLOT-014", faults="search.window-thirteen-days",
         window=lambda day: (at_noon(day), at_noon(day + 14 * DAY))),
    case("search.two-weeks-by-dates", "A slot search of dates two weeks apart is accepted",
         "STU3-SLOT-019 DSTU2-SLOT-014", faults="search.window-thirteen-days", lenient=True,
         window=lambda day: (day, day + 14 * DAY),
         noted="Dates two weeks apart are fourteen days by subtraction and fifteen by counting: a refusal is a warning."),
    case("search.clock-goes-back", "A slot search of fourteen whole days in which the clock goes back is accepted",
         "STU3-SLOT-019 STU3-SLOT-029 DSTU2-SLOT-014", faults="search.window-counts-hours",
         window=lambda day: (next_change(day, autumn=True) - 6 * DAY, next_change(day, autumn=True) + 7 * DAY)),
    case("search.clock-goes-forward", "A slot search over the day on which the clock goes forward is accepted",
         "STU3-SLOT-013 STU3-SLOT-029 DSTU2-SLOT-014", faults="search.refuses-clock-change",
         window=lambda day: (at_noon(next_change(day, autumn=False) - DAY),
         at_noon(next_change(day, autumn=False) + DAY))),
    case("search.summer-time", "A slot search with times in British Summer Time (+01:00) is accepted",
         "STU3-SLOT-013 DSTU2-SLOT-014", faults="search.refuses-summer-offset",
         window=lambda day: (at_noon(summer_day(day)), at_noon(summer_day(day) + DAY))),
    case("search.winter-time", "A slot search with times in winter (+00:00) is accepted",
         "STU3-SLOT-013 DSTU2-SLOT-014", faults="search.refuses-winter-offset",
         window=lambda day: (at_noon(next_change(day, autumn=True) + 30 * DAY),
         at_noon(next_change(day, autumn=True) + 31 * DAY))),
    case("search.past", "A slot search in the past returns 200, whatever it finds",
         "STU3-SLOT-028 DSTU2-SLOT-024", faults="search.refuses-bygone",
         window=lambda day: (day - 12 * DAY, day - 6 * DAY)),
    case("search.past-to-future", "A slot search from the past into the future returns 200",
         "STU3-SLOT-028", faults="search.refuses-bygone",
         window=lambda day: (day - 2 * DAY, day)),
    why="Consumers search in windows of up to two weeks; a refused window is a gap in what they show.",
    fix="Measure the window in UK calendar time, not in hours, and refuse only what is longer than two weeks.",
)  # fmt: skip


@scenarios(LENGTHS)
def test_lengths(context: ScenarioContext, case: Case) -> None:
    first = steady(today(context) + DAY, 15)
    start, end = case["window"](first)
    response = search(context, start, end)
    if case.get("lenient") and response.status in (400, 422):
        expect_refused(context, response, LENIENT)
    elif responded(context, response):
        context.judge(response, within(_from(start), _until(end)))


LENIENT = refused(
    (), tolerated=["400", "422"], because="Whether this is longer than two weeks depends on the counting."
)

TOO_LONG = table(
    SEARCH,
    case("search.two-weeks-and-a-second", "A slot search of two weeks and one second is refused",
         "STU3-SLOT-019 DSTU2-SLOT-012", faults="search.accepts-long-window search.window-counts-days",
         window=lambda day: (at_noon(day), at_noon(day + 14 * DAY) + SECOND)),
    case("search.fifteen-days", "A slot search of dates fifteen days apart is refused",
         "STU3-SLOT-019 DSTU2-SLOT-012", faults="search.accepts-long-window search.window-four-weeks",
         window=lambda day: (day, day + 15 * DAY)),
    case("search.three-weeks", "A slot search of three weeks is refused",
         "STU3-SLOT-019 DSTU2-SLOT-012", faults="search.accepts-long-window search.window-four-weeks",
         window=lambda day: (day, day + 21 * DAY)),
    case("search.a-month", "A slot search of a month is refused",
         "STU3-SLOT-019 DSTU2-SLOT-012", faults="search.accepts-long-window",
         window=lambda day: (day, day + 31 * DAY)),
    case("search.a-year", "A slot search of a year is refused",
         "STU3-SLOT-019 DSTU2-SLOT-012", faults="search.accepts-long-window",
         window=lambda day: (day, day + 365 * DAY)),
    case("search.past-three-weeks", "A slot search of three weeks in the past is refused",
         "STU3-SLOT-019 DSTU2-SLOT-012", faults="search.accepts-long-window",
         window=lambda day: (day - 40 * DAY, day - 19 * DAY)),
    why="The limit protects providers from searches over their whole appointment book; consumers must search again instead.",
    fix="Refuse a window longer than two weeks with 422 INVALID_PARAMETER and say so in the diagnostics.",
    expect=refused("INVALID_PARAMETER", also=["400 BAD_REQUEST", "400 INVALID_PARAMETER"],
                   because="The page requires an error and names no code; the error table's row for date ranges fits best."),
)  # fmt: skip


@scenarios(TOO_LONG)
def test_too_long(context: ScenarioContext, case: Case) -> None:
    start, end = case["window"](steady(today(context) + DAY, 16))
    response = search(context, start, end)
    expect_refused(context, response, case["expect"])


EMPTY = table(
    SEARCH,
    case("search.empty", "A slot search that finds no slot returns 200 and a searchset without entries",
         "STU3-SLOT-034 STU3-SLOT-029 DSTU2-SLOT-024", filled="range",
         faults="search.empty-is-error search.organization-when-empty"),
    case("search.empty-list",
         "A slot search that finds no slot returns a searchset without the entry element, not with an empty list",
         "STU3-SLOT-034 DSTU2-SLOT-024", filled="range", faults="search.empty-array"),
    case("search.empty-within-slot", "A slot search in a window shorter than any slot returns an empty searchset",
         "STU3-SLOT-034 DSTU2-SLOT-024", filled="slot", faults="search.empty-is-error search.organization-when-empty"),
    why="No free slots is a valid result, not an error; related resources must not be returned without slots.",
    fix="Return 200 with a Bundle of type searchset and leave the element entry out.",
)  # fmt: skip


@scenarios(EMPTY)
def test_empty(context: ScenarioContext, case: Case) -> None:
    if case["filled"] == "slot":
        slot = long_slot(context)
        response = search(context, slot.start + SECOND, slot.start + 2 * SECOND)
    else:
        response = search(context, *_empty_range(context))
    if responded(context, response):
        context.judge(response, empty)


def _empty_range(context: ScenarioContext) -> tuple[date, date]:
    days = context.config.data.empty_range
    if days is None:
        context.cannot("the configuration names no days without free slots (data.empty_range)")
    return days.dates(today(context))


WHOLE = table(
    SEARCH,
    case("search.day-by-day", "Slot searches of single days find the same slots as one slot search of all of them",
         "DSTU2-SLOT-015 STU3-SLOT-030 STU3-SLOT-031",
         faults="search.stops-at-a-hundred search.end-date-is-midnight search.finds-first-only"),
    case("search.again", "A repeated slot search finds the same slots",
         "DSTU2-SLOT-015 STU3-SLOT-029", faults="search.forgets-some-at-times"),
    why="A consumer cannot rely on a slot that one search returns and another does not.",
    fix="Search the appointment book itself, without a limit on the number of slots.",
)  # fmt: skip


@scenarios(WHOLE)
def test_whole(context: ScenarioContext, case: Case) -> None:
    days = free_days(context)
    first, last = days[0], max(day for day in days if (day - days[0]).days <= 6)
    if case.id == "search.again":
        judge_same(
            context,
            lambda: control(context, first, last),
            lambda: search(context, first, last),
            "those found a moment ago",
        )
        return
    found = lasting(_by_days(context, first, last), lambda: _by_days(context, first, last))
    if any(found.values()):
        context.findings.fail(
            "single days and their whole window find different slots",
            location="Bundle.entry",
            code="windows-differ",
            found=", ".join(f"{len(ids)} {where}" for where, ids in found.items()),
            expected="the same slots both times",
        )


def _by_days(context: ScenarioContext, first: date, last: date) -> dict[str, set[str]]:
    """The slots that only a search of their day finds, and those that only a search of all days finds."""
    whole = control(context, first, last)
    parts = [_slots_on(context, first + timedelta(days=number)) for number in range((last - first).days + 1)]
    found = set().union(*parts)
    return {"only by days": found - whole, "only in the window": whole - found}


def _slots_on(context: ScenarioContext, day: date) -> set[str]:
    response: Response = search(context, day, day)
    context.need(response, success("Bundle"), what=f"the search of {day} did not succeed")
    return ids_of(response, "Slot")
