"""Where pages contradict each other, each fair reading is left alone; what no reading allows is not."""

from __future__ import annotations

import pytest

from conformance.provider.variants import variants_of
from conformance.spec import editions
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


_IN_EDITIONS = [
    (edition, reading, scenarios)
    for edition in editions()
    for reading, scenarios in _LEFT_ALONE
    if f"reading.{reading}" in variants_of(edition)
]


@pytest.mark.parametrize(("edition", "reading", "scenarios"), _IN_EDITIONS)
def test_a_fair_reading_is_left_alone(
    request: pytest.FixtureRequest, edition: str, reading: str, scenarios: str
) -> None:
    bed: Bed = request.getfixturevalue(edition)
    results = bed.play(bed.those(scenarios), variants_of(edition)[f"reading.{reading}"].all_effects)
    assert results
    assert {name: str(result.verdict) for name, result in results.items() if result.verdict != "pass"} == {}
