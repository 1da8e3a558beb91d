"""D: the provider is wrong, and must not pass; what no page rules out warns or is reported only."""

from __future__ import annotations

import re

import pytest

from conformance.config.model import Window
from conformance.provider.faults.effects import change, misanswer, put, refuses, skip
from conformance.provider.refusal import Reply
from tests.unit.judgement.bed import Bed, Behaviour, with_data

# Case, edition, scenario, how the provider behaves, verdict.
FORTNIGHT = with_data(window=Window())  # the full day of the diary is not in its first week
Row = tuple[str, str, str, Behaviour, str]

_SENSITIVE_422 = misanswer("appointments.not-sensitive", code="REFERENCE_NOT_FOUND", status=422)

_SENSITIVE = "9990010560"
_SENSITIVE_404 = refuses(
    lambda call: any(_SENSITIVE in value for value in call.parameters("identifier")),
    Reply("PATIENT_NOT_FOUND", 404),
    on="patient-find",
)

# What PDS may add to the record that a registration returns.
_MORE = change(
    "Patient",
    put("telecom", lambda held: [*(held or ()), {"system": "phone", "value": "01133 960999", "use": "work"}]),
    put("address", lambda held: [*(held or ()), {"use": "old", "line": ["1 Test Lane"], "postalCode": "LS2 7UE"}]),
    on="register",
)
_NULL_TYPE = {"coding": [{"system": "http://hl7.org/fhir/ValueSet/c80-practice-codes", "code": "null"}], "text": "GP"}

