"""Requests refused in another order or in other words, and what a container refuses by itself."""

from __future__ import annotations

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import Edit, misanswer, put, refuses, setting
from conformance.provider.faults.fault import DSTU2
from conformance.provider.http import Call, Json
from conformance.provider.refusal import Reply
from conformance.provider.variants.effects import container, shows
from conformance.provider.variants.variant import Expected, Variant

_NO_ORDER = "no page says in which order a provider checks token, headers, format, body and existence"
_CONTAINER = (
    "RFC 7230 section 3.1.1 (invalid and overlong targets) and RFC 3986 section 2; FHIR API guidance, Rejecting updates: "
    "errors may come from the frameworks below a FHIR server, and then need no OperationOutcome"
)


def _order(*steps: str) -> Effect:
    return setting("provider.order", steps)


def _issue(edit: Edit) -> tuple[Effect, ...]:
    return shows("OperationOutcome", edit)[:1]


def _more_issues(outcome: Json) -> Json:
    again = {**outcome["issue"][0], "diagnostics": "The same request was refused for another reason, too"}
    return {**outcome, "issue": [*outcome["issue"], again]}


def _details_text(outcome: Json) -> Json:
    first, *others = outcome["issue"]
    return {
        **outcome,
        "issue": [{**first, "details": {**first["details"], "text": "The request could not be carried out"}}, *others],
    }


_DETAILED = {"BAD_REQUEST", "INTERNAL_SERVER_ERROR"}  # "to return debug details" (dstu2)


def _text_only(outcome: Json) -> Json:
    """The explanation in details.text, none in diagnostics but where the page wants details there."""
    first, *others = outcome["issue"]
    if {coding["code"] for coding in first["details"]["coding"]} & _DETAILED:
        return outcome
    diagnostics = first.get("diagnostics", "refused")
    kept = {name: item for name, item in first.items() if name != "diagnostics"}
    return {**outcome, "issue": [{**kept, "details": {**first["details"], "text": diagnostics}}, *others]}


def _long_target(call: Call) -> bool:
    return len(call.target) > 4000


def _without_if_match(call: Call) -> bool:
    return not call.header("If-Match").strip()


_NO_TAG = (
    "general API guidance, Managing resource contention: consumers SHALL send If-Match, and no page says what follows where "
    "it is missing (C-IFMATCH); FHIR, ResourceVersionPolicy: a server may accept versioned updates only"
)

_BARE = (
    Expected(
        "warn", "errors.path-*", "an OperationOutcome is required of every error; a container's page is a warning"
    ),
)

