"""Retrieve a patient's appointments: questions that must be refused, and what their refusal must say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from conformance.checks import operation_outcome, retrievals
from conformance.checks.response import success
from conformance.checks.searchsets import empty
from conformance.consumer.request import Change
from conformance.consumer.request_mutations import query, without_query
from conformance.core.results import Finding, Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import error_code, refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.retrieve import RETRIEVE, around, day, later, need, on, question, spread, today, whole

Starts = Callable[[date], tuple[str, ...]]

EXACTLY = refused("INVALID_PARAMETER")
_NONE_SENT = refused(
    "INVALID_PARAMETER",
    also=["400 BAD_REQUEST"],
    because="Without any start the request may count as malformed.",
)
_PAST = refused(
    "INVALID_PARAMETER",
    tolerated=["4xx"],
    because="The page asks for an error and says only of an invalid date range which one.",
)
_READS = refused(
    "INVALID_PARAMETER",
    also=["400 BAD_REQUEST"],
    because="The page requires five prefixes and does not say how others are refused.",
)


def _refused(
    name: str, title: str, verifies: str, starts: Starts | dict[str, Starts], faults: str, **more: Any
) -> dict[str, Any]:
    """A row: the start parameters to send, derived from today's date."""
    return case(f"retrieve.{name}", title, verifies, starts=starts, faults=faults, **more)


_MISSING = "STU3-RETRIEVE-018"
_INVALID = "STU3-RETRIEVE-019 STU3-RETRIEVE-021"
_TIMED = "STU3-RETRIEVE-017"
_BOTH = f"{_INVALID} DSTU2-RETRIEVE-020"


def _and_le(text: Callable[[date], str]) -> Starts:
    """A first start parameter beside a valid upper bound."""
    return lambda now: (text(now), f"le{later(now, 7)}")


def _only(text: Callable[[date], str]) -> dict[str, Starts]:
    """One start parameter: beside a valid upper bound where two are mandatory, alone elsewhere."""
    return {"stu3": _and_le(text), "dstu2": lambda now: (text(now),)}


MISSING = table(
    RETRIEVE,
    _refused("without-start", "A retrieval without start is refused", _MISSING, lambda _: (), "retrieve.accepts-one-start",
             expect=_NONE_SENT),
    _refused("only-ge", "A retrieval with only a lower bound is refused", _MISSING, lambda now: (f"ge{now}",),
             "retrieve.accepts-one-start"),
    _refused("only-le", "A retrieval with only an upper bound is refused", _MISSING, lambda now: (f"le{later(now, 7)}",),
             "retrieve.accepts-one-start"),
    _refused("only-eq", "A retrieval with one start with eq is refused", _MISSING, lambda now: (f"eq{later(now, 1)}",),
             "retrieve.accepts-one-start"),
    _refused("one-bare-date", "A retrieval with one start without prefix is refused", _MISSING,
             lambda now: (f"{later(now, 1)}",), "retrieve.accepts-one-start"),
    _refused("end-for-le", "A retrieval whose upper bound is sent as end rather than start is refused", _MISSING,
             lambda now: (f"ge{now}",), "retrieve.accepts-one-start", more=(("end", 7),)),
    why="Both bounds are mandatory; a provider that guesses one returns more or less than intended.",
    fix="Refuse with 422 INVALID_PARAMETER unless start occurs twice, once with ge and once with le.",
    expect=EXACTLY,
)  # fmt: skip

