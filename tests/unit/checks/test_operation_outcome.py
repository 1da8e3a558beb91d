"""Checks of OperationOutcomes: silent on a sound one, one finding for each thing wrong."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import operation_outcome
from conformance.checks.check import Check
from conformance.spec import load
from tests.support.responses import outcome, response


class Context:
    edition = load("stu3")
    config: Any = None
    validator: Any = None


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
