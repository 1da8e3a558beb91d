"""Unsupported formats: 415 without any change. Media types in other spellings. Errors in the requested format."""

from __future__ import annotations

from conformance.checks.formats import in_format
from conformance.checks.operation_outcome import is_outcome
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.content_negotiation import Kind, cases, needs_xml, succeeded, wished
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.valid_requests import refused_request, send_as, send_in_other_form, valid_request

_BORROWED = (
    "HTTP itself names 406 for an Accept header that cannot be met; this specification names 415 for every format."
)
UNWANTED = {
    "stu3": refused("415", tolerated=["406"], because=_BORROWED),
    "dstu2": refused("415 BAD_REQUEST", tolerated=["415", "406"], because=_BORROWED),
}
UNREADABLE = {"stu3": refused("415"), "dstu2": refused("415 BAD_REQUEST", tolerated=["415"])}
MISLABELLED = refused(
    "BAD_REQUEST", also=["422 INVALID_RESOURCE", "415"],
    because="No page names the status of a body that is not what its label says: malformed, invalid and unsupported all fit.",
)  # fmt: skip

_WHY = "A consumer that gets a success in a format it cannot read may take it for an empty result."
_FIX = "Return 415 with an OperationOutcome for every format that you do not support."
_BODY_WHY = "A body that is parsed as another format may be stored incompletely."
_UNWANTED = "format.accepts-anything format.unknown-is-bad-request format.unknown-is-server-error"
_UNREADABLE = "format.reads-anything format.content-type-is-bad-request"

KINDS = (
    Kind("accept-unsupported", "that accepts only an unsupported format returns 415",
         "STU3-FHIR-007 DSTU2-HTTP-007 DSTU2-ERR-024", f"{_UNWANTED} format.not-acceptable", _WHY, _FIX,
         {"accept": "application/xxx", "expect": UNWANTED}),
    Kind("parameter-unsupported", "whose _format names an unsupported format returns 415",
         "STU3-FHIR-007 DSTU2-HTTP-007 DSTU2-ERR-024", _UNWANTED, _WHY, _FIX,
         {"parameter": "application/xxx", "expect": UNWANTED}),
    Kind("accept-html", "that accepts only HTML returns 415, not a web page", "STU3-FHIR-007 DSTU2-HTTP-007",
         _UNWANTED, _WHY, _FIX, {"accept": "text/html", "expect": UNWANTED}, only="reads"),
    Kind("body-text", "labelled text/plain returns 415 and changes nothing", "STU3-FHIR-007 DSTU2-HTTP-007",
         _UNREADABLE, _BODY_WHY, _FIX, {"label": "text/plain", "expect": UNREADABLE}, only="writes"),
    Kind("body-pdf", "labelled application/pdf returns 415 and changes nothing", "STU3-FHIR-007 DSTU2-HTTP-007",
         _UNREADABLE, _BODY_WHY, _FIX, {"label": "application/pdf", "expect": UNREADABLE}, only="writes"),
    Kind("body-form", "labelled as an HTML form returns 415 and changes nothing", "STU3-FHIR-007 DSTU2-HTTP-007",
         _UNREADABLE, _BODY_WHY, _FIX, {"label": "application/x-www-form-urlencoded", "expect": UNREADABLE},
         only="writes"),
    Kind("body-json-as-xml", "in JSON that is labelled as XML is refused and changes nothing",
         "STU3-ERR-024 DSTU2-ERR-020 DSTU2-HTTP-003",
         "formats.sniffs-bodies errors.malformed-is-server-error", _BODY_WHY,
         "Read the body as its Content-Type says.", {"label": "{xml}", "expect": MISLABELLED}, only="writes"),
    Kind("body-xml-as-json", "in XML that is labelled as JSON is refused and changes nothing",
         "STU3-ERR-024 DSTU2-ERR-020 DSTU2-HTTP-003",
         "formats.sniffs-bodies errors.malformed-is-server-error", _BODY_WHY,
         "Read the body as its Content-Type says.", {"body": "xml", "label": "{json}", "expect": MISLABELLED},
         only="writes"),
)  # fmt: skip


