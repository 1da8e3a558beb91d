"""Nothing that must stay private survives, whatever it is wrapped in; the rest of the text stays as it was."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.core.exchange import Exchange, TransportFailure
from conformance.core.nhs_numbers import is_nhs_number
from conformance.core.results import Finding, RunInfo, ScenarioResult, Verdict
from conformance.redaction.encodings import View
from conformance.redaction.redactor import ConfiguredPerson, Redactor
from tests.support.redacting import redacted
from tests.support.samples import RUN, recorded

NHS = "9476719931"
TOKEN = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2NvbnN1bWVyIn0."
KEY = b"a fixed key"


def redactor(**settings_: object) -> Redactor:
    return Redactor(key=KEY, **settings_)  # type: ignore[arg-type]


def exchange(**changes: object) -> Exchange:
    given_: dict[str, object] = {
        "number": 1,
        "interaction": "find-patient",
        "label": "valid",
        "method": "GET",
        "url": f"https://p.example/fhir/Patient?identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C{NHS}",
        "request_headers": (("Authorization", f"Bearer {TOKEN}"),),
        "request_body": b"",
        "started": "2026-11-22T10:00:00Z",
        "elapsed_ms": 12.5,
        "status": 200,
    }
    return Exchange(**(given_ | changes))  # type: ignore[arg-type]


def scenario(*exchanges: Exchange, **changes: object) -> ScenarioResult:
    given_: dict[str, object] = {
        "id": "a.b",
        "title": "t",
        "edition": "stu3",
        "interaction": "book",
        "level": "SHALL",
        "basis": "text",
        "requirements": (),
        "verdict": Verdict.FAIL,
        "exchanges": exchanges,
    }
    return ScenarioResult(**(given_ | changes))  # type: ignore[arg-type]


def written(masker: Redactor, *exchanges: Exchange, **changes: object) -> tuple[ScenarioResult, list[Exchange]]:
    """Return a scenario and its exchanges as the redactor lets them be written."""
    numbered = tuple(replace(one, number=number) for number, one in enumerate(exchanges, start=1))
    result = redacted(recorded(RUN, scenario(*numbered, **changes)), masker)
    return result.scenarios[0], list(result.exchanges.values())


PATIENT = {
    "resourceType": "Patient",
    "id": "2",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NHS}],
    "text": {"status": "generated", "div": "<div>Mike Meakin lives here</div>"},
    "name": [{"use": "official", "family": "Meakin", "given": ["Mike"], "prefix": ["Mr"]}],
    "telecom": [{"system": "phone", "value": "01454587554", "use": "work"}],
    "gender": "male",
    "birthDate": "1927-06-19",
    "address": [{"line": ["Trevelyan Square", "Boar Ln"], "postalCode": "LS1 6AE", "city": "Leeds"}],
    "contact": [{"name": {"family": "Kin-Name"}, "telecom": [{"value": "07777123456"}]}],
}
PRIVATE = ("Meakin", "Mike", "01454587554", "1927-06-19", "Trevelyan", "LS1 6AE", "Kin-Name", "07777123456", NHS)
XML = (
    '<Patient xmlns="http://hl7.org/fhir"><id value="2"/><text><status value="generated"/>'
    '<div xmlns="http://www.w3.org/1999/xhtml"><p>Mike Meakin</p></div></text>'
    f'<identifier><value value="{NHS}"/></identifier><name><use value="official"/><family value="Meakin"/>'
    '<given value="Mike"/></name><telecom><system value="phone"/><value value="01454587554"/></telecom>'
    '<gender value="male"/><birthDate value="1927-06-19"/><address><line value="Trevelyan &amp; Sons"/>'
    '<postalCode value="LS1 6AE"/></address></Patient>'
)


XML_REFERENCE = '<actor><reference value="Patient/2"/><display value="{}"/></actor>'


def test_nhs_number_check_digit() -> None:
    assert is_nhs_number(NHS)
    assert is_nhs_number("9434765919")
    assert not is_nhs_number("9476719932")
    assert not is_nhs_number("947671993")
    assert not is_nhs_number("٩٤٧٦٧١٩٩٣١")


@pytest.mark.parametrize(
    "shown",
    [
        NHS,
        f"nhs-number|{NHS}.",
        f"nhs-number%7C{NHS}",
        f"a%20{NHS}",
        "947 671 9931",
        "947-671-9931",
        "947%20671%209931",
        "".join(f"%3{digit}" for digit in NHS),
        "%39476719931",
        "\\u0039476719931",
        "&#57;476719931",
        "&#x39;476719931",
        f"Patient/{NHS}/_history/1",
    ],
)
def test_nhs_number_is_masked_however_spelled(shown: str) -> None:
    masked = redactor().text(shown)
    digits = re.sub("[^0-9]", "", View(masked).plain.replace("history/1", ""))
    assert is_nhs_number(digits) and digits.startswith("999")
    assert len(masked) == len(shown)
    assert "9931" not in masked


@pytest.mark.parametrize(
    "shown", ["9476719932", "94767199310", "19476719931", "200000000359", "2026-11-22T10:00:00.000Z"]
)
def test_other_numbers_stay(shown: str) -> None:
    assert redactor().text(shown) == shown


def test_configured_identifier_is_masked_with_any_check_digit_and_inside_longer_text() -> None:
    masker = redactor(patient_identifiers=["9476719932", "LOCAL-77"])
    masked = masker.text("x9476719932y 94767199325 947 671 9938 LOCAL-77")
    assert "947" not in masked
    assert "LOCAL" not in masked


def test_same_number_same_pseudonym_within_a_run_only() -> None:
    first, second = Redactor(), Redactor()
    assert first.text(NHS) == first.text(f"{NHS} ")[:-1] != second.text(NHS)
    assert redactor().text(NHS) == redactor().text(NHS)


SIGNED = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGV4In0.c2lnbmF0dXJlLW9mLXRoYXQ"


def test_token_is_masked_and_comparable_and_scheme_stays() -> None:
    masker = redactor()
    same, again, other = (
        masker.headers((("authorization", value),))[0][1]
        for value in (f"Bearer {SIGNED}", f"Bearer {SIGNED}", f"Bearer {SIGNED}x")
    )
    assert same == again != other
    assert same.startswith("Bearer [token ") and len(same) == len(f"Bearer {SIGNED}")
    assert masker.headers((("Authorization", ""), ("Authorization", "Bearer"))) == (
        ("Authorization", ""),
        ("Authorization", "Bearer"),
    )


def test_token_repeated_by_the_provider_is_masked_even_if_it_looks_like_nothing() -> None:
    odd = "not-a-token-at-all-but-sent"
    sent = exchange(
        request_headers=(("Authorization", f"Bearer {odd}"),),
        response_headers=(("X-Echo", odd),),
        response_body=f'{{"diagnostics": "bad token {odd}"}}'.encode(),
    )
    kept = written(redactor(), sent, findings=(Finding(f"it said {odd}"),))
    assert odd not in repr(kept)


def test_private_key_and_password_in_url() -> None:
    text = "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY----- https://me:hunter2@host/x"
    masked = redactor().text(text)
    assert "MIIabc" not in masked
    assert "hunter2" not in masked
    assert "host/x" in masked


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(PATIENT),
        json.dumps(PATIENT, indent=2),
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": PATIENT}]}),
        json.dumps({"parameter": [{"name": "registerPatient", "resource": PATIENT}]}),
        json.dumps({"contained": [dict(reversed(PATIENT.items()))]}),
        json.dumps(PATIENT)[:-20],
        json.dumps(PATIENT).replace('"Meakin"', '"\\u004deakin"'),
        json.dumps(PATIENT).replace('"birthDate"', '"birthDate": "1927-06-19", "birthDate"'),
        "\ufeff" + json.dumps(PATIENT),
        json.dumps(PATIENT).replace('"Patient"', '"\\u0050atient"').replace('"name"', '"\\u006eame"'),
        XML,
        XML[:-30],
        XML.replace("<", "<f:").replace("<f:/", "</f:"),
        f"<Bundle><entry><resource>{XML}</resource></entry></Bundle>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_patient_details_in_bodies(body: str, encoding: str) -> None:
    masked = redactor().body(body.encode(encoding)).decode(encoding)
    assert not [text for text in (*PRIVATE, "eakin") if text in masked]
    assert "male" in masked


def test_masked_body_keeps_its_layout() -> None:
    body = json.dumps(PATIENT, indent=3).encode()
    masked = redactor().body(body)
    assert json.loads(masked).keys() == PATIENT.keys()
    assert masked.count(b"\n   ") == body.count(b"\n   ")


def test_body_without_patient_stays_byte_for_byte() -> None:
    body = b'{"resourceType": "Slot",\n "status" :"free", "n": 1.50, "x": "\xff"}'
    assert redactor().body(body) == body


def test_display_of_a_patient_reference_and_texts_of_the_scenario() -> None:
    booked = exchange(
        response_body=json.dumps(
            {"participant": [{"actor": {"reference": "Patient/2", "display": "Mr Mike Meakin"}}]}
        ).encode()
    )
    found = exchange(response_body=json.dumps(PATIENT).encode())
    kept = written(redactor(), found, booked, findings=(Finding("birth date 1927-06-19 of Meakin", found="Meakin"),))
    assert "Meakin" not in repr(kept)
    assert "1927" not in repr(kept)


@pytest.mark.parametrize("display", ["the patient", "The patient", "Patient", "an unknown patient"])
@pytest.mark.parametrize("form", ['{{"reference": "Patient/2", "display": "{}"}}', XML_REFERENCE])
def test_a_display_in_ordinary_words_leaves_our_own_words_alone(form: str, display: str) -> None:
    received = exchange(response_body=form.format(display).encode())
    finding = Finding(
        "The patient differs from the patient that was booked", location="Patient.name", found="an unknown patient"
    )
    kept, _ = written(redactor(), received, findings=(finding,))
    assert kept.findings == (finding,)


def test_a_display_with_a_name_is_still_masked_where_it_is_quoted() -> None:
    received = exchange(response_body=b'{"reference": "Patient/2", "display": "Test Patient"}')
    kept, (sent,) = written(redactor(), received, findings=(Finding("the test patient", found="Test Patient"),))
    assert kept.findings[0].message == "the test patient"
    assert kept.findings[0].found != "Test Patient"
    assert b"Test Patient" not in sent.response_body


def test_personal_search_parameters() -> None:
    masked = redactor().url("http://p/Patient?family=Meakin&birthdate=1927-06-19&_format=json")
    assert "Meakin" not in masked
    assert masked.endswith("&_format=json")


def test_disabled_still_masks_configured_secrets() -> None:
    masker = redactor(enabled=False, extra_secrets=["hunter22"])
    assert masker.text(f"{NHS} hunter22 {TOKEN}").startswith(NHS)
    assert "hunter22" not in masker.text("hunter22")


def test_failure_and_run_are_masked() -> None:
    failed = exchange(status=None, failure=TransportFailure("tls", f"no {NHS}"))
    run = RunInfo("r", "stu3", "t", f"http://a:secret@h/{NHS}", "s", "0", subject={"patient": NHS})
    kept = redacted(recorded(run, scenario(failed)), redactor())
    assert NHS not in repr(kept)
    assert ":secret@" not in repr(kept)


def test_secret_that_is_part_of_a_mask() -> None:
    masked = redactor(extra_secrets=["secret", "token"]).text(f"a secret and a {TOKEN}")
    assert "secret" not in masked
    assert "token" not in masked


texts = st.text(st.characters(codec="utf-8"), max_size=60)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(secret=st.text(st.characters(codec="utf-8"), min_size=4, max_size=30), before=texts, after=texts)
def test_no_configured_secret_survives_anywhere(secret: str, before: str, after: str) -> None:
    text = f"{before}{secret}{after}"
    sent = exchange(
        url=f"https://p/{text}?q={quote(secret)}",
        request_headers=(("X-A", text), ("Authorization", f"Basic {text}")),
        response_body=json.dumps({"resourceType": "Patient", "name": text, "s": secret}).encode(),
        request_body=f'<Patient><family value="{text}"/></Patient>'.encode(),
        label=text,
    )
    masker = redactor(extra_secrets=[secret])
    kept, (only,) = written(masker, sent, reason=text, findings=(Finding(text, found=text, evidence=text),))
    texts_ = [kept.reason, kept.findings[0].message, kept.findings[0].found, only.url, only.label]
    texts_ += [value for _, value in only.request_headers]
    texts_ += [only.request_body.decode(), only.response_body.decode()]
    assert not [value for value in texts_ if secret in value]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    text=st.one_of(texts, st.from_regex(r"[0-9 %+-]{0,40}", fullmatch=True)),
    secret=st.text(st.characters(codec="utf-8"), min_size=8, max_size=12),
)
def test_idempotent(text: str, secret: str) -> None:
    masker = redactor(extra_secrets=[secret], patient_identifiers=[NHS])
    once = masker.text(f"{text}{NHS} {secret} {TOKEN} {text}")
    assert masker.text(once) == once
    sent = exchange(response_body=json.dumps(PATIENT | {"note": text}).encode(), url="http://p/Patient?family=Meakin")
    masker = redactor(patient_identifiers=[NHS])
    first = masker.exchange(sent)
    assert masker.exchange(first) == first


def test_hostile_bodies_take_linear_time() -> None:
    masker = redactor(extra_secrets=["hunter22"], patient_identifiers=[NHS])
    pieces = [
        '\\"',
        '"family":"\\"',
        "<family ",
        "<div",
        "<Patient ",
        '"Patient":{"name":[',
        "947671",
        "eyJ",
        "&#57;",
        "a:b@",
    ]
    for piece in pieces:
        for head in ('{"resourceType":"Patient","family":"', "<Patient>", ""):
            started = time.process_time()  # of the processor: other programs do not count
            masker.body((head + piece * (20_000 // len(piece))).encode())
            assert time.process_time() - started < 2, (head, piece)


def test_large_body_is_quick() -> None:
    entry = {"resource": {"resourceType": "Appointment", "description": "GP Connect " * 8, "p": "Patient/2"}}
    body = json.dumps({"entry": [entry] * 8_000 + [{"resource": PATIENT}]}).encode()
    started = time.process_time()
    redactor(extra_secrets=["hunter22"], patient_identifiers=[NHS]).body(body)
    assert time.process_time() - started < 40


def test_every_value_of_a_repeated_key_is_masked_wherever_it_stands() -> None:
    person = b'{"resourceType": "Slot", "resourceType": "Patient", "name": {"family": "Meakin", "family": "Ostler"}}'
    body = b'{"entry": [{"display": "Meakin"}, [[' + person + b'], "Ostler"], {"family": "Meakin"}]}'
    shown = redactor().body(body)
    assert b"Meakin" not in shown and b"Ostler" not in shown
    meakin, ostler = re.findall(rb'"family": "(\w+)", "family": "(\w+)"', shown)[0]
    assert len(shown) == len(body) and meakin != ostler
    assert shown == body.replace(b"Meakin", meakin).replace(b"Ostler", ostler)


# Numbers that a scenario altered with a letter, or shortened before a wildcard


@pytest.mark.parametrize("shown", ["9990O44000", "|9990O44000", "%7C9990O44000", "999004400O"])
def test_a_known_number_with_a_letter_for_a_digit_is_masked_as_the_number_is(shown: str) -> None:
    redactor = Redactor(people=[ConfiguredPerson("9990044000")])
    whole, masked = redactor.text("9990044000"), redactor.text(shown)
    assert masked == shown[:-10] + "".join(
        char if char == "O" else digit for char, digit in zip(shown[-10:], whole, strict=True)
    )


@pytest.mark.parametrize("shown", ["99900*", "999004*", "9990044*", "999004%2A"])
def test_the_beginning_of_a_known_number_before_a_wildcard_is_masked_as_the_number_is(shown: str) -> None:
    redactor = Redactor(people=[ConfiguredPerson("9990044000")])
    digits = shown.partition("*")[0].partition("%")[0]
    assert redactor.text(shown) == redactor.text("9990044000")[: len(digits)] + shown[len(digits) :]
    assert redactor.text("99900 slots") == "99900 slots"


def test_the_digits_of_an_escape_are_no_part_of_a_number() -> None:
    redactor = Redactor(people=[ConfiguredPerson("9995999901")])
    assert redactor.text("code%7C%5999901") == "code%7C%5999901"


def test_a_short_name_is_not_looked_for_in_an_id() -> None:
    redactor = Redactor(people=[ConfiguredPerson("9990044000", ("Gp", "Zebedee"))])
    assert redactor.text('{"fullUrl":"http://h/Slot/Gp-20261130","id":"Gp-20261130"}').count("Gp-20261130") == 2
    assert "Gp" not in redactor.text("patient Gp Zebedee")


def test_an_identifier_in_a_broken_body_is_masked_there_and_nowhere_else() -> None:
    whole = {"contained": [{"identifier": [{"system": "x", "value": "Y99901"}]}], "valueString": "Patient requested"}
    broken = json.dumps(whole).encode()[:-3]
    redactor = Redactor()
    redactor.learnt(exchange(request_body=broken))
    assert redactor.text("ods-organization-code|Y99901") == "ods-organization-code|Y99901"
    assert b"Y99901" not in redactor.body(broken)
