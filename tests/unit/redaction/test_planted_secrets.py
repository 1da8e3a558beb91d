"""Every form of every secret, planted wherever a run writes: nothing of it is found, and nothing else has changed."""

from __future__ import annotations

import json

import pytest

from conformance.core.exchange import TransportFailure
from conformance.core.results import Finding, RunInfo
from conformance.redaction.redactor import ConfiguredPerson, Redactor
from tests.support.planted_secrets import BORN, FAMILY, GIVEN, NUMBER, PASSWORD, Form, forms, found
from tests.unit.redaction.test_redactor import KEY, exchange, scenario

FORMS = list(forms())
BEFORE, BEHIND = "Slot/12 in Ann's diary of 2026-11-29: ", " ; end 10:20, 300 303"


def redactor() -> Redactor:
    person = ConfiguredPerson(NUMBER, (GIVEN, FAMILY), BORN)
    return Redactor(extra_secrets=[PASSWORD], people=[person], key=KEY)


def test_there_are_many_and_the_reader_finds_them() -> None:
    assert len(FORMS) >= 60
    assert [form.name for form in FORMS if not found(form, form.planted.encode())] == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_is_masked_and_nothing_around_it_changes(form: Form) -> None:
    text = f"{BEFORE}{form.planted}{BEHIND}"
    masked = redactor().text(text)
    assert found(form, masked.encode()) == []
    assert masked.startswith(BEFORE) and masked.endswith(BEHIND)
    assert len(masked) == len(text) or not form.keeps_length
    assert redactor().text(masked) != "" and redactor().text(text) == masked  # the same again


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_is_masked_in_bodies(form: Form) -> None:
    attribute = form.planted.replace("<", "&lt;").replace('"', "&quot;").replace("\x00", "")
    bodies = {
        "JSON": json.dumps({"resourceType": "Basic", "note": [f"x {form.planted}"]}, ensure_ascii=False),
        "JSON, escaped": json.dumps({"resourceType": "Basic", "note": f"{form.planted} x"}),
        "JSON, broken": json.dumps({"resourceType": "Basic", "note": f"x {form.planted}"})[:-2],
        "XML": f'<Basic xmlns="http://hl7.org/fhir"><note value="{attribute}"/></Basic>',
        "XML, broken": f'<Basic><note value="{attribute}"',
        "text": f"{BEFORE}{form.planted}{BEHIND}",
    }
    for name, body in bodies.items():
        for encoding in ("utf-8", "utf-16", "utf-16-le", "utf-32", "utf-32-be"):
            masked = redactor().body(body.encode(encoding))
            assert found(form, masked.decode(encoding).encode()) == [], (name, encoding)
            assert len(masked) == len(body.encode(encoding)) or not form.keeps_length, (name, encoding)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_is_masked_wherever_a_run_writes_text(form: Form) -> None:
    text = f"x {form.planted} y"
    sent = exchange(
        label=text,
        url=f"https://p.example/Slot?x={form.planted}",
        reason=text,
        request_headers=(("X-Note", text),),
        response_headers=(("X-Note", text), ("Location", f"https://p.example/Patient/{form.planted}")),
        failure=TransportFailure("tls", text),
        surplus=text.encode(),
        request_body=text.encode(),
    )
    finding = Finding(text, location=text, found=text, expected=text, evidence=text)
    run = RunInfo(
        "r",
        "stu3",
        "t",
        f"http://h/{form.planted}",
        "s",
        "0",
        subject={"a": text},
        settings={"b": text},
        notices=(finding,),
    )
    masker = redactor()
    kept = masker.scenario(
        scenario(
            findings=(finding,), title=text, reason=text, why=text, fix=text, contradictions=(text,), traceback=text
        )
    )
    for one in (masker.exchange(sent), kept, masker.run(run)):
        shown = repr(one).encode().decode("unicode-escape", "ignore") + repr(one)
        assert found(form, shown.encode()) == []
