"""Replies made by hand, for tests of what judges them."""

from __future__ import annotations

import json
from typing import Any

from conformance.consumer.response import Response
from conformance.core.exchange import Exchange, TransportFailure
from conformance.fhir.definitions.store import Definitions


def response(
    body: Any = None,
    status: int | None = 200,
    headers: dict[str, str] | None = None,
    *,
    interaction: str = "read_appointment",
    failure: TransportFailure | None = None,
) -> Response:
    """Return a reply with a JSON body (bytes are taken as they are)."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/fhir+json;charset=utf-8", **(headers or {})}
    exchange = Exchange(
        number=1,
        interaction=interaction,
        label="",
        method="GET",
        url="http://provider/Appointment/1",
        request_headers=(),
        request_body=b"",
        started="",
        elapsed_ms=1.0,
        status=status,
        response_headers=tuple(sent.items()),
        response_body=data,
        failure=failure,
    )
    return Response(exchange, lambda: Definitions("stu3"))


def outcome(code: str, /, **issue: Any) -> dict[str, Any]:
    """Return an OperationOutcome with one issue."""
    coding = {
        "system": "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1",
        "code": code,
        "display": "Shown",
    }
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "error", "code": "invalid", "details": {"coding": [coding]}, "diagnostics": "why", **issue}
        ],
    }
