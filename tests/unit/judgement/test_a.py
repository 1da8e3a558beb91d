"""A: the provider did nothing wrong, and must not be accused (A3, A5 to A15, A18, A19)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli.validate import command as validate
from conformance.fhir.addresses import read_reference
from conformance.provider.faults.effects import alter, bundle, change, content, put
from conformance.spec import load
from tests.unit.judgement.bed import Bed, complaints

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


# A5: a search that finds nothing has no entry


_NOTHING_FOUND = "search.empty search.empty-list search.every-answer-conforms"


def test_a5_a_searchset_without_entries_passes(bed: Bed) -> None:
    results = bed.play(_NOTHING_FOUND)
    assert {str(result.verdict) for result in results.values()} == {"pass"}


def test_a5_a_searchset_without_entries_that_names_the_profile_passes(bed: Bed) -> None:
    canonical = load(bed.config.edition, {}).profile("Bundle")
    assert canonical is not None
    results = bed.play(_NOTHING_FOUND, bundle(put("meta", {"profile": [canonical.canonical]}), on="search"))
    assert {name: complaints(result) for name, result in results.items() if result.verdict != "pass"} == {}


def test_a5_an_empty_list_of_entries_is_a_warning(bed: Bed) -> None:
    results = bed.play(_NOTHING_FOUND, bundle(put("entry", lambda held: held or []), on="search"))
    assert {name: str(result.verdict) for name, result in results.items()} == dict.fromkeys(results, "warn")


# A11: what the pages of dstu2 show themselves


_CODE = [
    {"system": "http://hl7.org/fhir/ValueSet/c80-practice-codes", "code": "394592004", "display": "Clinical oncology"}
]
_LANGUAGE = [
    {"coding": [{"system": "http://fhir.nhs.net/ValueSet/human-language-1", "code": "en", "display": "English"}]}
]
_AS_SHOWN = (
    change("Slot", put("type.coding", _CODE)),
    change("Schedule", put("type.coding", _CODE)),
    change("Practitioner", put("communication", _LANGUAGE)),
)


def test_a11_what_the_example_of_the_slot_search_shows_is_conceded_by_name(dstu2: Bed) -> None:
    names = "search.slot-profile search.schedule-profile search.practitioner-profile search.every-answer-conforms"
    results = dstu2.play(names, _AS_SHOWN)
    assert {name: str(result.verdict) for name, result in results.items()} == dict.fromkeys(results, "pass")


def test_a11_what_no_page_shows_is_not(dstu2: Bed) -> None:
    assert dstu2.verdict("search.slot-profile", change("Slot", put("identifier", [{"value": 7}]))) == "fail"


def test_a11_validate_concedes_what_a_run_concedes(tmp_path: Path) -> None:
    shown = {
        "resourceType": "Slot",
        "id": "1584",
        "meta": {"versionId": "1", "profile": ["https://fhir.nhs.uk/StructureDefinition/gpconnect-slot-1"]},
        "type": {"coding": _CODE, "text": "Clinical oncology"},
        "schedule": {"reference": "Schedule/1"},
        "freeBusyType": "free",
        "start": "2016-08-15T11:30:01.000+01:00",
        "end": "2016-08-15T12:00:01.000+01:00",
    }
    (tmp_path / "slot.json").write_text(json.dumps(shown), encoding="utf-8")
    result = CliRunner().invoke(validate, [str(tmp_path / "slot.json")], standalone_mode=False)
    assert result.return_value == 0, result.output
    assert "Accepted: The profile prohibits codes" in result.output
    (tmp_path / "slot.json").write_text(json.dumps(shown | {"start": "soon"}), encoding="utf-8")
    assert CliRunner().invoke(validate, [str(tmp_path / "slot.json")], standalone_mode=False).return_value == 1


_ERROR_OF_THE_PAGE = {
    "resourceType": "OperationOutcome",
    "meta": {"profile": ["http://fhir.nhs.net/StructureDefinition/gpconnect-operationoutcome-1"]},
    "issue": [
        {
            "severity": "error",
            "code": "value",
            "details": {
                "coding": [
                    {
                        "system": "http://fhir.nhs.net/ValueSet/gpconnect-error-or-warning-code-1",
                        "code": "INVALID_NHS_NUMBER",
                    }
                ]
            },
            "diagnostics": "nine digits",
        }
    ],
}


def test_a11_validate_concedes_the_code_systems_of_errors(tmp_path: Path) -> None:
    (tmp_path / "error.json").write_text(json.dumps(_ERROR_OF_THE_PAGE), encoding="utf-8")
    result = CliRunner().invoke(validate, ["-e", "dstu2", str(tmp_path / "error.json")], standalone_mode=False)
    assert result.return_value == 0, result.output
