"""Bodies that are no FHIR resource: refused as malformed, whatever reads them, and nothing is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.checks.operation_outcome import is_outcome, leaks_nothing
from conformance.consumer.request import Request, json_bytes
from conformance.consumer.request_mutations import as_xml, raw_body
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.content_negotiation import Kind, cases, needs_xml
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.valid_requests import send_as, valid_request

_EITHER = "A well-formed body that is not a resource may count as malformed or as an invalid resource."
MALFORMED = refused("BAD_REQUEST")
NO_RESOURCE = refused("BAD_REQUEST", also=["422 INVALID_RESOURCE"], because=_EITHER)
_WHY = "A body that cannot be parsed must not be guessed at: a truncated body may contain half an appointment."
_FIX = "Read the body with a strict parser and return 400 BAD_REQUEST, with what the parser found in diagnostics."
_MALFORMED_FAULTS = "errors.malformed-is-server-error errors.malformed-is-invalid"

Make = Callable[[Any], bytes]


def _text(value: Any) -> str:
    return json_bytes(value).decode()


def _latin_1(text: str) -> bytes:
    """A text in ISO 8859-1; what that cannot say, such as a name in the provider's response, becomes a question mark."""
    return text.encode("latin-1", "replace")


_JSON: tuple[tuple[str, str, Make], ...] = (
    ("trailing-comma", "with a comma after the last JSON element", lambda body: f"{_text(body)[:-1]}, }}".encode()),
    ("comment", "whose JSON contains a comment", lambda body: b"/* booked by hand */ " + _text(body).encode()),
    ("single-quotes", "whose JSON uses single quotation marks", lambda body: _text(body).replace('"', "'").encode()),
    ("latin-1", "encoded in ISO 8859-1", lambda body: _latin_1(f'{_text(body)[:-1]}, "language": "fran\u00e7ais"}}')),
    ("control-character", "with an unescaped line break in a string",
     lambda body: (_text(body)[:-1] + ', "language": "e\nn"}').encode()),
    ("two-documents", "sent twice in one body", lambda body: (_text(body) * 2).encode()),
    ("cut-short", "whose JSON is truncated", lambda body: _text(body)[:-9].encode()),
    ("not-closed", "whose JSON lacks its closing brace", lambda body: _text(body)[:-1].encode()),
    ("form", "whose body is form-encoded", lambda _: b"status=booked&description=Check-up"),
    ("deep", "whose JSON is nested ten thousand levels deep", lambda _: b"[" * 10_000 + b"]" * 10_000),
)  # fmt: skip

_EMPTY: tuple[tuple[str, str, Make], ...] = (
    ("empty", "without a body", lambda _: b""),
    ("blank", "whose body is only white space", lambda _: b" \r\n\t "),
)

_NO_RESOURCE: tuple[tuple[str, str, Make], ...] = (
    ("number", "whose body is a number", lambda _: b"42"),
    ("text", "whose body is a JSON string", lambda _: b'"Appointment"'),
    ("empty-list", "whose body is an empty list", lambda _: b"[]"),
    ("without-type", "whose body has no resourceType",
     lambda body: _text({key: value for key, value in body.items() if key != "resourceType"}).encode()),
    ("unknown-type", "whose body has a resourceType that FHIR does not define",
     lambda body: _text({**body, "resourceType": "Rendezvous"}).encode()),
    ("type-no-text", "whose resourceType is a number", lambda body: _text({**body, "resourceType": 7}).encode()),
    ("other-type", "whose body is a Location", lambda _: b'{"resourceType": "Location", "id": "1", "name": "Elsewhere"}'),
)  # fmt: skip

_DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
_XML: tuple[tuple[str, str, Make], ...] = (
    ("xml-cut-short", "whose XML is truncated", lambda _: b'<Appointment xmlns="http://hl7.org/fhir"><status'),
    ("xml-not-closed", "whose XML tags do not match",
     lambda _: b'<Appointment xmlns="http://hl7.org/fhir"><status value="booked"></Appointment>'),
    ("xml-entity", "whose XML declares entities",
     lambda _: _DTD + b'<Appointment xmlns="http://hl7.org/fhir"><description value="&b;"/></Appointment>'),
    ("xml-external-entity", "whose XML declares an external entity",
     lambda _: b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><Appointment xmlns="http://hl7.org/fhir">'
               b'<description value="&f;"/></Appointment>'),
    ("xml-no-namespace", "whose XML is outside the FHIR namespace",
     lambda _: b'<Appointment><status value="booked"/></Appointment>'),
)  # fmt: skip


def _kind(name: str, phrase: str, make: Make, expect: Any, faults: str, verifies: str, form: str = "json") -> Kind:
    title = f"{phrase} is refused and changes nothing"
    more = {"make": make, "expect": expect, "form": form}
    return Kind(f"body-{name}", title, verifies, faults, _WHY, _FIX, more, only="writes")


_MALFORMED = "STU3-ERR-024 DSTU2-ERR-020"
_NULL: tuple[str, str, Make] = ("null", "whose body is null", lambda _: b"null")
KINDS = (
    _kind(*_NULL, NO_RESOURCE, "errors.malformed-is-server-error", _MALFORMED),
    *(_kind(*row, MALFORMED, _MALFORMED_FAULTS, _MALFORMED) for row in _JSON),
    *(_kind(*row, MALFORMED, "errors.empty-body-is-server-error", f"{_MALFORMED} DSTU2-ERR-022") for row in _EMPTY),
    *(_kind(*row, NO_RESOURCE, "errors.odd-body-is-server-error errors.html", "STU3-ERR-024 DSTU2-ERR-021 DSTU2-ERR-020")
      for row in _NO_RESOURCE),
    *(_kind(*row, MALFORMED, _MALFORMED_FAULTS, _MALFORMED, "xml") for row in _XML[:2]),
    *(_kind(*row, NO_RESOURCE, "errors.malformed-is-server-error", _MALFORMED, "xml") for row in _XML[2:]),
)  # fmt: skip


@scenarios(*(cases("errors", kind) for kind in KINDS))
def test_bodies(context: ScenarioContext, case: Case) -> None:
    if case["form"] == "xml":
        needs_xml(context)
    valid = valid_request(context, case.interaction, to_refuse=True)
    response = send_as(context, valid, _with_body(valid.request, case))
    if expect_refused(context, response, case["expect"]):
        context.judge(response, is_outcome, leaks_nothing)
    if not response.carried_out:
        valid.untouched()


def _with_body(request: Request, case: Case) -> Request:
    data = case["make"](request.body)
    labelled = as_xml()(request) if case["form"] == "xml" else request
    return raw_body(data, case.id.partition("body-")[2])(labelled)


OPERATION = Kind(
    "nothing-in-it", "whose Parameters are empty is refused with an OperationOutcome", "STU3-ERR-020 DSTU2-ERR-001",
    "errors.empty errors.without-issue errors.html", "A failing operation reports its error as every other interaction does.",
    "Return an OperationOutcome when an operation fails.",
    {"form": "json", "make": lambda _: b'{"resourceType": "Parameters"}', "expect": refused("4xx")}, only="writes",
    without=("book", "amend", "cancel"),
)  # fmt: skip


@scenarios(cases("errors", OPERATION))
def test_operation(context: ScenarioContext, case: Case) -> None:
    test_bodies(context, case)