@scenarios(*(cases("formats", kind) for kind in KINDS))
def test_unsupported(context: ScenarioContext, case: Case) -> None:
    valid = valid_request(context, case.interaction, to_refuse=True)
    response = send_as(context, valid, wished(context, valid.request))
    expect_refused(context, response, context.parameter("expect"))
    if not response.carried_out:
        valid.untouched()


_SPELLINGS = "Media types are case-insensitive and may be followed by white space and parameters (RFC 7231)."
SPELLED = (
    Kind("charset-blank", "whose Content-Type has a space and UTF-8 in capitals succeeds",
         "STU3-FHIR-009 STU3-HTTP-001 DSTU2-HTTP-001 DSTU2-HTTP-009", "formats.knows-one-spelling", _SPELLINGS,
         "Parse Content-Type before comparing it.",
         {"label": "{json}; charset=UTF-8", "answer": "json"}, only="writes"),
    Kind("charset-left-out", "whose Content-Type has no charset succeeds", "STU3-FHIR-009 DSTU2-HTTP-003",
         "formats.knows-one-spelling", _SPELLINGS, "Decode a body without charset as UTF-8.",
         {"label": "{json}", "answer": "json"}, only="writes"),
    Kind("accept-charset", "whose Accept has a charset returns JSON",
         "STU3-FHIR-001 STU3-HTTP-001 DSTU2-HTTP-001 DSTU2-HTTP-002", "formats.accepts-one-spelling", _SPELLINGS,
         "Parse Accept before comparing it.", {"accept": "{json}; charset=UTF-8", "answer": "json"}),
    Kind("accept-capitals", "whose Accept is in capitals returns JSON",
         "STU3-HTTP-001 DSTU2-HTTP-001", "formats.knows-small-letters-only", _SPELLINGS,
         "Compare media types case-insensitively.", {"accept": "capitals", "answer": "json"}, only="reads"),
)  # fmt: skip


@scenarios(*(cases("formats", kind) for kind in SPELLED))
def test_spellings(context: ScenarioContext, case: Case) -> None:
    valid = valid_request(context, case.interaction)
    request = valid.request
    if case.get("accept") == "capitals":
        media_type = context.edition.media_type("json").upper()
        headers = tuple((name, media_type if name == "Accept" else value) for name, value in request.headers)
        request = request.with_(headers=headers)
    else:
        request = wished(context, request)
    response = send_in_other_form(context, valid, request)
    if succeeded(context, case.interaction, response):
        context.judge(response, in_format(case["answer"]))


_ERRORS_WHY = "The same program reads errors and successes."
_ERRORS_FIX = "Negotiate the format first, so that errors are in the requested format too."
ERRORS = (
    Kind("error-accept-xml", "that fails returns an OperationOutcome in XML when Accept requests XML",
         "STU3-ERR-031 STU3-FHIR-002 DSTU2-HTTP-002",
         "format.errors-in-json", _ERRORS_WHY, _ERRORS_FIX, {"accept": "{xml}", "answer": "xml"},
         without=("metadata",)),
    Kind("error-parameter-xml", "that fails returns an OperationOutcome in XML when _format requests XML",
         "STU3-ERR-031 DSTU2-HTTP-004", "format.errors-in-json", _ERRORS_WHY, _ERRORS_FIX,
         {"accept": "{json}", "parameter": "{xml}", "answer": "xml"}, without=("metadata",)),
    Kind("error-default", "that fails returns an OperationOutcome in JSON when no format is requested",
         "STU3-ERR-031 STU3-FHIR-006", "format.always-xml", _ERRORS_WHY,
         "Return JSON when no format is requested.", {"accept": None, "answer": "json"}, only="reads",
         without=("metadata",)),
)  # fmt: skip


@scenarios(*(cases("formats", kind) for kind in ERRORS))
def test_errors_follow(context: ScenarioContext, case: Case) -> None:
    if case["answer"] == "xml":
        needs_xml(context)
    response = context.send(wished(context, refused_request(context, case.interaction).request))
    if (response.status or 0) < 400:
        context.cannot(f"a request that should be refused did not return an error: {response.described}")
    context.judge(response, is_outcome, in_format(case["answer"]))
