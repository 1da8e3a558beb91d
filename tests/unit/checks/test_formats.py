"""Checks of formats and of whole rows of the error table: silent on sound answers, one finding for each thing wrong."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.error_table import whole_row
from conformance.checks.formats import in_either_format, in_format, same_content
from conformance.consumer.response import Response
from tests.support.check_context import Context
from tests.support.responses import outcome, response

PATIENT = {"resourceType": "Patient", "id": "1", "meta": {"versionId": "1"}, "gender": "other"}
XML = {"Content-Type": "application/fhir+xml;charset=utf-8"}
IN_XML = (
    b'<Patient xmlns="http://hl7.org/fhir"><id value="1"/>'
    b'<meta><versionId value="1"/></meta><gender value="other"/></Patient>'
)
SPINE = "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1"
PROFILED = {"meta": {"profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-OperationOutcome-1"]}}


def test_an_answer_is_in_the_format_that_it_says() -> None:
    assert not list(in_format("json")(response(PATIENT), Context()))
    assert not list(in_format("xml")(response(IN_XML, headers=XML), Context()))
    assert not list(in_either_format(response(IN_XML, headers=XML), Context()))
    assert not list(in_either_format(response(PATIENT), Context()))


@pytest.mark.parametrize(
    ("form", "answer", "code"),
    [
        ("xml", response(PATIENT), "format"),
        ("json", response(IN_XML, headers=XML), "format"),
        ("json", response(PATIENT, headers={"Content-Type": "application/json"}), "format"),
        ("json", response(PATIENT, headers={"Content-Type": ""}), "format"),
        ("xml", response(PATIENT, headers=XML), "format-body"),
        ("json", response(IN_XML), "format-body"),
        ("xml", response(IN_XML[:40], headers=XML), "format-body"),
        ("json", response(b"[]"), "format-body"),
        ("json", response(None), "format-body"),
    ],
)
def test_another_format_is_seen(form: str, answer: Response, code: str) -> None:
    assert [finding.code for finding in in_format(form)(answer, Context())] == [code]


def test_a_web_page_is_in_neither_format() -> None:
    page = response(b"<html></html>", headers={"Content-Type": "text/html"})
    assert [finding.code for finding in in_either_format(page, Context())] == ["format"]


def test_the_same_in_both_formats() -> None:
    assert not list(same_content(response(PATIENT), response(IN_XML, headers=XML)))


def test_what_is_lost_in_a_format_is_named() -> None:
    lost = response(IN_XML.replace(b'<gender value="other"/>', b""), headers=XML)
    assert [finding.location for finding in same_content(response(PATIENT), lost)] == ["Patient.gender"]
    assert [finding.location for finding in same_content(lost, response(PATIENT))] == ["Patient.gender"]


def bundle(*patients: dict[str, Any], **more: Any) -> Response:
    return response(
        {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in patients], **more}
    )


def test_bundles_may_differ_in_identity_and_order() -> None:
    other = PATIENT | {"id": "2"}
    assert not list(same_content(bundle(PATIENT, other, id="a"), bundle(other, PATIENT, id="b")))
    assert list(same_content(bundle(PATIENT, other), bundle(PATIENT)))
    assert list(same_content(bundle(PATIENT), bundle(other)))


def test_a_single_resource_may_not_differ_in_identity() -> None:
    assert [finding.location for finding in same_content(response(PATIENT), response(PATIENT | {"id": "2"}))] == [
        "Patient.id"
    ]


@pytest.mark.parametrize("entry", [None, 3, {"entry": 1}, [None], [{"resource": "x"}], [{}]])
def test_hostile_bundles_are_compared_without_breaking(entry: Any) -> None:
    assert list(same_content(bundle(PATIENT), response({"resourceType": "Bundle", "entry": entry})))


def test_a_whole_row_is_left_alone() -> None:
    assert not list(whole_row(response(outcome("INVALID_RESOURCE") | PROFILED, 422), Context()))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (outcome("INVALID_RESOURCE"), 422, "profile-claim"),
        (outcome("INVALID_RESOURCE") | PROFILED, 400, "outcome-status"),
        (outcome("INVALID_RESOURCE", severity="fatal") | PROFILED, 422, "outcome-severity"),
        (outcome("INVALID_RESOURCE", code="value") | PROFILED, 422, "outcome-issue-type"),
        (outcome("INVALID_RESOURCE", details={}) | PROFILED, 422, "outcome-coding-count"),
        (
            outcome(
                "X", details={"coding": [{"system": SPINE, "code": "INVALID_RESOURCE", "display": "d", "version": "1"}]}
            )
            | PROFILED,
            422,
            "outcome-coding-extra",
        ),
        ({"resourceType": "OperationOutcome"} | PROFILED, 422, "no-outcome"),
    ],
)
def test_each_flaw_of_a_row_is_named(body: Any, status: int, code: str) -> None:
    assert [finding.code for finding in whole_row(response(body, status), Context())] == [code]
