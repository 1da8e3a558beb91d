"""Refusals: what is accepted, what warns, what fails."""

from __future__ import annotations

import pytest

from conformance.core.errors import InternalError
from conformance.core.results import Severity
from conformance.engine.expected_error import check_refusal, error_code, refused
from conformance.spec import load
from tests.support.responses import outcome, response

STU3 = load("stu3")
EXPECTED = refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], tolerated=["4xx"], because="Reason.")


@pytest.mark.parametrize(
    ("status", "code", "severities"),
    [
        (422, "INVALID_RESOURCE", []),
        (400, "BAD_REQUEST", [Severity.INFO]),
        (404, "NO_RECORD_FOUND", [Severity.WARN]),
        (422, "INVALID_PARAMETER", [Severity.WARN]),
        (201, "", [Severity.FAIL]),
        (500, "INTERNAL_SERVER_ERROR", [Severity.FAIL]),
    ],
)
def test_each_outcome_weighs_as_declared(status: int, code: str, severities: list[Severity]) -> None:
    found = list(check_refusal(response(outcome(code), status), EXPECTED, STU3))
    assert [finding.severity for finding in found] == severities


def test_without_alternatives_only_the_best_passes() -> None:
    strict = refused("INVALID_RESOURCE")
    assert not list(check_refusal(response(outcome("INVALID_RESOURCE"), 422), strict, STU3))
    assert [f.severity for f in check_refusal(response(outcome("INVALID_RESOURCE"), 400), strict, STU3)] == [
        Severity.FAIL
    ]


def test_a_bare_status_admits_any_code_but_still_asks_for_an_outcome() -> None:
    anything = refused("409")
    assert not list(check_refusal(response(outcome("WHATEVER"), 409), anything, STU3))
    (finding,) = check_refusal(response(b"<html>", 409, {"Content-Type": "text/html"}), anything, STU3)
    assert finding.code == "refusal-body"


def test_spellings_that_the_edition_lists_are_the_same_code() -> None:
    assert not list(check_refusal(response(outcome("ACCESS DENIED"), 403), refused("ACCESS_DENIED"), STU3))


def test_an_unknown_code_in_a_table_is_our_fault() -> None:
    with pytest.raises(InternalError, match="NO_SUCH"):
        list(check_refusal(response(outcome("X"), 400), refused("NO_SUCH"), STU3))


@pytest.mark.parametrize(
    "body", [None, [], {"resourceType": "OperationOutcome", "issue": [3, {"details": []}]}, b"<html>"]
)
def test_no_code_in_what_is_no_outcome(body: object) -> None:
    assert error_code(response(body, 400)) == ""
