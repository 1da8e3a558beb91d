"""Where a body tells who a patient is: by the element in a sound body, by the key alone in a broken one."""

from __future__ import annotations

import json

import pytest

from conformance.redaction.patient_details import ADDRESS, BIRTH, CONTACT, DEATH, IDENTIFIER, NAME, TEXT, is_xml, places

ALONE = [
    ("family", NAME), ("given", NAME), ("text", NAME), ("line", ADDRESS), ("city", ADDRESS), ("district", ADDRESS),
    ("state", ADDRESS), ("postalCode", ADDRESS), ("birthDate", BIRTH), ("deceasedDateTime", DEATH), ("div", TEXT),
    ("value", IDENTIFIER),
]  # fmt: skip


def found(text: str) -> list[tuple[str, str]]:
    return [(text[place.start : place.end], place.kind) for place in places(text)]


@pytest.mark.parametrize(("key", "kind"), ALONE)
def test_in_a_broken_body_the_key_alone_tells(key: str, kind: str) -> None:
    assert ("detail", kind) in found(f'{{"resourceType": "Patient", "part": {{"{key}": "detail"')
    assert ("detail", kind) in found(f'<Patient xmlns="http://hl7.org/fhir"><part><{key} value="detail"/>')


@pytest.mark.parametrize("coded", ["serviceCategory", "serviceType", "reason", "code", "specialty"])
def test_the_text_of_a_coded_value_is_no_name_in_a_broken_body_either(coded: str) -> None:
    begin = (
        '{"resourceType": "Appointment", "participant": [{"actor": {"reference": "Patient/1", "display": "Jo Lee"}}], '
    )
    assert found(f'{begin}"{coded}": {{"text": "Branch surgery"}}, "name": {{"text": "Jo') == [
        ("Jo Lee", NAME),
        ("Jo", NAME),
    ]
    assert found(f'{begin}"{coded}": [{{"text": "Branch surgery"}}], "x": [') == [("Jo Lee", NAME)]
    xml = '<Appointment><actor><reference value="Patient/1"/><display value="Jo Lee"/></actor>'
    assert found(f'{xml}<{coded}><text value="Branch surgery"/></{coded}><name><text value="Jo"') == [
        ("Jo Lee", NAME),
        ("Jo", NAME),
    ]


@pytest.mark.parametrize(("key", "kind"), ALONE)
def test_in_a_sound_body_it_does_not(key: str, kind: str) -> None:
    assert found(f'{{"resourceType": "Patient", "part": {{"{key}": "detail"}}}}') == []
    assert found(f'<Patient xmlns="http://hl7.org/fhir"><part><{key} value="detail"/></part></Patient>') == []


PERSON = {
    "resourceType": "Patient",
    "identifier": [{"system": "urn:x", "value": "number"}],
    "name": [{"family": "family", "given": ["given"], "text": "whole"}],
    "telecom": [{"system": "phone", "value": "phone"}],
    "birthDate": "born",
    "deceasedDateTime": "died",
    "address": [{"line": ["line"], "city": "city", "postalCode": "code"}],
    "contact": [{"name": {"family": "other"}, "telecom": [{"value": "other phone"}], "gender": "female"}],
}
DETAILS = [
    ("number", IDENTIFIER), ("family", NAME), ("given", NAME), ("whole", NAME), ("phone", CONTACT), ("born", BIRTH),
    ("died", DEATH), ("line", ADDRESS), ("city", ADDRESS), ("code", ADDRESS), ("other", NAME), ("other phone", CONTACT),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["Patient", "RelatedPerson", "Person"])
def test_the_details_of_a_person(kind: str) -> None:
    body = {"resourceType": "Bundle", "entry": [{"resource": PERSON | {"resourceType": kind}}]}
    assert found(json.dumps(body)) == DETAILS
    assert found(json.dumps(body, indent=1)) == DETAILS


@pytest.mark.parametrize("kind", ["Practitioner", "Organization", "Patients"])
def test_nobody_else_is_a_patient(kind: str) -> None:
    assert found(json.dumps(PERSON | {"resourceType": kind, "x": "display"})) == []


def test_the_display_of_a_reference_to_a_patient_is_a_name() -> None:
    actors = [
        {"reference": f"{kind}/1", "display": kind} for kind in ("Patient", "Location", "RelatedPerson", "Person")
    ]
    body = {"resourceType": "Appointment", "participant": [{"actor": actor} for actor in actors]}
    assert found(json.dumps(body)) == [("Patient", NAME), ("RelatedPerson", NAME), ("Person", NAME)]
    shown = (("https://p/Patient/1", "Mary"), ("Slot/1", "at ten"))
    xml = "".join(f'<actor><reference value="{to}"/><display value="{text}"/></actor>' for to, text in shown)
    assert found(f"<Appointment><participant>{xml}</participant></Appointment>") == [("Mary", NAME)]


def test_two_people_are_told_apart() -> None:
    two = [{"resource": {"resourceType": "Patient", "name": [{"family": name}]}} for name in ("one", "two")]
    persons = [place.person for place in places(json.dumps({"resourceType": "Bundle", "entry": two}))]
    assert len(persons) == len(set(persons)) == 2


@pytest.mark.parametrize(("text", "xml"), [("<a/>", True), ("\ufeff \n<a/>", True), ('{"a": "<"}', False), ("", False)])
def test_xml_is_known_by_its_first_sign(text: str, xml: bool) -> None:
    assert is_xml(text) is xml
