"""A provider that flaps: it behaves in one of two ways that are both right, and in the other at the next request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.core.results import ScenarioResult, Severity
from conformance.provider.fault_points import Effect
from conformance.provider.faults.effects import drop_header, refuses
from conformance.provider.http import Call
from conformance.provider.refusal import Reply
from conformance.provider.variants import variants_of
from tests.support.proof import sample
from tests.unit.judgement.bed import Bed

# Scenarios that compare responses, look at effects, repeat requests, or accept more than one response.
_SCENARIOS = (
    "http.search-forwarded http.search-unknown-header http.patient-find-bar-unencoded http.patient-find-forwarded "
    "formats.search-same-content formats.read-same-content time.search-stable time.patient-find-stable time.read-stable "
    "time.patient-find-as-read time.day-forward search.again search.booked-is-gone search.booked-alone-is-gone "
    "search.complete-by-days search.empty book.without-status book.unknown-slot book.slot-taken cancel.slot-free "
    "amend.without-if-match cancel.without-if-match amend.if-match-list amend.description amend.changed-start "
    "retrieve.answered retrieve.text read.as-booked patient.read-again patient.find-unknown "
    "register.without-birth-date errors.path-nul search.every-answer-conforms book.every-answer-outcome"
)
# What flaps: variants of the bundled provider, by name.
_FLAPPING = (
    "searchset.shuffled", "searchset.by-id", "searchset.modes", "searchset.more-links", "searchset.id",
    "json.pretty", "http.etags-of-searches", "http.more-headers", "http.chunked", "http.cache-control-lines",
    "outcome.further-issue", "outcome.details-text", "if-match.required", "if-match.precondition", "container.raw-bar",
    "container.percent-zero", "register.bad-request", "order.body-first", "order.token-first",
)  # fmt: skip


def every_other_time(effects: Sequence[Effect]) -> list[Effect]:
    """Effects that are at work in every other request."""
    numbers: dict[str, int] = {}

    def at_work(call: Call | None) -> bool:
        """Whether this is one of the requests; each has a trace id of its own."""
        if call is None:
            return False
        return numbers.setdefault(call.header("Ssp-TraceID"), len(numbers)) % 2 == 0

    def flapping(effect: Effect) -> Effect:
        def apply(value: Any, call: Call | None) -> Any:
            return effect.apply(value, call) if at_work(call) else value

        return replace(effect, apply=apply)

    return [flapping(effect) for effect in effects]


def accusations(results: dict[str, ScenarioResult]) -> dict[str, list[str]]:
    """The scenarios that fail or break, with what they hold against the provider."""
    wrong = {name: result for name, result in results.items() if result.verdict in ("fail", "error")}
    return {
        name: [found.message for found in result.findings if found.severity is Severity.FAIL]
        for name, result in wrong.items()
    }


@pytest.mark.parametrize("name", sample(_FLAPPING, 1))
def test_one_behaviour_that_comes_and_goes_is_no_failure(bed: Bed, name: str) -> None:
    variant = variants_of(bed.config.edition).get(name)
    if variant is None:
        pytest.skip(f"edition {bed.config.edition} has no variant {name}")
    assert variant.all_effects
    assert accusations(bed.play(bed.those(_SCENARIOS), every_other_time(variant.all_effects))) == {}


def test_all_of_them_together_are_no_failure(bed: Bed) -> None:
    known = variants_of(bed.config.edition)
    chosen = {known[name].aspect or name: known[name] for name in _FLAPPING if name in known}
    results = bed.play(bed.those(_SCENARIOS), *(every_other_time(variant.all_effects) for variant in chosen.values()))
    assert accusations(results) == {}


def test_an_update_without_if_match_that_is_refused_every_other_time_is_noted(bed: Bed) -> None:
    refused = refuses(lambda call: not call.header("If-Match"), Reply("BAD_REQUEST", 400), on="amend cancel")
    names = "amend.without-if-match cancel.without-if-match"
    results = bed.play(f"{names} {names}", every_other_time([refused]))
    assert {str(result.verdict) for result in results.values()} == {"pass"}


def test_what_is_wrong_every_other_time_is_still_a_failure(bed: Bed) -> None:
    name = "patient-find.every-answer-uncacheable"
    cached = drop_header("Cache-Control", on="patient-find")
    results = bed.play(f"patient.find-each {name}", every_other_time([cached]))
    assert set(accusations(results)) == {name}