VARIANTS = (
    Variant(
        "order.token-first",
        "looks at the token before the Spine headers and the format",
        _NO_ORDER,
        _order("route", "token", "headers", "format"),
        aspect="order of checks",
    ),
    Variant(
        "order.headers-first",
        "looks at the Spine headers before the format",
        _NO_ORDER,
        _order("route", "headers", "format", "token"),
        aspect="order of checks",
    ),
    Variant(
        "order.body-first",
        "reads the body before it looks at headers and token",
        _NO_ORDER,
        _order("format", "route", "body", "headers", "token"),
        aspect="order of checks",
    ),
    Variant(
        "order.existence-first",
        "looks whether the patient or the appointment exists before headers and token",
        _NO_ORDER,
        _order("format", "route", "existence", "headers", "token"),
        aspect="order of checks",
    ),
    Variant(
        "order.rules-last-first",
        "checks the rules of a request in the opposite order",
        "no page orders the checks of a body or of parameters: where two rules are broken, either may be named",
        Effect(Seam.SETTING, lambda rules, _call: rules[::-1], of="rules.order"),
        expects=(Expected("warn", "errors.register-no-number", "no number at all is no valid number, either"),),
    ),
    Variant(
        "container.percent-zero",
        "has a container that refuses %00 in a path with a page of its own",
        _CONTAINER,
        container(lambda call: "%00" in call.target),
        expects=_BARE,
    ),
    Variant(
        "container.raw-bar",
        "has a container that refuses a bar that is not encoded",
        _CONTAINER,
        container(lambda call: "|" in call.target),
        expects=_BARE,
    ),
    Variant(
        "container.long-target",
        "has a container that refuses URLs of more than 4,000 characters with 414",
        _CONTAINER,
        container(_long_target, 414),
        expects=_BARE,
    ),
    Variant(
        "container.encoded-slash",
        "has a container that refuses %2F and dots in a path",
        _CONTAINER,
        container(
            lambda call: any(mark in call.target.partition("?")[0].lower() for mark in ("%2f", "%2e", "/../", "%5c"))
        ),
        expects=_BARE,
    ),
    Variant(
        "container.verbs",
        "has a container that refuses unusual verbs with 501",
        "RFC 7231 section 4.1: a method that the server does not know gets 501",
        container(lambda call: call.method not in {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}, 501),
    ),
    Variant(
        "outcome.further-issue",
        "gives two issues with every error",
        "FHIR, OperationOutcome.issue: one or more; the error handling page shows one and forbids no others",
        _issue(_more_issues),
    ),
    Variant(
        "outcome.details-text",
        "writes a text beside the code of every error",
        "FHIR, CodeableConcept.text: may stand beside coding",
        _issue(_details_text),
        aspect="text of errors",
    ),
    Variant(
        "outcome.text-only",
        "explains errors in details.text, with diagnostics only of malformed requests and unexpected errors",
        "error handling page (dstu2): wants debug details of these two; of all others diagnostics stand in examples only",
        _issue(_text_only),
        DSTU2,
        "text of errors",
    ),
    Variant(
        "outcome.issue-type",
        "gives every error the issue type invalid",
        "error handling page (dstu2): its tables pair status and code; issue types stand in its examples only",
        misanswer(issue_type="invalid"),
        DSTU2,
    ),
    Variant(
        "outcome.long",
        "explains errors in two thousand characters of several scripts",
        "FHIR API guidance, Resource data types: strings up to 1 MB; OperationOutcome.issue.diagnostics is a string",
        _issue(
            put(
                "issue.diagnostics",
                "Was abgelehnt wurde \u2014 \u062a\u0645 \u0627\u0644\u0631\u0641\u0636 & <why> " * 40,
            )
        ),
        aspect="diagnostics",
    ),
    Variant(
        "outcome.debug",
        "writes a hint for developers into errors",
        "error handling page (dstu2): its examples invite internal debug details and stack traces in diagnostics",
        misanswer(diagnostics="java.io.EOFException: unexpected end of the body"),
        DSTU2,
        "diagnostics",
    ),
    Variant(
        "if-match.required",
        "refuses an update without If-Match with 400",
        _NO_TAG,
        refuses(_without_if_match, Reply("BAD_REQUEST", 400), on="amend cancel"),
        aspect="if-match",
    ),
    Variant(
        "if-match.precondition",
        "refuses an update without If-Match with 412",
        _NO_TAG,
        refuses(_without_if_match, Reply("BAD_REQUEST", 412), on="amend cancel"),
        aspect="if-match",
    ),
    Variant(
        "cancel.forbidden",
        "refuses a cancellation that changes something else with 403 and a code that belongs to it",
        "cancel page (dstu2), Error handling: an error SHALL be returned, and neither status nor code is named",
        misanswer("cancel.nothing-else", status=403, code="NO_PATIENT_CONSENT"),
        DSTU2,
    ),
    Variant(
        "register.bad-request",
        "refuses a registration without a birth date with 400 BAD_REQUEST",
        "register page, Error handling: INVALID_RESOURCE where details are missing (stu3), no code (dstu2); error handling "
        "page: BAD_REQUEST for malformed requests. The two overlap, which is a warning at most",
        misanswer("register.has-birth-date", status=400, code="BAD_REQUEST"),
        expects=(
            Expected(
                "warn", "*register*", "422 is expected, 400 is close (the same stimulus weighs the same everywhere)"
            ),
        ),
    ),
)
