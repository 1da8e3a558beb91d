"""Free text: preserved exactly from the booking to every later response, in JSON and XML."""

from __future__ import annotations

from typing import Any

from conformance.checks.empty_values import holds_text
from conformance.checks.response import success
from conformance.consumer import request_bodies
from conformance.consumer.request_mutations import as_xml
from conformance.consumer.response import Response
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.content_negotiation import needs_xml, offers
from conformance.scenarios.steps.interaction_names import SHORT
from conformance.scenarios.steps.refusals import expect_refused

# Name, words for the title, the text, and the fault that changes it.
_TEXTS: tuple[tuple[str, str, str, str], ...] = (
    ("accents", "accents and letters beyond Western Europe", "Zoë Łukasiewicz, Ğül, naïve, £5, «ça», ŵ",
     "fhir.latin-only"),
    ("emoji", "emoji, including skin tones and joined emoji", "ok 👍🏽 and 👩\u200d⚕️ \U0001f3f4\U000e0067\U000e0062\U000e007f",
     "fhir.drops-emoji"),
    ("right-to-left", "Hebrew, Arabic and direction marks", "שלום \u200fعليكم (1)\u200e end", "fhir.mirrors-marks"),
    ("combining-marks", "combining marks", "e\u0301a\u030ao\u0308, not é å ö", "fhir.composes-letters"),
    ("other-scripts", "Asian scripts", "東京都 ไทย हिन्दी 한국어 ქართული", "fhir.latin-only http.latin-1"),
    ("xml-characters", "characters that XML escapes", "a < b & c > \"d\" 'e' &amp; &#65; ]]> <!-- x -->",
     "fhir.escapes-twice"),
    ("markup", "text that looks like markup", "before <script>alert(1)</script> <b>after</b>", "fhir.strips-tags"),
    ("json-characters", "characters that JSON escapes", "C:\\new\\table \"quoted\" \\u0041 {\"a\": [1]}",
     "fhir.drops-backslashes"),
    ("line-breaks", "line breaks and tabs", "line one\nline two\n\n\ttabbed", "fhir.one-line"),
    ("quotes", "text that looks like SQL", "Robert'); DROP TABLE appointment;--", "fhir.doubles-quotes"),
    ("percent-signs", "percent signs and plus signs", "100% of %41 and %2B, a+b &lt;c&gt;", "fhir.escapes-twice"),
    ("five-hundred", "five hundred characters", "".join(f"{number:03d} ünïcödé " for number in range(50))[:499] + ".",
     "fhir.cuts-texts"),
)  # fmt: skip

_STORED = {"booked": "STU3-BOOK-030 DSTU2-BOOK-019", "booked-in-xml": "STU3-BOOK-030 DSTU2-BOOK-019",
           "amended": "STU3-AMEND-009 DSTU2-AMEND-010"}  # fmt: skip
_UTF_8 = "STU3-FHIR-012 DSTU2-HTTP-009"
_IN_XML = ("accents", "emoji", "right-to-left", "xml-characters", "json-characters", "five-hundred")
_AMENDED = ("accents", "emoji", "combining-marks", "xml-characters", "five-hundred")


def _rows(kind: str, phrase: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        case(
            f"fhir.{kind}-{name}",
            f"{phrase} with {what} is returned unchanged",
            _STORED[kind] if text.isascii() else f"{_STORED[kind]} {_UTF_8}",
            text=text,
            faults=fault,
            interaction=SHORT["amend" if kind == "amended" else "book"],
        )
        for name, what, text, fault in _TEXTS
        if name in names
    ]


_WHY = "A changed comment can mislead a clinician, and wrong escaping can allow injection attacks."
_FIX = "Store texts as Unicode without normalising, cutting or escaping them; escape only when writing JSON or XML."

BOOKED = table("", *_rows("booked", "The comment of a booking", tuple(row[0] for row in _TEXTS)), why=_WHY, fix=_FIX)
IN_XML = table(
    "", *_rows("booked-in-xml", "The comment of a booking sent in XML", _IN_XML), why=_WHY, fix=_FIX, xml=True
)
AMENDED = table("", *_rows("amended", "The comment of an amendment", _AMENDED), why=_WHY, fix=_FIX)


@scenarios(BOOKED, IN_XML)
def test_booked(context: ScenarioContext, case: Case) -> None:
    if case.get("xml"):
        needs_xml(context)
    slot, patient = context.arrange.slot(), context.arrange.patient()
    request = context.arrange.booking(slot, patient=patient, comment=case["text"])
    response = context.send(request, *((as_xml(),) if case.get("xml") else ()))
    booked = context.arrange.booked_by(response, patient, [slot])
    if not context.judge(response, success("Appointment", 201)):
        return
    unchanged = holds_text(case["text"], "comment", "description")
    context.judge(response, unchanged)
    if booked:
        context.observe(context.arrange.read(booked.id), unchanged)
        context.observe(_retrieved(context, patient.nhs_number, booked.id), unchanged)
        if offers(context, "xml"):
            context.observe(context.arrange.read(booked.id, as_xml()), unchanged)


def _retrieved(context: ScenarioContext, nhs_number: str, appointment: str) -> Response:
    patient = next(person for person in context.config.data.patients if person.nhs_number == nhs_number)
    response = context.send(context.requests.retrieve(context.arrange.patient_id(patient), nhs_number=nhs_number))
    return response.part(
        next((entry for entry in response.entries("Appointment") if entry.get("id") == appointment), {})
    )


@scenarios(AMENDED)
def test_amended(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    body = request_bodies.amendment(booked.value, comment=case["text"])
    response = context.send(context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
    if context.judge(response, success("Appointment")):
        unchanged = holds_text(case["text"], "comment", "description")
        context.judge(response, unchanged)
        context.observe(context.arrange.read(booked.id), unchanged)
    context.arrange.refresh(booked)


HUGE = table(
    SHORT["book"],
    case("fhir.booked-megabyte", "A booking with a comment of more than a megabyte is refused without a server error",
         "STU3-BOOK-032 STU3-FHIR-040 DSTU2-FHIR-004",
         faults="fhir.breaks-on-megabytes"),
    why="FHIR limits strings to one megabyte; a server that fails on a longer one can be brought down by any caller.",
    fix="Refuse such a body with 4xx and an OperationOutcome.",
)  # fmt: skip


@scenarios(HUGE)
def test_huge(context: ScenarioContext, case: Case) -> None:
    slot, patient = context.arrange.slot(), context.arrange.patient()
    request = context.arrange.booking(slot, patient=patient, comment="x" * 1_100_000)
    response = context.send(request.with_(below_fhir=True))
    context.note_invalid(response)
    context.arrange.booked_by(response, patient, [slot])
    expect_refused(context, response, refused("4xx", tolerated=["2xx"], because="The limit applies to the sender."))
