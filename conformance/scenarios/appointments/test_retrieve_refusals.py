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
    because="Only the support of five prefixes is demanded; how others are refused is not said.",
)


def _refused(
    name: str, title: str, verifies: str, starts: Starts | dict[str, Starts], faults: str, **more: Any
) -> dict[str, Any]:
    """A row: the start parameters to send, made from today."""
    return case(f"retrieve.{name}", title, verifies, starts=starts, faults=faults, **more)


_MISSING = "STU3-RETRIEVE-018"
_INVALID = "STU3-RETRIEVE-019 STU3-RETRIEVE-021"
_TIMED = "STU3-RETRIEVE-017"
_BOTH = f"{_INVALID} DSTU2-RETRIEVE-020"


def _and_le(text: Callable[[date], str]) -> Starts:
    """A first start parameter beside a valid upper bound."""
    return lambda now: (text(now), f"le{later(now, 7)}")


def _only(text: Callable[[date], str]) -> dict[str, Starts]:
    """One start parameter: beside a valid upper bound where two are compulsory, alone elsewhere."""
    return {"stu3": _and_le(text), "dstu2": lambda now: (text(now),)}


MISSING = table(
    RETRIEVE,
    _refused("without-start", "A question without start is refused", _MISSING, lambda _: (), "retrieve.accepts-one-start",
             expect=_NONE_SENT),
    _refused("only-ge", "A question with a lower bound only is refused", _MISSING, lambda now: (f"ge{now}",),
             "retrieve.accepts-one-start"),
    _refused("only-le", "A question with an upper bound only is refused", _MISSING, lambda now: (f"le{later(now, 7)}",),
             "retrieve.accepts-one-start"),
    _refused("only-eq", "A question with one start by eq is refused", _MISSING, lambda now: (f"eq{later(now, 1)}",),
             "retrieve.accepts-one-start"),
    _refused("one-bare-date", "A question with one start without prefix is refused", _MISSING,
             lambda now: (f"{later(now, 1)}",), "retrieve.accepts-one-start"),
    _refused("end-for-le", "A question whose upper bound is sent as end rather than start is refused", _MISSING,
             lambda now: (f"ge{now}",), "retrieve.accepts-one-start", more=(("end", 7),)),
    why="Both bounds are compulsory; a provider that guesses one shows more or less than was meant.",
    fix="Refuse with 422 INVALID_PARAMETER unless start comes twice, once with ge and once with le.",
    expect=EXACTLY,
)  # fmt: skip

COMBINATIONS = table(
    RETRIEVE,
    _refused("reversed", "A period that ends before it begins is refused", _BOTH,
             lambda now: (f"ge{later(now, 9)}", f"le{later(now, 3)}"),
             "retrieve.accepts-reversed retrieve.error-is-bad-request", lenient="dstu2"),
    _refused("reversed-by-a-day", "A period that ends on the day before it begins is refused", _BOTH,
             lambda now: (f"ge{later(now, 5)}", f"le{later(now, 4)}"), "retrieve.accepts-reversed", lenient="dstu2"),
    _refused("two-lower", "Two lower bounds are refused", _INVALID,
             lambda now: (f"ge{now}", f"ge{later(now, 7)}"), "retrieve.accepts-any-prefix"),
    _refused("two-upper", "Two upper bounds are refused", _INVALID,
             lambda now: (f"le{later(now, 3)}", f"le{later(now, 7)}"), "retrieve.accepts-any-prefix"),
    _refused("three-starts", "Three start parameters are refused", _INVALID,
             lambda now: (f"ge{now}", f"le{later(now, 7)}", f"le{later(now, 9)}"), "retrieve.accepts-one-start"),
    _refused("same-twice", "The same lower bound twice is refused", _INVALID,
             lambda now: (f"ge{now}", f"ge{now}"), "retrieve.accepts-any-prefix"),
    _refused("bare-and-le", "A lower bound without prefix is refused", _INVALID, _and_le(str), "retrieve.accepts-any-prefix"),
    why="A period that is not one has no right response; to guess one misleads the user.",
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
    _value("no-such-month", "A date in a thirteenth month is refused", lambda now: f"ge{now.year + 1}-13-05", _BAD),
    _value("no-such-day", "30 February is refused", lambda now: f"ge{now.year + 1}-02-30", _BAD),
    _value("text", "A start that is no date is refused", lambda _: "geTomorrow", _BAD),
    _value("text-without-prefix", "A start that is a word is refused", lambda _: "abc", _BAD),
    _value("no-value", "A prefix without a date is refused", lambda _: "ge", _BAD),
    _value("british-date", "A date written day first is refused", lambda now: f"ge{now:%d/%m/}{now.year + 1}", _BAD),
    _value("date-without-hyphens", "A date without hyphens is refused", lambda now: f"ge{now.year + 1}0105", _BAD),
    _value("short-month", "A month of one digit is refused", lambda now: f"ge{now.year + 1}-1-5", _BAD),
    _value("prefix-in-capitals", "A prefix in capitals is refused", lambda now: f"GE{later(now, 1)}", _BAD),
    _value("prefix-doubled", "Two prefixes before one date are refused", lambda now: f"gele{later(now, 1)}",
           "retrieve.accepts-any-prefix", expect={"stu3": EXACTLY, "dstu2": _READS}),
    _value("prefix-unknown", "A prefix that FHIR does not know is refused", lambda now: f"eqs{later(now, 1)}",
           "retrieve.accepts-any-prefix", f"{_INVALID} DSTU2-RETRIEVE-021", expect={"stu3": EXACTLY, "dstu2": _READS}),
    _value("prefix-of-two-letters", "A prefix of the right length that FHIR does not know is refused",
           lambda now: f"zz{later(now, 1)}", "retrieve.accepts-any-prefix", f"{_INVALID} DSTU2-RETRIEVE-021",
           expect={"stu3": EXACTLY, "dstu2": _READS}),
    _value("no-such-hour", "A time of 25 o'clock is refused", lambda now: f"ge{later(now, 1)}T25:00:00+00:00", _BAD,
           f"{_TIMED} DSTU2-RETRIEVE-020"),
    _value("year-only", "A year without month and day is refused", lambda now: f"ge{now.year + 1}",
           "retrieve.accepts-times", _INVALID, upper=lambda now: f"le{now.year + 2}-01-01"),
    _value("month-only", "A month without day is refused", lambda now: f"ge{now.year + 1}-02", "retrieve.accepts-times",
           _INVALID, upper=lambda now: f"le{now.year + 2}-01-01"),
    _refused("upper-bound-no-date", "An upper bound that is no date is refused", _BOTH,
             lambda now: (f"ge{now}", "leLater"), _BAD),
    _refused("upper-bound-no-such-day", "An upper bound on 31 November is refused", _BOTH,
             lambda now: (f"ge{now}", f"le{now.year + 1}-11-31"), _BAD),
    _refused("upper-bound-month-only", "An upper bound without day is refused", _INVALID,
             lambda now: (f"ge{now}", f"le{now.year + 1}-12"), "retrieve.accepts-times"),
    why="A bound that cannot be read and is overlooked turns the question into another one.",
    fix="Refuse with 422 INVALID_PARAMETER and name the value in the diagnostics.",
    expect=EXACTLY,
)  # fmt: skip

