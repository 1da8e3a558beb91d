"""Findings with one explanation are one cause, and its id does not hang on what was found."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.causes import Cause, causes_of
from conformance.causes.places import element_of, place_of
from conformance.core.results import Blame, Finding, RunInfo, RunResult, ScenarioResult, Severity, Verdict
from tests.support.samples import hostile, large, lifelike

RUN = RunInfo("run", "stu3", "GP Connect", "http://provider.example", "2026-11-22T10:00:00+00:00", "1")


def scenario(
    name: str,
    *findings: Finding,
    interaction: str = "book_appointment",
    requirement: str = "STU3-BOOK-001",
    verdict: Verdict = Verdict.FAIL,
    reason: str = "",
) -> ScenarioResult:
    return ScenarioResult(
        name, name, "stu3", interaction, "SHALL", "stated", (requirement,), verdict, reason=reason, findings=findings
    )


def causes(*scenarios: ScenarioResult) -> tuple[Cause, ...]:
    return causes_of(RunResult(RUN, scenarios))


def ids(found: Sequence[Cause]) -> list[str]:
    return [cause.id for cause in found]


def accepted(exchange: int = 1) -> Finding:
    return Finding("accepted", location="status", found="200", expected="422", code="refusal", exchange=exchange)


def refused(found: str, expected: str = "201") -> Finding:
    return Finding("another status", location="status", found=found, expected=expected, code="status", exchange=1)


def odd(location: str, code: str = "missing", exchange: int = 1) -> Finding:
    return Finding("is missing", location=location, found="nothing", expected="a value", code=code, exchange=exchange)


@pytest.mark.parametrize(
    ("location", "interaction", "place"),
    [
        ("Bundle.entry[3].resource.start", "search_free_slots", "Slot.start"),
        ("Bundle.entry[0].resource(Patient).telecom[1].use", "find_patient", "Patient.telecom.use"),
        ("Slot/Gp-20261130-0900 start", "search_free_slots", "Slot.start"),
        ("Appointment/Apt-3 participant", "read_appointment", "Appointment.participant"),
        ("address.use", "read_patient", "Patient.address.use"),
        ("$this.id", "read_appointment", "Appointment.id"),
        ("header ETag", "read_appointment", "header ETag"),
        ("status", "read_appointment", "status"),
        ("extension(nhsCommunication)", "read_patient", "Patient.extension(nhsCommunication)"),
        ("Bundle.entry(Apt-e3e8).search.mode", "retrieve_patient_appointments", "Bundle.entry.search.mode"),
        ("client certificate, TLS 1.3", "get_capability_statement", "client certificate"),
        ("http://127.0.0.1:4175", "get_capability_statement", "URL"),
    ],
)
def test_a_place_has_neither_index_nor_id(location: str, interaction: str, place: str) -> None:
    assert place_of(location, interaction) == place


def test_the_element_is_the_one_right_below_the_resource() -> None:
    assert element_of("Patient.telecom.use") == ("Patient", "telecom")
    assert element_of("Appointment.meta.versionId") == ("Appointment", "meta.versionId")
    assert element_of("Patient.extension(a).url") == ("Patient", "extension(a)")
    assert element_of("Bundle.entry") is None
    assert element_of("header ETag") is None


def test_what_one_element_lacks_in_several_interactions_is_one_cause() -> None:
    found = causes(
        scenario("patient.use", odd("address.use"), interaction="read_patient"),
        scenario("find.use", odd("Bundle.entry[0].resource.address[1].use"), interaction="find_patient"),
        scenario("patient.conforms", odd("Patient.address[0]", code="cardinality-min"), interaction="read_patient"),
        scenario("patient.gender", odd("gender"), interaction="read_patient"),
    )
    assert [cause.count for cause in found] == [3, 1]
    assert set(found[0].scenarios) == {"patient.use", "find.use", "patient.conforms"}


def test_requests_accepted_against_one_requirement_are_one_cause_whatever_the_interaction() -> None:
    found = causes(
        scenario("jwt.book", accepted(), requirement="STU3-JWT-014"),
        scenario("jwt.read", accepted(), requirement="STU3-JWT-014", interaction="read_appointment"),
        scenario("jwt.other", accepted(), requirement="STU3-JWT-015"),
    )
    assert [(cause.requirement, cause.count) for cause in found] == [("STU3-JWT-014", 2), ("STU3-JWT-015", 1)]
    assert found[0].place == "status"


def test_what_an_accepted_request_did_belongs_to_its_being_accepted() -> None:
    disclosed = Finding("disclosed", location="Bundle.entry", found="1", expected="none", code="disclosed", exchange=4)
    (found,) = causes(scenario("patient.bare", disclosed, accepted(), interaction="find_patient"))
    assert (found.code, found.count, found.message) == ("refusal", 2, "accepted")


def test_valid_requests_that_one_interaction_refuses_alike_are_one_cause_and_name_what_they_keep_untested() -> None:
    words = "422 Unprocessable Entity with OperationOutcome INVALID_RESOURCE"
    found = causes(
        *(scenario(f"book.{n}", refused(words), requirement=f"STU3-BOOK-{n:03}") for n in range(4)),
        scenario("book.other", refused("409 Conflict"), requirement="STU3-BOOK-009"),
        scenario("amend.comment", verdict=Verdict.SKIP, reason=f"an appointment could not be booked: {words}"),
        scenario("amend.other", verdict=Verdict.SKIP, reason="the provider offers no free slot"),
    )
    assert [(cause.count, cause.untested) for cause in found] == [(4, ("amend.comment",)), (1, ())]


def test_refusals_with_one_wrong_status_are_one_cause_whatever_their_codes() -> None:
    def other(code: str) -> Finding:
        return Finding("another", location="status", found=f"200 {code}", expected=f"422 {code}", code="refusal")

    found = causes(
        *(scenario(f"book.{n}", other(f"CODE_{n}"), requirement=f"STU3-BOOK-{n:03}") for n in range(5)),
        scenario("book.accepted", accepted(), requirement="STU3-BOOK-003"),
    )
    assert [(cause.code, cause.count) for cause in found] == [("refusal-other", 5), ("refusal", 1)]


def test_errors_with_one_wrong_body_are_one_cause_whatever_was_refused() -> None:
    def leak(found: str) -> Finding:
        return Finding("shows its insides", location="body", found=found, expected="no stack trace", code="leak")

    def without(code: str, location: str, found: str) -> Finding:
        return Finding("no OperationOutcome", location=location, found=found, expected="OperationOutcome", code=code)

    names = ("read_patient", "read_appointment", "read_location", "book_appointment")
    leaks = [
        scenario(f"leak.{n}", leak("java.lang.Error"), interaction=name, requirement=f"STU3-ERR-{n:03}")
        for n, name in enumerate(names)
    ]
    bodies = [
        scenario(f"body.{n}", without(code, location, found), interaction=name, requirement=f"STU3-ERR-{n:03}")
        for n, (name, code, location, found) in enumerate(
            zip(
                names,
                ("no-outcome", "refusal-body", "resource-type", "refusal-tolerated"),
                ("body", "body", "body", "status"),
                ("404 Not Found with Basic", "Basic", "Basic", "Basic"),
                strict=True,
            )
        )
    ]
    pages = scenario("page", leak("<html"), requirement="STU3-ERR-000")
    found = causes(*leaks, *bodies, pages)
    assert [cause.count for cause in found] == [4, 4, 1]
    assert [len(causes(*two)) for two in (leaks[:2], bodies[:2])] == [2, 2]
    here = [replace(one, interaction="read_patient") for one in (*leaks[:2], *bodies[:2])]
    assert [cause.count for cause in causes(*here)] == [2, 2]


def test_a_header_that_two_interactions_lack_is_two_causes_and_one_that_three_lack_is_one() -> None:
    names = ("read_patient", "read_appointment", "read_location")
    lacking = [scenario(name, odd("header Date", "date"), interaction=name) for name in names]
    assert [cause.place for cause in causes(*lacking[:1])] == ["read_patient: header Date"]
    assert len(causes(*lacking[:2])) == 2
    assert [cause.place for cause in causes(*lacking)] == ["header Date"]


def test_the_id_hangs_on_code_place_and_requirement_only() -> None:
    one = scenario("book.start", odd("Appointment.start"))
    (before,) = causes(one)
    finding = replace(one.findings[0], found="else", expected="other", message="words", exchange=9, evidence="why")
    assert ids(causes(replace(one, findings=(finding,)))) == [before.id]
    moved = replace(finding, location="Bundle.entry[7].resource(Appointment).start")
    assert ids(causes(replace(one, findings=(moved,)))) == [before.id]
    for changed in (replace(finding, code="other"), replace(finding, location="Appointment.end")):
        assert ids(causes(replace(one, findings=(changed,)))) != [before.id]
    assert ids(causes(replace(one, requirements=("STU3-BOOK-002",)))) != [before.id]


def test_the_order_of_scenarios_changes_nothing() -> None:
    run = large(300, 2)
    shuffled = list(run.scenarios)
    random.Random(1).shuffle(shuffled)
    expected = {cause.id: set(cause.members) for cause in causes_of(run)}
    assert expected
    assert {cause.id: set(cause.members) for cause in causes_of(RunResult(run.run, tuple(shuffled)))} == expected


@pytest.mark.parametrize("run", [lifelike(), hostile(), large(300, 2)], ids=("lifelike", "hostile", "large"))
def test_each_failure_and_warning_of_a_red_or_amber_scenario_is_in_one_cause(run: RunResult) -> None:
    found = causes_of(run)
    members = [member for cause in found for member in cause.members]
    expected = {
        (scenario.id, number)
        for scenario in run.scenarios
        if scenario.verdict in (Verdict.FAIL, Verdict.WARN, Verdict.ERROR, Verdict.WAIVED)
        for number, finding in enumerate(scenario.findings)
        if finding.severity is not Severity.INFO
    }
    assert len(members) == len(set(members))
    assert set(members) == expected
    assert len(set(ids(found))) == len(found)


def test_what_is_not_the_providers_is_no_cause() -> None:
    finding = Finding("no response", blame=Blame.ENVIRONMENT, code="environment")
    assert not causes(scenario("book.one", finding, verdict=Verdict.SKIP, reason="no response"))
    assert not causes(scenario("book.two", verdict=Verdict.PASS))


def test_the_finding_that_shows_a_cause_best_is_a_failure_with_an_exchange_of_a_scenario_that_found_little_else() -> (
    None
):
    mild = replace(odd("header Date", "date", 3), severity=Severity.WARN)
    found = causes(
        scenario("a", mild, verdict=Verdict.WARN),
        scenario("b", odd("header Date", "date", 5), odd("Appointment.end")),
        scenario("c", odd("header Date", "date", 7)),
        scenario("d", odd("header Date", "date", 0)),
    )
    cause = next(cause for cause in found if cause.code == "date")
    assert (cause.exchange, cause.scenarios[0], cause.severity) == (7, "c", Severity.FAIL)
