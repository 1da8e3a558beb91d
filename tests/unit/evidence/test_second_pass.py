"""Who becomes known late is masked in what was written before: bodies, heads, findings, and nothing else changes."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.core.exchange import Exchange
from conformance.core.footprint import Change, Footprint, Kind
from conformance.core.results import Finding, Verdict
from conformance.core.taken import OBSERVED, Taken
from conformance.evidence.footprint import keep_footprint
from conformance.evidence.reader import read_evidence, read_taken
from conformance.evidence.schema import FILE_NAME
from conformance.evidence.writer import EvidenceWriter
from conformance.redaction.redactor import Redactor
from tests.support.samples import RUN, exchange, scenario

NAME, NUMBER, PHONE = "Zablonskyy", "9476719931", "01632960983"
PATIENT = {
    "resourceType": "Patient",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER}],
    "name": [{"family": NAME, "given": ["Quentinella"]}],
    "telecom": [{"system": "phone", "value": PHONE}],
    "birthDate": "1961-02-03",
}


def body(**members: object) -> bytes:
    return json.dumps({"resourceType": "Slot", "id": "s1", **members}).encode()


EARLY = {
    "plain": body(comment=f"kept for {NAME}, born 1961-02-03"),
    "capitals": body(comment=f"kept for {NAME.upper()} ({NAME.lower()})"),
    "escaped": body(comment="kept for X").replace(b"X", b"\\u005aablonskyy"),
    "percent": body(url=f"https://x.example/a?q=%5Aablonskyy&tel={PHONE}"),
    "base64": body(data=base64.b64encode(f"a letter to {NAME} of Leeds".encode()).decode()),
    "xml": f"<Slot><comment value='of {NAME}'/></Slot>".encode(),
    "broken": f'{{"comment": "of {NAME}'.encode(),
    "utf-16": f'{{"comment": "of {NAME}"}}'.encode("utf-16"),
    "number": body(comment=f"number {NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}, altered {NUMBER[:-2]}00"),
}


def recorded(folder: Path, early: Exchange, *findings: Finding, redactor: Redactor | None = None) -> Redactor:
    """Write a scenario with an early exchange, and then the one with the response that teaches who that is."""
    redactor = redactor or Redactor(key=b"k")
    with EvidenceWriter(folder, RUN, redactor) as writer:
        writer.exchange(early)
        writer.exchange(exchange(2, response_body=body(comment="nobody")))
        writer.scenario(scenario("book.early", Verdict.FAIL, findings=findings, exchanges=(1, 2)))
        writer.exchange(exchange(3, response_body=json.dumps(PATIENT).encode(), request_body=b""))
        writer.scenario(scenario("patient.late", exchanges=(3,)))
        writer.finish(RUN)
    return redactor


def forms(data: bytes) -> list[str]:
    """A body in each way of reading it."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = data.decode(encoding)
    read = [text, text.replace("%5A", "Z")]
    try:
        document = json.loads(text)
    except ValueError:
        return read
    values = [str(value) for value in document.values()]
    letters = document.get("data", "")
    return [*read, *values, base64.b64decode(letters).decode() if letters else ""]


@pytest.mark.parametrize("form", EARLY)
def test_a_body_written_before_is_masked_and_keeps_its_length(tmp_path: Path, form: str) -> None:
    sent = exchange(1, response_body=EARLY[form])
    redactor = recorded(tmp_path, sent)
    kept = read_evidence(tmp_path).exchanges
    shown = kept[1].response_body
    for text in forms(shown):
        assert NAME.lower() not in text.lower()
        assert PHONE not in text
        assert "1961-02-03" not in text
        assert NUMBER not in text.replace(" ", "")
        assert f"{NUMBER[:-2]}00" not in text
    assert shown != EARLY[form]
    assert len(shown) == len(EARLY[form])
    assert shown == redactor.body(EARLY[form])  # as if the name had been known from the beginning
    assert kept[2] == replace(kept[2], response_body=body(comment="nobody"))
    assert NAME.encode() not in (tmp_path / FILE_NAME).read_bytes()


def test_heads_findings_reasons_and_notices_are_masked(tmp_path: Path) -> None:
    url = f"https://p.example/Slot?comment={NAME}"
    early = exchange(
        1, url=url, response_headers=(("X-Told", f"for {NAME}"), ("Date", "today")), label=f"sent to {NAME}"
    )
    found = Finding(
        f"says {NAME}", location="Slot.comment", found=f"of {NAME}", expected="nobody", evidence=f"see {NAME}"
    )
    recorded(tmp_path, early, found)
    run = read_evidence(tmp_path)
    told = f"{run}{run.exchanges[1]}"
    assert NAME not in told
    (kept,) = run.scenarios[0].findings
    assert (kept.location, kept.expected) == (found.location, found.expected)
    assert len(kept.found) == len(found.found)
    assert run.exchanges[1].response_headers[1] == ("Date", "today")
    pseudonym = kept.found.removeprefix("of ")
    assert run.exchanges[1].url == url.replace(NAME, pseudonym)
    assert (kept.message, kept.evidence) == (f"says {pseudonym}", f"see {pseudonym}")


