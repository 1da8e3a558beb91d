"""Search for free slots: requests that must be refused, and date prefixes that must be refused or applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from conformance.checks.check import Check, Context
from conformance.checks.json_values import spelled
from conformance.checks.searchsets import empty, includes
from conformance.checks.slots import times
from conformance.consumer.request_mutations import add_query, query, raw_query, without_query
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_midnight
from conformance.core.results import Finding
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.slot_search import (
    REFUSED,
    SEARCH,
    midnight_after,
    near_days,
    need,
    request,
    responded,
    search,
    today,
    two_free_days,
)

DAY = timedelta(days=1)
WARNED_WHEN_ACCEPTED = refused(
    "INVALID_PARAMETER", also=["400 BAD_REQUEST"], tolerated=["200"],
    because="The refusal follows from the rule but is not stated in it.",
)  # fmt: skip


FREE = "the free parameter"  # its name is the edition's


def _without(id: str, what: str, *names: str, verifies: str, faults: str) -> dict[str, Any]:  # noqa: A002
    return case(
        f"search.without-{id}", f"A slot search without {what} is refused", verifies, names=names, faults=faults
    )


MISSING = table(
    SEARCH,
    _without("start", "start", "start", verifies="STU3-SLOT-023 DSTU2-SLOT-010", faults="search.accepts-missing-start"),
    _without("end", "end", "end", verifies="STU3-SLOT-023 DSTU2-SLOT-010", faults="search.accepts-missing-end"),
    _without("bounds", "start and end", "start", "end",
             verifies="STU3-SLOT-023 DSTU2-SLOT-010", faults="search.accepts-no-bounds"),
    _without("status", "the parameter for free slots", FREE,
             verifies="STU3-SLOT-020 DSTU2-SLOT-008", faults="search.accepts-missing-status"),
    _without("include", "_include=Slot:schedule", "_include", verifies="STU3-SLOT-022",
             faults="search.accepts-missing-include search.gives-no-schedules-unasked"),
    _without("anything", "any parameter at all", verifies="STU3-SLOT-020 STU3-SLOT-022 DSTU2-SLOT-008",
             faults="search.accepts-anything"),
    why="Without the parameter the provider cannot search as the consumer intended; the page makes it mandatory.",
    fix="Check that all four mandatory parameters are present; return 422 INVALID_PARAMETER otherwise.",
    expect=REFUSED,
)  # fmt: skip


@scenarios(MISSING)
def test_missing(context: ScenarioContext, case: Case) -> None:
    names = [_free(context) if name == FREE else name for name in case["names"]]
    changes = [without_query(name) for name in names] or [raw_query("")]
    expect_refused(context, search(context, *near_days(context), *changes), case["expect"])


STATUS = ("STU3-SLOT-021", "DSTU2-SLOT-009")


def _status(id: str, value: str, title: str, *, editions: tuple[str, ...] = STATUS, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(
        f"search.status-{id}",
        f"{title} is refused",
        " ".join(editions),
        status=(value,),
        faults="search.accepts-other-status",
        **more,
    )


STATUSES = table(
    SEARCH,
    _status("busy", "busy", "A slot search for busy slots"),
    _status("busy-unavailable", "busy-unavailable", "A slot search for slots that are busy and unavailable"),
    _status("busy-tentative", "busy-tentative", "A slot search for slots that are tentatively busy"),
    _status("entered-in-error", "entered-in-error", "A slot search for slots entered in error", editions=("STU3-SLOT-021",)),
    _status("free-or-busy", "free,busy", "A slot search for slots that are either free or busy"),
    _status("capitals", "FREE", "A slot search for slots with the status FREE in capitals", expect=WARNED_WHEN_ACCEPTED),
    _status("empty", "", "A slot search with an empty status", expect=WARNED_WHEN_ACCEPTED),
    case("search.status-free-and-busy", "A slot search with one status for free and another for busy slots is refused",
         " ".join(STATUS),
         status=("free", "busy"),
         faults="search.accepts-other-status search.reads-first-status-only search.error-other-code "
                "search.error-not-found"),
    why="Slots that are not free cannot be booked, and busy times are confidential to the practice.",
    fix="Accept only the value free; return 422 INVALID_PARAMETER for all other values.",
    expect=REFUSED,
)  # fmt: skip


@scenarios(STATUSES)
def test_status(context: ScenarioContext, case: Case) -> None:
    expect_refused(
        context, search(context, *near_days(context), query(_free(context), *case["status"])), case["expect"]
    )


def _free(context: ScenarioContext) -> str:
    """The name of the parameter for free slots."""
    return next(name for name, value in request(context, *near_days(context)).query if value == "free")


LOOSE = table(
    SEARCH,
    case("search.without-include-loose",
         "A slot search without _include=Slot:schedule is refused, or returns the schedules nevertheless",
         "DSTU2-SLOT-011", faults="search.gives-no-schedules-unasked"),
    why="A slot without its schedule cannot be shown or booked: location and practitioner come from the schedule.",
    fix="Refuse the search with 422 INVALID_PARAMETER.",
)  # fmt: skip


@scenarios(LOOSE)
def test_without_include(context: ScenarioContext, case: Case) -> None:
    response = search(context, *near_days(context), without_query("_include"))
    if response.status != 200:
        expect_refused(context, response, REFUSED)
    else:
        need(context, response, "Slot")
        context.judge(response, includes("Schedule"))


Write = str | Callable[[date], str]


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _month_end(day: date) -> date:
    return _next_month(day) - DAY


def _next_year(day: date) -> date:
    return date(day.year + 1, 1, 1)


BOTH, STU3 = "STU3-SLOT-018 DSTU2-SLOT-013", "STU3-SLOT-018"


def _start(id: str, what: str, start: Write, end: Write | None = None, verifies: str = BOTH) -> dict[str, Any]:  # noqa: A002
    return case(
        f"search.start-{id}",
        f"A slot search with {what} for start is refused",
        verifies,
        bounds=(start, end),
        faults="search.accepts-bad-start",
    )


def _end(id: str, what: str, end: Write, start: Write | None = None, verifies: str = BOTH) -> dict[str, Any]:  # noqa: A002
    return case(
        f"search.end-{id}",
        f"A slot search with {what} for end is refused",
        verifies,
        bounds=(start, end),
        faults="search.accepts-bad-end",
    )


# Where a lenient reader would take the bound for a date, the other bound keeps the window within two weeks.
MALFORMED = table(
    SEARCH,
    _start("year", "a year", lambda day: f"ge{day.year + 1}", lambda day: f"le{_next_year(day) + 9 * DAY}", STU3),
    _end("year", "a year", lambda day: f"le{day.year}", lambda day: f"ge{_next_year(day) - 7 * DAY}", STU3),
    _start("month", "a month", lambda day: f"ge{_next_month(day):%Y-%m}",
           lambda day: f"le{_next_month(day) + 9 * DAY}", STU3),
    _end("month", "a month", lambda day: f"le{_next_month(day):%Y-%m}",
         lambda day: f"ge{_month_end(_next_month(day)) - 6 * DAY}", STU3),
    _start("no-date", "a word", "geNOTADATE"),
    _end("no-date", "a word", "leNOTADATE"),
    _start("empty", "an empty value", ""),
    _end("empty", "an empty value", ""),
    _start("prefix-only", "a prefix without a date", "ge"),
    _end("prefix-only", "a prefix without a date", "le"),
    _start("month-thirteen", "an impossible month", lambda day: f"ge{day.year}-13-45"),
    _end("month-thirteen", "an impossible month", lambda day: f"le{day.year + 1}-13-01"),
    _start("february-thirty", "an impossible day",
           lambda day: f"ge{day.year + 1}-02-30", lambda day: f"le{day.year + 1}-03-05"),
    _end("february-thirty", "an impossible day",
         lambda day: f"le{day.year + 1}-02-30", lambda day: f"ge{day.year + 1}-02-25"),
    _start("hour-twenty-five", "an impossible hour", lambda day: f"ge{day}T25:00:00+00:00"),
    _end("hour-twenty-five", "an impossible hour", lambda day: f"le{day}T25:00:00+00:00"),
    _start("no-offset", "a time without offset", lambda day: f"ge{day}T00:00:00", verifies=STU3),
    _end("no-offset", "a time without offset", lambda day: f"le{day + DAY}T23:00:00", verifies=STU3),
    _start("compact", "a date without hyphens", lambda day: f"ge{day:%Y%m%d}"),
    _end("compact", "a date without hyphens", lambda day: f"le{day:%Y%m%d}"),
    case("search.start-unknown-prefix", "A slot search with an unknown prefix on start is refused", BOTH,
         bounds=(lambda day: f"xx{day}", None), faults="search.ignores-start-prefix"),
    case("search.end-unknown-prefix", "A slot search with an unknown prefix on end is refused", BOTH,
         bounds=(None, lambda day: f"xx{day + DAY}"), faults="search.ignores-end-prefix"),
    why="A guessed bound searches a window that was not requested, and its slots only look complete.",
    fix="Parse each bound strictly: prefix, then yyyy-mm-dd or yyyy-mm-ddThh:mm:ss+hh:mm; otherwise return 422 "
        "INVALID_PARAMETER.",
    expect=REFUSED,
)  # fmt: skip


@scenarios(MALFORMED)
def test_malformed(context: ScenarioContext, case: Case) -> None:
    first, last = near_days(context)
    day = max(first, today(context) + DAY)
    usual = request(context, first, last)
    sent = {
        name: write if isinstance(write, str) else write(day)
        for name, write in zip(("start", "end"), case["bounds"], strict=True)
        if write is not None
    }
    changes = [query(name, value) for name, value in sent.items() if usual.parameter(name) != value]
    expect_refused(context, context.send(usual, *changes), case["expect"])


REPEATED = table(
    SEARCH,
    case("search.start-twice", "A slot search with two start parameters is refused", "STU3-SLOT-018", name="start", prefix="ge",
         faults="search.accepts-repeated-bounds"),
    case("search.end-twice", "A slot search with two end parameters is refused", "STU3-SLOT-018", name="end", prefix="le",
         faults="search.accepts-repeated-bounds"),
    why="Of two starts a provider can apply only one, and the consumer cannot know which.",
    fix="Refuse a repeated start or end with 422 INVALID_PARAMETER.",
    expect=refused("INVALID_PARAMETER", also=["400 BAD_REQUEST"], tolerated=["200"],
                   because="The page forbids consumers to repeat it and names no response."),
)  # fmt: skip


@scenarios(REPEATED)
def test_repeated(context: ScenarioContext, case: Case) -> None:
    first, last = near_days(context)
    again = first + DAY if case["name"] == "start" else first
    expect_refused(
        context, search(context, first, last, add_query(case["name"], f"{case['prefix']}{again}")), case["expect"]
    )


BACKWARDS = table(
    SEARCH,
    case("search.end-before-start", "A slot search that ends on the day before it starts is refused",
         "STU3-SLOT-024 DSTU2-SLOT-013", apart=DAY, faults="search.accepts-reversed-window"),
    case("search.end-a-second-before-start", "A slot search that ends one second before it starts is refused",
         "STU3-SLOT-024 DSTU2-SLOT-013", apart=timedelta(seconds=1), faults="search.accepts-reversed-window"),
    case("search.bounds-swapped", "A slot search with start and end swapped is refused",
         "STU3-SLOT-024 DSTU2-SLOT-013", apart=timedelta(days=7), faults="search.accepts-reversed-window"),
    why="A window that ends before it starts is a consumer's mistake; an empty response would hide it.",
    fix="Compare the bounds before searching and return 422 INVALID_PARAMETER.",
    expect=REFUSED,
)  # fmt: skip


@scenarios(BACKWARDS)
def test_backwards(context: ScenarioContext, case: Case) -> None:
    first = near_days(context)[0] + DAY
    apart: timedelta = case["apart"]
    start: date | datetime = first + apart if apart.days else uk_midnight(first) + timedelta(hours=12)
    end: date | datetime = first if apart.days else uk_midnight(first) + timedelta(hours=12) - apart
    response = search(context, start, end)
    if response.status == 200 and context.edition.capabilities.tolerates_reversed_windows:
        context.findings.warn(
            "the window was accepted though it ends before it starts",
            location="status",
            found=response.described,
            expected="422 INVALID_PARAMETER",
            code="refusal-tolerated",
        )
        context.judge(response, empty)
    else:
        expect_refused(context, response, case["expect"])


def _prefixes(start: str, end: str) -> dict[str, Any]:
    named = f"{start or 'no prefix'} on start and {end or 'no prefix'} on end"
    within_dstu2 = "DSTU2-FHIR-028" if {start, end} <= {"eq", "gt", "lt", "ge", "le"} else ""
    return case(
        f"search.prefix-{start or 'none'}-{end or 'none'}",
        f"A slot search with {named} is refused, or applies the prefixes",
        f"STU3-SLOT-025 {within_dstu2}",
        prefixes=(start, end),
        faults="search.ignores-prefixes",
    )


PREFIXES = table(
    SEARCH,
    *(_prefixes(*pair.split(",")) for pair in (
        "lt,gt", "gt,gt", "lt,lt", "le,ge", "eq,eq", "gt,lt", "ne,ne", "ge,ne", "ne,le",
        ",", ",le", "ge,", "eq,le", "ge,lt", "gt,le", "sa,eb",
    )),
    why="A provider that ignores a prefix performs a different search, and the consumer cannot notice.",
    fix="Refuse prefixes other than ge on start and le on end with 422 INVALID_PARAMETER, or apply them as FHIR defines them.",
)  # fmt: skip


@scenarios(PREFIXES)
def test_prefixes(context: ScenarioContext, case: Case) -> None:
    first, last = two_free_days(context)
    start, end = case["prefixes"]
    changes = [
        query(name, f"{prefix}{day}")
        for name, prefix, day, usual in (("start", start, first, "ge"), ("end", end, last, "le"))
        if prefix != usual
    ]
    response = search(context, first, last, *changes)
    if response.status != 200:
        expect_refused(context, response, REFUSED)
    elif responded(context, response):
        context.judge(response, _applies(0, start, first), _applies(1, end, last))


def _applies(which: int, prefix: str, day: date) -> Check:
    """Every slot's start (0) or end (1) relates to a day as the prefix says."""
    low, high = uk_midnight(day), midnight_after(day)
    meets: dict[str, Callable[[datetime], bool]] = {
        "": lambda moment: low <= moment < high,
        "eq": lambda moment: low <= moment < high,
        "ne": lambda moment: not low <= moment < high,
        "gt": lambda moment: moment >= high,
        "sa": lambda moment: moment >= high,
        "ge": lambda moment: moment >= low,
        "lt": lambda moment: moment < low,
        "eb": lambda moment: moment < low,
        "le": lambda moment: moment <= high,
    }

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for slot in response.entries("Slot"):
            moment = times(slot)[which]
            if moment is None or not meets[prefix](moment):
                name = ("start", "end")[which]
                yield Finding(
                    "the prefix was ignored: a slot was found that it excludes",
                    location=f"Slot/{slot.get('id')} {name}",
                    found=spelled(slot.get(name)),
                    expected=f"{prefix or 'eq'} {day}",
                    code="prefix",
                )
                return

    return check
