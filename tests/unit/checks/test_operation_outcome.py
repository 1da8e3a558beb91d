"""Checks of OperationOutcomes: silent on a sound one, one finding for each thing wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.checks import operation_outcome
from conformance.checks.check import Check
from conformance.consumer.response import Response
from tests.support.check_context import Context, Dstu2
from tests.support.responses import outcome, response

SPINE = {
    "system": "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1",
    "code": "INVALID_RESOURCE",
    "display": "d",
}
ALL = (
    operation_outcome.is_outcome,
    operation_outcome.severities,
    operation_outcome.issue_types,
    operation_outcome.statuses,
    operation_outcome.codings,
    operation_outcome.displays,
    operation_outcome.diagnostics,
    operation_outcome.leaks_nothing,
)


@pytest.mark.parametrize("check", ALL)
def test_a_sound_outcome_is_left_alone(check: Check) -> None:
    assert not list(check(response(outcome("INVALID_RESOURCE"), 422), Context()))


@pytest.mark.parametrize(
    ("check", "body", "status", "code"),
    [
        (operation_outcome.is_outcome, {"resourceType": "Patient"}, 400, "no-outcome"),
        (operation_outcome.is_outcome, {"resourceType": "OperationOutcome"}, 400, "no-outcome"),
        (operation_outcome.is_outcome, None, 400, "no-outcome"),
        (operation_outcome.severities, outcome("INVALID_RESOURCE", severity="warning"), 422, "outcome-severity"),
        (operation_outcome.issue_types, outcome("INVALID_RESOURCE", code="value"), 422, "outcome-issue-type"),
        (operation_outcome.statuses, outcome("INVALID_RESOURCE"), 400, "outcome-status"),
        (operation_outcome.codings, outcome("INVALID_RESOURCE", details={}), 422, "outcome-coding-count"),
        (
            operation_outcome.codings,
            outcome("INVALID_RESOURCE", details={"coding": [SPINE, SPINE]}),
            422,
            "outcome-coding-count",
        ),
        (operation_outcome.codings, outcome("GPC-001"), 422, "outcome-code"),
        (
            operation_outcome.codings,
            outcome("X", details={"coding": [SPINE | {"system": "urn:x"}]}),
            422,
            "outcome-system",
        ),
        (
            operation_outcome.displays,
            outcome("X", details={"coding": [SPINE | {"display": " "}]}),
            422,
            "outcome-display",
        ),
        (operation_outcome.diagnostics, outcome("INVALID_RESOURCE", diagnostics=""), 422, "outcome-diagnostics"),
        (operation_outcome.leaks_nothing, b"<html><body>Whitelabel Error Page", 500, "leak"),
        (operation_outcome.leaks_nothing, outcome("X", diagnostics="Traceback (most recent call last):"), 500, "leak"),
        (operation_outcome.leaks_nothing, outcome("X", diagnostics="    at uk.nhs.Foo.bar(Foo.java:12)"), 500, "leak"),
        (operation_outcome.leaks_nothing, b"<HTML lang='en'>W", 500, "leak"),
    ],
)
def test_each_wrong_is_named(check: Check, body: Any, status: int, code: str) -> None:
    assert [finding.code for finding in check(response(body, status), Context())] == [code]


def test_a_contention_may_borrow_a_code() -> None:
    assert not list(operation_outcome.statuses(response(outcome("INVALID_RESOURCE"), 409), Context()))


def test_a_narrative_whose_prefix_is_html_is_no_web_page() -> None:
    body = b'<f:Slot xmlns:f="http://hl7.org/fhir" xmlns:html="http://www.w3.org/1999/xhtml"><f:text><html:div>x</html:div></f:text></f:Slot>'
    assert not list(operation_outcome.leaks_nothing(response(body, 200), Context()))


@pytest.mark.parametrize(
    "code", ["NO_ORGANISATION_CONSENT", "NO_ORGANISATIONAL_CONSENT", "ACCESS DENIED", "PATIENT_SENSITIVE"]
)
def test_codes_of_the_code_system_without_a_row_and_second_spellings_are_known(code: str) -> None:
    assert not list(operation_outcome.codings(response(outcome(code), 403), Context()))


def test_the_second_code_system_of_an_edition_is_accepted() -> None:
    for system in (
        "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1",
        "https://fhir.nhs.uk/STU3/ValueSet/Spine-ErrorOrWarningCode-1",
    ):
        body = outcome("X", details={"coding": [SPINE | {"system": system}]})
        assert not list(operation_outcome.codings(response(body, 422), Context()))


@pytest.mark.parametrize(
    ("context", "code", "weight"),
    [
        (Context, "INVALID_RESOURCE", ["fail"]),
        (Context, "INVALID_PARAMETER", ["fail"]),
        (Context, "REFERENCE_NOT_FOUND", ["fail"]),
        (Context, "INTERNAL_SERVER_ERROR", ["fail"]),
        (Context, "PATIENT_NOT_FOUND", ["warn"]),
        (Dstu2, "BAD_REQUEST", ["warn"]),
        (Dstu2, "INTERNAL_SERVER_ERROR", ["warn"]),
        (Dstu2, "INVALID_RESOURCE", []),
    ],
)
@pytest.mark.parametrize("said", [None, "", " "])
def test_which_codes_must_explain_themselves_and_which_should(
    context: type[Context], code: str, weight: list[str], said: str | None
) -> None:
    found = operation_outcome.diagnostics(response(outcome(code, diagnostics=said), 422), context())
    assert [finding.severity.value for finding in found] == weight


@pytest.mark.parametrize(
    ("code", "status", "kind", "found"),
    [
        ("INVALID_RESOURCE", 422, "invalid", []),
        ("INVALID_RESOURCE", 422, "not-found", ["outcome-issue-type"]),
        ("INVALID_RESOURCE", 409, "conflict", []),  # borrowed: another type of FHIR will do
        ("INVALID_RESOURCE", 409, "nonsense", ["outcome-issue-type"]),
        ("SOME_CODE", 422, "informational", []),
        ("SOME_CODE", 422, None, ["outcome-issue-type"]),
    ],
)
def test_the_issue_type_is_the_one_paired_with_the_code(
    code: str, status: int, kind: str | None, found: list[str]
) -> None:
    answer = response(outcome(code, code=kind), status)
    assert [finding.code for finding in operation_outcome.issue_types(answer, Context())] == found


@pytest.mark.parametrize("status", [401, 405, 406, 409, 410, 412, 415])
def test_a_status_without_a_code_of_its_own_borrows_one(status: int) -> None:
    assert not list(operation_outcome.statuses(response(outcome("INVALID_RESOURCE"), status), Context()))


def test_404_borrows_a_code_in_dstu2_alone() -> None:
    answer = response(outcome("INVALID_RESOURCE"), 404)
    assert not list(operation_outcome.statuses(answer, Dstu2()))
    assert [finding.code for finding in operation_outcome.statuses(answer, Context())] == ["outcome-status"]


LEAKS = (
    "Traceback (most recent call last)", "   at Nhs.Booking(Book.cs:7)", "SQLSTATE 42000", "SQLITE error",
    "SQLException: x", "ORA-00942", "System.Web.HttpException", "java.lang.IllegalStateException",
    "javax.persistence.PersistenceException", "org.hibernate.HibernateException", "NullReferenceException",
)  # fmt: skip


@pytest.mark.parametrize("text", LEAKS)
def test_each_kind_of_internal_detail_is_a_leak(text: str) -> None:
    answer = response(outcome("INTERNAL_SERVER_ERROR", diagnostics=f"it broke: {text}"), 500)
    (finding,) = operation_outcome.leaks_nothing(answer, Context())
    assert finding.code == "leak"
    assert finding.found in text


@pytest.mark.parametrize("text", ["see you at the surgery (ground floor)", "an exception was made", "MYSQL", "ORA-1"])
def test_plain_words_are_no_leak(text: str) -> None:
    assert not list(operation_outcome.leaks_nothing(response(outcome("X", diagnostics=text), 500), Context()))


PAGE, TRACE = b"<!DOCTYPE html><html><body>Bad Request", b"<html><body>Traceback (most recent call last)"


@pytest.mark.parametrize(("body", "found"), [(PAGE, []), (TRACE, ["leak"])])
def test_a_layer_below_fhir_may_answer_with_a_page_but_with_no_trace(body: bytes, found: list[str]) -> None:
    answer = response(body, 400)
    below = Response(replace(answer.exchange, below_fhir=True), lambda: None)  # type: ignore[arg-type,return-value]
    assert [finding.code for finding in operation_outcome.leaks_nothing(below, Context())] == found
    assert [finding.code for finding in operation_outcome.leaks_nothing(answer, Context())] == ["leak"]


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        (outcome("INTERNAL_SERVER_ERROR", diagnostics="Traceback"), 500, []),
        (PAGE, 400, []),
        (PAGE, 499, []),
        (PAGE, 399, ["leak"]),
        (PAGE, 500, ["leak"]),
        (PAGE, 200, ["leak"]),
    ],
)
def test_where_an_edition_invites_debug_details_they_are_no_leak(body: Any, status: int, found: list[str]) -> None:
    assert [finding.code for finding in operation_outcome.leaks_nothing(response(body, status), Dstu2())] == found
    assert [finding.code for finding in operation_outcome.leaks_nothing(response(body, status), Context())] == ["leak"]
