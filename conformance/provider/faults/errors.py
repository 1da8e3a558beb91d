"""Faults in error responses, whatever the interaction."""

from __future__ import annotations

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import Edit, alter, body, change, html_page, misanswer, put, status, without
from conformance.provider.faults.fault import STU3, Fault


def _outcome(*edits: Edit) -> Effect:
    return change("OperationOutcome", *edits)


_CODING = "issue.details.coding"

FAULTS = (
    Fault("errors.html", "returns an HTML page for every error", html_page(500, only="errors")),
    Fault("errors.empty", "returns errors without a body", body(lambda _: b"", only="errors")),
    Fault(
        "errors.cut-short", "cuts the body of errors short", body(lambda sent: sent[: len(sent) // 2], only="errors")
    ),
    Fault("errors.always-200", "returns 200 for errors", status(200, only="errors")),
    Fault("errors.always-500", "returns 500 for every error", status(500, only="errors")),
    Fault("errors.without-profile", "omits meta.profile from OperationOutcomes", _outcome(without("meta"))),
    Fault(
        "errors.other-profile",
        "names another profile in outcomes",
        _outcome(put("meta.profile", ["http://hl7.org/fhir/StructureDefinition/OperationOutcome"])),
    ),
    Fault("errors.without-coding", "omits the error code", _outcome(without("issue.details"))),
    Fault("errors.without-display", "omits the display", _outcome(without(f"{_CODING}.display")), STU3),
    Fault("errors.without-system", "omits the code system", _outcome(without(f"{_CODING}.system"))),
    Fault(
        "errors.other-system",
        "names another code system",
        _outcome(put(f"{_CODING}.system", "https://beeches.example/errors")),
    ),
    Fault(
        "errors.two-codings",
        "sends two codings",
        _outcome(
            alter(
                "issue", lambda value: [item | {"details": {"coding": item["details"]["coding"] * 2}} for item in value]
            )
        ),
        STU3,
    ),
    Fault(
        "errors.user-selected",
        "marks the coding as selected by the user",
        _outcome(put(f"{_CODING}.userSelected", True)),
        STU3,
    ),
    Fault("errors.numeric-codes", "returns the retired numeric codes", _outcome(put(f"{_CODING}.code", "GPC-019"))),
    Fault("errors.warning", "gives errors the severity warning", _outcome(put("issue.severity", "warning"))),
    Fault("errors.without-severity", "omits the severity", _outcome(without("issue.severity"))),
    Fault("errors.without-type", "omits issue.code", _outcome(without("issue.code"))),
    Fault("errors.odd-type", "has an issue.code that FHIR does not know", _outcome(put("issue.code", "bad"))),
    Fault(
        "errors.other-type", "returns the issue type exception for everything", misanswer(issue_type="exception"), STU3
    ),
    Fault("errors.without-issue", "sends an outcome without issues", _outcome(without("issue"))),
    Fault("errors.without-diagnostics", "omits diagnostics", _outcome(without("issue.diagnostics"))),
    Fault(
        "errors.stack-trace",
        "shows internal details in diagnostics",
        _outcome(put("issue.diagnostics", "java.lang.NullPointerException at uk.beeches.Slots.find(Slots.java:42)")),
        STU3,
    ),
    Fault("errors.not-an-outcome", "returns a resource of another type", _outcome(put("resourceType", "Basic"))),
    Fault(
        "errors.reference-not-found-as-invalid",
        "returns INVALID_RESOURCE and 400 for unknown references",
        tuple(
            misanswer(f"book.{name}-known", code="INVALID_RESOURCE", status=400)
            for name in ("patient", "location", "practitioner", "slots")
        ),
    ),
    Fault("errors.wrong-verb-is-200", "returns 200 for wrong verbs", misanswer("http.verb", status=200)),
    Fault(
        "errors.wrong-verb-is-server-error",
        "returns 500 for wrong verbs",
        misanswer("http.verb", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault(
        "errors.not-implemented-is-server-error",
        "returns 500 for unknown resource types",
        misanswer("http.implemented", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault(
        "errors.not-implemented-is-200",
        "returns 200 for unknown resource types",
        misanswer("http.implemented", status=200),
    ),
    Fault("errors.unknown-path-is-200", "returns 200 for unknown paths", misanswer("http.path", status=200)),
    Fault(
        "errors.malformed-is-invalid",
        "returns 422 for malformed bodies",
        misanswer("content.well-formed", code="INVALID_RESOURCE", status=422),
    ),
    Fault(
        "errors.malformed-is-server-error",
        "returns 500 for malformed bodies",
        misanswer("content.well-formed", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault(
        "errors.empty-body-is-server-error",
        "returns 500 for empty bodies",
        misanswer("content.not-empty", code="INTERNAL_SERVER_ERROR", status=500),
    ),
)
