"""Where pages contradict each other, each fair reading is left alone; what no reading allows is not."""

from __future__ import annotations

import pytest

from conformance.provider.variants import catalogue
from conformance.spec import load
from tests.unit.judgement.bed import Bed

_OUTCOMES = "metadata.every-answer-outcome-conforms book.every-answer-outcome-conforms"
# Scenarios that the plain provider and one of the other reading both have to pass.
_LEFT_ALONE = (
    ("bearer-errors", "jwt.search-no-token jwt.book-expired jwt.search-without-iss jwt.search-garbage"),
    (
        "claims-as-resources",
        "jwt.search-empty-device jwt.book-without-device jwt.search-device-of-other-type jwt.search-user-of-other-type",
    ),
    ("scopes-ignored", "jwt.search-without-scope"),
    ("displays", _OUTCOMES),
    ("verbs", "errors.verb-put-appointments http.invented-verb"),
    ("code-list-url", _OUTCOMES),
    ("claims-recorded", "jwt.search-lives-a-second-longer jwt.search-expired"),
    ("search-bad-request", "search.without-status search.without-start"),
    ("long-texts", "book.description-101 book.comment-10000 amend.description-101"),
    ("sensitive-not-found", "patient.find-sensitive"),
    ("texts-of-old", "retrieve.answered retrieve.the-patients-own"),
)


@pytest.mark.parametrize(("reading", "scenarios"), _LEFT_ALONE)
def test_a_fair_reading_is_left_alone(bed: Bed, reading: str, scenarios: str) -> None:
    variant = catalogue()[f"reading.{reading}"]
    if not variant.exists_in(load(bed.config.edition)):
        pytest.skip(f"edition {bed.config.edition} has no variant {variant.id}")
    results = bed.play(bed.those(scenarios), variant.all_effects)
    assert results
    assert {name: str(result.verdict) for name, result in results.items() if result.verdict != "pass"} == {}
