"""A: the provider did nothing wrong, and must not be accused (A3, A5 to A15, A18, A19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.fhir.addresses import read_reference
from conformance.provider.faults.effects import alter, change, content
from tests.judgement.bed import Bed, complaints

# A3: references with a version, or absolute ones

_ON_REFERENCES = {
    "stu3": "patient.managing-organisation patient.preferred-branch location.managing-organisation "
    "location.of-each-schedule location.of-appointments search.schedules search.schedule-actors search.schedule-reference "
    "book.actors-readable book.slots read.resolves-patient read.patient read.location read.as-booked read.slot "
    "retrieve.answered retrieve.the-patients-own amend.participants cancel.slots",
    "dstu2": "location.of-each-schedule search.schedules search.schedule-actors book.actors-readable "
    "retrieve.the-patients-own amend.participants",
}


def _rewritten(value: Any, write: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {
            key: write(held) if key == "reference" and not held.startswith("#") else _rewritten(held, write)
            for key, held in value.items()
        }
    return [_rewritten(item, write) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("form", "write"),
    [
        ("versioned", lambda text: f"{text}/_history/3"),
        ("absolute", lambda text: f"https://proxy.example.org/A20047/STU3/1/gpconnect/{text}"),
    ],
)
def test_a3_references_are_read_in_every_form(bed: Bed, form: str, write: Callable[[str], str]) -> None:
    shown = change("", lambda value: _rewritten(value, write))
    understood = content(lambda value: _rewritten(value, lambda text: read_reference(text).target))
    results = bed.play(_ON_REFERENCES[bed.config.edition], shown, understood)
    assert {name: str(result.verdict) for name, result in results.items() if result.verdict != "pass"} == {}


def test_a3_an_absolute_reference_is_one_finding_of_one_scenario(bed: Bed) -> None:
    absolute = change("", lambda value: _rewritten(value, lambda text: f"https://proxy.example.org/r/{text}"))
    assert bed.verdict("search.every-answer-references-relative", absolute) == "fail"


# A14: canonical URLs with something behind them


@pytest.mark.parametrize("suffix", ["|1.0.0", "/_history/1.8", "/"])
def test_a14_a_profile_with_a_suffix_is_recognised_with_one_warning(bed: Bed, suffix: str) -> None:
    suffixed = change("", alter("meta.profile", lambda held: [f"{url}{suffix}" for url in held]))
    names = "read.every-answer-conforms read.every-answer-profile-claimed book.conforms search.slot-profile"
    results = bed.play(names, suffixed)
    assert {name: str(result.verdict) for name, result in results.items()} == {
        "read.every-answer-conforms": "pass",
        "read.every-answer-profile-claimed": "warn",
        "book.conforms": "pass",
        "search.slot-profile": "pass",
    }
    assert any(found.found.endswith(suffix) for found in complaints(results["read.every-answer-profile-claimed"]))
