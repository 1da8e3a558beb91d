"""A request is the recorded one where it is the same but for what was masked; else the difference is named."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from conformance.core.exchange import Exchange
from conformance.redaction.redactor import ConfiguredPerson, Redactor
from conformance.rejudging.comparison import Sent, details_of, difference
from conformance.rejudging.renaming import Renaming

URL = "http://provider.test/Patient?identifier=x%7C9000000009"
HEADERS = (("Host", "provider.test"), ("Ssp-TraceID", "1"), ("If-Match", 'W/"1"'))
BODY = b'{"resourceType":"Appointment","status":"booked"}'


def recorded(**changes: Any) -> Exchange:
    given = {"method": "PUT", "url": URL, "request_headers": HEADERS, "request_body": BODY} | changes
    return Exchange(number=1, interaction="", label="", started="2026-03-29T00:00:00+00:00", elapsed_ms=1.0, **given)


def sent(**changes: Any) -> Sent:
    return Sent(**({"method": "PUT", "url": URL, "headers": HEADERS, "body": BODY} | changes))


def test_the_same_request_agrees_whatever_its_trace_id() -> None:
    other = tuple((name, "2" if name == "Ssp-TraceID" else value) for name, value in HEADERS)
    assert difference(sent(headers=other), recorded(), Renaming(())) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": "POST"}, "its method: POST, recorded PUT"),
        ({"url": URL.replace("Patient", "Person")}, "its URL: "),
        ({"headers": HEADERS[:2]}, "the header If-Match, which is not sent any more"),
        ({"headers": (*HEADERS, ("Accept", "*/*"))}, "the header Accept, which is new"),
        ({"headers": (*HEADERS[:2], ("If-Match", 'W/"2"'))}, "the header If-Match: 'W/\"2\"', recorded 'W/\"1\"'"),
        ({"body": BODY.replace(b"booked", b"noshow")}, "its body: "),
        ({"body": BODY[:-1]}, "its body: "),
        ({"body": b""}, "its body: "),
    ],
)
def test_what_differs_is_named(changes: dict[str, Any], said: str) -> None:
    renaming = Renaming(("booked", "9000000009"))
    assert difference(sent(**changes), recorded(), renaming).startswith(said)


def token(claims: object, signature: str = "") -> str:
    parts = ({"alg": "none"}, claims)
    written = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"Bearer {written}.{signature}"


def test_a_token_is_compared_claim_by_claim_and_not_by_its_masked_signature() -> None:
    redactor = Redactor(people=[ConfiguredPerson(names=("Zebedee", "Quillfeather"))])
    ours = token({"name": "Zebedee Quillfeather", "iat": 1}, "c2lnbmF0dXJlIG9mIG91cnM")
    (_, theirs), *_ = redactor.headers((("Authorization", ours),), own=True)
    assert "[token " in theirs
    there = recorded(request_headers=(("Authorization", theirs),))
    assert difference(sent(headers=(("Authorization", ours),)), there, Renaming(())) == ""
    later = token({"name": "Zebedee Quillfeather", "iat": 2}, "c2lnbmF0dXJlIG9mIG91cnM")
    assert "iat" in difference(sent(headers=(("Authorization", later),)), there, Renaming(()))


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"birthDate": "1988-02-31"', '"birthDate": "1988-02-13"'),
        ('"value": "9000000001"', '"value": "9000000009"'),
    ],
)
def test_what_becomes_valid_is_another_request_though_the_recorded_one_is_masked(was: str, now: str) -> None:
    patient = (
        f'{{"resourceType": "Patient", "identifier": [{{"value": "9000000009"}}], "birthDate": "1988-02-14", {was}}}'
    )
    there = recorded(request_body=Redactor().body(patient.encode()))
    details = list(details_of([there]))
    assert difference(sent(body=patient.encode()), there, Renaming((), details)) == ""
    assert was in patient
    changed = patient.replace(was, now).encode()
    assert difference(sent(body=changed), there, Renaming((), details)).startswith("its body: ")


def test_a_secret_that_was_the_same_in_two_requests_has_to_be_so_again() -> None:
    there = recorded(request_headers=(("Authorization", "Bearer [token bcdfghjk****]"),))
    renaming = Renaming(())
    for name, said in (
        ("abcdefghijklmnopqrst", ""),
        ("abcdefghijklmnopqrst", ""),
        ("ABCDEFGHIJKLMNOPQRST", "the header "),
    ):
        found = difference(sent(headers=(("Authorization", f"Bearer {name}"),)), there, renaming)
        assert found[: len("the header ")] == said


def test_what_was_masked_whole_is_not_compared_but_for_its_length() -> None:
    there = recorded(request_headers=(("Authorization", "Bearer [token bcdfghjk****]"),))
    right = sent(headers=(("Authorization", "Bearer abcdefghijklmnopqrst"),))
    longer = sent(headers=(("Authorization", "Bearer abcdefghijklmnopqrstu"),))
    assert difference(right, there, Renaming(())) == ""
    assert difference(longer, there, Renaming(())).startswith("the header Authorization: ")


def test_values_of_ours_agree_with_the_pseudonyms_that_redaction_gave_them() -> None:
    patient = {"resourceType": "Patient", "name": [{"family": "Testson", "given": ["Ann"]}], "birthDate": "1988-02-31",
               "identifier": [{"value": "9000000009"}], "address": [{"line": ["12 Test Street"], "city": "Leeds"}]}  # fmt: skip
    body = json.dumps(patient).encode()
    there = recorded(request_body=Redactor().body(body))
    assert there.request_body != body
    assert difference(sent(body=body), there, Renaming((), details_of([there]))) == ""


def test_a_body_that_is_no_utf_8_is_compared_too() -> None:
    body = '{"resourceType":"Patient","name":[{"family":"Zoë"}]}'.encode("latin-1")
    there = recorded(request_body=Redactor().body(body))
    assert difference(sent(body=body), there, Renaming(())) == ""
    assert difference(sent(body=body.replace(b"Patient", b"Patiend")), there, Renaming(("Patient",))) != ""


def test_a_wildcard_is_no_mask() -> None:
    there = recorded(url="http://provider.test/Patient?identifier=x%7C999087*")
    known = Renaming(("9990871234", "9991131234"))
    assert difference(sent(url="http://provider.test/Patient?identifier=x%7C999113*"), there, known) == ""
    assert (
        difference(sent(url="http://provider.test/Patient?identifier=x%7C123456*"), recorded(url=URL), Renaming(()))
        != ""
    )


def test_values_that_are_percent_encoded_letter_by_letter_are_compared_decoded() -> None:
    there = recorded(url="http://provider.test/Slot?searchFilter=%58%6B99901")
    ours = "http://provider.test/Slot?searchFilter=%59%7A99901"
    assert difference(sent(url=ours), there, Renaming(())) == ""
    assert difference(sent(url=ours.replace("%7A", "%7B")), there, Renaming(())) != ""
