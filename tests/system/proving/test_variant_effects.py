"""Each variant changes something that a scenario receives: what it gets is compared with what the plain provider sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from conformance.provider.variants import Variant, choose, variants_of
from conformance.provider.variants.gateway import Sent
from conformance.proving.plan import entries_of
from conformance.proving.provider_setup import Stage
from conformance.proving.received import received, sent
from conformance.proving.test_bed import Bench
from conformance.spec import editions

# Where the usual scenario, an amendment, does not meet a variant: one that does, by the beginning of the variant's name.
_OF_THE_CONNECTION = {"host", "content-length", "connection"}
_USUAL = "amend.texts-stored"
_READS = "book.actors-readable"
_SEARCHES = "http.search-long-url"
_REFUSED = "errors.amend-body-xml-no-namespace"
_ELSEWHERE = {
    "xml.": _REFUSED,
    "outcome.": _REFUSED,
    "elements.telecoms": _READS,
    "elements.middle-names": _READS,
    "elements.former-names": _READS,
    "elements.general-practitioner": _READS,
    "elements.care-provider": _READS,
    "elements.last-updated": _READS,
    "elements.location-facts": _READS,
    "elements.reversed-identifiers": _SEARCHES,
    "elements.reversed-actors": _SEARCHES,
    "elements.reversed-extensions": _SEARCHES,
    "elements.overbooked": _SEARCHES,
    "elements.comments": _SEARCHES,
    "elements.active-people": _SEARCHES,
    "http.etags-of-searches": "retrieve.answered",
    "versions.unstable": _READS,
    "container.long-target": _SEARCHES,
    "container.percent-zero": "errors.path-nul",
    "container.raw-bar": "http.patient-find-bar-unencoded",
    "container.encoded-slash": "errors.path-dots",
    "container.verbs": "http.invented-verb",
    "if-match.": "amend.without-if-match",
    "register.bad-request": "errors.register-resource",
    "cancel.forbidden": "cancel.changed-start",
    "searchset.empty-profiled": "retrieve.none",
    "searchset.": _SEARCHES,
    "practice.superseded-held": "errors.register-superseded",
    "practice.many-cancelled": "retrieve.not-for-gp-connect",
    "practice.busy": "search.day-by-day",
    "practice.kept-for-others": "search.filter-other-type",
    "practice.unusable-identifiers": "practitioner.find-odd-value",
    "practice.older-systems": "practitioner.find-spelling-2",
    "order.rules-last-first": "errors.register-no-number",
    "wording.slot-search-id": _SEARCHES,
    "wording.cancel-id": "cancel.status",
}
# A scenario breaks one rule at a time: these meet a request of our own, below.
_NOT_MET = "order."


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
    """What was sent, too: another wording of the edition changes that as well."""
    (entry,) = entries_of(bench.config.edition, [scenario])
    return [f"{sent(one)}\n{received(one)}" for one in bench.exchanged(entry, variants)]


def test_what_the_plain_provider_sends_is_the_same_twice(bench: Bench) -> None:
    for scenario in (_USUAL, _READS, _SEARCHES, _REFUSED):
        assert _exchanged(bench, scenario, ()) == _exchanged(bench, scenario, ()), scenario


def test_each_variant_changes_what_a_scenario_receives(bench: Bench, plain: dict[str, list[str]]) -> None:
    alike = []
    for name, variant in variants_of(bench.config.edition).items():
        if variant.gateway or (name.startswith(("slow.", _NOT_MET)) and name not in _ELSEWHERE):
            continue  # below
        scenario = _scenario(variant)
        if scenario not in plain:
            plain[scenario] = _exchanged(bench, scenario, ())
        if _exchanged(bench, scenario, (name,)) == plain[scenario]:
            alike.append(f"{name} in {scenario}")
    assert not alike


_LACKS_HEADER: dict[str, str | None] = {"Ssp-From": None}
# The scenario whose request is sent once more, changed: headers, and in URL or body one text for another.
_CHANGED: dict[str, tuple[str, dict[str, str | None], tuple[str, str]]] = {
    "order.token-first": (_USUAL, _LACKS_HEADER | {"Authorization": "Bearer none"}, ("", "")),
    "order.headers-first": (_USUAL, _LACKS_HEADER | {"Accept": "text/plain"}, ("", "")),
    "order.body-first": (_USUAL, _LACKS_HEADER, ("{", "")),
    "order.existence-first": (_USUAL, _LACKS_HEADER, ("/Appointment/", "/Appointment/none-")),
}


@pytest.mark.parametrize("name", _CHANGED)
@pytest.mark.parametrize("edition", editions())
def test_a_variant_that_no_scenario_meets_shows_in_a_request_of_our_own(edition: str, name: str) -> None:
    scenario, headers, (old, new) = _CHANGED[name]
    with ExitStack() as stack:
        stage = Stage(edition, stack)
        (entry,) = entries_of(edition, [scenario])
        last = stage.exchanged(entry, ())[-1]
        sent_headers = {key: value for key, value in last.request_headers if key.lower() not in _OF_THE_CONNECTION}
        changed = {key: value for key, value in (sent_headers | headers).items() if value is not None}

        def response(*variants: str) -> tuple[int, str]:
            stage.provider.set_faults((), choose(variants, edition))
            url, body = last.url.replace(old, new), last.request_body.replace(old.encode(), new.encode())
            got = httpx.request(last.method, url, headers=changed, content=body)
            return got.status_code, got.text

        assert response() == response()
        assert response(name) == response(name) != response()


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
