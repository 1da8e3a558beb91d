"""The rows of the error tables, each triggered on the interactions that it belongs to, and each judged as a whole."""

from __future__ import annotations

from typing import Any

from conformance.checks.error_table import whole_row
from conformance.checks.response import searchset
from conformance.consumer.request_mutations import body_set, query
from conformance.consumer.response import Response
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import Refusal, refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps import booking, error_triggers, registration
from conformance.scenarios.steps.amend_cancel import AMEND_CHANGED, CANCEL_CHANGED
from conformance.scenarios.steps.error_triggers import (
    Stimulus,
    changed,
    of_system,
    reference,
    refused_by,
    registering,
    unknown_system,
)
from conformance.scenarios.steps.foundations import KINDS, expect_refused_or_nothing
from conformance.scenarios.steps.interaction_names import SHORT
from conformance.scenarios.steps.refusals import expect_refused

_SHAPE = "errors.warning errors.other-system errors.without-profile errors.always-500"
_ALSO_GENERAL = "The code for any missing resource is less precise than the one for this resource type."
_ALL_SHAPES = (
    "errors.without-coding errors.without-severity errors.without-type errors.without-issue errors.without-system "
    "stu3:errors.without-diagnostics errors.other-profile errors.odd-type stu3:errors.stack-trace errors.not-an-outcome "
    "errors.html errors.empty errors.cut-short errors.always-200 errors.numeric-codes stu3:errors.two-codings "
    "stu3:errors.user-selected stu3:errors.without-display"
)


def row(
    short: str,
    name: str,
    phrase: str,
    verifies: str,
    make: Stimulus,
    expect: Any,
    faults: str,
    *,
    shape: str = "",
    **more: Any,
) -> Any:
    """One row of an error table on one interaction."""
    title = f"{phrase} returns the status, issue type, code and display that the error table lists"
    return case(
        f"errors.{short}-{name}",
        title,
        verifies,
        interaction=SHORT[short],
        make=make,
        expect=expect,
        faults=f"{faults} {shape or _SHAPE}",
        **more,
    )


def _by(stu3: Refusal, dstu2: Refusal) -> dict[str, Refusal]:
    return {"stu3": stu3, "dstu2": dstu2}


_SYSTEM = refused("INVALID_IDENTIFIER_SYSTEM")
_SDS = _by(refused("INVALID_IDENTIFIER_VALUE"), refused(["INVALID_SDS_USERID", "INVALID_IDENTIFIER_VALUE"]))
_ODS = _by(refused("INVALID_IDENTIFIER_VALUE"), refused(["INVALID_ODS_CODE", "INVALID_IDENTIFIER_VALUE"]))
_NUMBER = refused(
    "INVALID_NHS_NUMBER", also=["400 INVALID_IDENTIFIER_VALUE"], because="An NHS number is an identifier value."
)
_SUPERSEDED = {**registration.BAD_NUMBER, "stu3": refused("INVALID_NHS_NUMBER")}
_TRACE = _by(
    refused("INVALID_PATIENT_DEMOGRAPHICS"),
    refused(
        "INVALID_PATIENT_DEMOGRAPHICS", also=["PATIENT_NOT_FOUND"], because="The page and its spreadsheet disagree."
    ),
)
_PARAMETER = refused(
    "INVALID_PARAMETER", also=["400 BAD_REQUEST"], because="A value that is not a date may count as malformed."
)
_REFERENCES = {
    "Slot": booking.NO_SLOT,
    "Patient": booking.NO_PATIENT,
    "Location": booking.NO_ACTOR,
    "Practitioner": booking.NO_ACTOR,
}
_CONSENT = refused("NO_PATIENT_CONSENT", also=["200", "201"], because="Whether dissent matters is decided locally.")


def _missing(code: str) -> dict[str, Refusal]:
    return _by(refused(code, tolerated=["404 NO_RECORD_FOUND"], because=_ALSO_GENERAL), refused(code))


_BAD_NUMBERS = {
    "check-digit": ("a wrong check digit", "9476719932"),
    "nine-digits": ("nine digits", "947671993"),
    "eleven-digits": ("eleven digits", "94767199311"),
    "letters": ("a letter in it", "94767A9931"),
}