def test_the_footprint_and_what_was_taken_are_masked(tmp_path: Path) -> None:
    redactor, footprint = Redactor(), Footprint()
    with EvidenceWriter(tmp_path, RUN, redactor) as writer:
        keep_footprint(footprint, writer, redactor)
        footprint.intend(Change(Kind.BOOKING, f"Book for {NAME}", resource="Appointment/12"))
        writer.session({"config": {"edition": "stu3"}})
        writer.take([Taken("scenario a", ([OBSERVED, "file", {"comment": f"of {NAME}"}],))])
        writer.exchange(exchange(1))
        writer.scenario(scenario("book.early", exchanges=(1,)))
        writer.exchange(exchange(2, response_body=json.dumps(PATIENT).encode()))
        writer.scenario(scenario("patient.late", exchanges=(2,)))
        writer.finish(RUN)
    (change,) = read_evidence(tmp_path).changes
    assert (change.resource, NAME in change.label, len(change.label)) == (
        "Appointment/12",
        False,
        len(f"Book for {NAME}"),
    )
    (session,) = read_taken(tmp_path)
    assert NAME not in str(session.parts)


def test_ids_of_the_footprint_stay_so_that_it_can_be_undone(tmp_path: Path) -> None:
    redactor, footprint = Redactor(patient_identifiers=["9449305552"]), Footprint()
    ids = ("Apt-b31e9434765919d7", "9434765919", "1f9449305552")
    with EvidenceWriter(tmp_path, RUN, redactor) as writer:
        keep_footprint(footprint, writer, redactor)
        for one in ids:
            footprint.intend(Change(Kind.BOOKING, "Book", resource=f"Appointment/{one}"))
        writer.finish(RUN)
    kept = [change.resource.removeprefix("Appointment/") for change in read_evidence(tmp_path).changes]
    assert kept[:2] == list(ids[:2])
    assert "9449305552" not in kept[2]


def test_where_nobody_new_is_told_of_nothing_is_written_again(tmp_path: Path) -> None:
    known = Redactor(key=b"k")
    early = exchange(1, request_body=b"", response_body=EARLY["plain"])
    with EvidenceWriter(tmp_path, RUN, known) as writer:
        writer.exchange(early)
        writer.scenario(scenario("book.early", exchanges=(1,)))
        writer.finish(RUN)
    assert read_evidence(tmp_path).exchanges[1].response_body == EARLY["plain"]
    assert known.learnt_count == 0


def test_a_resumed_run_masks_in_what_its_first_part_wrote(tmp_path: Path) -> None:
    with EvidenceWriter(tmp_path, RUN, Redactor(key=b"k")) as writer:
        writer.exchange(exchange(1, response_body=EARLY["plain"]))
        writer.scenario(scenario("book.early", exchanges=(1,)))
    with EvidenceWriter(tmp_path, RUN, Redactor(key=b"k"), resume=True) as writer:
        writer.exchange(exchange(2, response_body=json.dumps(PATIENT).encode()))
        writer.scenario(scenario("patient.late", exchanges=(2,)))
        writer.finish(RUN)
    assert NAME.encode() not in read_evidence(tmp_path).exchanges[1].response_body


def test_a_run_whose_bodies_became_equal_by_masking_can_go_on(tmp_path: Path) -> None:
    """The same body came before its person was known and after: once both are masked they are one, stored twice."""
    with EvidenceWriter(tmp_path, RUN, Redactor(key=b"k")) as writer:
        writer.exchange(exchange(1, request_body=b"", response_body=EARLY["plain"]))
        writer.scenario(scenario("book.early", exchanges=(1,)))
        writer.exchange(exchange(2, request_body=b"", response_body=json.dumps(PATIENT).encode()))
        writer.exchange(exchange(3, request_body=b"", response_body=EARLY["plain"]))
        writer.scenario(scenario("patient.late", exchanges=(2, 3)))
        writer.finish(RUN)
    with EvidenceWriter(tmp_path, RUN, Redactor(key=b"k"), resume=True) as writer:
        writer.exchange(exchange(4, request_body=b"", response_body=EARLY["plain"]))
        writer.scenario(scenario("read.later", exchanges=(4,)))
        writer.finish(RUN)
    found = read_evidence(tmp_path).exchanges
    assert found[1].response_body == found[3].response_body
    assert NAME.encode() not in found[1].response_body
