"""Only values are masked: codes, keys, element names and ordinary words stay, whoever is called so."""

from __future__ import annotations

import json

import pytest

from conformance.core.results import Finding
from conformance.redaction.redactor import ConfiguredPerson, Redactor
from tests.unit.redaction.test_redactor import KEY, NHS, PATIENT, exchange, scenario


def redactor(*names: str, **settings_: object) -> Redactor:
    people = [ConfiguredPerson(names=(name,)) for name in names]
    return Redactor(key=KEY, people=people, **settings_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        '{"resourceType": "Quinn", "code": "Quinn", "system": "Quinn", "gender" : "Quinn", "use":"Quinn"}',
        '{"Quinn": 1, "Quinn" : {"x": 2}}',
        '<Quinn xmlns="x"><f:Quinn Quinn="1" a="2"/></Quinn>',
        "<code value=\"Quinn\"/><f:status value='Quinn'/>",
    ],
)
def test_no_code_and_no_name_of_the_format(text: str) -> None:
    assert redactor("Quinn").body(text.encode()).decode() == text


@pytest.mark.parametrize(
    "text",
    [
        '{"note": "Quinn"}',
        '{"display" : "Dr Quinn"}',
        "{'note': 'Quinn'}",
        '["Quinn", "Quinn"]',
        '{"code": "Quinn came"}',
        '<note value="Quinn"/>',
        "<note>Quinn</note>",
        "<note a='Quinn'>x Quinn y</note>",
        'Quinn said "x"; a<b',
        "Quinn",
        "a=Quinn",
    ],
)
def test_values(text: str) -> None:
    masked = redactor("Quinn").body(text.encode()).decode()
    made = redactor("Quinn").text("Quinn")
    assert made != "Quinn" and masked == text.replace("Quinn", made)


def test_a_name_that_is_an_ordinary_word_is_masked_beside_another_only() -> None:
    masker = redactor("Harold Hidden")
    for text in ("Cache-Control: hidden", "the hidden slots", "nobody, hidden"):
        assert masker.text(text) == text
    for text in (
        "Harold Hidden",
        "HIDDEN, Harold",
        "harold.hidden@x",
        "hidden_harold",
        "Hidden",
        "Harold",
        "haroldhidden",
    ):
        assert (
            "idden" not in masker.text(text) and "HIDDEN" not in masker.text(text) and "arold" not in masker.text(text)
        )


def test_parts_of_words_short_words_and_words_in_codes_stay() -> None:
    masker = redactor("Dee Li Quinn")
    for text in ("Deer", "Quinnipiac", "3dee4", "li", "a-l-i", "wide", "d e e"):
        assert masker.text(text) == text
    assert masker.text("Li") != "Li" and masker.text("dee") != "dee" and masker.text("quinn4") != "quinn4"


def test_numbers_of_other_kinds_stay() -> None:
    masker = redactor(patient_identifiers=[NHS, "9990010072"])
    for text in (
        "2026-11-29T10:00:00+00:00",
        "200000000359",
        "918999198993",
        "0300 303 5678",
        '{"iat": 1764398127, "exp":1764398427}',
        "127.0.0.1:37799",
        "5a9d0f6e-0d0c-4f7e-9d27-3b0f1f6f2c11",
        "947 671",
    ):
        assert masker.text(text) == text


def test_a_valid_number_of_nobody_known_is_masked_where_it_stands_alone() -> None:
    masker = redactor()
    assert masker.text("x 9434765919 y").startswith("x 999")
    assert masker.text("943-476-5919")[3] == "-" and masker.text("943-476-5919").startswith("999")
    for text in ("19434765919", "94347659190", "94 347 65919", '{"exp": 9434765919}', "9434765918"):
        assert masker.text(text) == text


