"""Rules for people: silent on a sound resource, one finding for each thing wrong."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import demographics
from conformance.checks.addresses_and_identifiers import single
from conformance.checks.bundle_entries import Resource, Rule
from conformance.spec import load
from tests.support.check_context import Context as Bare
from tests.support.responses import response

NUMBER = "9990010072"
_EXTENSIONS = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC"


class Context(Bare):
    def __init__(self, edition: str = "stu3") -> None:
        self.edition = load(edition)


def coded(code: str, **more: Any) -> Resource:
    return {"valueCodeableConcept": {"coding": [{"code": code}], **more}}


def details(**parts: Resource) -> Resource:
    held = [{"url": url, **value} for url, value in parts.items()]
    return {"url": f"{_EXTENSIONS}-RegistrationDetails-1", "extension": held}


VERIFIED = {"url": f"{_EXTENSIONS}-NHSNumberVerificationStatus-1", **coded("01")}
FRENCH = {"url": f"{_EXTENSIONS}-NHSCommunication-1", "extension": [{"url": "language", **coded("fr")}]}
PATIENT: Resource = {
    "resourceType": "Patient",
    "id": "1",
    "extension": [
        FRENCH,
        details(registrationType=coded("T"), registrationPeriod={"valuePeriod": {"start": "2026-01-01"}}),
    ],
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER, "extension": [VERIFIED]}],
    "active": True,
    "name": [{"use": "official", "family": "Hébert", "given": ["Zoë"]}],
    "gender": "female",
    "birthDate": "1984-02-29",
    "telecom": [{"system": "phone", "value": "1", "use": "home"}],
    "address": {"city": "Leeds"},
    "contact": [{"relationship": [{"text": "Husband"}], "name": {"family": "Hébert"}}],
    "managingOrganization": {"reference": "Organization/1", "display": "The Beeches"},
}
RULES: tuple[Rule, ...] = (
    demographics.shows_number(NUMBER),
    demographics.verified_number,
    demographics.official_name,
    demographics.has_family,
    demographics.birth_date,
    demographics.gender,
    demographics.gender_known,
    demographics.alive_and_active,
    demographics.lacks_extension("EthnicCategory-1"),
    demographics.registration_type,
    demographics.not_regular,
    demographics.registration_period,
    demographics.languages_complete,
    demographics.contacts_named,
    demographics.telecom_uses("telecom"),
    demographics.displays("managingOrganization"),
    single("address"),
)


@pytest.mark.parametrize("rule", RULES)
def test_a_sound_patient_is_left_alone(rule: Rule) -> None:
    assert not list(rule(PATIENT, Context()))


def _number(**changes: Any) -> Resource:
    return {"identifier": [PATIENT["identifier"][0] | changes]}


@pytest.mark.parametrize(
    ("rule", "changes", "code"),
    [
        (demographics.shows_number(NUMBER), _number(value="9990010145"), "nhs-number"),
        (demographics.shows_number(NUMBER), _number(system="urn:other"), "nhs-number"),
        (demographics.shows_number(NUMBER), {"identifier": PATIENT["identifier"] * 2}, "nhs-number"),
        (demographics.verified_number, _number(extension=[]), "verification"),
        (demographics.verified_number, _number(extension=[VERIFIED | coded("03")]), "verification"),
        (demographics.official_name, {"name": PATIENT["name"] * 2}, "name"),
        (demographics.official_name, {"name": [{"use": "usual", "family": "H", "given": ["Z"]}]}, "name"),
        (demographics.official_name, {"name": [{"use": "official", "family": "H"}]}, "name"),
        (demographics.has_family, {"name": []}, "name"),
        (demographics.has_family, {"name": [{"family": [" "]}]}, "name"),
        (demographics.birth_date, {"birthDate": "29/02/1984"}, "birth-date"),
        (demographics.birth_date, {"birthDate": "1984"}, "birth-date"),
        (demographics.birth_date, {"birthDate": "1985-02-29"}, "birth-date"),
        (demographics.birth_date, {"birthDate": "2999-01-01"}, "birth-date"),
        (demographics.birth_date, {"birthDate": None}, "birth-date"),
        (demographics.gender, {"gender": None}, "gender"),
        (demographics.gender_known, {"gender": "F"}, "gender"),
        (demographics.alive_and_active, {"active": False}, "inactive"),
        (demographics.alive_and_active, {"deceasedBoolean": True}, "inactive"),
        (demographics.alive_and_active, {"deceasedDateTime": "2020-06-01"}, "deceased"),
        (demographics.lacks_extension("NHSCommunication-1"), {}, "forbidden"),
        (demographics.registration_type, {"extension": []}, "registration-type"),
        (
            demographics.registration_type,
            {"extension": [details(registrationType=coded("O"))]},
            "registration-type-text",
        ),
        (
            demographics.not_regular,
            {"extension": [details(registrationType=coded("R"))]},
            "registration-regular",
        ),
        (
            demographics.registration_period,
            {"extension": [details(registrationType=coded("T"))]},
            "registration-period",
        ),
        (
            demographics.languages_complete,
            {"extension": [FRENCH | {"extension": [{"url": "language"}]}]},
            "language",
        ),
        (demographics.contacts_named, {"contact": [{"name": {"family": "H"}}]}, "contact-relationship"),
        (demographics.contacts_named, {"contact": [{"relationship": [{"text": "Kin"}]}]}, "contact-name"),
        (
            demographics.telecom_uses("telecom"),
            {"telecom": [{"system": "email", "value": "a@b"}]},
            "telecom-use",
        ),
        (
            demographics.displays("managingOrganization"),
            {"managingOrganization": {"reference": "Organization/1"}},
            "display",
        ),
        (single("address"), {"address": [{"city": "Leeds"}]}, "single"),
    ],
)
def test_each_thing_wrong_is_told(rule: Rule, changes: Resource, code: str) -> None:
    assert [finding.code for finding in rule(PATIENT | changes, Context())] == [code]


def test_a_gender_that_dstu2_does_not_hold_only_warns() -> None:
    (finding,) = demographics.gender(PATIENT | {"gender": None}, Context("dstu2"))
    assert finding.severity.value == "warn"


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("junk", [None, 1, "text", [], [None, 1, "x"], {}, {"extension": 1}])
def test_junk_is_no_crash(rule: Rule, junk: Any) -> None:
    found = rule(dict.fromkeys(PATIENT, junk) | {"resourceType": "Patient"}, Context())
    assert all(finding.message and finding.code for finding in found)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://h/x/Patient/1", False),
        ("Patient/1", False),
        ("https://h/x/Patient/1/_history/2", False),
        ("https://h/x/Patient/2", True),
        ("https://h/x/Location/1", True),
        ("", True),
        (None, True),
    ],
)
def test_full_urls_name_their_resource(url: str | None, wrong: bool) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": url, "resource": PATIENT}]}
    found = [finding.code for finding in demographics.full_urls(response(bundle), Context("dstu2"))]
    assert found == (["full-url"] if wrong else [])
