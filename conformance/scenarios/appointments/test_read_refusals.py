"""Read an appointment: ids without an appointment, and appointments in the past."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks import operation_outcome
from conformance.checks.json_values import first
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.read import READ, look_up, look_up_configured
from conformance.scenarios.steps.refusals import control_of, expect_refused
from conformance.scenarios.steps.retrieve import own_screens

Name = Callable[[ScenarioContext], str]

_NO_CODE = "This edition has no error code for an appointment that cannot be found."
_MALFORMED = "The page requires 404 for invalid ids too; an id of that form may also count as a malformed request."

UNKNOWN = {"stu3": refused("NO_RECORD_FOUND"), "dstu2": refused("404", because=_NO_CODE)}
INVALID = {
    "stu3": refused("NO_RECORD_FOUND", also=["400 BAD_REQUEST"], because=_MALFORMED),
    "dstu2": refused("404", also=["400 BAD_REQUEST"], because=_MALFORMED),
}
_FAULTS = "read.unknown-is-200 read.unknown-is-gone stu3:read.unknown-other-code"


def _always(text: str) -> Name:
    return lambda _: text


def _other_case(context: ScenarioContext) -> str:
    known = context.arrange.booked().id
    swapped = known.swapcase()
    if swapped == known:
        context.omit("the ids of this provider have no letters")
    return swapped


def _one_more(context: ScenarioContext) -> str:
    known = context.arrange.booked().id
    return f"{known}9"[-64:]


def _cut(context: ScenarioContext) -> str:
    known = context.arrange.booked().id
    if len(known) < 2:
        context.omit("the ids of this provider are of one character")
    return known[:-1]


def _patient_id(context: ScenarioContext) -> str:
    return context.arrange.patient_id(context.arrange.patient())


def _with_blank(context: ScenarioContext) -> str:
    return f"{context.arrange.booked().id} 1"[-64:]


NOT_FOUND = table(
    READ,
    *(
        case(f"read.{name}", f"A read of an appointment by {id_words} returns 404 with an OperationOutcome",
             "STU3-READ-014 STU3-READ-016 DSTU2-READ-007 "
             "DSTU2-READ-009", id_of=id_of, expect=expect, faults=faults)
        for name, id_words, id_of, expect, faults in (
            ("unknown-id", "an unknown id",
             lambda context: context.config.data.unknown.logical_id, UNKNOWN,
             f"{_FAULTS} read.unknown-is-bad-request read.unknown-is-html"),
            ("unknown-text-id", "an unknown id of letters", _always("zz-unknown-1"), UNKNOWN, _FAULTS),
            ("unknown-uuid", "an unknown UUID", _always("0b0c9f3e-7d1d-4f5a-8c57-6a3ad2c0a4f7"), UNKNOWN,
             _FAULTS),
            ("unknown-longest-id", "an unknown id of 64 characters, the maximum length,", _always("a" * 64), UNKNOWN,
             _FAULTS),
            ("unknown-dotted-id", "an unknown id with dots and hyphens", _always("a.b-c.1-2"), UNKNOWN, _FAULTS),
            ("longer-id", "an existing id with one more character", _one_more, UNKNOWN, f"{_FAULTS} read.matches-by-beginning"),
            ("shorter-id", "an existing id without its last character", _cut, UNKNOWN, f"{_FAULTS} read.completes-ids"),
            ("id-in-other-case", "an existing id with upper and lower case swapped", _other_case, UNKNOWN,
             "read.ignores-case"),
            ("id-of-the-patient", "the id of a patient", _patient_id, UNKNOWN,
             _FAULTS),
            ("id-of-the-slot", "the id of a booked slot", lambda context: context.arrange.booked().slots[0].id, UNKNOWN,
             f"{_FAULTS} read.follows-slot"),
            ("id-too-long", "an id of more than 64 characters", _always("a" * 65), INVALID, _FAULTS),
            ("id-far-too-long", "an id of two thousand characters", _always("1" * 2000), INVALID, _FAULTS),
            ("id-of-marks", "an id of exclamation marks", _always("!!"), INVALID, _FAULTS),
            ("id-with-underscore", "an id with an underscore", _always("apt_1"), INVALID, _FAULTS),
            ("id-with-blank", "an id with a space", _with_blank, INVALID, _FAULTS),
            ("id-with-accent", "an id with a non-ASCII letter", _always("réservation-1"), INVALID, _FAULTS),
            ("id-with-quote", "an id with SQL", _always("1' OR '1'='1"), INVALID, _FAULTS),
            ("id-with-wildcard", "a wildcard as id", _always("%"), INVALID, f"{_FAULTS} read.takes-wildcards"),
        )
    ),
    why="A consumer must be able to distinguish a missing appointment from a failure, and must never get another one.",
    fix="Compare complete ids, case-sensitively; return 404 with an OperationOutcome for all unknown ids.",
)  # fmt: skip


@scenarios(NOT_FOUND)
def test_not_found(context: ScenarioContext, case: Case) -> None:
    id_of: Name = case["id_of"]
    asked = id_of(context)
    response = look_up(context, asked, context.arrange.patient())
    if response.status == 200 and first(response.value, "id") == asked:
        context.omit("this provider has an appointment with exactly that id")
    expect_refused(context, response, context.parameter("expect"))


PAST = table(
    READ,
    case("read.past", "A read of an appointment before today is refused", "STU3-READ-013", faults="read.accepts-past"),
    case("read.past-explained", "The refusal to read an appointment in the past explains the error in its diagnostics",
         "STU3-READ-013",
         explained=True, faults="read.error-without-diagnostics"),
    why="GP Connect returns appointments of today and later; earlier ones are part of the record.",
    fix="Refuse with an error whose diagnostics say that the appointment is in the past.",
)  # fmt: skip

_NOT_SAID = refused(
    ["INVALID_RESOURCE", "INVALID_PARAMETER", "NO_RECORD_FOUND", "ACCESS_DENIED"],
    tolerated=["4xx"],
    because="The page names no code for it.",
)


@scenarios(PAST)
def test_past(context: ScenarioContext, case: Case) -> None:
    response = look_up_configured(context, own_screens(context, "past"))
    if not case.get("explained"):
        expect_refused(context, response, _NOT_SAID)
        return
    context.rest_on_control(control_of(context, response))
    context.need(response, operation_outcome.is_outcome, what="there is no refusal to explain")
    diagnostics = [issue.get("diagnostics") for issue in response.resource.get("issue", ()) if isinstance(issue, dict)]
    if not any(isinstance(text, str) and text.strip() for text in diagnostics):
        context.findings.fail(
            "the refusal does not explain the error",
            location="OperationOutcome.issue.diagnostics",
            found="nothing",
            expected="a sentence about the past",
            exchange=response.number,
        )