COMBINATIONS = table(
    RETRIEVE,
    _refused("reversed", "A retrieval for a period that ends before it begins is refused", _BOTH,
             lambda now: (f"ge{later(now, 9)}", f"le{later(now, 3)}"),
             "retrieve.accepts-reversed retrieve.error-is-bad-request", lenient={"dstu2": True}),
    _refused("reversed-by-a-day", "A retrieval for a period that ends the day before it begins is refused", _BOTH,
             lambda now: (f"ge{later(now, 5)}", f"le{later(now, 4)}"), "retrieve.accepts-reversed", lenient={"dstu2": True}),
    _refused("two-lower", "A retrieval with two lower bounds is refused", _INVALID,
             lambda now: (f"ge{now}", f"ge{later(now, 7)}"), "retrieve.accepts-any-prefix"),
    _refused("two-upper", "A retrieval with two upper bounds is refused", _INVALID,
             lambda now: (f"le{later(now, 3)}", f"le{later(now, 7)}"), "retrieve.accepts-any-prefix"),
    _refused("ge-and-gt", "A retrieval with two lower bounds by ge and gt is refused", f"STU3-RETRIEVE-018 {_INVALID}",
             lambda now: (f"ge{now}", f"gt{later(now, 7)}"), "retrieve.accepts-any-prefix"),
    _refused("le-and-lt", "A retrieval with two upper bounds by le and lt is refused", f"STU3-RETRIEVE-018 {_INVALID}",
             lambda now: (f"le{later(now, 3)}", f"lt{later(now, 7)}"), "retrieve.accepts-any-prefix"),
    _refused("three-starts", "A retrieval with three start parameters is refused", _INVALID,
             lambda now: (f"ge{now}", f"le{later(now, 7)}", f"le{later(now, 9)}"), "retrieve.accepts-one-start"),
    _refused("same-twice", "A retrieval with the same lower bound twice is refused", _INVALID,
             lambda now: (f"ge{now}", f"ge{now}"), "retrieve.accepts-any-prefix"),
    _refused("bare-and-le", "A retrieval with a lower bound without prefix is refused", _INVALID, _and_le(str),
             "retrieve.accepts-any-prefix"),
    why="An invalid period has no correct result; a guess misleads the user.",
    fix="Refuse with 422 INVALID_PARAMETER and say in the diagnostics what is wrong with the period.",
    expect=EXACTLY,
)  # fmt: skip


def _value(
    name: str, title: str, text: Callable[[date], str], faults: str, verifies: str = _BOTH, **more: Any
) -> dict[str, Any]:
    return _refused(name, title, verifies, _only(text), faults, **more)


_BAD = "retrieve.accepts-bad-dates"

VALUES = table(
    RETRIEVE,
    _value("no-such-month", "A retrieval from a date in a thirteenth month is refused", lambda now: f"ge{now.year + 1}-13-05",
           _BAD),
    _value("no-such-day", "A retrieval from 30 February is refused", lambda now: f"ge{now.year + 1}-02-30", _BAD),
    _value("text", "A retrieval with a start that is not a date is refused", lambda _: "geTomorrow", _BAD),
    _value("text-without-prefix", "A retrieval with a start that is a word without prefix is refused", lambda _: "abc", _BAD),
    _value("no-value", "A retrieval with a prefix without a date is refused", lambda _: "ge", _BAD),
    _value("british-date", "A retrieval from a date written day first is refused",
           lambda now: f"ge{now:%d/%m/}{now.year + 1}", _BAD),
    _value("date-without-hyphens", "A retrieval from a date without hyphens is refused", lambda now: f"ge{now.year + 1}0105",
           _BAD),
    _value("short-month", "A retrieval from a date with a one-digit month is refused", lambda now: f"ge{now.year + 1}-1-5",
           _BAD),
    _value("prefix-in-capitals", "A retrieval with a prefix in capitals is refused", lambda now: f"GE{later(now, 1)}", _BAD),
    _value("prefix-doubled", "A retrieval with two prefixes before one date is refused", lambda now: f"gele{later(now, 1)}",
           "retrieve.accepts-any-prefix", expect={"stu3": EXACTLY, "dstu2": _READS}),
    _value("prefix-unknown", "A retrieval with an unknown prefix of three letters is refused",
           lambda now: f"eqs{later(now, 1)}",
           "retrieve.accepts-any-prefix", f"{_INVALID} DSTU2-RETRIEVE-021", expect={"stu3": EXACTLY, "dstu2": _READS}),
    _value("prefix-of-two-letters", "A retrieval with an unknown prefix of two letters is refused",
           lambda now: f"zz{later(now, 1)}", "retrieve.accepts-any-prefix", f"{_INVALID} DSTU2-RETRIEVE-021",
           expect={"stu3": EXACTLY, "dstu2": _READS}),
    _value("no-such-hour", "A retrieval from a time with the hour 25 is refused",
           lambda now: f"ge{later(now, 1)}T25:00:00+00:00", _BAD,
           f"{_TIMED} DSTU2-RETRIEVE-020"),
    _value("year-only", "A retrieval from a year without month and day is refused", lambda now: f"ge{now.year + 1}",
           "retrieve.accepts-times", _INVALID, upper=lambda now: f"le{now.year + 2}-01-01"),
    _value("month-only", "A retrieval from a month without day is refused", lambda now: f"ge{now.year + 1}-02",
           "retrieve.accepts-times",
           _INVALID, upper=lambda now: f"le{now.year + 2}-01-01"),
    _refused("upper-bound-no-date", "A retrieval with an upper bound that is not a date is refused", _BOTH,
             lambda now: (f"ge{now}", "leLater"), _BAD),
    _refused("upper-bound-no-such-day", "A retrieval until 31 November is refused", _BOTH,
             lambda now: (f"ge{now}", f"le{now.year + 1}-11-31"), _BAD),
    _refused("upper-bound-month-only", "A retrieval until a month without day is refused", _INVALID,
             lambda now: (f"ge{now}", f"le{now.year + 1}-12"), "retrieve.accepts-times"),
    why="A provider that ignores an invalid bound performs a different search.",
    fix="Refuse with 422 INVALID_PARAMETER and name the value in the diagnostics.",
    expect=EXACTLY,
)  # fmt: skip

