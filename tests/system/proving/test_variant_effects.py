"""Each variant changes something that a scenario receives: what it gets is compared with what the plain provider sends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.provider.variants import Variant, variants_of
from conformance.provider.variants.gateway import Sent
from conformance.proving.plan import entries_of
from conformance.proving.received import received, sent
from conformance.proving.test_bed import Bench
from conformance.spec import editions

# Where the usual scenario, an amendment, does not meet a variant: one that does.
_USUAL = "amend.texts-stored"
_ELSEWHERE = {
    "xml.": "errors.amend-body-xml-no-namespace",
    "elements.telecoms": "book.actors-readable",
    "elements.middle-names": "book.actors-readable",
    "elements.former-names": "book.actors-readable",
    "elements.general-practitioner": "book.actors-readable",
    "elements.care-provider": "book.actors-readable",
    "elements.location-facts": "book.actors-readable",
    "elements.reversed-identifiers": "http.search-long-url",
    "elements.reversed-actors": "http.search-long-url",
    "elements.overbooked": "http.search-long-url",
    "elements.comments": "http.search-long-url",
    "elements.active-people": "http.search-long-url",
    "elements.short-addresses": "http.search-long-url",
    "elements.address-lines": "http.search-long-url",
    "http.etags-of-searches": "retrieve.answered",
    "versions.unstable": "book.actors-readable",
    "container.long-target": "http.search-long-url",
    "practice.superseded-held": "register.superseded",
    "practice.many-cancelled": "retrieve.not-for-gp-connect",
}


@pytest.fixture(scope="module", params=editions())
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with Bench(request.param) as found:
        yield found


@pytest.fixture(scope="module")
def plain(bench: Bench) -> dict[str, list[str]]:
    """What the plain provider sends in the scenarios played so far."""
    return {}


def _scenario(variant: Variant) -> str:
    return next((found for name, found in _ELSEWHERE.items() if variant.id.startswith(name)), _USUAL)


def _exchanged(bench: Bench, scenario: str, variants: tuple[str, ...]) -> list[str]:
    """What was received; of another wording of the edition, what was sent as well."""
    (entry,) = entries_of(bench.config.edition, [scenario])
    return [f"{sent(one)}\n{received(one)}" for one in bench.exchanged(entry, variants)]


def test_what_the_plain_provider_sends_is_the_same_twice(bench: Bench) -> None:
    for scenario in {_USUAL, *_ELSEWHERE.values()}:
        assert _exchanged(bench, scenario, ()) == _exchanged(bench, scenario, ()), scenario


def test_each_variant_changes_what_a_scenario_receives(bench: Bench, plain: dict[str, list[str]]) -> None:
    alike = []
    for name, variant in variants_of(bench.config.edition).items():
        if variant.gateway or name.startswith("slow."):
            continue  # these change when or whether something arrives: below
        scenario = _scenario(variant)
        if scenario not in plain:
            plain[scenario] = _exchanged(bench, scenario, ())
        if _exchanged(bench, scenario, (name,)) == plain[scenario]:
            alike.append(f"{name} in {scenario}")
    assert not alike


def test_a_slow_variant_takes_its_time(bench: Bench) -> None:
    (entry,) = entries_of(bench.config.edition, ["retrieve.answered"])
    took = [one.elapsed_ms for one in bench.exchanged(entry, ("slow.queries",)) if one.method == "GET"]
    assert max(took) >= 500


def test_each_environment_disturbs_some_request(bench: Bench) -> None:
    known = variants_of(bench.config.edition)
    environments = [variant for variant in known.values() if variant.gateway]
    assert len(environments) >= 8
    for variant in environments:
        assert variant.gateway
        decide = variant.gateway()
        disturbed = [decide(Sent(number, "POST", "/", b"", b"")) for number in range(1, 61)]
        assert any(disturbed), variant.id
