"""From a refusal to a response: status, OperationOutcome, headers. Source: the editions' error-handling pages."""

from __future__ import annotations

from dataclasses import replace

from conformance.provider.http import Call, Response
from conformance.provider.refusal import Refusal, Reply, refuse

# Codes of the Spine's code list that the editions' tables of errors do not have, and what stands with them.
_BEYOND_THE_TABLE = {"FHIR_CONSTRAINT_VIOLATION": "FHIR constraint violated"}
# Issue types where the DSTU2 pages name none, by code; STU3 names one for each.
_USUAL_TYPES = {
    "INVALID_IDENTIFIER_SYSTEM": "value",
    "INVALID_IDENTIFIER_VALUE": "value",
    "INVALID_ODS_CODE": "value",
    "INVALID_SDS_USERID": "value",
    "INVALID_PATIENT_DEMOGRAPHICS": "business-rule",
    "ORGANISATION_NOT_FOUND": "not-found",
    "PRACTITIONER_NOT_FOUND": "not-found",
    "NOT_IMPLEMENTED": "not-supported",
    "NON_AUTHORITATIVE": "forbidden",
    "NO_ORGANISATIONAL_CONSENT": "forbidden",
}


def refusal_response(refusal: Refusal, call: Call) -> Response:
    """Return the response that a refusal becomes."""
    refusal = call.provider.seams.refusal(refusal, call)
    call.form = call.provider.seams.setting("format.errors", call.form, call)
    reply = complete(refusal.reply, call)
    coding = {"system": reply.system, "code": reply.code, "display": reply.display}
    outcome = call.provider.shapes.outcome(
        reply.issue_type, {key: value for key, value in coding.items() if value}, _printable(refusal.diagnostics)
    )
    return Response(reply.status, call.provider.seams.resource(outcome, call))


def _printable(text: str) -> str:
    """What a request said may be quoted in a response, but not its control characters, which FHIR forbids."""
    return "".join(letter if letter.isprintable() or letter in " \n" else "\ufffd" for letter in text)


def complete(reply: Reply, call: Call) -> Reply:
    """Fill a reply in from the edition's error table."""
    edition = call.provider.edition
    reply = replace(reply, code=edition.error_code(reply.code))
    row = edition.errors.get(reply.code)
    types = (row.issue_types or row.shown_issue_types) if row else ()
    usual = types[0] if types else _USUAL_TYPES.get(reply.code, "invalid")
    display = (row.display if row else "") or _BEYOND_THE_TABLE.get(reply.code, reply.code)
    return replace(
        reply,
        status=reply.status or (row.status if row else 400),
        issue_type=reply.issue_type or usual,
        display=reply.display or display,
        system=reply.system or edition.raw["outcome"]["coding_systems"][0],
    )


def unexpected(call: Call) -> Response:
    """The response to what should not happen: no trace of the inside (issue type and code of the page's 500 row)."""
    text = "The server met an unexpected condition; the request was not carried out. Quote the Ssp-TraceID."
    return refusal_response(refuse("errors.unexpected", Reply("INTERNAL_SERVER_ERROR", 500), text), call)
