from __future__ import annotations

import re

import pytest

import conformance.provider.provider  # noqa: F401 - registers the rules
from conformance.core.errors import UsageError
from conformance.provider.fault_points import Seam
from conformance.provider.faults import catalogue, seams_for
from conformance.provider.rules import RULES
from conformance.spec import editions, load
from tests.support.paths import ROOT

SOURCES = [
    path.read_text(encoding="utf-8")
    for path in (ROOT / "conformance" / "provider").rglob("*.py")
    if path.parent.name != "faults"
]
NAMED = {name for text in SOURCES for name in re.findall(r'"([a-z]+\.[a-z][\w-]*)"', text)}


def test_names() -> None:
    assert len(catalogue()) >= 200
    for name, fault in catalogue().items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z0-9]+([-.][a-z0-9]+)*", name)
        assert fault.id == name
        assert fault.about
        assert not fault.about.endswith(".")
        # It completes the sentence "The provider …", with a verb and the right article.
        assert not re.match(r"(responses|response|requests|value|stored?) ", fault.about), fault.about
        assert not re.search(r"\ba (?=[aeio])(?!one\b|once\b)", fault.about), fault.about
        assert set(fault.editions) <= set(editions())
        assert fault.all_effects


@pytest.mark.parametrize("edition", editions())
def test_every_edition_has_plenty(edition: str) -> None:
    areas = {name.partition(".")[0] for name, fault in catalogue().items() if fault.exists_in(load(edition))}
    short = (
        "search book retrieve read amend cancel errors jwt ssp http register patient practitioner organization location"
    )
    assert areas >= set(short.split())


def test_names_are_given_once() -> None:
    import importlib
    import pkgutil

    from conformance.provider import faults

    found: list[str] = []
    for module in pkgutil.iter_modules(faults.__path__):
        table = getattr(importlib.import_module(f"{faults.__name__}.{module.name}"), "FAULTS", ())
        found += [fault.id for fault in table]
    assert sorted({name for name in found if found.count(name) > 1}) == []


def test_every_fault_takes_hold_of_something_that_exists() -> None:
    for fault in catalogue().values():
        for effect in fault.all_effects:
            if effect.seam in {Seam.RULE, Seam.REFUSAL, Seam.SETTING} and effect.of:
                assert effect.of in NAMED | set(RULES) or _of_kind(effect.of), f"{fault.id}: {effect.of}"


def _of_kind(name: str) -> bool:
    """Names that are put together: `<kind>.known` and `patient.find-<rule>`, or a whole area."""
    return name.endswith((".known", ".*")) or name.startswith("patient.find-")


@pytest.mark.parametrize("edition", editions())
def test_unknown_names_are_answered_with_near_ones(edition: str) -> None:
    name = next(name for name, fault in catalogue().items() if fault.exists_in(load(edition)))
    with pytest.raises(UsageError, match=f"Did you mean .*{name}"):
        seams_for([f"{name}s"], edition)
    with pytest.raises(UsageError, match="list-faults"):
        seams_for(["x"], edition)


def test_faults_of_the_other_edition_are_refused() -> None:
    name = next(name for name, fault in catalogue().items() if fault.editions == ("stu3",))
    with pytest.raises(UsageError, match="does not exist in edition dstu2"):
        seams_for([name], "dstu2")


def test_every_rule_says_what_it_asks() -> None:
    assert [rule.name for rule in RULES.values() if not rule.about] == []
