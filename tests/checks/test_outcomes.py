"""Checks of OperationOutcomes: silent on a sound one, one finding for each thing wrong."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import outcomes
from conformance.checks.kinds import Check
from conformance.spec import load
from tests.harness.replies import outcome, reply


class Context:
    edition = load("stu3")
    config: Any = None
    validator: Any = None


SPINE = {
    "system": "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1",
    "code": "INVALID_RESOURCE",
    "display": "d",
}
ALL = (outcomes.is_outcome, outcomes.severities, outcomes.issue_types, outcomes.statuses, outcomes.codings, outcomes.displays,
       outcomes.diagnostics, outcomes.leaks_nothing)  # fmt: skip


@pytest.mark.parametrize("check", ALL)
def test_a_sound_outcome_is_left_alone(check: Check) -> None:
    assert not list(check(reply(outcome("INVALID_RESOURCE"), 422), Context()))


@pytest.mark.parametrize(
    ("check", "body", "status", "code"),
    [
        (outcomes.is_outcome, {"resourceType": "Patient"}, 400, "no-outcome"),
        (outcomes.is_outcome, {"resourceType": "OperationOutcome"}, 400, "no-outcome"),
        (outcomes.is_outcome, None, 400, "no-outcome"),
        (outcomes.severities, outcome("INVALID_RESOURCE", severity="warning"), 422, "outcome-severity"),
        (outcomes.issue_types, outcome("INVALID_RESOURCE", code="value"), 422, "outcome-issue-type"),
        (outcomes.statuses, outcome("INVALID_RESOURCE"), 400, "outcome-status"),
        (outcomes.codings, outcome("INVALID_RESOURCE", details={}), 422, "outcome-coding-count"),
        (outcomes.codings, outcome("INVALID_RESOURCE", details={"coding": [SPINE, SPINE]}), 422, "outcome-coding-count"),
        (outcomes.codings, outcome("GPC-001"), 422, "outcome-code"),
        (outcomes.codings, outcome("X", details={"coding": [SPINE | {"system": "urn:x"}]}), 422, "outcome-system"),
        (outcomes.displays, outcome("X", details={"coding": [SPINE | {"display": " "}]}), 422, "outcome-display"),
        (outcomes.diagnostics, outcome("INVALID_RESOURCE", diagnostics=""), 422, "outcome-diagnostics"),
        (outcomes.leaks_nothing, b"<html><body>Whitelabel Error Page", 500, "leak"),
        (outcomes.leaks_nothing, outcome("X", diagnostics="Traceback (most recent call last):"), 500, "leak"),
        (outcomes.leaks_nothing, outcome("X", diagnostics="    at uk.nhs.Foo.bar(Foo.java:12)"), 500, "leak"),
    ],
)  # fmt: skip
def test_each_wrong_is_named(check: Check, body: Any, status: int, code: str) -> None:
    assert [finding.code for finding in check(reply(body, status), Context())] == [code]


def test_a_contention_may_borrow_a_code() -> None:
    assert not list(outcomes.statuses(reply(outcome("INVALID_RESOURCE"), 409), Context()))
