"""Ways to response one kind of error with another code or status, and to break down over bodies and paths."""

from __future__ import annotations

from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import misanswer
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Call
from conformance.provider.refusal import Refusal, reworded


def _instead_of(*codes: str, **fields: Any) -> Effect:
    """Return refusals with these codes differently; a new code has its own status, issue type and display."""

    def apply(refusal: Refusal, call: Call | None) -> Refusal:  # noqa: ARG001
        if refusal.reply.code not in codes:
            return refusal
        anew = {"status": 0, "issue_type": "", "display": ""} if "code" in fields else {}
        return reworded(refusal, **{**anew, **fields})

    return Effect(Seam.REFUSAL, apply)


_NOT_FOUND = ("ORGANISATION_NOT_FOUND", "PATIENT_NOT_FOUND", "PRACTITIONER_NOT_FOUND", "NO_RECORD_FOUND")

FAULTS = (
    Fault(
        "errors.unknown-system-is-bad-request",
        "returns BAD_REQUEST for an unknown identifier system",
        _instead_of("INVALID_IDENTIFIER_SYSTEM", code="BAD_REQUEST"),
    ),
    Fault(
        "errors.malformed-value-is-bad-request",
        "returns BAD_REQUEST for a malformed identifier",
        _instead_of("INVALID_IDENTIFIER_VALUE", "INVALID_ODS_CODE", "INVALID_SDS_USERID", code="BAD_REQUEST"),
    ),
    Fault(
        "errors.number-is-parameter",
        "returns INVALID_PARAMETER for an invalid NHS number",
        _instead_of("INVALID_NHS_NUMBER", code="INVALID_PARAMETER"),
    ),
    Fault(
        "errors.trace-is-invalid-resource",
        "returns INVALID_RESOURCE for a failed PDS trace",
        _instead_of("INVALID_PATIENT_DEMOGRAPHICS", code="INVALID_RESOURCE"),
    ),
    Fault(
        "errors.not-found-is-bad-request",
        "returns BAD_REQUEST for what is missing",
        _instead_of(*_NOT_FOUND, code="BAD_REQUEST"),
    ),
    Fault(
        "errors.duplicate-is-invalid-resource",
        "returns INVALID_RESOURCE for duplicates",
        _instead_of("DUPLICATE_REJECTED", code="INVALID_RESOURCE"),
        STU3,
    ),
    Fault(
        "errors.invalid-is-404",
        "returns 404 for invalid resources",
        _instead_of("INVALID_RESOURCE", "INVALID_PARAMETER", status=404),
    ),
    Fault(
        "errors.parameter-is-404",
        "returns 404 for invalid parameters",
        _instead_of("INVALID_PARAMETER", status=404),
    ),
    Fault(
        "errors.consent-is-bad-request",
        "returns BAD_REQUEST for a lack of consent",
        _instead_of("NO_PATIENT_CONSENT", code="BAD_REQUEST"),
        DSTU2,
    ),
    Fault(
        "errors.odd-body-is-server-error",
        "breaks down over a body that is no resource",
        (
            misanswer("body.is-appointment", code="INTERNAL_SERVER_ERROR", status=500),
            misanswer("register.is-parameters", code="INTERNAL_SERVER_ERROR", status=500),
        ),
    ),
    Fault(
        "errors.unknown-path-is-server-error",
        "breaks down over unknown paths",
        misanswer("http.path", code="INTERNAL_SERVER_ERROR", status=500),
    ),
)
