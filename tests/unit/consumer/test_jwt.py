"""The token: an unsecured JWT with the edition's claims, exactly."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.consumer.jwt import Token
from conformance.consumer.request_builder import RequestBuilder
from conformance.spec import Edition
from tests.unit.consumer.conftest import NOW, ROOT_URL

Make = Callable[..., RequestBuilder]


def parts(token: str) -> tuple[Any, Any]:
    header, payload, signature = token.split(".")
    assert signature == ""
    assert "=" not in token
    return tuple(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (header, payload))  # type: ignore[return-value]


# Claim by claim: the token's page of each edition (stu3 integration_cross_organisation_audit_and_provenance, dstu2 the same).
CLAIMS = {
    "stu3": "iss sub aud exp iat reason_for_request requested_scope requesting_device requesting_organization "
    "requesting_practitioner",
    "dstu2": "iss sub aud exp iat reason_for_request requested_scope requesting_device requesting_organization "
    "requesting_identity",
}


def test_claims_are_those_of_the_page(builder: RequestBuilder, edition: Edition) -> None:
    assert list(builder.capability().token.claims) == CLAIMS[edition.name].split()


def test_form(builder: RequestBuilder, edition: Edition) -> None:
    request = builder.read("Patient", "1")
    header, claims = parts(request.token.render())
    assert header == {"alg": "none", "typ": "JWT"}
    assert list(claims) == edition.raw["jwt"]["claims"]
    assert (claims["iat"], claims["exp"]) == (int(NOW.timestamp()), int(NOW.timestamp()) + 300)
    assert claims["requested_scope"] == request.interaction.scope
    assert claims["reason_for_request"] == "directcare"
    user = claims[edition.raw["jwt"]["user_claim"]]
    assert claims["sub"] == user["id"]
    assert dict(request.wire_headers())["Authorization"] == f"Bearer {request.token.render()}"


def test_claims_of_stu3(builder_of: Make) -> None:
    claims = builder_of("stu3").search_free_slots(NOW, NOW).token.claims
    assert claims["aud"] == ROOT_URL
    assert claims["requesting_organization"] == {
        "resourceType": "Organization",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "Y99901"}],
        "name": "Dr Legg's Surgery",
    }
    systems = [item["system"] for item in claims["requesting_practitioner"]["identifier"]]
    assert systems[:2] == ["https://fhir.nhs.uk/Id/sds-user-id", "https://fhir.nhs.uk/Id/sds-role-profile-id"]
    assert len(systems) == 3
    assert claims["requesting_practitioner"]["name"] == [{"family": "Assessor", "given": ["Alex"], "prefix": ["Dr"]}]


def test_claims_of_dstu2_as_pinned(builder_of: Make) -> None:
    claims = builder_of("dstu2").read("Appointment", "9").token.claims
    assert claims["aud"] == f"{ROOT_URL}/Appointment/9"
    assert "requested_record" not in claims
    assert claims["requesting_identity"]["name"]["family"] == ["Assessor"]
    assert claims["requesting_identity"]["practitionerRole"][0]["role"]["coding"][0]["code"] == "R0260"


def test_claims_of_dstu2_as_published(builder_of: Make) -> None:
    builder = builder_of("dstu2", {"jwt_profile": "published"})
    claims = builder.find("find_patient", "s", "9990010072").token.claims
    assert claims["aud"] == "https://authorize.fhir.nhs.net/token"
    assert "requesting_identity" not in claims
    assert claims["requesting_practitioner"]["resourceType"] == "Practitioner"
    system = "http://fhir.nhs.net/Id/nhs-number"
    assert claims["requested_record"] == {
        "resourceType": "Patient",
        "identifier": [{"system": system, "value": "9990010072"}],
    }
    assert builder.capability().token.claims["requested_record"]["identifier"][0]["value"] == "A20047"


def test_identifier_systems_of_dstu2_are_chosen_one_by_one(builder_of: Make) -> None:
    options = {"token_organization_system": "https://fhir.nhs.uk/Id/ods-organization-code"}
    claims = builder_of("dstu2", options).capability().token.claims
    assert claims["requesting_organization"]["identifier"][0]["system"] == options["token_organization_system"]
    assert claims["requesting_identity"]["identifier"][0]["system"] == "http://fhir.nhs.net/sds-user-id"
    options = {"token_nhs_number_system": "https://fhir.nhs.uk/Id/nhs-number", "jwt_profile": "published"}
    claims = builder_of("dstu2", options).find("find_patient", "s", "9990010072").token.claims
    assert claims["requested_record"]["identifier"][0]["system"] == options["token_nhs_number_system"]
    assert (
        claims["requesting_organization"]["identifier"][0]["system"] == "http://fhir.nhs.net/Id/ods-organization-code"
    )
    options = {"token_sds_user_system": "https://fhir.nhs.uk/Id/sds-user-id"}
    claims = builder_of("dstu2", options).capability().token.claims
    assert claims["requesting_identity"]["identifier"][0]["system"] == options["token_sds_user_system"]


@pytest.mark.parametrize(
    ("chosen", "expected"), [("base", ROOT_URL), ("request", f"{ROOT_URL}/metadata"), ("urn:x", "urn:x")]
)
def test_the_audience_can_be_chosen(builder_of: Make, chosen: str, expected: str) -> None:
    assert builder_of("stu3", consumer__audience=chosen).capability().token.claims["aud"] == expected


def test_claims_are_not_shown() -> None:
    token = Token({"alg": "none"}, {"requested_record": "9990010072"}, raw="9990010072", signing_key="9990010072")
    assert "9990010072" not in repr(token)
