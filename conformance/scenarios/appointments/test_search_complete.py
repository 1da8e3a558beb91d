"""Search for free slots: whether the response holds all there is, and odd questions that can be returned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from conformance.checks.json_values import every, first, spelled
from conformance.checks.response import success
from conformance.checks.searchsets import ids_of
from conformance.consumer.request_mutations import add_query
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_midnight
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.slot_search import (
    SEARCH,
    at_noon,
    midnight_after,
    need,
    responded,
    search,
    search_few_days,
    today,
)

Part = tuple[date | datetime, date | datetime]

_DAYS = 14  # the longest window that both editions response


def _by_days(first_day: date, last_day: date) -> Iterator[Part]:
    for number in range((last_day - first_day).days + 1):
        day = first_day + timedelta(days=number)
        yield day, day


def _by_half_days(first_day: date, last_day: date) -> Iterator[Part]:
    for day, _ in _by_days(first_day, last_day):
        yield uk_midnight(day), at_noon(day)
        yield at_noon(day), midnight_after(day)


COMPLETE = table(
    SEARCH,
    case("search.complete-by-days", "A slot search of many days finds every slot that slot searches of its days find",
         "STU3-SLOT-064 DSTU2-SLOT-015", parts=_by_days, faults="search.first-ten-slots search.first-days-only"),
    case("search.complete-by-half-days", "A slot search of many days finds every slot that slot searches of its half days find",
         "STU3-SLOT-064 DSTU2-SLOT-015", parts=_by_half_days, faults="search.first-ten-slots search.first-days-only"),
    why="What a response leaves out cannot be booked, and nobody sees that it is missing.",
    fix="Return every slot that meets the question in one Bundle; paging is not part of GP Connect.",
)  # fmt: skip


def _window(context: ScenarioContext) -> tuple[date, date]:
    """The configured window from today on, as long as one search may be."""
    first_day, last_day = context.config.data.window.dates(today(context))
    first_day = max(first_day, today(context) + timedelta(days=1))
    return first_day, min(last_day, first_day + timedelta(days=_DAYS - 1))


@scenarios(COMPLETE)
def test_complete(context: ScenarioContext, case: Case) -> None:
    window = _window(context)
    whole = search(context, *window)
    need(context, whole, "Slot")
    missing: dict[str, Part] = {}
    for part in case["parts"](*window):
        response = search(context, *part)
        context.need(response, success("Bundle"), what="the search of a part of the window did not succeed")
        missing |= dict.fromkeys(ids_of(response, "Slot") - ids_of(whole, "Slot"), part)
    if missing:  # a slot may have become free meanwhile
        whole = search(context, *window)
        need(context, whole, "Slot")
        missing = {found: part for found, part in missing.items() if found not in ids_of(whole, "Slot")}
    if missing:
        context.findings.fail(
            "slots that a search of a part of the window finds are not in the response to the search of it all",
            location="Bundle.entry",
            found=f"missing: {', '.join(sorted(missing)[:5])}{'' if len(missing) < 6 else f' and {len(missing) - 5} more'}",
            expected="every slot of the window",
            exchange=whole.number,
            code="slots-missing",
        )


ONE_BUNDLE = table(
    SEARCH,
    case("search.no-further-page", "The response to a slot search names no further page", "STU3-SLOT-064 DSTU2-SLOT-015",
         faults="search.links-to-a-next-page"),
    why="Paging is out of the scope of GP Connect; a consumer that does not know it sees the first page alone.",
    fix="Return all slots in one Bundle, without a link of relation next.",
)  # fmt: skip


@scenarios(ONE_BUNDLE)
def test_one_bundle(context: ScenarioContext, case: Case) -> None:
    response = search(context, *_window(context))
    need(context, response, "Slot")
    following = [link for link in every(response.value, "link") if first(link, "relation") == "next"]
    if following:
        context.findings.warn(
            "the response names a next page, though paging is out of scope; whether slots are missing is judged elsewhere",
            location="Bundle.link",
            found=spelled(first(following, "url")),
            expected="all slots in one Bundle",
            exchange=response.number,
            code="paging",
        )


_ODD = refused((), tolerated=["4xx", "501"], because="What a provider does not understand or offer is to be ignored.")

ODD = table(
    SEARCH,
    case("search.filter-without-system", "A slot search ignores a search filter without a system",
         "STU3-SLOT-026 STU3-SLOT-065",
         change=add_query("searchFilter", "gp-practice"), faults="search.filter-without-system-is-server-error"),
    case("search.count", "A slot search with _count is accepted", "STU3-SLOT-027 DSTU2-FHIR-024",
         change=add_query("_count", "500"), faults="search.count-is-server-error"),
    why="A question that is odd but can be returned must not break the provider.",
    fix="Pass over filters and parameters that you do not know.",
)  # fmt: skip


@scenarios(ODD)
def test_odd_question(context: ScenarioContext, case: Case) -> None:
    response: Response = search_few_days(context, case["change"])
    if response.status == 200:
        responded(context, response)
    else:
        expect_refused(context, response, _ODD)