TIMES = table(
    RETRIEVE,
    *(
        _refused(f"time-{name}", f"A retrieval for a period {phrase} is refused", _TIMED, starts, "retrieve.accepts-times")
        for name, phrase, starts in (
            ("in-lower", "whose lower bound has a time",
             lambda now: (f"ge{later(now, 1)}T00:00:00+00:00", f"le{later(now, 7)}")),
            ("in-upper", "whose upper bound has a time", lambda now: (f"ge{now}", f"le{later(now, 7)}T23:59:59+01:00")),
            ("in-both", "whose bounds have times",
             lambda now: (f"ge{later(now, 1)}T09:00:00+00:00", f"le{later(now, 7)}T17:00:00+00:00")),
            ("in-utc", "with a time in UTC", lambda now: (f"ge{later(now, 1)}T00:00:00Z", f"le{later(now, 7)}")),
            ("without-offset", "with a time without offset", lambda now: (f"ge{later(now, 1)}T00:00:00", f"le{later(now, 7)}")),
            ("without-seconds", "with a time of hours and minutes only",
             lambda now: (f"ge{later(now, 1)}T00:00+00:00", f"le{later(now, 7)}")),
        )
    ),
    why="This edition retrieves by whole days; a provider that silently drops a time changes the request.",
    fix="Refuse a start with a time with 422 INVALID_PARAMETER.",
    expect=EXACTLY,
)  # fmt: skip

PAST = table(
    RETRIEVE,
    *(
        _refused(f"past-{name}", f"A retrieval for a period {phrase} is refused", "STU3-RETRIEVE-016", starts,
                 "retrieve.accepts-past")
        for name, phrase, starts in (
            ("yesterday-on", "from yesterday on", lambda now: on(later(now, -1), later(now, 7))),
            ("month-on", "that began a month ago", lambda now: on(later(now, -30), later(now, 7))),
            ("only", "that lies wholly in the past", lambda now: on(later(now, -30), later(now, -1))),
            ("yesterday", "of yesterday alone", lambda now: on(later(now, -1))),
            ("until-today", "from yesterday until today", lambda now: on(later(now, -1), now)),
        )
    ),
    why="GP Connect returns appointments of today and later only; a silently shortened period seems complete.",
    fix="Refuse a period any day of which is before today in the UK, and say so in the diagnostics.",
    expect=_PAST,
)  # fmt: skip


@scenarios(MISSING, COMBINATIONS, VALUES, TIMES, PAST)
def test_refused(context: ScenarioContext, case: Case) -> None:
    now = today(context)
    valid = question(context, context.arrange.patient(), *on(now, later(now, 28)))
    response = whole(context, valid, *_changes(context, case, now))
    if context.parameter("lenient") and response.status == 200:
        context.findings.warn(
            "the period was accepted though it ends before it begins",
            found=response.described,
            expected="422 INVALID_PARAMETER",
            exchange=response.number,
        )
        context.judge(response, empty)
        return
    expect_refused(context, response, context.parameter("expect"))


def _changes(context: ScenarioContext, case: Case, now: date) -> list[Change]:
    """The changes from the valid request to that of a case."""
    starts = context.parameter("starts")(now)
    if case.get("upper"):
        starts = (starts[0], case["upper"](now))
    more = [query(name, f"le{later(now, days)}") for name, days in case.get("more", ())]
    return [query("start", *starts) if starts else without_query("start"), *more]


