"""Cases in which a scenario accused a provider that is different and right: each stays as it was put right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.core.results import Verdict
from conformance.engine.collection import Entry
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


_IN_EDITIONS = [
    (edition, variant, entry)
    for edition in editions()
    for variant, scenario in _CASES
    for entry in entries_of(edition, [scenario])
]


@pytest.fixture(scope="module")
def benches() -> Iterator[dict[str, Bench]]:
    """The providers of the editions, each started when the first case needs it."""
    started: dict[str, Bench] = {}
    yield started
    for bench in started.values():
        bench.close()


@pytest.mark.parametrize(
    ("edition", "variant", "entry"),
    _IN_EDITIONS,
    ids=lambda value: value.case.id if isinstance(value, Entry) else value,
)
def test_a_variant_is_left_alone(benches: dict[str, Bench], edition: str, variant: str, entry: Entry) -> None:
    bench = benches.get(edition) or benches.setdefault(edition, Bench(edition))
    (result,) = bench.play_variants([entry], [variant])
    assert result.verdict is Verdict.PASS, (result.reason, result.findings)
