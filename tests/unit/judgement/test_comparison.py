"""Comparison: by identity and content, never by version or order, and only what differs twice counts (A1, A2, A17)."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

from conformance.core.results import Severity, Verdict
from conformance.provider.faults.effects import bundle, change, found, put
from tests.unit.judgement.bed import Bed, complaints

_NUMBERS = count(2)


def _new_version(_: Any) -> str:
    return str(next(_NUMBERS))


# A1: a patient whose version is another at every read

_OF_PATIENTS = (
    "patient.read-again patient.same-version patient.same time.patient-find-stable time.patient-read-stable "
    "time.patient-find-as-read patient.find-with-count patient.find-with-sort"
)


def _unstable(kind: str) -> Any:
    return change(kind, put("meta.versionId", _new_version))


def test_a1_an_unstable_version_is_one_warning_of_one_scenario(bed: Bed) -> None:
    results = bed.play(bed.those(_OF_PATIENTS), _unstable("Patient"))
    judged = {name: str(result.verdict) for name, result in results.items()}
    assert judged == {name: "warn" if name == "patient.read-again" else "pass" for name in judged}


def test_a1_a_refused_registration_is_judged_by_who_is_there_not_by_versions(bed: Bed) -> None:
    results = bed.play(bed.of_interaction("register_patient"), _unstable("Patient"))
    assert len(results) > 20
    assert {name: str(result.verdict) for name, result in results.items() if complaints(result)} == {}


def test_a1_an_unstable_version_of_new_patients_only_is_seen_too(bed: Bed) -> None:
    seeded = {patient.nhs_number for patient in bed.config.data.patients}

    def of_new_ones(patient: Any) -> Any:
        numbers = {item.get("value") for item in patient.get("identifier", ())}
        return patient if numbers & seeded else {**patient, "meta": {**patient["meta"], "versionId": _new_version(0)}}

    result = bed.play("patient.read-again", change("Patient", of_new_ones))["patient.read-again"]
    assert (result.verdict, [found.code for found in complaints(result)]) == (Verdict.WARN, ["version"])


def test_a1_an_unstable_version_fails_where_it_is_refused_as_if_match(bed: Bed) -> None:
    result = bed.play("fhir.version-stable", _unstable("Appointment"))["fhir.version-stable"]
    assert {found.code: found.severity for found in complaints(result)} == {
        "version-unstable": Severity.WARN,
        "version-refused": Severity.FAIL,
    }


def test_a1_an_unstable_version_warns_where_every_if_match_is_accepted(bed: Bed) -> None:
    assert bed.verdict("fhir.version-stable", _unstable("Appointment"), "fhir.ignores-if-match") == "warn"


# A2: another order each time

_COMPARED = (
    "http.search-forwarded http.search-unknown-header http.search-colon-encoded http.patient-find-forwarded "
    "ssp.search-names-in-odd-case ssp.search-sender-makes-no-difference time.day-forward formats.search-same-content "
    "time.search-stable patient.find-with-count"
)


def test_a2_the_order_of_a_searchset_makes_no_difference(bed: Bed) -> None:
    shuffled = bundle(put("entry", lambda held: random.sample(held or [], len(held or [])) or None))
    results = bed.play(bed.those(_COMPARED), shuffled)
    assert {name: str(result.verdict) for name, result in results.items()} == dict.fromkeys(results, "pass")


# A17: other people use the diary meanwhile


def test_a17_a_slot_that_others_take_meanwhile_is_no_difference(bed: Bed) -> None:
    taken = count()
    others = found(lambda rows: rows[min(next(taken), max(len(rows) - 1, 0)) :], on="search")
    results = bed.play(bed.those(_COMPARED), others)
    accused = {name: str(result.verdict) for name, result in results.items() if result.verdict is Verdict.FAIL}
    assert accused == {}


def test_a17_what_differs_each_time_in_the_same_way_is_a_finding(dstu2: Bed) -> None:
    assert dstu2.verdict("http.search-in-fr-FR", "http.speaks-french") in {"fail", "warn"}
