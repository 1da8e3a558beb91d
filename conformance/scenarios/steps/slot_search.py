"""What the slot search scenarios share: the days to search, the search itself, and what it must find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from conformance.checks.response import success
from conformance.checks.searchsets import ids_of
from conformance.checks.slots import finds_exactly
from conformance.consumer.request import Change, Request
from conformance.consumer.response import Response
from conformance.consumer.uk_time import LONDON, clock_changes, uk_date, uk_midnight
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.slot_pool import FreeSlot

SEARCH = "search_free_slots"

PRACTITIONER = "Schedule:actor:Practitioner"
LOCATION = "Schedule:actor:Location"
ORGANIZATION = "Location:managingOrganization"

REFUSED = refused(
    "INVALID_PARAMETER",
    also=["400 BAD_REQUEST"],
    because="The search page requires an error and names neither status nor code; both are acceptable.",
)


def today(context: ScenarioContext) -> date:
    """The present day in the UK."""
    return uk_date(context.now())


def free_days(context: ScenarioContext) -> list[date]:
    """The days on which the provider has free slots, in order; CannotTest when there are none."""
    days = sorted({uk_date(slot.start) for slot in context.arrange.slot_pool.free()})
    if not days:
        context.cannot("the provider offers no free slot in the configured window")
    return days


def few_days(context: ScenarioContext, length: int = 2) -> tuple[date, date]:
    """A short window, a few days from the first on which there are free slots: enough to judge, little to read."""
    first = free_days(context)[0]
    return first, first + timedelta(days=length - 1)


def near_days(context: ScenarioContext) -> tuple[date, date]:
    """Tomorrow and the day after, for requests that must be refused whatever is free."""
    first = today(context) + timedelta(days=1)
    return first, first + timedelta(days=1)


def two_free_days(context: ScenarioContext) -> tuple[date, date]:
    """The first two days with free slots; CannotTest when the first two weeks have only one."""
    days = _first_two_weeks(context)
    return days[0], days[1]


def many_free_days(context: ScenarioContext) -> tuple[date, date]:
    """The first and last free day of two weeks, for content that not every day may have; CannotTest when they are the same."""
    days = _first_two_weeks(context)
    return days[0], days[-1]


def _first_two_weeks(context: ScenarioContext) -> list[date]:
    days = free_days(context)
    near = [day for day in days if (day - days[0]).days < 13]
    if len(near) < 2:
        context.cannot("the provider offers free slots on one day only")
    return near


def long_slot(context: ScenarioContext) -> FreeSlot:
    """A free slot, tomorrow or later, of at least two minutes: a window can begin or end within it and before its day."""
    return context.arrange.slot(
        lambda slot: slot.end - slot.start >= timedelta(minutes=2) and uk_date(slot.start) > today(context),
        what="a free slot of two minutes or more, tomorrow or later",
    )


def request(context: ScenarioContext, start: date | datetime, end: date | datetime, **more: Any) -> Request:
    """The valid search for a window."""
    plain: Request = context.requests.search_free_slots(start, end, **more)
    return plain


def search(
    context: ScenarioContext, start: date | datetime, end: date | datetime, *changes: Change, **more: Any
) -> Response:
    """Search a window, changed as named."""
    return context.send(request(context, start, end, **more), *changes)


def search_few_days(context: ScenarioContext, *changes: Change, **more: Any) -> Response:
    """Search a short window in which there are free slots."""
    return search(context, *few_days(context), *changes, **more)


def search_that_showed(context: ScenarioContext, slot: FreeSlot) -> Response:
    """Repeat the search that showed a free slot; one of its day where it was found otherwise."""
    day = uk_date(slot.start)
    return context.send(context.requests.renewed(slot.shown_by) if slot.shown_by else request(context, day, day))


def responded(context: ScenarioContext, response: Response) -> bool:
    """Judge that a response is 200 with a searchset."""
    return context.judge(response, success("Bundle"))


def need(context: ScenarioContext, response: Response, kind: str) -> None:
    """CannotTest unless a response is a searchset with an entry of a type: without one there is nothing to judge."""
    context.need(response, success("Bundle"), what="the search for free slots did not succeed")
    if not any(response.entries(kind)):
        context.cannot(f"the search for free slots found no {kind}")


def control(context: ScenarioContext, start: date | datetime, end: date | datetime, **more: Any) -> set[str]:
    """The ids of the free slots that the plain search finds in a window; CannotTest when it finds none."""
    response = search(context, start, end, **more)
    need(context, response, "Slot")
    return ids_of(response, "Slot")


def judge_same(
    context: ScenarioContext, usual: Callable[[], set[str]], other: Callable[[], Response], which: str
) -> None:
    """Judge that another search finds the slots that `usual` returns; `which` says in words which they are.

    Others book and cancel meanwhile: where the two differ, both are repeated, and what differs both times counts.
    """
    expected, response = usual(), other()
    if not responded(context, response):
        return
    found = ids_of(response, "Slot")
    if found != expected:
        missing, surplus = expected - found, found - expected
        expected, response = usual(), other()
        if not responded(context, response):
            return
        found = ids_of(response, "Slot")
        expected = (found - (surplus - expected)) | (missing & expected)
    context.judge(response, finds_exactly(expected, which))


def lasting(first: Mapping[str, set[str]], repeat: Callable[[], Mapping[str, set[str]]]) -> dict[str, set[str]]:
    """Return, by kind, the slots in which searches differ and differ again when they are repeated.

    Others book and cancel between two searches.
    """
    again = repeat() if any(first.values()) else {}
    return {kind: ids & again.get(kind, set()) for kind, ids in first.items()}


def midnight_after(day: date) -> datetime:
    """The moment at which a day ends in the UK."""
    return uk_midnight(day + timedelta(days=1))


def steady(first: date, length: int) -> date:
    """The first day, from one on, after which the UK clock does not change for a number of days."""
    while any(first <= change <= first + timedelta(days=length) for change in _changes(first)):
        first += timedelta(days=1)
    return first


def next_change(after: date, *, autumn: bool) -> date:
    """The next day on which the UK clock goes back (autumn) or forward."""
    return next(day for day in _changes(after) if day > after and (day.month > 6) is autumn)


def _changes(day: date) -> list[date]:
    return [change for year in (day.year, day.year + 1, day.year + 2) for change in clock_changes(year)]


def at_noon(day: date) -> datetime:
    """Noon of a day in the UK."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=LONDON)


def summer_day(after: date) -> date:
    """A day in the middle of the next British summer time."""
    return next_change(after, autumn=False) + timedelta(days=60)