_NUMBER_ROWS = [
    row(short, f"number-{name}", f"{phrase} by an NHS number with {what}", "STU3-ERR-010 DSTU2-ERR-008", make(number), expect,
        faults, empty={"stu3": name == "check-digit", "dstu2": False})
    for short, phrase, make, expect, faults in (
        ("patient-find", "A patient search", lambda number: of_system("nhs_number", number), _NUMBER,
         "errors.number-is-parameter"),
        ("register", "A registration", registering, registration.BAD_NUMBER, "stu3:errors.number-is-parameter"),
    )
    for name, (what, number) in _BAD_NUMBERS.items()
]  # fmt: skip

ROWS = table(
    "",
    *(row(short, "system", f"{phrase} by an identifier of an unknown system", "STU3-ERR-008 DSTU2-ERR-004", unknown_system,
          _SYSTEM, "errors.unknown-system-is-bad-request")
      for short, phrase in (
          ("patient-find", "A search for a patient"),
          ("practitioner-find", "A search for a practitioner"),
          ("organization-find", "A search for an organisation"),
          ("location-find", "A search for a location"))),
    row("practitioner-find", "value", "A practitioner search by a malformed SDS user id",
        "STU3-ERR-009 DSTU2-ERR-005 DSTU2-ERR-012",
        of_system("sds_user", "!!!"), _SDS, "errors.malformed-value-is-bad-request"),
    row("organization-find", "value", "An organisation search by a malformed ODS code",
        "STU3-ERR-009 DSTU2-ERR-005 DSTU2-ERR-010",
        of_system("organization", "!!!"), _ODS, "errors.malformed-value-is-bad-request"),
    *_NUMBER_ROWS,
    row("register", "trace", "A registration of a person whom PDS does not know", "STU3-ERR-011 DSTU2-ERR-006",
        error_triggers.failing_trace("not-on-pds"), _TRACE, "errors.trace-is-invalid-resource"),
    row("register", "deceased", "A registration of a person who has died", "STU3-ERR-011 DSTU2-ERR-006",
        error_triggers.failing_trace("deceased"), _TRACE, "errors.trace-is-invalid-resource"),
    row("register", "superseded", "A registration with an NHS number that PDS has superseded", "STU3-ERR-010 DSTU2-ERR-008",
        error_triggers.failing_trace("superseded"), _SUPERSEDED, "stu3:errors.number-is-parameter"),
    row("organization-read", "not-found", "A read of an unknown organisation", "STU3-ERR-012 DSTU2-ERR-009", refused_by,
        _missing("ORGANISATION_NOT_FOUND"), "errors.not-found-is-bad-request"),
    row("patient-read", "not-found", "A read of an unknown patient", "STU3-ERR-013 DSTU2-ERR-007", refused_by,
        _missing("PATIENT_NOT_FOUND"), "errors.not-found-is-bad-request"),
    row("practitioner-read", "not-found", "A read of an unknown practitioner", "STU3-ERR-014 DSTU2-ERR-011", refused_by,
        _missing("PRACTITIONER_NOT_FOUND"), "errors.not-found-is-bad-request"),
    row("read", "not-found", "A read of an unknown appointment", "STU3-ERR-015", refused_by, refused("NO_RECORD_FOUND"),
        "errors.not-found-is-bad-request"),
    row("location-read", "not-found", "A read of an unknown location", "STU3-ERR-015", refused_by,
        refused("NO_RECORD_FOUND"), "errors.not-found-is-bad-request"),
    row("book", "duplicate", "A booking of a slot that is taken", "STU3-ERR-019", error_triggers.taken_slot,
        refused("DUPLICATE_REJECTED"), "book.busy-other-code"),
    row("register", "duplicate", "A registration of a patient who is registered", "STU3-ERR-019",
        error_triggers.registered_already, refused("DUPLICATE_REJECTED"), "errors.duplicate-is-invalid-resource"),
    row("book", "resource", "A booking without participants", "STU3-ERR-020 STU3-ERR-023 DSTU2-ERR-015",
        error_triggers.without_participants, booking.INVALID, "errors.invalid-is-404"),
    row("amend", "resource", "An amendment that changes the status", "STU3-ERR-020 STU3-ERR-023 DSTU2-ERR-015",
        changed(body_set("status", "noshow")), AMEND_CHANGED, "errors.invalid-is-404"),
    row("cancel", "resource", "A cancellation that changes the description", "STU3-ERR-020 STU3-ERR-023 DSTU2-ERR-015",
        changed(body_set("description", "Changed while cancelling")), CANCEL_CHANGED, "stu3:errors.invalid-is-404"),
    row("register", "resource", "A registration without a birth date", "STU3-ERR-020 STU3-ERR-023 DSTU2-REG-016", refused_by,
        registration.INVALID, "errors.invalid-is-404"),
    row("register", "no-number", "A registration without an NHS number", "STU3-ERR-020 DSTU2-REG-013 DSTU2-ERR-027",
        error_triggers.without_number, registration.NO_NUMBER, "errors.invalid-is-404",
        # The bundled provider refuses it in dstu2 with a code that is as fair as the table's own.
        shape=" ".join(f"stu3:{fault}" for fault in _SHAPE.split())),
    row("search", "parameter", "A slot search from a date that is not one", "STU3-ERR-021 STU3-ERR-023 DSTU2-ERR-016",
        refused_by, _PARAMETER,
        f"errors.parameter-is-404 {_ALL_SHAPES}"),
    row("retrieve", "parameter", "A retrieval of a patient's appointments from a date that is not one",
        "STU3-ERR-021 STU3-ERR-023 DSTU2-ERR-016", refused_by, refused("INVALID_PARAMETER"),
        "errors.parameter-is-404"),
    row("search", "window", "A slot search over more than a year", "STU3-ERR-021 STU3-ERR-023 DSTU2-ERR-016",
        changed(query("end", "le2099-12-31")), _PARAMETER, "errors.parameter-is-404"),
    row("retrieve", "consent", "A retrieval of the appointments of a patient who dissents from sharing", "DSTU2-ERR-013",
        error_triggers.of_a_dissenter, _CONSENT, "errors.consent-is-bad-request"),
    row("book", "consent", "A booking for a patient who dissents from sharing", "DSTU2-ERR-013",
        error_triggers.booking_a_dissenter, _CONSENT, "errors.consent-is-bad-request"),
    *(row("book", f"reference-{kind.lower()}", f"A booking that refers to an unknown {kind.lower()}",
          "STU3-ERR-022 STU3-ERR-023 DSTU2-ERR-017", reference(kind), _REFERENCES[kind],
          "errors.reference-not-found-as-invalid stu3:errors.other-type")
      for kind in _REFERENCES),
    *(row(short, "malformed", f"{phrase} whose body is truncated", "STU3-ERR-024 DSTU2-ERR-020", error_triggers.cut_short,
          refused("BAD_REQUEST"), "errors.malformed-is-invalid dstu2:errors.without-diagnostics")
      for short, phrase in (("book", "A booking"), ("amend", "An amendment"), ("cancel", "A cancellation"),
                          ("register", "A registration"))),
    why="A consumer's program acts on the status and the code, its user on the display, its developer on the diagnostics.",
    fix="Return the status, issue type, code, code system and display that the error table lists for this condition.",
)  # fmt: skip


