"""The catalogue of variants: each is described, named once, and says what allows it."""

from __future__ import annotations

import re

import pytest

import conformance.provider.provider  # noqa: F401 - registers the rules
from conformance.core.errors import UsageError
from conformance.provider.fault_points import Seam
from conformance.provider.faults import catalogue as faults
from conformance.provider.rules import RULES
from conformance.provider.variants import Variant, catalogue, choose, seams_with, variants_of
from conformance.provider.variants.variant import compatible
from conformance.spec import editions
from tests.support.paths import ROOT

EDITIONS = editions()
_SOURCES = [path.read_text(encoding="utf-8") for path in (ROOT / "conformance" / "provider").rglob("*.py")]
_REFUSED = {
    name for text in _SOURCES for name in re.findall(r'refuse\(\s*"([a-z]+\.[\w-]+)"', text)
}  # outside the tables
_SETTINGS = {name for text in _SOURCES for name in re.findall(r'setting\(\s*"([a-z]+\.[\w-]+)"', text)}


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_edition_has_at_least_seventy(edition: str) -> None:
    assert len(variants_of(edition)) >= 70


@pytest.mark.parametrize("variant", catalogue().values(), ids=lambda variant: variant.id)
def test_a_variant_says_what_it_does_and_what_allows_it(variant: Variant) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*", variant.id)
    assert variant.title[0].islower()
    assert not variant.title.endswith(".")
    assert len(variant.allowed) > 20
    assert set(variant.editions) <= set(EDITIONS)
    assert variant.all_effects or variant.gateway or variant.options or variant.settings
    assert not variant.most or variant.gateway
    for expected in variant.expects:
        assert not any(re.fullmatch(r"(\w+\.)?\*", one) for one in expected.scenarios.split()), "excuses too much"
        assert expected.verdict in {"skip", "warn", "omit"}
        assert expected.why


def test_no_name_is_that_of_a_fault_too() -> None:
    assert not set(catalogue()) & set(faults())


def test_every_variant_takes_hold_of_something_that_exists() -> None:
    for variant in catalogue().values():
        for effect in variant.all_effects:
            if effect.seam in {Seam.RULE, Seam.REFUSAL} and effect.of:
                assert effect.of in RULES.keys() | _REFUSED, f"{variant.id}: {effect.of}"
            if effect.seam is Seam.SETTING:
                assert effect.of in _SETTINGS, f"{variant.id}: {effect.of}"


def test_variants_of_one_aspect_exclude_each_other() -> None:
    with pytest.raises(UsageError, match=r"ids\.uuid, ids\.digits exclude each other"):
        choose(["ids.uuid", "ids.digits"], "stu3")
    assert compatible(choose(["ids.uuid", "versions.digits"], "stu3"))


@pytest.mark.parametrize("edition", EDITIONS)
def test_unknown_names_are_answered_with_near_ones(edition: str) -> None:
    with pytest.raises(UsageError, match=r"Did you mean .*ids\.uuid"):
        choose(["ids.uuids"], edition)


def test_variants_of_the_other_edition_are_refused() -> None:
    with pytest.raises(UsageError, match="does not exist in edition stu3"):
        choose(["wording.fb-type"], "stu3")


def test_faults_come_after_variants() -> None:
    seams = seams_with(["http.without-date"], choose(["http.date-ahead"], "stu3"), "stu3")
    status, headers, body = seams.through(Seam.WIRE, (200, {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"}, b""), None)
    assert (status, headers, body) == (200, {}, b"")


def test_no_variant_expects_a_failure_or_lets_everything_be_skipped() -> None:
    """An entry that excuses every scenario would hide the very cascades that variants are there to show."""
    expected = [(name, one) for name, variant in catalogue().items() for one in variant.expects]
    assert len(expected) >= 10
    assert [name for name, one in expected if one.verdict not in {"skip", "omit", "warn"}] == []
    assert [name for name, one in expected if one.verdict != "warn" and "*" in one.scenarios.split()] == []
