"""Scenarios explained, played on the bundled provider."""

from __future__ import annotations

import pytest

from conformance.engine.collection import collect
from conformance.explaining.playing import play
from conformance.explaining.scenario_text import explain_scenario
from conformance.spec import load

ENTRIES = {entry.case.id: entry for entry in collect()}


def explained(name: str, edition: str = "stu3", *, full: bool = False) -> str:
    entry = ENTRIES[name]
    return "\n".join(explain_scenario(entry, load(edition), play(entry, edition), full=full).lines)


def test_a_refusal_is_shown_with_its_request_its_responses_and_its_control() -> None:
    text = explained("book.taken-by-same")
    assert "STU3-BOOK-040 (SHALL; the text states it)" in text
    assert 'curl -i -X POST "$BASE_URL"/Appointment' in text
    assert "409 DUPLICATE_REJECTED  pass: the error table lists DUPLICATE_REJECTED" in text
    assert "a valid request (book_appointment)" in text
    assert "book.accepts-busy-slot  books a slot that is taken" in text
    assert "Bearer $TOKEN" in text
    assert "eyJ" not in text


def test_every_accepted_response_says_why() -> None:
    text = explained("jwt.book-no-token")
    assert "400 BAD_REQUEST" in text
    assert "pass, with a remark: it can be defended, too. The page on provenance" in text


def test_a_wrong_token_is_shown_decoded() -> None:
    assert "The token says:" in explained("jwt.book-expired-yesterday")


def test_full_shows_the_token() -> None:
    assert "Bearer eyJ" in explained("book.one-slot", full=True)


@pytest.mark.parametrize("edition", ["stu3", "dstu2"])
def test_a_scenario_about_all_responses_says_so(edition: str) -> None:
    assert "every response of the run" in explained("read.every-answer-conforms", edition)


@pytest.mark.parametrize("name", [name for name in ENTRIES if ENTRIES[name].case.runs_in("stu3")][7::300])
def test_scenarios_of_all_kinds_can_be_explained(name: str) -> None:
    text = explained(name)
    assert "When: what it sends" in text
    assert "Then: what is accepted" in text
