"""What XML and JSON say: the same, both ways, in every interaction; and what they declare."""

from __future__ import annotations

from conformance.checks.formats import in_format, same_content
from conformance.checks.json_values import every, spelled
from conformance.consumer.request import Request
from conformance.consumer.request_mutations import as_xml, body_set
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.confirmation import confirmed
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.content_negotiation import Kind, cases, needs_xml, succeeded
from conformance.scenarios.steps.valid_requests import send_as, valid_request

_WHY = "A consumer of one format must see exactly what a consumer of the other sees."
_FIX = "Write both formats from one model, every element and extension of it."
_CONTENT = "STU3-FHIR-002 STU3-FHIR-008 DSTU2-HTTP-002"
_WRITTEN = ("book", "amend", "cancel")

SAME = Kind(
    "same-content",
    "returns the same content in XML and in JSON",
    _CONTENT,
    "formats.xml-forgets",
    _WHY,
    _FIX,
    without=_WRITTEN,
)
KEPT = (
    Kind("xml-kept", "in XML returns what a later read in JSON shows", f"{_CONTENT} DSTU2-HTTP-003",
         "formats.xml-forgets "
         "format.xml-loses-comment", _WHY, _FIX, {"form": "xml"}, only="writes", without=("register",)),
    Kind("json-kept", "in JSON returns what a later read in XML shows", _CONTENT, "formats.xml-forgets", _WHY,
         _FIX, {"form": "json"}, only="writes", without=("register",)),
)  # fmt: skip


@scenarios(cases("formats", SAME))
def test_same_content(context: ScenarioContext, case: Case) -> None:
    needs_xml(context)
    valid = valid_request(context, case.interaction)

    def sent(form: str) -> Response | None:
        response = send_as(context, valid, _in(form, valid.request))
        good = succeeded(context, case.interaction, response) and context.judge(response, in_format(form))
        return response if good else None

    context.findings.keep(confirmed(lambda: sent("json"), lambda: sent("xml"), same_content))


def _compare(context: ScenarioContext, in_json: Response, in_xml: Response) -> None:
    if context.judge(in_json, in_format("json")) and context.judge(in_xml, in_format("xml")):
        context.findings.keep(same_content(in_json, in_xml))


@scenarios(*(cases("formats", kind) for kind in KEPT))
def test_kept(context: ScenarioContext, case: Case) -> None:
    needs_xml(context)
    valid = valid_request(context, case.interaction)
    in_xml = case["form"] == "xml"
    response = send_as(context, valid, _in(case["form"], valid.request))
    if not succeeded(context, case.interaction, response):
        return
    read = _in(
        "json" if in_xml else "xml",
        context.requests.read(
            "Appointment", str(response.resource.get("id")), nhs_number=context.arrange.patient().nhs_number
        ),
    )
    shown = context.send(read)
    if shown.status != 200:
        context.cannot(f"the appointment cannot be read to compare: {shown.described}", Blame.PROVIDER)
    _compare(context, shown if in_xml else response, response if in_xml else shown)


def _in(form: str, request: Request) -> Request:
    return as_xml()(request) if form == "xml" else request


_TEXTS = {
    "accents": (
        "accented letters and symbols",
        "Zoë £5, naïve, Łódź, Ωmega",
        "formats.xml-loses-accents",
    ),
    "beyond-bmp": (
        "emoji and other characters beyond the Basic Multilingual Plane",
        "Thumbs 👍🏽, a 𠮷 and a 🦉",
        "formats.xml-loses-accents",
    ),
    "markup": (
        "characters that look like markup",
        "a < b && c > d </comment> &amp; <b>bold</b> ]]>",
        "formats.xml-loses-markup",
    ),
    "quotes": (
        "quotation marks",
        'O\'Brien phrase "now" « really »',
        "formats.xml-loses-markup formats.xml-loses-accents",
    ),
}


def _texts() -> list[dict[str, object]]:
    return [
        case(
            f"formats.{short}-xml-{name}",
            f"{phrase} in XML preserves {words} in its comment",
            "STU3-FHIR-012 DSTU2-HTTP-009 DSTU2-HTTP-003",
            interaction=key,
            text=text,
            faults=faults,
        )
        for short, key, phrase in (
            ("book", "book_appointment", "A booking"),
            ("amend", "amend_appointment", "An amendment"),
        )
        for name, (words, text, faults) in _TEXTS.items()
    ]


TEXTS = table(
    "",
    *_texts(),
    why="Names and comments are not limited to ASCII, and text is not markup.",
    fix="Let an XML library escape and parse text, and use UTF-8 throughout.",
)


@scenarios(TEXTS)
def test_texts(context: ScenarioContext, case: Case) -> None:
    needs_xml(context)
    valid = valid_request(context, case.interaction)
    request = as_xml()(body_set("comment", case["text"])(valid.request))
    response = send_as(context, valid, request)
    if not succeeded(context, case.interaction, response):
        return
    identifier, number = str(response.resource.get("id")), context.arrange.patient().nhs_number
    read = context.requests.read("Appointment", identifier, nhs_number=number)
    reads = [context.send(_in(form, read)) for form in ("json", "xml")]
    for one in (response, *filter(context.observes, reads)):
        if one.resource.get("comment") != case["text"]:
            context.findings.fail(
                "the text differs from the one sent",
                location="Appointment.comment",
                exchange=one.number,
                found=spelled(one.resource.get("comment")),
                expected=case["text"],
                code="text-changed",
            )


DECLARED = table(
    "get_capability_statement",
    case("formats.json-declared", "The capability statement declares JSON among its formats",
         "STU3-FHIR-008 STU3-META-007 DSTU2-META-005", form="json", faults="formats.declares-nothing"),
    case("formats.xml-declared", "The conformance statement declares XML among its formats", "DSTU2-META-005", form="xml",
         faults="formats.declares-nothing"),
    why="Consumers choose a format by what is declared.", fix="List the media types that you support in format.",
)  # fmt: skip


@scenarios(DECLARED)
def test_declared(context: ScenarioContext, case: Case) -> None:
    response = context.send(context.requests.capability())
    if succeeded(context, case.interaction, response):
        declared = [str(value) for value in every(response.value, "format")]
        if not any(case["form"] in value.lower() for value in declared):
            context.findings.fail(
                "the format is not declared",
                location=f"{response.resource_type}.format",
                found=", ".join(declared) or "nothing",
                expected=case["form"],
                code="undeclared",
            )
