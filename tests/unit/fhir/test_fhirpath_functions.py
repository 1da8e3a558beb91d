"""The functions that we add to FHIRPath, as an expression calls them, and what an expression that cannot run says."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.fhir.invariants.evaluation import CannotRunError
from conformance.fhir.invariants.fhirpath import _has_value, _resolve, fhirpath_evaluator
from conformance.fhir.validation.context import Run, Scope

ORGANISATION = {"resourceType": "Organization", "id": "o", "name": "A"}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "active": True,
    "contained": [ORGANISATION],
    "managingOrganization": {"reference": "#o"},
    "name": [{"family": "A"}],
}


def run() -> Run:
    scope = Scope(PATIENT, PATIENT, (None, "Patient"), None, set())
    return Run(scope, PATIENT)


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("active.hasValue()", True),
        ("name.hasValue()", False),
        ("birthDate.hasValue()", False),
        ("managingOrganization.resolve().name = 'A'", True),
        ("managingOrganization.resolve().name = 'B'", False),
        ("managingOrganization.reference.resolve().exists()", True),
        ("%resource.id = 'p'", True),
        ("birthDate", None),
        ("name | name.given", True),
    ],
)
def test_what_an_expression_says(expression: str, holds: bool | None) -> None:
    assert fhirpath_evaluator(expression, "Patient")(PATIENT, (None, "Patient"), run()) is holds


def test_an_expression_that_cannot_run_says_why_in_part() -> None:
    with pytest.raises(CannotRunError, match=r"^its expression cannot be run here \(.{1,120}\)$"):
        fhirpath_evaluator("active.noSuchFunction()", "Patient")(PATIENT, (None, "Patient"), run())


def test_values_and_references_in_lists() -> None:
    values: tuple[Any, ...] = ("a", 0, False, None, {}, [])
    assert [_has_value([one]) for one in values] == [True, True, True, False, False, False]
    assert (_has_value([]), _has_value(["a", "b"])) == (False, False)
    assert _resolve(["#o", {"reference": "#o"}, {"reference": "#none"}, {}], run()) == [ORGANISATION, ORGANISATION]
