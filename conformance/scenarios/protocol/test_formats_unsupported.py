"""Formats that nobody supports: 415, and nothing happens. Media types in other spellings. Errors in the format asked for."""

from __future__ import annotations

from conformance.checks.formats import in_format
from conformance.checks.operation_outcome import is_outcome
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.content_negotiation import Kind, cases, needs_xml, succeeded, wished
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

_WHY = "A consumer that gets something else than it can read, labelled as a success, may take it for an empty answer."
_MEND = "Answer 415 with an OperationOutcome to every format that you do not speak."
_BODY_WHY = "A body that is read as something else than it is may be stored half."
_UNWANTED = "format.accepts-anything format.unknown-is-bad-request format.unknown-is-server-error"
_UNREADABLE = "format.reads-anything format.content-type-is-bad-request"

KINDS = (
    Kind("accept-unsupported", "that accepts only a format nobody speaks is answered 415",
         "STU3-FHIR-007 DSTU2-HTTP-007 DSTU2-ERR-024", f"{_UNWANTED} format.not-acceptable", _WHY, _MEND,
         {"accept": "application/xxx", "expect": UNWANTED}),
    Kind("parameter-unsupported", "whose _format names a format nobody speaks is answered 415",
         "STU3-FHIR-007 DSTU2-HTTP-007 DSTU2-ERR-024", _UNWANTED, _WHY, _MEND,
         {"parameter": "application/xxx", "expect": UNWANTED}),
    Kind("accept-html", "that accepts HTML alone is answered 415, and not with a page", "STU3-FHIR-007 DSTU2-HTTP-007",
         _UNWANTED, _WHY, _MEND, {"accept": "text/html", "expect": UNWANTED}, only="reads"),
    Kind("body-text", "labelled text/plain is answered 415 and nothing is done", "STU3-FHIR-007 DSTU2-HTTP-007",
         _UNREADABLE, _BODY_WHY, _MEND, {"label": "text/plain", "expect": UNREADABLE}, only="writes"),
    Kind("body-pdf", "labelled application/pdf is answered 415 and nothing is done", "STU3-FHIR-007 DSTU2-HTTP-007",
         _UNREADABLE, _BODY_WHY, _MEND, {"label": "application/pdf", "expect": UNREADABLE}, only="writes"),
    Kind("body-form", "labelled as an HTML form is answered 415 and nothing is done", "STU3-FHIR-007 DSTU2-HTTP-007",
         _UNREADABLE, _BODY_WHY, _MEND, {"label": "application/x-www-form-urlencoded", "expect": UNREADABLE},
         only="writes"),
    Kind("body-json-as-xml", "in JSON that is labelled as XML is refused and nothing is done",
         "STU3-ERR-024 DSTU2-ERR-020 DSTU2-HTTP-003",
         "formats.sniffs-bodies errors.malformed-is-server-error", _BODY_WHY,
         "Read the body as its Content-Type says.", {"label": "{xml}", "expect": MISLABELLED}, only="writes"),
    Kind("body-xml-as-json", "in XML that is labelled as JSON is refused and nothing is done",
         "STU3-ERR-024 DSTU2-ERR-020 DSTU2-HTTP-003",
         "formats.sniffs-bodies errors.malformed-is-server-error", _BODY_WHY,
         "Read the body as its Content-Type says.", {"body": "xml", "label": "{json}", "expect": MISLABELLED},
         only="writes"),
)  # fmt: skip


@scenarios(*(cases("formats", kind) for kind in KINDS))
def test_unsupported(context: ScenarioContext, case: Case) -> None:
    valid = valid_request(context, case.interaction, to_refuse=True)
    response = send_as(context, valid, wished(context, valid.request))
    context.expect(response, context.parameter("expect"))
    if response.status not in (200, 201):
        valid.untouched()


_SPELLINGS = "Media types are compared without regard to case, and parameters and blanks may follow them (RFC 7231)."
SPELLED = (
    Kind("charset-blank", "whose Content-Type has a blank and a charset in capitals is carried out",
         "STU3-FHIR-009 STU3-HTTP-001 DSTU2-HTTP-001 DSTU2-HTTP-009", "formats.knows-one-spelling", _SPELLINGS,
         "Take a Content-Type apart before comparing it.",
         {"label": "{json}; charset=UTF-8", "answer": "json"}, only="writes"),
    Kind("charset-left-out", "whose Content-Type names no charset is carried out", "STU3-FHIR-009 DSTU2-HTTP-003",
         "formats.knows-one-spelling", _SPELLINGS, "Read a body without charset as UTF-8.",
         {"label": "{json}", "answer": "json"}, only="writes"),
    Kind("accept-charset", "whose Accept has a charset is answered in that format",
         "STU3-FHIR-001 STU3-HTTP-001 DSTU2-HTTP-001 DSTU2-HTTP-002", "formats.accepts-one-spelling", _SPELLINGS,
         "Take Accept apart before comparing it.", {"accept": "{json}; charset=UTF-8", "answer": "json"}),
    Kind("accept-capitals", "whose Accept is in capitals is answered in that format",
         "STU3-HTTP-001 DSTU2-HTTP-001", "formats.knows-small-letters-only", _SPELLINGS,
         "Compare media types without regard to case.", {"accept": "capitals", "answer": "json"}, only="reads"),
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


_ERRORS_WHY = "Errors are read by the same program as successes."
_ERRORS_MEND = "Negotiate the format before anything else, so that errors follow it too."
ERRORS = (
    Kind("error-accept-xml", "that fails is answered with an OperationOutcome in XML where Accept asks for XML",
         "STU3-ERR-031 STU3-FHIR-002 DSTU2-HTTP-002",
         "format.errors-in-json", _ERRORS_WHY, _ERRORS_MEND, {"accept": "{xml}", "answer": "xml"},
         without=("metadata",)),
    Kind("error-parameter-xml", "that fails is answered with an OperationOutcome in XML where _format asks for XML",
         "STU3-ERR-031 DSTU2-HTTP-004", "format.errors-in-json", _ERRORS_WHY, _ERRORS_MEND,
         {"accept": "{json}", "parameter": "{xml}", "answer": "xml"}, without=("metadata",)),
    Kind("error-default", "that fails is answered with an OperationOutcome in JSON where nothing else is asked for",
         "STU3-ERR-031 STU3-FHIR-006", "format.always-xml", _ERRORS_WHY,
         "Answer in JSON where nothing else is asked for.", {"accept": None, "answer": "json"}, only="reads",
         without=("metadata",)),
)  # fmt: skip


@scenarios(*(cases("formats", kind) for kind in ERRORS))
def test_errors_follow(context: ScenarioContext, case: Case) -> None:
    if case["answer"] == "xml":
        needs_xml(context)
    response = context.send(wished(context, refused_request(context, case.interaction).request))
    if (response.status or 0) < 400:
        context.cannot(f"no error came of a request that should be refused: {response.described}")
    context.judge(response, is_outcome, in_format(case["answer"]))