TIMES = table(
    RETRIEVE,
    *(
        _refused(f"time-{name}", f"A period {told} is refused", _TIMED, starts, "retrieve.accepts-times")
        for name, told, starts in (
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
    why="This edition retrieves by whole days; a time that is silently dropped changes what was asked.",
    fix="Refuse a start with a time by 422 INVALID_PARAMETER.",
    expect=EXACTLY,
)  # fmt: skip

PAST = table(
    RETRIEVE,
    *(
        _refused(f"past-{name}", f"A period {told} is refused", "STU3-RETRIEVE-016", starts, "retrieve.accepts-past")
        for name, told, starts in (
            ("yesterday-on", "from yesterday on", lambda now: on(later(now, -1), later(now, 7))),
            ("month-on", "that began a month ago", lambda now: on(later(now, -30), later(now, 7))),
            ("only", "that lies wholly in the past", lambda now: on(later(now, -30), later(now, -1))),
            ("yesterday", "of yesterday alone", lambda now: on(later(now, -1))),
            ("until-today", "from yesterday until today", lambda now: on(later(now, -1), now)),
        )
    ),
    why="GP Connect shows appointments of today and later only; a period cut short in silence seems complete.",
    fix="Refuse a period any day of which is before today in the UK, and say so in the diagnostics.",
    expect=_PAST,
)  # fmt: skip


@scenarios(MISSING, COMBINATIONS, VALUES, TIMES, PAST)
def test_refused(context: ScenarioContext, case: Case) -> None:
    now = today(context)
    valid = question(context, context.arrange.patient(), *on(now, later(now, 28)))
    response = whole(context, valid, *_changes(context, case, now))
    if context.edition.among(case.get("lenient", "").split()) and response.status == 200:
        context.findings.warn(
            "the period was returned though it ends before it begins",
            found=response.described,
            expected="422 INVALID_PARAMETER",
            exchange=response.number,
        )
        context.judge(response, empty)
        return
    context.expect(response, context.parameter("expect"))


def _changes(context: ScenarioContext, case: Case, now: date) -> list[Change]:
    """What makes the valid question that of a case."""
    starts = context.parameter("starts")(now)
    if case.get("upper"):
        starts = (starts[0], case["upper"](now))
    more = [query(name, f"le{later(now, days)}") for name, days in case.get("more", ())]
    return [query("start", *starts) if starts else without_query("start"), *more]


OTHER_PREFIXES = table(
    RETRIEVE,
    *(
        case(f"retrieve.prefixes-{first}-{second}",
             f"Bounds with {first} and {second} are refused, or heeded as FHIR defines them",
             "STU3-RETRIEVE-019", prefixes=(first, second), faults="retrieve.accepts-any-prefix-as-ge-le")
        for first, second in (("ge", "lt"), ("gt", "le"), ("gt", "lt"), ("ge", "eq"), ("eq", "le"), ("eq", "eq"), ("ge", "ne"),
                              ("sa", "eb"))
    ),
    *(
        case(f"retrieve.prefix-{prefix}",
             f"The prefix {prefix}, which need not be supported, is refused or heeded as FHIR defines it",
             "DSTU2-RETRIEVE-021", prefixes=(prefix,), faults="retrieve.accepts-any-prefix")
        for prefix in ("ne", "sa", "eb")
    ),
    why="A prefix that is taken for another one changes the question, and nothing shows it.",
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
        context.expect(response, _READS)
        return
    if context.judge(response, success("Bundle"), retrievals.starting(*starts)):
        asked = [retrievals.Start.parse(text) for text in starts]
        due = [item.id for item in booked if all(_surely(start, item.slots[0].start) for start in asked)]
        context.judge(response, retrievals.holds(*due))
        if context.edition.capabilities.retrieves_between_two_bounds:
            context.findings.warn(
                "prefixes other than ge and le were heeded; this edition's page allows those two only",
                found=" and ".join(starts),
                expected="422 INVALID_PARAMETER",
                exchange=response.number,
            )


def _surely(start: retrievals.Start, moment: Any) -> bool:
    """Whether an appointment is asked for in either reading of a boundary that is a whole day."""
    boundary = start.day and start.prefix in {"gt", "lt", "sa", "eb"} and start.low <= moment < start.high
    return start.admits(moment) and not boundary


EXPLAINED = table(
    RETRIEVE,
    case("retrieve.past-explained", "The refusal of a period in the past says in words what is wrong",
         "STU3-RETRIEVE-016", starts=lambda now: on(later(now, -7), now), faults="retrieve.error-without-diagnostics"),
    case("retrieve.invalid-explained", "The refusal of an invalid period says in words what is wrong",
         "STU3-RETRIEVE-019", starts=lambda now: (f"ge{later(now, 9)}", f"le{later(now, 3)}"),
         faults="retrieve.error-without-diagnostics"),
    case("retrieve.text-explained", "The refusal of a start that is no date says in words what is wrong",
         "STU3-RETRIEVE-019", starts=lambda now: (f"ge{now}", "leLater"), faults="retrieve.error-without-diagnostics"),
    why="The code alone does not tell a user that the past cannot be asked for.",
    fix="Fill in issue.diagnostics with a sentence about the period.",
)  # fmt: skip


@scenarios(EXPLAINED)
def test_explained(context: ScenarioContext, case: Case) -> None:
    now = today(context)
    valid = question(context, context.arrange.patient(), *on(now, now + timedelta(days=7)))
    response = context.send(valid, query("start", *case["starts"](now)))
    context.need(response, operation_outcome.is_outcome, what="there is no refusal to explain")
    told = [issue.get("diagnostics") for issue in response.resource.get("issue", ()) if isinstance(issue, dict)]
    if not any(isinstance(text, str) and text.strip() for text in told):
        context.findings.keep(
            [
                Finding(
                    "the refusal does not say what is wrong",
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
        case(f"retrieve.patient-{name}", f"{told} returns an error, not with an empty searchset",
             "STU3-RETRIEVE-020 DSTU2-RETRIEVE-022", patient=value, expect=expect,
             faults="retrieve.unknown-patient-is-empty retrieve.unknown-patient-other-status")
        for name, told, value, expect in (
            ("unknown", "A patient id that the provider does not know", None, _UNKNOWN),
            ("uuid", "A patient id that is a UUID the provider does not know",
             "8a1f0c66-5f3c-4b0e-9d1e-2f7f6f0a9b11", _UNKNOWN),
            ("long", "A patient id of more than 64 characters", "p" * 65, _MALFORMED),
            ("odd", "A patient id with characters that no id has", "!!", _MALFORMED),
            ("quoted", "A patient id that is a piece of a database query", "1' OR '1'='1", _MALFORMED),
        )
    ),
    why="An empty response about a patient who is not known reads as if the patient had no appointments.",
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
            "an unknown patient was returned as one without appointments",
            found=response.described,
            expected="404 PATIENT_NOT_FOUND",
            exchange=response.number,
        )
        context.judge(response, success("Bundle"), empty)
        return
    context.expect(response, context.parameter("expect"))


NOTHING_LEAKS = table(
    RETRIEVE,
    case("retrieve.refusal-discloses-nothing", "A refused question discloses no appointment",
         "STU3-RETRIEVE-021 DSTU2-RETRIEVE-020", faults="retrieve.discloses-when-refusing"),
    why="What is refused must not be returned all the same.",
    fix="Send an OperationOutcome alone.",
)  # fmt: skip


@scenarios(NOTHING_LEAKS)
def test_nothing_leaks(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    need(context, whole(context, question(context, booked.patient, *around(booked))))
    response = context.send(
        question(context, booked.patient, *around(booked)), query("start", f"ge{today(context)}", "leLater")
    )
    if booked.id.encode() in response.exchange.response_body:
        context.findings.fail(
            "the refusal tells of an appointment",
            location="body",
            found=f"Appointment/{booked.id}",
            expected="an OperationOutcome alone",
            exchange=response.number,
        )
    elif response.status == 200:
        context.cannot("the question was not refused")