OTHER_PREFIXES = table(
    RETRIEVE,
    *(
        case(f"retrieve.prefixes-{first}-{second}",
             f"A retrieval with {first} and {second} on its bounds is refused, or applies them as FHIR defines",
             "STU3-RETRIEVE-019", prefixes=(first, second), faults="retrieve.accepts-any-prefix-as-ge-le")
        for first, second in (("ge", "lt"), ("gt", "le"), ("gt", "lt"), ("ge", "eq"), ("eq", "le"), ("eq", "eq"), ("ge", "ne"),
                              ("sa", "eb"))
    ),
    *(
        case(f"retrieve.prefixes-{first}-{second}",
             f"A retrieval with two bounds on the same side, {first} and {second}, is refused, or applies both",
             "DSTU2-RETRIEVE-020", prefixes=(first, second), faults=f"retrieve.overlooks-{strict}")
        for first, second, strict in (("ge", "gt", "gt"), ("lt", "le", "lt"))
    ),
    *(
        case(f"retrieve.prefix-{prefix}",
             f"A retrieval with the optional prefix {prefix} is refused, or applies it as FHIR defines",
             "DSTU2-RETRIEVE-021", prefixes=(prefix,), faults="retrieve.accepts-any-prefix")
        for prefix in ("ne", "sa", "eb")
    ),
    why="A provider that takes a prefix for another performs a different search, and the consumer cannot notice.",
    fix="Refuse prefixes that you do not support with 422 INVALID_PARAMETER.",
)  # fmt: skip


@scenarios(OTHER_PREFIXES)
def test_other_prefixes(context: ScenarioContext, case: Case) -> None:
    booked = spread(context, 4)
    prefixes = case["prefixes"]
    days = [day(booked[1]), day(booked[2])][: len(prefixes)]
    starts = [f"{prefix}{value}" for prefix, value in zip(prefixes, days, strict=True)]
    response = whole(context, question(context, booked[0].patient, *around(*booked)), query("start", *starts))
    if response.status != 200:
        expect_refused(context, response, _READS)
        return
    if context.judge(response, success("Bundle"), retrievals.starting(*starts)):
        bounds = [retrievals.Start.parse(text) for text in starts]
        due = [item.id for item in booked if all(_surely(start, item.slots[0].start) for start in bounds)]
        context.judge(response, retrievals.holds(*due))
        if context.edition.capabilities.retrieves_between_two_bounds:
            context.findings.warn(
                "prefixes other than ge and le were applied; this edition's page allows only those two",
                found=" and ".join(starts),
                expected="422 INVALID_PARAMETER",
                exchange=response.number,
            )


def _surely(start: retrievals.Start, moment: Any) -> bool:
    """Whether an appointment is requested in either reading of a boundary that is a whole day."""
    boundary = start.day and start.prefix in {"gt", "lt", "sa", "eb"} and start.low <= moment < start.high
    return start.admits(moment) and not boundary


EXPLAINED = table(
    RETRIEVE,
    case("retrieve.past-explained", "The refusal of a retrieval for a period in the past explains the error in its diagnostics",
         "STU3-RETRIEVE-016", starts=lambda now: on(later(now, -7), now), faults="retrieve.error-without-diagnostics"),
    case("retrieve.invalid-explained", "The refusal of a retrieval for an invalid period explains the error in its diagnostics",
         "STU3-RETRIEVE-019", starts=lambda now: (f"ge{later(now, 9)}", f"le{later(now, 3)}"),
         faults="retrieve.error-without-diagnostics"),
    case("retrieve.text-explained",
         "The refusal of a retrieval with a start that is not a date explains the error in its diagnostics",
         "STU3-RETRIEVE-019", starts=lambda now: (f"ge{now}", "leLater"), faults="retrieve.error-without-diagnostics"),
    why="The code alone does not explain to a user that past appointments cannot be retrieved.",
    fix="Fill in issue.diagnostics with a sentence about the period.",
)  # fmt: skip


