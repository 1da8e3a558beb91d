"""A: the provider did nothing wrong, and must not be accused (A3, A5 to A15, A18, A19)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli.validate import command as validate
from conformance.fhir.addresses import read_reference
from conformance.provider.appointments.search import open_to
from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import alter, bundle, change, content, criteria, misanswer, put, refuses
from conformance.provider.http import Call, Json, Response
from conformance.provider.refusal import Reply
from conformance.provider.store import Row
from conformance.spec import load
from tests.support.proof import sample
from tests.unit.judgement.bed import Bed, complaints, with_data

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


# A6: slots that a practice keeps for another organisation type


def _kept_for_others(rows: list[Row], call: Call | None) -> list[Row]:
    """One more slot for whoever asks as urgent care, of those that nobody else is shown."""
    assert call is not None
    if not any("urgent-care" in value for value in call.parameters("searchFilter")):
        return rows
    free = call.provider.store.rows("SELECT * FROM slot WHERE status = 'free' ORDER BY start")
    closed = [row for row in free if not open_to(call, row, ("gp-practice",), ("Y99901",))]
    return [*rows, *[row for row in closed if row["start"] >= rows[0]["start"]][:1]] if rows else rows


def test_a6_slots_kept_for_another_type_are_no_accusation(stu3: Bed) -> None:
    kept = Effect(Seam.FOUND, _kept_for_others, on=frozenset({"search_free_slots"}))
    result = stu3.play("search.filter-other-type", kept)["search.filter-other-type"]
    assert (str(result.verdict), complaints(result)) == ("pass", [])
    assert "of-another-type" in {found.code for found in result.findings}


def test_a6_slots_that_the_configuration_restricts_fail(stu3: Bed) -> None:
    assert stu3.verdict("search.filter-other-type", "search.any-type-will-do") == "fail"


# A7: one person with two roles


def test_a7_a_patient_with_two_roles_is_one_patient(bed: Bed) -> None:
    first, *others = bed.config.data.patients
    both = replace(first, roles=("bookable", "spare"))
    twice = with_data(patients=(both, *(one for one in others if "bookable" not in one.roles)))
    names = bed.those("retrieve.the-patients-own retrieve.answered book.two-patients amend.changed-patient")
    results = bed.play(names, config=twice)
    assert {str(result.verdict) for result in results.values()} <= {"pass", "skip"}


# A8: the same stimulus weighs the same everywhere

_TWINS = (
    ("errors.cancel-resource", "cancel.changed-description"),
    ("errors.amend-resource", "amend.status-noshow"),
    ("errors.book-resource", "book.without-participants"),
    ("errors.register-resource", "register.without-birth-date"),
    ("errors.register-resource", "register.without-any-birth-date"),
    ("errors.register-number-check-digit", "register.wrong-check-digit"),
    ("errors.register-no-number", "register.without-identifier"),
    ("errors.register-trace", "register.not-on-pds"),
    ("errors.register-superseded", "register.superseded"),
    ("errors.retrieve-parameter", "retrieve.text"),
    ("errors.book-reference-slot", "book.unknown-slot"),
    ("errors.book-reference-patient", "book.unknown-patient"),
    ("errors.book-reference-location", "book.unknown-location"),
    ("errors.practitioner-find-system", "practitioner.find-other-system"),
    ("errors.organization-find-value", "organization.find-odd-value"),
)
_ANSWERS = ((400, "BAD_REQUEST"), (422, "INVALID_RESOURCE"), (404, "NO_RECORD_FOUND"), (403, "ACCESS_DENIED"))


@pytest.mark.parametrize(("status", "code"), _ANSWERS)
def test_a8_the_same_stimulus_weighs_the_same(bed: Bed, status: int, code: str) -> None:
    pairs = [pair for pair in _TWINS if all(bed.has(name) for name in pair)]
    names = " ".join(dict.fromkeys(name for pair in pairs for name in pair))
    results = bed.play(names, misanswer(code=code, status=status))
    weights = {pair: tuple(str(results[name].verdict) for name in pair) for pair in pairs}
    assert {pair: found for pair, found in weights.items() if len(set(found)) > 1} == {}


# A9: tokens that name the record asked for


def test_a9_every_request_names_the_record_that_it_concerns(published: Bed) -> None:
    keys = ("read_appointment", "amend_appointment", "read_patient")
    names = [name for key in keys for name in sample(published.of_interaction(key).split(), 25)]
    results = published.play(" ".join(names))
    assert {
        name: str(result.verdict) for name, result in results.items() if result.verdict not in ("pass", "omit")
    } == {}


# A10: what examples show is no rule


def test_a10_an_issue_type_of_its_own_passes(dstu2: Bed) -> None:
    names = "book.without-status book.every-answer-outcome-issue-type"
    results = dstu2.play(names, misanswer(issue_type="invalid"))
    assert {name: str(result.verdict) for name, result in results.items()} == dict.fromkeys(names.split(), "pass")


def test_a10_debug_details_in_an_error_pass_where_the_page_invites_them(dstu2: Bed, stu3: Bed) -> None:
    told = misanswer(diagnostics="java.io.EOFException: unexpected end of the body")
    name = "book.every-answer-nothing-leaks"
    assert dstu2.verdict(name, told) == "pass"
    assert stu3.verdict(name, told) != "pass"


def test_a10_a_cancellation_refused_with_403_passes_in_dstu2(dstu2: Bed) -> None:
    assert dstu2.verdict("cancel.changed-description", misanswer("cancel.nothing-else", status=403)) == "pass"


def test_a10_an_older_identifier_system_may_be_refused(dstu2: Bed) -> None:
    older = load("dstu2", {}).systems("sds_user")[1]
    refused = refuses(
        lambda call: any(older in text for text in call.parameters("identifier")),
        Reply("INVALID_IDENTIFIER_SYSTEM", 400),
        on="practitioner-find",
    )
    assert dstu2.verdict("practitioner.find-spelling-2", refused) == "pass"


def test_a10_a_raw_bar_may_be_refused(bed: Bed) -> None:
    refused = refuses(lambda call: "|" in call.target, Reply("BAD_REQUEST", 400))
    assert bed.verdict("http.patient-find-bar-unencoded", refused) == "pass"


# A12: no practitioner in any schedule


def _without_practitioners(schedule: Json) -> Json:
    actors = [item for item in schedule.get("actor", []) if not item["reference"].startswith("Practitioner/")]
    return {**schedule, "actor": actors}


def test_a12_includes_are_not_judged_where_no_schedule_has_a_practitioner(stu3: Bed) -> None:
    names = "search.include-practitioner search.include-practitioner-and-location search.include-all"
    nobody = (change("Schedule", _without_practitioners), criteria("search", practitioners=False))
    results = stu3.play(names, *nobody)
    assert {str(result.verdict) for result in results.values()} == {"skip"}


# A13: an OperationOutcome about the search

_OUTCOME = {
    "fullUrl": "urn:uuid:5d8b51c6-9d6e-4a53-8b07-3f6a7b7b1c11",
    "resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]},
    "search": {"mode": "outcome"},
}


def _with_outcome(value: Json) -> Json:
    return {**value, "entry": [*value.get("entry", ()), _OUTCOME]} if value.get("type") == "searchset" else value


def test_a13_an_outcome_is_not_found_by_a_search(bed: Bed) -> None:
    names = bed.those(
        "patient.find-known patient.find-each practitioner.find-known organization.find-known register.one-patient "
        "register.can-be-found patient.find-unknown search.empty retrieve.only-appointments"
    )
    results = bed.play(names, bundle(_with_outcome))
    assert {name: str(result.verdict) for name, result in results.items() if result.verdict != "pass"} == {}


def test_a13_the_profile_of_a_registration_still_forbids_it(stu3: Bed) -> None:
    assert stu3.verdict("register.bundle-lean", bundle(_with_outcome)) == "fail"


# A15: updates without If-Match


def test_a15_without_if_match_both_outcomes_pass(bed: Bed) -> None:
    refused = refuses(lambda call: not call.header("If-Match"), Reply("BAD_REQUEST", 400), on="amend cancel")
    for name in ("amend.without-if-match", "cancel.without-if-match"):
        assert (bed.verdict(name), bed.verdict(name, refused)) == ("pass", "pass")


# A18: searches by identifiers that cannot be used


def _nothing_found(response: Response, _call: Call | None) -> Response:
    """An empty searchset in place of a refusal."""
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    return Response(200, empty, response.headers) if response.status in (400, 422) else response


def test_a18_an_empty_searchset_warns_at_most(bed: Bed) -> None:
    names = bed.those(
        "practitioner.find-without-system practitioner.find-odd-value practitioner.find-without-identifier "
        "organization.find-empty-value organization.find-two-identifiers patient.find-identifier-twice "
        "patient.find-other-system location.find-other-system errors.practitioner-find-system"
    )
    results = bed.play(names, Effect(Seam.RESPONSE, _nothing_found))
    assert {name: str(result.verdict) for name, result in results.items() if result.verdict != "warn"} == {}


def test_a18_a_malformed_nhs_number_that_finds_nothing_fails(bed: Bed) -> None:
    assert bed.verdict("patient.find-nine-digits", Effect(Seam.RESPONSE, _nothing_found)) == "fail"


# A19: people who were registered before


def test_a19_people_registered_before_are_no_accusation(stu3: Bed) -> None:
    known = stu3.config.data.patients_with("bookable")[0]
    registered = tuple(
        replace(person, nhs_number=known.nhs_number) if person.refused == "superseded" else person
        for person in stu3.config.data.registrations
    )
    refused = refuses(lambda _call: True, Reply("INVALID_NHS_NUMBER", 400, "value"), on="register")
    result = stu3.play("register.superseded", refused, config=with_data(registrations=registered))[
        "register.superseded"
    ]
    assert not [found for found in result.findings if found.code == "registered"]
