"""A run in which everything happens that a report has words for, and the run before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from conformance.comparing import older
from conformance.core.exchange import TransportFailure
from conformance.core.footprint import Change, Kind, State
from conformance.core.results import Blame, Definition, Finding, RunResult, ScenarioResult, Severity, Verdict
from conformance.core.waivers import Waiver
from conformance.reporting.overview import RequirementText
from conformance.waivers import waived
from tests.support.samples import RUN, exchange, recorded, scenario

TODAY = date(2026, 11, 29)
TEXTS = {
    "GPC-A-01": RequirementText("SHALL", "A slot is free.", "page slots, section 1", "provider", "blackbox", "https://a.test"),
    "GPC-A-02": RequirementText("SHOULD", "A text is kept.", "page book", "provider", "blackbox"),
    "GPC-A-03": RequirementText("MUST", "Never tested.", "page book", "provider", "blackbox"),
    "GPC-B-01": RequirementText("SHALL", "Train staff.", "page staff", "provider", "inspection"),
    "GPC-B-02": RequirementText("SHOULD", "Show it.", "page staff", "", "manual"),
    "GPC-C-01": RequirementText("SHALL", "Ask.", "page use", "consumer", "inspection"),
}  # fmt: skip
SETTINGS = {
    "planned_scenarios": "40", "pack": "smoke", "selection": "book", "Through the Spine proxy": "no",
}  # fmt: skip
DEFINITIONS = (
    Definition("edition", "errors.yaml", "1.2.7", "spec/stu3", "a" * 64),
    Definition("edition", "edition.yaml", "1.2.7", "spec/stu3", "b" * 64),
    Definition("StructureDefinition", "https://a.test/Slot", "1", "profiles/Slot.json", "c" * 64),
)
GONE = Finding(
    "the provider went away",
    Severity.FAIL,
    "status",
    "nothing",
    "a response",
    blame=Blame.ENVIRONMENT,
    code="provider-gone",
)
WAIVERS = (
    Waiver("scenario", "book_appointment.waived", "Known | fixed in 12.5.", "Jo", "GPC-1", date(2027, 3, 1)),
    Waiver("scenario", "book_appointment.fails", "Known.", "Sam", "GPC-2", date(2026, 3, 1)),
    Waiver("scenario", "read_appointment.passes", "Known.", "Sam", "GPC-3", date(2027, 3, 1)),
    Waiver("requirement", "GPC-Z-99", "Known.", "Sam", "GPC-4", date(2027, 3, 1)),
    Waiver("scenario", "amend_appointment.past", "Known.", "Sam", "GPC-5", date(2027, 3, 1)),
)


def _finding(message: str, severity: Severity = Severity.FAIL, **more: object) -> Finding:
    given = {"location": "Appointment.start", "found": "a", "expected": "b", "code": "time-differs"} | more
    return Finding(message, severity, **given)  # type: ignore[arg-type]


def _changes() -> tuple[Change, ...]:
    booked = [
        Change(
            Kind.BOOKING,
            f"book {number}",
            f"Appointment/{number}",
            "2",
            ("7",),
            "s",
            "e",
            state=State.LEFT,
            key=number,
            remark="the provider refused: 403",
        )
        for number in range(1, 11)
    ]
    return (
        *booked,
        Change(Kind.BOOKING, "book one", "Appointment/20", state=State.UNDONE, key=20),
        Change(Kind.BOOKING, "no response", "", "3", ("8", "9"), state=State.UNKNOWN, key=21),
        Change(Kind.AMENDMENT, "amend", "Appointment/20", state=State.EXISTS, key=22),
        Change(Kind.CANCELLATION, "cancel", "Appointment/20", state=State.EXISTS, key=23),
        Change(Kind.REGISTRATION, "register", "", person="people.patients.new", state=State.EXISTS, key=24),
        Change(Kind.REGISTRATION, "register again", "", state=State.INTENDED, key=25),
        Change(Kind.BOOKING, "refused", "", state=State.NONE, key=26),
    )


def _scenarios() -> list[ScenarioResult]:
    many = tuple(exchange(number, "search_free_slots", method="GET", request_body=b"") for number in range(20, 32))
    pointed = tuple(
        _finding("a slot is not free", code="not-free", location="Slot.status", exchange=number)
        for number in (22, 24, 30)
    )
    lost = exchange(
        5, "read_appointment", method="GET", request_body=b"", status=None, reason="", http_version="", response_headers=(),
        response_body=b"", failure=TransportFailure("timeout", "no response within 30 s"),
    )  # fmt: skip
    cut = replace(lost, number=6, response_body=b"HTTP/1.1 2", failure=TransportFailure("protocol", "no HTTP"))
    redirect = exchange(
        7, "get_capability_statement", method="GET", request_body=b"", status=302, reason="Found", http_version="HTTP/2",
        response_headers=(("Content-Type", "text/html"), ("Location", "https://a.test/x")), response_body=b"<html>\xff</html>",
    )  # fmt: skip
    return [
        scenario(
            "book_appointment.fails",
            Verdict.FAIL,
            requirements=("GPC-A-01", "GPC-A-02"),
            exchanges=(exchange(1, "book_appointment"),),
            findings=(
                _finding("the time differs", exchange=1, evidence="line 3"),
                _finding("for the reader", Severity.INFO, code="note"),
            ),
        ),
        scenario(
            "book_appointment.waived",
            Verdict.FAIL,
            title="Waived",
            requirements=("GPC-A-03",),
            exchanges=(exchange(2, "book_appointment"),),
            findings=(_finding("the text is lost", location="Appointment.description", code="text-lost", exchange=2),),
        ),
        scenario(
            "book_appointment.warns",
            Verdict.WARN,
            title="Warns",
            requirements=("GPC-A-02",),
            exchanges=(exchange(3, "book_appointment", deviant=True),),
            findings=(_finding("the header is odd", Severity.WARN, location="header ETag", code="etag", exchange=3),),
        ),
        scenario("search_free_slots.many", Verdict.FAIL, title="Many exchanges", findings=pointed, exchanges=many),
        scenario(
            "book_appointment.again",
            Verdict.FAIL,
            title="Again",
            findings=(_finding("the time differs", exchange=4),),
            exchanges=(exchange(4, "book_appointment"),),
        ),
        scenario(
            "read_appointment.passes",
            title="Passes",
            exchanges=(exchange(8, "read_appointment"),),
            controls=("read_appointment.by-id",),
            findings=(_finding("only a note", Severity.INFO),),
            contradictions=("Two pages differ.",),
        ),
        scenario("amend_appointment.past", Verdict.SKIP, title="Past", reason="No past appointment is there."),
        scenario("amend_appointment.past-two", Verdict.SKIP, title="Past two", reason="No past appointment is there."),
        scenario(
            "read_appointment.lost",
            Verdict.ERROR,
            title="Lost",
            reason="No response came.",
            exchanges=(lost, cut),
            findings=(Finding("no response", blame=Blame.ENVIRONMENT, exchange=5, code="timeout"),),
            traceback="Traceback: x",
        ),
        scenario(
            "read_appointment.broken",
            Verdict.ERROR,
            title="Broken",
            findings=(Finding("ours", blame=Blame.TOOL, code="bug"),),
        ),
        scenario("unknown_interaction.omitted", Verdict.OMIT, title="Omitted"),
        scenario(
            "get_capability_statement.redirect",
            title="Redirect",
            exchanges=(redirect,),
            why="",
            fix="",
            faults=(),
            basis="derived",
        ),
    ]


def before() -> RunResult:
    """Return the run before."""
    run = replace(RUN, id="20261120T101500-0001", started="2026-11-20T10:15:00+00:00")
    shared = _finding("the header is odd", Severity.WARN, location="header ETag", code="etag")
    return recorded(
        run,
        scenario("book_appointment.fails"),
        scenario("book_appointment.warns", Verdict.WARN, title="Warns", requirements=("GPC-A-02",), findings=(shared,)),
        scenario("search_free_slots.many"),
        scenario("read_appointment.passes", Verdict.FAIL, findings=(_finding("gone now", code="gone"),)),
        scenario("amend_appointment.past"),
        scenario("cancel_appointment.gone"),
        scenario("book_appointment.waived", Verdict.FAIL),
    )


def eventful() -> RunResult:
    """Return the run."""
    run = replace(RUN, complete=False, finished="", settings=SETTINGS, notices=(*RUN.notices, GONE), definitions=DEFINITIONS,
                  configuration={"provider.base_url": "https://a.test", "jwt.key": "(masked)"})  # fmt: skip
    result = replace(recorded(run, *_scenarios()), changes=_changes(), since=older(before()))
    return waived(result, list(WAIVERS), TODAY)