@scenarios(EXPLAINED)
def test_explained(context: ScenarioContext, case: Case) -> None:
    now = today(context)
    valid = question(context, context.arrange.patient(), *on(now, now + timedelta(days=7)))
    response = context.send(valid, query("start", *case["starts"](now)))
    context.need(response, operation_outcome.is_outcome, what="there is no refusal to explain")
    diagnostics = [issue.get("diagnostics") for issue in response.resource.get("issue", ()) if isinstance(issue, dict)]
    if not any(isinstance(text, str) and text.strip() for text in diagnostics):
        context.findings.keep(
            [
                Finding(
                    "the refusal does not explain the error",
                    Severity.FAIL,
                    "OperationOutcome.issue.diagnostics",
                    "nothing",
                    "a sentence about the period",
                    code="diagnostics",
                    exchange=response.number,
                )
            ]
        )


_UNKNOWN = {
    "stu3": refused("PATIENT_NOT_FOUND", also=["NO_RECORD_FOUND"], because="The page names no code for it."),
    "dstu2": refused(
        "PATIENT_NOT_FOUND", also=["404", "422 REFERENCE_NOT_FOUND"], because="No row of the error page is for this."
    ),
}
_MALFORMED = {
    "stu3": refused(
        "PATIENT_NOT_FOUND",
        also=["NO_RECORD_FOUND", "400 BAD_REQUEST"],
        because="An id of that form may count as malformed.",
    ),
    "dstu2": refused(
        "PATIENT_NOT_FOUND",
        also=["404", "400 BAD_REQUEST", "422 REFERENCE_NOT_FOUND"],
        because="An id of that form may count as malformed.",
    ),
}

UNKNOWN = table(
    RETRIEVE,
    *(
        case(f"retrieve.patient-{name}", f"A retrieval by {phrase} returns an error, not an empty searchset",
             "STU3-RETRIEVE-020 DSTU2-RETRIEVE-022", patient=value, expect=expect,
             faults="retrieve.unknown-patient-is-empty retrieve.unknown-patient-other-status")
        for name, phrase, value, expect in (
            ("unknown", "an unknown patient id", None, _UNKNOWN),
            ("uuid", "an unknown patient id that is a UUID",
             "8a1f0c66-5f3c-4b0e-9d1e-2f7f6f0a9b11", _UNKNOWN),
            ("long", "a patient id of more than 64 characters", "p" * 65, _MALFORMED),
            ("odd", "a patient id with characters that are not allowed in ids", "!!", _MALFORMED),
            ("quoted", "a patient id with SQL", "1' OR '1'='1", _MALFORMED),
        )
    ),
    why="An empty searchset for an unknown patient looks as if the patient had no appointments.",
    fix="Return 404 PATIENT_NOT_FOUND.",
)  # fmt: skip


@scenarios(UNKNOWN)
def test_unknown_patient(context: ScenarioContext, case: Case) -> None:
    now = today(context)
    name = case["patient"] or context.config.data.unknown.logical_id
    starts = [("start", text) for text in on(now, later(now, 7))]
    request = context.requests.of(
        RETRIEVE, id=name, query=tuple(starts), nhs_number=context.arrange.patient().nhs_number
    )
    response = context.send(request)
    strict = context.edition.capabilities.requires_not_found_for_unknown_patients
    if not strict and response.status == 200 and not error_code(response):
        context.findings.warn(
            "an unknown patient was treated as one without appointments",
            found=response.described,
            expected="404 PATIENT_NOT_FOUND",
            exchange=response.number,
        )
        context.judge(response, success("Bundle"), empty)
        return
    expect_refused(context, response, context.parameter("expect"))


NOTHING_LEAKS = table(
    RETRIEVE,
    case("retrieve.refusal-discloses-nothing", "A refused retrieval discloses no appointment",
         "STU3-RETRIEVE-021 DSTU2-RETRIEVE-020", faults="retrieve.discloses-when-refusing"),
    why="A refused request must not return any of the data.",
    fix="Return only an OperationOutcome.",
)  # fmt: skip


@scenarios(NOTHING_LEAKS)
def test_nothing_leaks(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked(read=False)
    need(context, whole(context, question(context, booked.patient, *around(booked))))
    response = context.send(
        question(context, booked.patient, *around(booked)), query("start", f"ge{today(context)}", "leLater")
    )
    if booked.id.encode() in response.exchange.response_body:
        context.findings.fail(
            "the refusal discloses an appointment",
            location="body",
            found=f"Appointment/{booked.id}",
            expected="only an OperationOutcome",
            exchange=response.number,
        )
    elif response.status == 200:
        context.cannot("the request was not refused")
