"""Requirements, error codes, contradictions and faults explained: each of them can be, and says what a reader needs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import cli
from conformance.causes import causes_of
from conformance.core.errors import UsageError
from conformance.core.results import Finding, Verdict
from conformance.evidence.reader import read_evidence
from conformance.evidence.writer import EvidenceWriter
from conformance.explaining.catalogue_text import explain_contradiction, explain_error_code, explain_requirement
from conformance.explaining.cause_text import explain_cause
from conformance.explaining.fault_text import explain_fault
from conformance.explaining.layout import WIDTH, Text
from conformance.explaining.variant_text import explain_variant
from conformance.provider.faults import faults_of
from conformance.provider.variants import variants_of
from conformance.redaction.redactor import Redactor
from conformance.spec import load
from conformance.spec.pages import pages_of
from tests.support.samples import RUN, exchange
from tests.support.trials import result

EDITIONS = pytest.mark.parametrize("edition", ["stu3", "dstu2"])


def whole(text: Text) -> str:
    return "\n".join(text.lines)


@EDITIONS
def test_every_requirement_error_code_and_contradiction_has_an_explanation(edition: str) -> None:
    of = load(edition)
    for name in list(of.requirements)[::59]:
        assert of.requirements[name].text.split()[0] in whole(explain_requirement(name, of))
    for name in of.errors:
        assert str(of.errors[name].status) in whole(explain_error_code(name, of))
    for name in of.contradictions:
        assert name in whole(explain_contradiction(name, of))
    for name in list(faults_of(edition))[::97]:
        assert faults_of(edition)[name].split()[0] in whole(explain_fault(name, of))


@EDITIONS
def test_every_variant_has_an_explanation(edition: str) -> None:
    for name, variant in variants_of(edition).items():
        text = whole(explain_variant(name, load(edition)))
        assert f"--variant {name}" in text
        assert variant.title.split()[0] in text


def test_a_requirement_says_how_a_breach_weighs_and_what_verifies_it() -> None:
    text = whole(explain_requirement("STU3-BOOK-017", load("stu3")))
    assert "so a breach is a fail" in text
    assert "book.one-slot" in text
    assert "--requirement STU3-BOOK-017" in text


def test_a_requirement_that_no_scenario_verifies_says_why() -> None:
    assert "a duty of the consumer" in whole(explain_requirement("STU3-SLOT-001", load("stu3")))


@EDITIONS
def test_every_requirement_has_a_page_to_open(edition: str) -> None:
    of = load(edition)
    for row in of.requirements.values():
        pages = pages_of(row.source, of)
        assert pages, row.source
        assert all(page.url.startswith("https://github.com/nhsconnect/") and " " not in page.url for page in pages)


@pytest.mark.parametrize(
    ("source", "anchor"),
    [
        ("appointments_use_case_book_an_appointment.md > Payload response body", "#payload-response-body"),
        ("appointments_ig.md > A > B (table)", "#b"),
        ("integration_x.md > exp (expiry) claim; development_y.md", "#exp-expiry-claim"),
        ("downloads/development/expected_error_codes.xlsx - 'A row'", "expected_error_codes.xlsx"),
    ],
)
def test_a_page_opens_at_its_section(source: str, anchor: str) -> None:
    assert pages_of(source, load("dstu2"))[0].url.endswith(anchor)


def test_lines_are_wrapped_and_addresses_are_left_whole() -> None:
    text = Text()
    text.say("word " * 60)
    text.say("https://example.org/" + "a-b" * 60)
    text.rows([("name", "about " * 40), ("a-name-much-longer-than-the-others-are", "x")])
    assert max(len(line) for line in text.lines if "https" not in line) <= WIDTH
    assert any(line.strip().endswith("a-b") and "https" in line for line in text.lines)


# causes of a run

WRONG = Finding("the status is another", location="status", found="403", expected="422", code="status", exchange=1)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run in which one scenario failed, with the exchange that shows it."""
    writer = EvidenceWriter(tmp_path / "stu3-1", RUN, Redactor())
    writer.exchange(exchange(1, interaction="register_patient"))
    failed = result("register.gender-told", Verdict.FAIL, findings=(WRONG,))
    writer.scenario(replace(failed, exchanges=(1,)))
    writer.finish(replace(RUN, complete=True))
    return tmp_path / "stu3-1"


def test_a_cause_says_where_it_is_and_how_to_see_the_response(run: Path) -> None:
    (cause,) = causes_of(read_evidence(run))
    text = whole(explain_cause(cause, read_evidence(run), "stu3-1"))
    assert "The status is another." in text
    assert "the HTTP status" in text
    assert "1 time, in 1 scenario\n" in text
    assert "curl -i -X POST" in text
    assert "export stu3-1 --as files --scenario register.gender-told" in text
    assert f"--cause {cause.id} --of stu3-1" in text


def test_an_id_that_is_nearly_a_causes_is_answered_with_it(run: Path) -> None:
    (cause,) = causes_of(read_evidence(run))
    for nearly in (cause.id[:-1], f"{cause.id[:-1]}x", cause.id.upper() + "0"):
        done = CliRunner().invoke(cli.root, ["explain", nearly, "--of", str(run)], standalone_mode=False)
        assert isinstance(done.exception, UsageError)
        assert done.exception.fix == f"Did you mean {cause.id}?"


def test_a_cause_that_is_gone_is_answered_with_those_there_are(run: Path) -> None:
    (cause,) = causes_of(read_evidence(run))
    done = CliRunner().invoke(cli.root, ["explain", "C-0123456789", "--of", str(run)], standalone_mode=False)
    assert isinstance(done.exception, UsageError)
    assert "may have been put right since" in done.exception.fix
    assert cause.id in done.exception.fix


def test_lists_are_whole_where_that_is_wanted() -> None:
    short, full = (whole(explain_error_code("BAD_REQUEST", load("stu3"), full=full)) for full in (False, True))
    assert "more (--full lists them)" in short
    assert "--full" not in full
    assert len(full.splitlines()) > 400


def test_an_error_code_names_its_editions_and_the_scenarios_of_its_requirements() -> None:
    text = whole(explain_error_code("DUPLICATE_REJECTED", load("stu3")))
    assert re.search(r"Editions +stu3\n", text)
    assert re.search(r"Editions +dstu2, stu3\n", whole(explain_error_code("BAD_REQUEST", load("dstu2"))))
    assert "book.taken-by-same" in text
