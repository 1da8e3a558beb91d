"""Names, ids and texts of a hostile length: what the validator and the readers say of them, cut, word for word."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.fhir.formats.json_reader import read_json
from conformance.fhir.formats.narrative import xhtml_fault
from conformance.fhir.formats.xml import NotExpressible, read_xml, to_xml
from conformance.fhir.issues import Issue
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Options, Validator
from tests.support.approved import approve
from tests.support.shipped import shipped

# 300 signs of which no two parts are alike, so that a cut in another place is seen.
LONG = "".join(f"{number:03}" for number in range(100))
LETTERS = "".join(chr(97 + number // 26 % 26) + chr(97 + number % 26) for number in range(150))
PATIENT = {"resourceType": "Patient"}
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
VALUES: list[Any] = [
    PATIENT | {f"x{LONG}": 1},
    PATIENT | {"managingOrganization": {"reference": f"{'X' + LETTERS}/1"}},
    PATIENT | {"managingOrganization": {"reference": f"#{LONG}"}},
    PATIENT | {"managingOrganization": {"reference": f"odd {LONG}"}},
    PATIENT | {"meta": {"profile": [f"http://a.test/{LONG}"]}},
    PATIENT | {"extension": [{"url": f"http://a.test/{LONG}", "valueString": "a"}]},
    PATIENT | {"name": [{"text": " " * 15 + "\t" * 15}]},
    PATIENT | {"gender": LONG},
    PATIENT | {"text": {"status": "generated", "div": DIV.format(f"<{LETTERS}/>")}},
    {"resourceType": "X" + LETTERS},
    {"resourceType": "Bundle", "type": "collection", "entry": [
        {"fullUrl": "http://a.test/Patient/1", "resource": PATIENT | {"id": LONG}},
        {"fullUrl": f"http://a.test/Patient/{LONG}", "resource": PATIENT | {"id": "1"}},
    ]},
]  # fmt: skip
JSON = [
    f'{{"resourceType": "Patient", "a": "\\ud800{LONG}"}}',
    f'{{"resourceType": "Patient", "active": x{LONG}}}',
    f'{{"resourceType": "Patient", "{LONG}": 1, "{LONG}": 2}}',
]
NS = 'xmlns="http://hl7.org/fhir"'
XML = [
    f'<Patient {NS}>{LONG}<active value="true"/></Patient>',
    f'<Patient {NS}><active value="true" y{LONG}="{LONG}"/></Patient>',
    f'<Patient {NS}><x{LONG} value="1"/></Patient>',
    f'<Patient {NS}><active value="true"/>&x{LETTERS};</Patient>',
    f"<Patient {NS}><active></{LETTERS}></Patient>",
    f'<q{LETTERS} xmlns="urn:x"/>',
    f'<Patient {NS}><z{LETTERS} xmlns="urn:{LONG}"/></Patient>',
]
NARRATIVES = [
    f"<{LETTERS}/>", f"<p {LETTERS}='x'/>", f"<p on{LETTERS}='x'/>", f"<a href='javascript:{LETTERS}'/>",
    f"<a href='{' ' * 990}javascript:{LETTERS}'/>", f"<p style='x: expression({LETTERS})'/>",
]  # fmt: skip


def said(issue: Issue) -> str:
    parts = (f"{issue.code} {issue.severity.value}", issue.path, issue.message, issue.found, issue.expected, issue.line)
    return "  " + " | ".join(map(str, parts))


def test_what_is_said_of_long_names() -> None:
    definitions = shipped("stu3")
    validator = Validator(definitions, terminology=OfflineTerminology(definitions), options=Options())
    lines = []
    for number, value in enumerate(VALUES):
        lines += [f"value {number}", *map(said, validator.validate(value))]
    for number, text in enumerate(JSON):
        lines += [f"JSON {number}", *map(said, validator.validate_document(read_json(text.encode())))]
    for number, text in enumerate(XML):
        lines += [f"XML {number}", *map(said, validator.validate_document(read_xml(text.encode(), definitions)))]
    for number, text in enumerate(NARRATIVES):
        lines += [f"narrative {number}", f"  {xhtml_fault(DIV.format(text))}"]
    approve("long-names.txt", "\n".join(lines))


@pytest.mark.parametrize("key", ["1x", "a b", "-", LONG])
def test_a_name_that_xml_cannot_have_is_named_in_part(key: str) -> None:
    with pytest.raises(NotExpressible, match=f"^the property name {key[:40]!r} is no name in XML$"):
        to_xml(PATIENT | {key: 1}, shipped("stu3"))
