"""Ways to be wrong in answering errors, whatever the interaction."""

from __future__ import annotations

from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import Edit, alter, body, change, html_page, misanswer, put, status, without
from conformance.provider.faults.fault import STU3, Fault


def _outcome(*edits: Edit) -> Effect:
    return change("OperationOutcome", *edits)


_CODING = "issue.details.coding"

FAULTS = (
    Fault("errors.html", "answers every error with an HTML page", html_page(500, only="errors")),
    Fault("errors.empty", "answers errors without a body", body(lambda _: b"", only="errors")),
    Fault(
        "errors.cut-short", "cuts the body of errors short", body(lambda sent: sent[: len(sent) // 2], only="errors")
    ),
    Fault("errors.always-200", "answers errors with 200", status(200, only="errors")),
    Fault("errors.always-500", "answers every error with 500", status(500, only="errors")),
    Fault("errors.without-profile", "leaves meta.profile out of outcomes", _outcome(without("meta"))),
    Fault(
        "errors.other-profile",
        "names another profile in outcomes",
        _outcome(put("meta.profile", ["http://hl7.org/fhir/StructureDefinition/OperationOutcome"])),
    ),
    Fault("errors.without-coding", "leaves the error code out", _outcome(without("issue.details"))),
    Fault("errors.without-display", "leaves the display out", _outcome(without(f"{_CODING}.display")), STU3),
    Fault("errors.without-system", "leaves the code system out", _outcome(without(f"{_CODING}.system"))),
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
                "issue", lambda held: [item | {"details": {"coding": item["details"]["coding"] * 2}} for item in held]
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
    Fault(
        "errors.numeric-codes", "answers with the retired numeric codes", _outcome(put(f"{_CODING}.code", "GPC-019"))
    ),
    Fault("errors.warning", "calls errors warnings", _outcome(put("issue.severity", "warning"))),
    Fault("errors.without-severity", "leaves the severity out", _outcome(without("issue.severity"))),
    Fault("errors.without-type", "leaves issue.code out", _outcome(without("issue.code"))),
    Fault("errors.odd-type", "has an issue.code that FHIR does not know", _outcome(put("issue.code", "bad"))),
    Fault("errors.other-type", "answers everything with issue type exception", misanswer(issue_type="exception"), STU3),
    Fault("errors.without-issue", "sends an outcome without issues", _outcome(without("issue"))),
    Fault("errors.without-diagnostics", "leaves diagnostics out", _outcome(without("issue.diagnostics"))),
    Fault(
        "errors.stack-trace",
        "shows its inside in diagnostics",
        _outcome(put("issue.diagnostics", "java.lang.NullPointerException at uk.beeches.Slots.find(Slots.java:42)")),
        STU3,
    ),
    Fault("errors.not-an-outcome", "answers with a resource of another type", _outcome(put("resourceType", "Basic"))),
    Fault(
        "errors.reference-not-found-as-invalid",
        "answers unknown references with INVALID_RESOURCE and 400",
        tuple(
            misanswer(f"book.{name}-known", code="INVALID_RESOURCE", status=400)
            for name in ("patient", "location", "practitioner", "slots")
        ),
    ),
    Fault("errors.wrong-verb-is-200", "answers wrong verbs with 200", misanswer("http.verb", status=200)),
    Fault(
        "errors.wrong-verb-is-server-error",
        "answers wrong verbs with 500",
        misanswer("http.verb", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault(
        "errors.not-implemented-is-server-error",
        "answers unknown resource types with 500",
        misanswer("http.implemented", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault(
        "errors.not-implemented-is-200",
        "answers unknown resource types with 200",
        misanswer("http.implemented", status=200),
    ),
    Fault("errors.unknown-path-is-200", "answers unknown paths with 200", misanswer("http.path", status=200)),
    Fault(
        "errors.malformed-is-invalid",
        "answers malformed bodies with 422",
        misanswer("content.well-formed", code="INVALID_RESOURCE", status=422),
    ),
    Fault(
        "errors.malformed-is-server-error",
        "answers malformed bodies with 500",
        misanswer("content.well-formed", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault(
        "errors.empty-body-is-server-error",
        "answers empty bodies with 500",
        misanswer("content.not-empty", code="INTERNAL_SERVER_ERROR", status=500),
    ),
)