def test_only_the_details_of_a_patient_change_in_a_body() -> None:
    body = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": PATIENT},
            {
                "resource": {
                    "resourceType": "Location",
                    "name": "Mill",
                    "address": {"city": "Leeds", "line": ["1 The Mill"]},
                }
            },
            {
                "resource": {
                    "resourceType": "Practitioner",
                    "name": [{"family": "Gilbert"}],
                    "identifier": [{"value": "G123"}],
                }
            },
        ],
    }
    masked = json.loads(redactor().body(json.dumps(body).encode()))
    assert masked["entry"][1:] == body["entry"][1:]
    changed = masked["entry"][0]["resource"]
    kept = {key: changed[key] for key in ("resourceType", "id", "gender")}
    assert kept == {key: PATIENT[key] for key in kept}
    assert changed["name"][0]["prefix"] == ["Mr"] and changed["name"][0]["use"] == "official"
    assert changed["telecom"][0]["system"] == "phone" and changed["text"]["status"] == "generated"
    assert changed["identifier"][0]["system"] == "https://fhir.nhs.uk/Id/nhs-number"


def test_an_earlier_patient_is_masked_in_a_later_exchange_and_in_findings() -> None:
    masker = redactor()
    found = exchange(response_body=json.dumps(PATIENT).encode())
    known = masker.learnt(found)
    kept = masker.exchange(found, known)
    later = masker.exchange(
        exchange(response_body=b'{"diagnostics": "no MEAKIN, m.meakin@x, 01454 587 554, LS1 6AE, 19/06/1927"}')
    )
    for secret in (b"MEAKIN", b"meakin", b"587", b"LS1", b"1927"):
        assert secret not in later.response_body
    name = json.loads(kept.response_body)["name"][0]["family"]
    assert name.upper().encode() in later.response_body and name.lower().encode() in later.response_body
    finding = Finding(
        "Meakin of Leeds", found="Mike", expected="1927-06-19", evidence="07777123456", location="Patient/Meakin"
    )
    told = masker.scenario(scenario(findings=(finding,)), [known]).findings[0]
    assert told.message.startswith(f"{name} of ") and "Leeds" not in told.message
    assert told.found != "Mike" and told.expected.startswith("190") and told.evidence.startswith("07700900")
    assert told.location == f"Patient/{name}"
    again = masker.scenario(scenario(findings=(finding,))).findings[0]
    assert again.message == f"{name} of Leeds"  # a town tells of nobody, without the exchange


def test_a_new_patient_is_found_in_texts_seen_before() -> None:
    masker = redactor()
    assert masker.text("Meakin is here") == "Meakin is here"
    masker.body(json.dumps(PATIENT).encode())
    assert "Meakin" not in masker.text("Meakin is here")


def test_dates_of_the_year_of_the_exchange_are_not_looked_for_elsewhere() -> None:
    masker = redactor()
    newborn = {"resourceType": "Patient", "birthDate": "2026-11-22"}
    kept = masker.exchange(exchange(response_body=json.dumps(newborn).encode()))
    assert b"2026-11-22" not in kept.response_body
    assert masker.text("a slot on 2026-11-22") == "a slot on 2026-11-22"


def test_nothing_but_secrets_is_masked_where_redaction_is_off() -> None:
    masker = redactor("Quinn", enabled=False, extra_secrets=["hunter22", "abc"])
    sent = exchange(
        request_headers=(("Authorization", "Bearer abcdefghijklmno"), ("Cookie", "a=b")),
        response_body=b'{"note": "Quinn hunter22 abc"}',
        url="http://p/Patient?family=Quinn",
    )
    kept = masker.exchange(sent)
    assert kept.request_headers == sent.request_headers and kept.url == sent.url
    assert kept.response_body.startswith(b'{"note": "Quinn [') and b"hunter22" not in kept.response_body
    assert kept.response_body.endswith(b' abc"}')
    assert masker.learnt(sent) == ({}, {})


def test_the_shortest_telephone_number_and_identifier_that_are_looked_for() -> None:
    masker = redactor()
    person = {
        "resourceType": "Patient",
        "telecom": [{"value": "4567890"}, {"value": "456789"}],
        "identifier": [{"value": "A12"}],
    }
    shown = json.loads(masker.body(json.dumps(person).encode()))
    assert shown["telecom"][0]["value"].startswith("0770") and shown["telecom"][1]["value"] != "456789"
    assert shown["identifier"][0]["value"] != "A12"
    assert masker.text("456-7890") == f"{shown['telecom'][0]['value'][:3]}-{shown['telecom'][0]['value'][3:]}"
    assert masker.text("A12") == "A12"
