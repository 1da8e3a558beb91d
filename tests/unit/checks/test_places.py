"""Rules for addresses, telecoms, identifiers and the entries of a Bundle: silent on sound ones, else one finding."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.checks import addresses_and_identifiers as places
from conformance.checks.bundle_entries import Rule, each, holds, lacks, named, reads_as
from conformance.consumer.response import Response
from tests.support.check_context import Context as Bare
from tests.support.responses import response

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
NHS = "https://fhir.nhs.uk/Id/nhs-number"


class Context(Bare):
    config: Any = SimpleNamespace(provider=SimpleNamespace(ods_code="A20047"))


def bundle(*resources: dict[str, Any]) -> Response:
    entries = [{"resource": resource} for resource in resources]
    return response({"resourceType": "Bundle", "type": "searchset", "entry": entries})


def codes(rule: Rule, **elements: Any) -> list[str]:
    return [finding.code for finding in rule({"resourceType": "Location", "id": "1", **elements}, Context())]


ADDRESS = {
    "line": ["1 High Street"],
    "city": "Leeds",
    "district": "West Yorkshire",
    "postalCode": "LS1 6AE",
    "country": "GBR",
}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (ADDRESS, []),
        *(({part: ADDRESS[part]}, []) for part in ADDRESS),
        *((ADDRESS | {part: " "}, ["address-parts"]) for part in ADDRESS if part != "line"),
        (ADDRESS | {"line": ["1 High Street", ""]}, ["address-parts"]),
        ({"use": "work"}, ["address-parts"]),
        (ADDRESS | {"state": "Yorkshire"}, ["address-state"]),
    ],
)
def test_an_address_is_made_of_its_parts(address: dict[str, Any], found: list[str]) -> None:
    assert codes(places.address_parts(), address=address) == found
    assert codes(places.address_parts("contact.address"), contact=[{"address": [address]}]) == found


@pytest.mark.parametrize("system", ["phone", "fax", "email", "pager", "url", "sms", "other"])
def test_a_telecom_of_each_system_of_fhir_passes(system: str) -> None:
    assert codes(places.telecom_parts(), telecom=[{"system": system, "value": "0113 496 0999"}]) == []


@pytest.mark.parametrize(
    "telecom",
    [{"system": "telex", "value": "1"}, {"value": "1"}, {"system": "phone"}, {"system": "phone", "value": " "}],
)
def test_a_telecom_has_its_system_and_a_value(telecom: dict[str, str]) -> None:
    assert codes(places.telecom_parts(), telecom=[telecom]) == ["telecom-parts"]


def test_each_object_has_an_element() -> None:
    rule = places.each_has("telecom", "use")
    assert codes(rule) == []
    assert codes(rule, telecom=[{"use": "work"}]) == []
    assert codes(rule, telecom=[{"use": "work"}, {"use": ""}]) == ["missing"]
    assert codes(rule, telecom=[{"value": "1"}]) == ["missing"]


def identifier(system: str, value: str = "A20047") -> dict[str, str]:
    return {"system": system, "value": value}


@pytest.mark.parametrize(
    ("identifiers", "found"),
    [
        ([identifier(ODS)], []),
        ([identifier(ODS), identifier("https://supplier.example/id")], []),
        ([identifier(ODS), identifier(NHS)], []),
        ([identifier(ODS), identifier("https://fhir.nhs.uk/Id/local")], []),
        ([identifier(ODS), identifier("https://fhir.nhs.uk/Id/ods-site-code")], ["identifier-system"]),
        ([identifier(ODS), identifier("https://fhir.nhs.uk/Id/nonlocal")], ["identifier-system"]),
        ([identifier(ODS), identifier(ODS, "B1")], ["identifier"]),
        ([identifier(NHS)], ["identifier"]),
        ([], ["identifier"]),
        ([identifier(ODS, " ")], ["identifier-parts"]),
        ([identifier(ODS), identifier("")], ["identifier-parts"]),
        ([identifier(ODS), {"value": "1"}], ["identifier-parts"]),
    ],
)
def test_one_identifier_of_the_system_and_no_other_of_the_nhs(
    identifiers: list[dict[str, str]], found: list[str]
) -> None:
    assert codes(places.identified("organization", "nhs_number", besides="local"), identifier=identifiers) == found


def test_no_identifier_is_tolerated_unless_it_is_named() -> None:
    local = [identifier(ODS), identifier("https://fhir.nhs.uk/Id/local")]
    assert codes(places.identified("organization"), identifier=local) == ["identifier-system"]


def test_an_identifier_that_is_not_needed_may_be_missing() -> None:
    rule = places.identified("organization", needed=False)
    assert codes(rule, identifier=[]) == []
    assert codes(rule, identifier=[identifier(ODS), identifier(ODS, "B1")]) == ["identifier"]


def test_one_of_the_entries_shows_the_identifier() -> None:
    check = places.someone_identified("Organization", "organization")
    bare = {"resourceType": "Organization", "id": "1"}
    assert not list(check(bundle(bare, bare | {"identifier": [identifier(ODS)]}), Context()))
    wrong = bundle(
        bare | {"identifier": [identifier(NHS)]}, {"resourceType": "Location", "identifier": [identifier(ODS)]}
    )
    assert [finding.code for finding in check(wrong, Context())] == ["identifier"]


def test_the_organisation_is_the_practice() -> None:
    assert codes(places.organisation_code, identifier=[identifier(ODS), identifier(NHS, "1")]) == []
    assert codes(places.organisation_code, identifier=[identifier(ODS, "B82617")]) == ["ods-code"]
    assert codes(places.organisation_code, identifier=[identifier(NHS)]) == ["ods-code"]
    assert codes(places.organisation_code, identifier=[identifier(ODS), identifier(ODS)]) == ["ods-code"]


def test_a_practitioner_has_one_name_with_a_family_name() -> None:
    assert codes(places.one_name, name=[{"family": "Gilbert"}]) == []
    assert codes(places.one_name, name=[{"family": ["Gilbert"]}]) == []
    for names in ([], [{"given": ["Ann"]}], [{"family": "Gilbert"}, {"family": "Gilbert"}]):
        assert codes(places.one_name, name=names) == ["name"], names


def test_an_address_of_a_location_is_one_object() -> None:
    assert codes(places.single("address"), address=ADDRESS) == []
    assert codes(places.single("address")) == []
    assert codes(places.single("address"), address=[ADDRESS]) == ["single"]


def test_what_has_to_be_there_and_what_must_not() -> None:
    assert codes(holds("name"), name="Surgery") == []
    assert codes(holds("name"), name="") == codes(holds("name"), name=None) == codes(holds("name")) == ["missing"]
    assert codes(holds("alias"), alias=["one", ""]) == ["missing"]
    assert codes(lacks("comment", "name")) == []
    assert codes(lacks("comment", "name"), comment="x", name="y") == ["forbidden", "forbidden"]


@pytest.mark.parametrize(("count", "more"), [(1, []), (5, []), (6, ["more"]), (9, ["more"])])
def test_five_breaches_are_reported_and_the_others_counted(count: int, more: list[str]) -> None:
    found = list(
        each("Slot", holds("status"))(
            bundle(*({"resourceType": "Slot", "id": str(n)} for n in range(count))), Context()
        )
    )
    assert [finding.code for finding in found] == ["missing"] * min(count, 5) + more
    assert found[0].location == "Slot/0 status"
    if more:
        assert found[-1].message == f"{count - 5} more of this kind in the same response"
        assert found[-1].severity.value == "info"


def test_breaches_that_fail_come_before_those_that_warn() -> None:
    from conformance.core.results import Severity

    rules = (holds("a", severity=Severity.WARN), holds("b"))
    resources = ({"resourceType": "Slot", "id": str(number)} for number in range(4))
    found = list(each("Slot", *rules)(bundle(*resources), Context()))
    assert [finding.severity.value for finding in found] == ["fail"] * 4 + ["warn", "info"]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (2, "Slot/0, Slot/1"),
        (5, "Slot/0, Slot/1, Slot/2, Slot/3, Slot/4"),
        (7, "Slot/0, Slot/1, Slot/2, Slot/3, Slot/4 and 2 more"),
    ],
)
def test_resources_are_named_up_to_five(count: int, text: str) -> None:
    assert named({"resourceType": "Slot", "id": str(number)} for number in range(count)) == text


def test_a_read_is_the_resource_that_was_found() -> None:
    known = {"resourceType": "Location", "id": "1", "name": "Surgery", "telecom": [{"value": "1"}, {"value": "2"}]}
    check = reads_as("Location", known, "name", "telecom.value")
    assert not list(check(response(known | {"telecom": known["telecom"][::-1], "status": "active"}), Context()))  # type: ignore[index]
    for element, value in (("id", "2"), ("name", "Clinic"), ("resourceType", "Organization"), ("telecom", [])):
        (finding,) = check(response(known | {element: value}), Context())
        assert finding.code == "read-differs"
        assert finding.location.startswith(f"Location.{element}")
