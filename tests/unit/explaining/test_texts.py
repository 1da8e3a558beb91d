"""Requirements, error codes, contradictions and faults explained: each of them can be, and says what a reader needs."""

from __future__ import annotations

import pytest

from conformance.explaining.catalogue_text import explain_contradiction, explain_error_code, explain_requirement
from conformance.explaining.fault_text import explain_fault
from conformance.explaining.layout import WIDTH, Text
from conformance.explaining.variant_text import explain_variant
from conformance.provider.faults import faults_of
from conformance.provider.variants import variants_of
from conformance.spec import load
from conformance.spec.pages import pages_of

EDITIONS = pytest.mark.parametrize("edition", ["stu3", "dstu2"])


def whole(text: Text) -> str:
    return "\n".join(text.lines)


@EDITIONS
def test_every_requirement_error_code_and_contradiction_has_an_explanation(edition: str) -> None:
    of = load(edition)
    for name in list(of.requirements)[::29]:
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