ROWS: tuple[Row, ...] = (
    # D1: not every slot is answered
    ("d1", "stu3", "search.complete-by-days", "search.first-ten-slots", "fail"),
    ("d1", "dstu2", "search.complete-by-days", "search.first-ten-slots", "fail"),
    ("d1", "stu3", "search.complete-by-half-days", "search.first-ten-slots", "fail"),
    ("d1", "stu3", "search.no-further-page", "search.links-to-a-next-page", "warn"),
    ("d1", "stu3", "search.complete-by-days", "search.links-to-a-next-page", "pass"),
    ("d1", "stu3", "search.full-day", "search.shows-busy-as-free", "fail"),
    ("d1", "dstu2", "search.full-day", "search.shows-busy-as-free", "fail"),
    ("d1", "stu3", "search.full-day", "search.empty-is-error", "fail"),
    # D2: two schedules, two places
    ("d2", "stu3", "book.two-schedules", "book.accepts-two-schedules", "fail"),
    ("d2", "stu3", "book.two-places", "book.accepts-two-schedules", "fail"),
    ("d2", "dstu2", "book.two-places", skip("book.one-schedule", "book.adjacent", "book.location-of-schedule"), "pass"),
    # D3: the same slot twice, closed slots, slots that have begun, two patients, other sites
    ("d3", "stu3", "book.same-slot-twice", "book.accepts-slot-twice", "warn"),
    ("d3", "dstu2", "book.same-slot-twice", skip("book.slot-once"), "pass"),
    ("d3", "stu3", "book.closed-slot", "book.books-closed-slots", "fail"),
    ("d3", "dstu2", "book.closed-slot", "book.books-closed-slots", "warn"),
    ("d3", "stu3", "book.slot-begun-today", "book.accepts-past", "warn"),
    ("d3", "stu3", "book.slot-of-yesterday", "book.accepts-past", "fail"),
    ("d3", "stu3", "book.two-patients", "book.accepts-two-patients", "warn"),
    ("d3", "dstu2", "book.two-patients", "book.accepts-two-patients", "warn"),
    ("d3", "stu3", "book.other-site", "book.accepts-other-site", "warn"),
    ("d3", "stu3", "book.unknown-location", "book.accepts-unknown-location", "fail"),
    # D4: sensitive, deceased and inactive patients
    ("d4", "stu3", "book.sensitive-patient", "book.accepts-sensitive", "fail"),
    ("d4", "stu3", "book.sensitive-patient", _SENSITIVE_422, "warn"),
    ("d4", "stu3", "retrieve.sensitive-patient", "retrieve.shows-sensitive", "fail"),
    ("d4", "stu3", "read.sensitive-patient", "read.shows-sensitive", "fail"),
    ("d4", "stu3", "read.sensitive-patient", _SENSITIVE_422, "warn"),
    ("d4", "stu3", "amend.sensitive-patient", "amend.sensitive-is-200", "fail"),
    ("d4", "stu3", "amend.sensitive-patient", _SENSITIVE_422, "warn"),
    ("d4", "stu3", "cancel.sensitive-patient", "cancel.sensitive-is-200", "fail"),
    ("d4", "stu3", "cancel.sensitive-patient", "cancel.sensitive-is-conflict", "warn"),
    ("d4", "stu3", "patient.find-sensitive", "patient.finds-sensitive", "fail"),
    ("d4", "stu3", "patient.find-sensitive", _SENSITIVE_404, "pass"),
    ("d4", "stu3", "register.sensitive", "register.accepts-sensitive", "fail"),
    ("d4", "stu3", "register.sensitive", misanswer(code="PATIENT_NOT_FOUND"), "pass"),  # pages differ (C-SFLAG)
    ("d4", "stu3", "book.deceased-patient", "book.accepts-inactive", "warn"),
    ("d4", "dstu2", "book.inactive-patient", "book.accepts-inactive", "warn"),
    # D5: interaction ids of other interactions
    ("d5", "stu3", "ssp.retrieve-every-other-interaction", "ssp.accepts-other-read-interaction", "fail"),
    ("d5", "dstu2", "ssp.retrieve-every-other-interaction", "ssp.accepts-other-read-interaction", "fail"),
    ("d5", "stu3", "ssp.book-every-other-interaction", "ssp.accepts-other-create-interaction", "fail"),
    ("d5", "dstu2", "ssp.register-every-other-interaction", "ssp.accepts-other-create-interaction", "fail"),
    # D7: boundaries of a period
    ("d7", "dstu2", "retrieve.gt-day", "retrieve.gt-as-ge", "warn"),
    ("d7", "dstu2", "retrieve.lt-day", "retrieve.lt-as-le", "warn"),
    ("d7", "stu3", "retrieve.past-yesterday-on", "retrieve.accepts-past", "fail"),
    # D8: odd questions
    ("d8", "stu3", "search.filter-without-system", "search.filter-without-system-is-server-error", "fail"),
    (
        "d8",
        "stu3",
        "search.filter-without-system",
        refuses(lambda call: "gp-practice" in call.parameters("searchFilter"), "INVALID_PARAMETER", on="search"),
        "warn",
    ),
    ("d8", "stu3", "search.count", "search.count-is-server-error", "fail"),
    ("d8", "dstu2", "search.count", "search.count-is-server-error", "fail"),
    (
        "d8",
        "dstu2",
        "search.count",
        refuses(lambda call: bool(call.parameters("_count")), Reply("NOT_IMPLEMENTED", 501), on="search"),
        "warn",
    ),
    # D9: mandatory parts, and references
    ("d9", "stu3", "book.without-patient", "book.assumes-the-patient", "fail"),
    ("d9", "dstu2", "book.without-patient", "book.assumes-the-patient", "fail"),
    ("d9", "stu3", "book.without-location", "book.accepts-missing-location", "fail"),
    ("d9", "dstu2", "book.without-location", "book.accepts-missing-location", "fail"),
    ("d9", "stu3", "book.without-organisation", "book.accepts-missing-organization", "fail"),
    ("d9", "stu3", "book.without-ods-code", "book.accepts-organization-without-code", "fail"),
    ("d9", "stu3", "book.without-organisation-telecom", "book.accepts-organization-without-telecom", "fail"),
    ("d9", "stu3", "book.without-patient", misanswer(code="BAD_REQUEST"), "warn"),
    (
        "d9",
        "dstu2",
        "book.without-patient",
        misanswer(code="BAD_REQUEST"),
        "pass",
    ),  # its error page: "malformed / invalid"
    ("d9", "dstu2", "book.without-patient", misanswer(code="NO_RECORD_FOUND", status=404), "warn"),
    ("d9", "stu3", "search.without-bounds", "search.accepts-no-bounds", "warn"),  # a rule for consumers
    ("d9", "dstu2", "search.without-bounds", "search.accepts-no-bounds", "fail"),
    ("d9", "stu3", "search.without-start", "search.accepts-missing-start", "warn"),
    ("d9", "dstu2", "search.without-end", "search.accepts-missing-end", "fail"),
    ("d9", "stu3", "retrieve.patient-unknown", "retrieve.unknown-patient-is-empty", "warn"),
    ("d9", "dstu2", "retrieve.patient-unknown", "retrieve.unknown-patient-is-empty", "warn"),
    ("d9", "stu3", "cancel.reason-other-url", "cancel.accepts-any-extension", "fail"),
    ("d9", "stu3", "cancel.reason-without-value", "cancel.accepts-missing-reason", "fail"),
    ("d9", "stu3", "cancel.without-reason", "cancel.accepts-missing-reason", "warn"),
    ("d9", "stu3", "book.absolute-slot", "book.accepts-absolute-reference", "fail"),
    ("d9", "dstu2", "book.absolute-slot", "book.accepts-absolute-reference", "fail"),
    ("d9", "stu3", "book.own-absolute-slot", "book.accepts-absolute-reference", "warn"),
    ("d9", "stu3", "amend.slot-elsewhere", "amend.ignores-slots", "fail"),
    ("d9", "dstu2", "cancel.slot-elsewhere", "cancel.ignores-slots", "fail"),
    ("d9", "stu3", "amend.patient-elsewhere", "amend.ignores-participants", "fail"),
    ("d9", "stu3", "amend.patient-elsewhere", "amend.reads-absolute-references", "fail"),
    ("d9", "dstu2", "amend.patient-elsewhere", "amend.reads-absolute-references", "fail"),
    ("d9", "stu3", "amend.absolute-patient", "amend.reads-absolute-references", "warn"),
    ("d9", "stu3", "cancel.patient-elsewhere", "cancel.reads-absolute-references", "fail"),
    ("d9", "dstu2", "cancel.patient-elsewhere", "cancel.reads-absolute-references", "fail"),
    ("d9", "stu3", "cancel.absolute-patient", "cancel.reads-absolute-references", "warn"),
    # D10: what a response invents
    ("d10", "stu3", "register.no-marital-status", "register.with-marital-status", "fail"),
    ("d10", "stu3", "register.no-ethnic-category", "register.with-ethnic-category", "fail"),
    ("d10", "stu3", "register.keeps-telecoms", _MORE, "pass"),
    ("d10", "stu3", "register.keeps-address", _MORE, "pass"),
    ("d10", "stu3", "register.one-patient", _MORE, "pass"),
    ("d10", "stu3", "register.every-answer-conforms", _MORE, "pass"),
    ("d10", "dstu2", "register.one-patient", _MORE, "pass"),
    ("d10", "dstu2", "register.every-answer-conforms", _MORE, "pass"),
    ("d10", "stu3", "read.every-answer-conforms", change("Appointment", put("appointmentType", _NULL_TYPE)), "fail"),
    ("d10", "dstu2", "read.every-answer-conforms", "fhir.null-codes", "pass"),
    ("d10", "dstu2", "fhir.read-tidy", "fhir.null-codes", "warn"),
    ("d10", "dstu2", "fhir.retrieve-tidy", "fhir.null-codes", "warn"),
    # D11: optional elements
    ("d11", "stu3", "book.no-comment", "book.demands-comment", "fail"),
    ("d11", "dstu2", "book.no-comment", "book.demands-comment", "fail"),
)