@scenarios(ROWS)
def test_rows(context: ScenarioContext, case: Case) -> None:
    request = case["make"](context, case.interaction)
    response = context.send(request)
    if request.interaction.key == "book_appointment":
        context.arrange.booked_by(response, context.arrange.patient(), ())
    expected: Refusal = context.parameter("expect")
    if _expected(context, case, response) and expected.is_best(response, context.edition):
        context.judge(response, whole_row)


def _expected(context: ScenarioContext, case: Case, response: Response) -> bool:
    """Whether a response is the refusal that a row expects; a search by an odd identifier may also find nothing."""
    kind = next((kind for kind in KINDS if kind.find == case.interaction), None)
    if kind is None:
        return expect_refused(context, response, context.parameter("expect"))
    empty = bool(context.parameter("empty")) if "empty" in case.params else True
    return expect_refused_or_nothing(context, kind, response, context.parameter("expect"), empty=empty)


INACTIVE = table(
    "find_patient",
    case("errors.patient-find-inactive",
         "A search for a patient who has left the practice finds no patient, or returns PATIENT_NOT_FOUND",
         "DSTU2-ERR-026", faults="patient.finds-inactive",
         expect=refused("PATIENT_NOT_FOUND", also=["200"], because="A search may also return an empty Bundle.")),
    why="A patient who has left the practice is no longer its patient.", fix="Find active patients only.",
)  # fmt: skip


@scenarios(INACTIVE)
def test_inactive(context: ScenarioContext, case: Case) -> None:
    number = context.arrange.patient("inactive").nhs_number
    response = context.send(context.requests.find(case.interaction, context.edition.systems("nhs_number")[0], number))
    expect_refused(context, response, case["expect"])
    if response.status == 200:
        context.judge(response, searchset)
    if any(response.entries("Patient")):
        context.findings.fail(
            "a patient who has left the practice is found",
            location="Bundle.entry",
            exchange=response.number,
            code="inactive-found",
        )
