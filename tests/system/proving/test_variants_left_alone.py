"""Cases in which a scenario accused a provider that is different and right: each stays as it was put right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.core.results import Verdict
from conformance.proving.plan import entries_of
from conformance.proving.test_bed import Bench
from conformance.spec import editions

_CASES = (
    ("http.charset-name", "fhir.no-blank-before-charset"),  # Charset=utf-8 was not taken for a charset
    ("practice.busy", "search.day-by-day"),  # others book between the searches that are compared
    ("practice.busy", "search.again"),
    ("practice.busy", "search.filter-none"),
    ("practice.busy", "search.filter-type"),
    ("practice.busy", "search.filter-other-type-and-other-code"),
    ("practice.busy", "search.filter-unknown-first"),
    ("practice.busy", "search.filter-unknown-type"),
    ("practice.busy", "search.include-all"),
    ("practice.busy", "search.booked-alone-is-gone"),
    ("practice.two-roles", "retrieve.the-patients-own"),  # one person was two
)


@pytest.fixture(scope="module", params=editions())
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with Bench(request.param) as found:
        yield found


@pytest.mark.parametrize(("variant", "scenario"), _CASES)
def test_a_variant_is_left_alone(bench: Bench, variant: str, scenario: str) -> None:
    entries = entries_of(bench.config.edition, [scenario])
    if not entries:
        pytest.skip(f"edition {bench.config.edition} has no scenario {scenario}")
    (result,) = bench.play_variants(entries, [variant])
    assert result.verdict is Verdict.PASS, (result.reason, result.findings)