def test_d5_a_slot_that_can_be_read_is_noted_and_held_against_nobody(bed: Bed) -> None:
    name = "ssp.search-every-other-interaction"
    [refused] = bed.play(name).values()
    sent = [bed.exchanges[number] for number in refused.exchanges]
    assert [exchange.status for exchange in sent if re.search("/Slot/[^?]", exchange.url)] == [501]
    assert "slot-read" not in {finding.code for finding in refused.findings}
    [served] = bed.play(name, misanswer("http.implemented", code="NOT_IMPLEMENTED", status=200)).values()
    noted = [found for found in served.findings if found.code == "slot-read"]
    assert (served.verdict, [str(found.severity) for found in noted]) == ("pass", ["info"])


@pytest.mark.parametrize(
    ("edition", "scenario", "behaviour", "verdict"),
    [pytest.param(*row[1:], id=f"{row[0]}-{row[1]}-{row[2]}-{number}") for number, row in enumerate(ROWS)],
)
def test_d(request: pytest.FixtureRequest, edition: str, scenario: str, behaviour: Behaviour, verdict: str) -> None:
    bed: Bed = request.getfixturevalue(edition)
    assert bed.verdict(scenario, behaviour, config=FORTNIGHT) == verdict


@pytest.mark.parametrize("edition", ["stu3", "dstu2"])
def test_d_the_bundled_provider_passes(request: pytest.FixtureRequest, edition: str) -> None:
    bed: Bed = request.getfixturevalue(edition)
    names = sorted({row[2] for row in ROWS if row[1] == edition})
    assert {
        name: result.verdict for name, result in bed.play(" ".join(names), config=FORTNIGHT).items()
    } == dict.fromkeys(names, "pass")


_RECORD = "jwt.metadata-without-record jwt.search-without-record jwt.search-null-record jwt.book-null-record"
_OTHER = " ".join(
    f"jwt.{short}-record-of-another" for short in ("book", "retrieve", "read", "amend", "cancel", "patient-find")
)


def test_d6_the_record_of_a_token_is_looked_at_where_the_edition_has_it(published: Bed, dstu2: Bed) -> None:
    names = f"{_RECORD} {_OTHER}"
    sound = published.play(names)
    assert {name: result.verdict for name, result in sound.items()} == dict.fromkeys(names.split(), "pass")
    lax = published.play(names, "jwt.accepts-missing-record")
    assert {lax[name].verdict for name in _RECORD.split()} == {"warn"}  # only a spreadsheet states it
    mixed = published.play(names, "jwt.accepts-other-record")
    assert {mixed[name].verdict for name in _OTHER.split()} == {"warn"}
    assert {mixed[name].verdict for name in _RECORD.split()} == {"pass"}
    pinned = dstu2.play(names)
    assert {result.verdict for result in pinned.values()} == {"omit"}
    assert not any(result.exchanges for result in pinned.values())
    assert "jwt_profile" in pinned[names.split()[0]].reason
