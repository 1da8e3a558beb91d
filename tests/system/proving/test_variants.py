"""Variants and faults at work together: ten faults under five variants are all reported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.core.results import Verdict
from conformance.proving.plan import entries_of, owners
from conformance.proving.test_bed import Bench
from conformance.spec import editions

EDITIONS = editions()
_FAULTS = (
    "search.claims-no-profile book.may-be-cached read.unlisted-status amend.unlabelled cancel.claims-no-profile "
    "errors.without-coding patient.without-birth-date organization.without-name jwt.accepts-expired "
    "ssp.accepts-missing-trace"
)
_VARIANTS = "ids.digits json.last-first elements.complex-extension http.chunked searchset.reversed"


@pytest.fixture(scope="module", params=EDITIONS)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with Bench(request.param) as found:
        yield found


def test_ten_faults_under_five_variants_are_all_reported(bench: Bench) -> None:
    edition = bench.config.edition
    faults, named = _FAULTS.split(), owners(edition)
    entries = entries_of(edition, [name for fault in faults for name in named[fault]])
    results = {result.id: result for result in bench.play_variants(entries, _VARIANTS.split(), faults)}
    bad = (Verdict.FAIL, Verdict.WARN)
    reported = {fault: [name for name in named[fault] if results[name].verdict in bad] for fault in faults}
    assert [fault for fault, names in reported.items() if not names] == []
    assert not [name for name, result in results.items() if result.verdict is Verdict.ERROR]
