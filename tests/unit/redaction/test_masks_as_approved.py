"""What stands in place of what is masked, word for word: not only that the secret is gone."""

from __future__ import annotations

import json

import pytest

from conformance.core.results import Finding
from conformance.redaction.patient_details import places
from tests.support.approved import approve
from tests.unit.redaction.test_redactor import NHS, PATIENT, TOKEN, XML, exchange, redactor, written

PERSON = {
    "resourceType": "Person",
    "name": [{"family": "Meakin"}],
    "_birthDate": {"extension": [{"valueDate": "1927-06-19"}]},
}
BODIES = {
    "patient": json.dumps(PATIENT),
    "patient in XML": XML,
    "bundle": json.dumps(
        {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": {"note": "Meakin"}}]}
    ),
    "person": json.dumps(PERSON),
    "related person": json.dumps({**PERSON, "resourceType": "RelatedPerson", "telecom": [{"value": "01454587554"}]}),
    "time of birth": json.dumps(
        {
            "resourceType": "Patient",
            "_birthDate": {"extension": [{"url": "u", "valueDateTime": "1927-06-19T04:05:06Z"}]},
        }
    ),
    "photo": json.dumps(
        {"resourceType": "Patient", "photo": [{"data": "QUJDREVGRw==", "url": "https://x/photo-of-mike"}]}
    ),
    "died": json.dumps(
        {"resourceType": "Patient", "deceasedDateTime": "2020-02-03", "address": [{"text": "1 High Street"}]}
    ),
    "cut short": json.dumps(PATIENT)[:-40],
    "cut short in XML": XML[:-60],
    "empty narrative, cut short": '{"resourceType": "Patient", "text": {"div": " "}, "name": [{"family": "", "given": ["Mike',
    "no person": json.dumps({"resourceType": "Slot", "id": "2", "comment": "Meakin"}),
    "escaped": json.dumps(PATIENT).replace("Meakin", "Me\\u0061kin").replace("Patient", "P\\u0061tient"),
    "display": json.dumps(
        {"resourceType": "Patient", "name": [{"text": "Mike Meakin"}], "x": {"display": "Mike Meakin"}}
    ),
}
TEXTS = {
    "token": f"Bearer {TOKEN}",
    "number": f"Patient {NHS} came",
    "number with blanks": "947 671 9931",
    "number in a query": f"identifier=x%7C{NHS}",
    "address with a password": "https://me:secret-word@p.example/x",
    "secret": "the word is hunter22",
    "nothing": "an ordinary sentence, 2026-07-01, Slot/12",
}
HEADERS = {
    "Authorization": f"Bearer {TOKEN}", "Proxy-Authorization": "Basic abc", "Cookie": "a=b", "Set-Cookie": "session=1; Path=/",
    "X-Api-Key": "k-123", "apikey": "k-123", "Ocp-Apim-Subscription-Key": "k-123", "Ssp-TraceID": "t", "ETag": 'W/"1"',
    "Content-Location": f"http://p/Patient?identifier={NHS}", "Location": "http://p/Appointment/1",
}  # fmt: skip


def test_bodies() -> None:
    masker = redactor(extra_secrets=["hunter22"], patient_identifiers=[NHS])
    approve(
        "masked-bodies.txt",
        "\n".join(f"{name}: {masker.body(text.encode()).decode()}" for name, text in BODIES.items()),
    )


def test_details_that_tell_who_a_patient_is() -> None:
    lines = [
        f"{name}: {[(place.kind, place.person, text[place.start : place.end]) for place in places(text)]}"
        for name, text in BODIES.items()
    ]
    approve("patient-details.txt", "\n".join(lines))


def test_texts() -> None:
    masker = redactor(extra_secrets=["hunter22"], patient_identifiers=[NHS])
    approve("masked-texts.txt", "\n".join(f"{name}: {masker.text(text)}" for name, text in TEXTS.items()))


@pytest.mark.parametrize("name", ["request_headers", "response_headers"])
def test_headers(name: str) -> None:
    masker = redactor(patient_identifiers=[NHS])
    sent = exchange(**{name: tuple(HEADERS.items())}, response_body=BODIES["patient"].encode())
    finding = Finding(f"{NHS} of Meakin", found="Mike Meakin", expected=NHS, evidence=NHS, location=f"Patient/{NHS}")
    masked, (shown,) = written(masker, sent, findings=(finding,), reason=f"about {NHS}")
    lines = [f"{key}: {value}" for key, value in (*shown.request_headers, *shown.response_headers)]
    approve(f"masked-{name}.txt", "\n".join([shown.url, *lines, repr(masked.findings[0]), masked.reason]))
