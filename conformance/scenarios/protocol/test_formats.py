"""The format of a response: by Accept, by _format, by both in conflict, by the body's format, and by none of them."""

from __future__ import annotations

from conformance.checks.formats import in_either_format, in_format
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.content_negotiation import (
    CAPABILITY_STATEMENT,
    Kind,
    cases,
    may_be_sent,
    needs_xml,
    succeeded,
    wished,
)
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.valid_requests import send_as, send_in_other_form, valid_request

_WHY = "A consumer that gets a format other than the one it requested cannot read the response."
_PRECEDENCE = (
    "Let _format decide where it is given, then Accept, then the Content-Type of the request; else return JSON."
)
UNDECLARED = refused(
    "415", tolerated=["406"],
    because="HTTP itself names 406 for an Accept header that cannot be met; this specification names 415 for every format.",
)  # fmt: skip
_XML_OR_415 = "A provider that does not declare XML, where the edition leaves it to the provider, returns 415 instead."
_OF_METADATA = {"metadata": "STU3-META-022 DSTU2-META-013"}

KINDS = (
    Kind("accept-json", "that requests JSON in Accept returns JSON", "STU3-FHIR-001 STU3-FHIR-008 DSTU2-HTTP-002",
         "formats.xml-only", _WHY, _PRECEDENCE, {"accept": "{json}", "answer": "json"}),
    Kind("accept-xml", "that requests XML in Accept returns XML",
         "STU3-FHIR-002 STU3-FHIR-007 STU3-FHIR-008 DSTU2-HTTP-002",
         "format.always-json formats.xml-cut-short", _WHY,
         "Return XML where Accept requests it; a provider that does not support XML does not declare it.",
         {"accept": "{xml}", "answer": "xml", "refused": UNDECLARED}, noted=_XML_OR_415),
    Kind("parameter-json", "that requests JSON in _format, without Accept, returns JSON", "STU3-FHIR-003 DSTU2-HTTP-004",
         "formats.xml-only formats.refuses-parameter", _WHY, _PRECEDENCE,
         {"accept": None, "parameter": "{json}", "answer": "json"}, also=_OF_METADATA),
    Kind("parameter-xml", "that requests XML in _format, without Accept, returns XML", "STU3-FHIR-003 DSTU2-HTTP-004",
         "formats.overlooks-parameter format.always-json", _WHY, _PRECEDENCE,
         {"accept": None, "parameter": "{xml}", "answer": "xml"}, also=_OF_METADATA),
    Kind("parameter-over-accept-xml", "that requests XML in _format and JSON in Accept returns XML",
         "STU3-FHIR-004 DSTU2-HTTP-005", "format.ignores-parameter", _WHY, _PRECEDENCE,
         {"accept": "{json}", "parameter": "{xml}", "answer": "xml"}),
    Kind("parameter-over-accept-json", "that requests JSON in _format and XML in Accept returns JSON",
         "STU3-FHIR-004 DSTU2-HTTP-005", "format.ignores-parameter", _WHY, _PRECEDENCE,
         {"accept": "{xml}", "parameter": "{json}", "answer": "json"}),
    Kind("agreeing", "that requests XML in both _format and Accept returns XML", "STU3-FHIR-003 DSTU2-HTTP-004",
         "format.always-json formats.refuses-parameter", _WHY, _PRECEDENCE,
         {"accept": "{xml}", "parameter": "{xml}", "answer": "xml"}),
    Kind("default", "that requests no format returns JSON", "STU3-FHIR-006",
         "format.always-xml formats.wants-accept", _WHY, _PRECEDENCE, {"accept": None, "answer": "json"}, only="reads"),
    Kind("no-accept", "that requests no format returns JSON or XML", "DSTU2-HTTP-002",
         "formats.wants-accept", _WHY, _PRECEDENCE, {"accept": None, "answer": ""}, only="reads"),
    Kind("anything", "with Accept */* returns JSON or XML", "STU3-FHIR-006 STU3-HTTP-001 DSTU2-HTTP-001",
         "formats.knows-no-wildcard", "Many HTTP libraries send Accept: */* where nothing else was set.",
         "Treat Accept */* as no preference.", {"accept": "*/*", "answer": ""}),
    Kind("anything-parameter-xml", "with Accept */* and XML in _format returns XML",
         "STU3-FHIR-004 DSTU2-HTTP-004", "formats.overlooks-parameter", _WHY, _PRECEDENCE,
         {"accept": "*/*", "parameter": "{xml}", "answer": "xml"}, only="reads"),
    Kind("body-json", "in JSON without Accept returns JSON", "STU3-FHIR-005 DSTU2-HTTP-006",
         "formats.xml-only", _WHY, _PRECEDENCE, {"accept": None, "answer": "json"},
         only="writes"),
    Kind("body-xml", "in XML without Accept returns XML", "STU3-FHIR-005 STU3-FHIR-007 DSTU2-HTTP-006",
         "format.ignores-body formats.refuses-xml-bodies", _WHY, _PRECEDENCE,
         {"accept": None, "body": "xml", "answer": "xml", "refused": refused("415")}, only="writes",
         noted=_XML_OR_415),
    Kind("xml-to-json", "in XML that accepts JSON returns JSON",
         "STU3-FHIR-001 STU3-FHIR-008 DSTU2-HTTP-002 DSTU2-HTTP-003",
         "formats.answers-as-asked-in formats.refuses-xml-bodies", _WHY, _PRECEDENCE,
         {"accept": "{json}", "body": "xml", "answer": "json"}, only="writes"),
    Kind("json-to-xml", "in JSON that accepts XML returns XML", "STU3-FHIR-002 STU3-FHIR-008 DSTU2-HTTP-002",
         "formats.answers-as-asked-in", _WHY, _PRECEDENCE, {"accept": "{xml}", "answer": "xml"}, only="writes"),
    Kind("body-xml-parameter-json", "in XML that requests JSON in _format returns JSON",
         "STU3-FHIR-003 STU3-FHIR-004 DSTU2-HTTP-004", "formats.answers-as-asked-in", _WHY, _PRECEDENCE,
         {"accept": None, "body": "xml", "parameter": "{json}", "answer": "json"}, only="writes"),
    Kind("preference", "that prefers XML to JSON in one Accept header returns XML", "STU3-HTTP-001 DSTU2-HTTP-001",
         "formats.first-accepted", "RFC 7231 lets a client list what it accepts with a weight for each.",
         "Return the supported format with the highest q value.",
         {"accept": "{json};q=0.4, text/plain;q=0.2, {xml};q=0.9", "answer": "xml"}, only="reads"),
)  # fmt: skip


@scenarios(*(cases("formats", kind) for kind in KINDS))
def test_formats(context: ScenarioContext, case: Case) -> None:
    if "xml" in (case["answer"], case.get("body")):
        if case.get("refused") and not may_be_sent(context, "xml"):
            _refuses_xml(context, case)
            return
        needs_xml(context)
    valid = valid_request(context, case.interaction)
    response = send_in_other_form(context, valid, wished(context, valid.request))
    if succeeded(context, case.interaction, response):
        context.judge(response, in_format(case["answer"]) if case["answer"] else in_either_format)


def _refuses_xml(context: ScenarioContext, case: Case) -> None:
    """Judge that XML, which the capability statement does not declare, is refused; a response in it is undeclared support."""
    valid = valid_request(context, case.interaction)
    response = send_as(context, valid, wished(context, valid.request))
    if response.status in (200, 201) and response.form == "xml":
        context.findings.warn(
            "the provider supports XML and its capability statement does not declare it",
            location=f"{context.once(CAPABILITY_STATEMENT).resource_type}.format",
            found="a response in XML",
            expected="XML among the formats, or 415",
            exchange=response.number,
            code="undeclared",
        )
    else:
        expect_refused(context, response, case["refused"])
