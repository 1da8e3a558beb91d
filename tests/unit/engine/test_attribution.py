"""Behind the Spine proxy: what is its own word, and what can be laid on the provider."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.core.results import Blame, Finding
from conformance.engine.attribution import attributed, is_of_provider, is_proxy_failure
from conformance.spec import load
from tests.support.responses import outcome, response

PROXY = "http://fhir.nhs.net/ValueSet/gpconnect-schedule-response-code-1-0"
STU3, DSTU2 = load("stu3"), load("dstu2")


def by_proxy(code: str) -> dict[str, Any]:
    coding = [{"system": PROXY, "code": code, "display": "ERROR_COMMUNICATING_TO_ENDPOINT_URL"}]
    return outcome(code, details={"coding": coding})


def test_stu3_knows_the_proxy_by_its_code_system() -> None:
    assert is_proxy_failure(response(by_proxy("502"), 502), STU3)
    assert not is_proxy_failure(response(outcome("INTERNAL_SERVER_ERROR"), 502), STU3)
    assert not is_proxy_failure(response(by_proxy("403"), 403), STU3)


@pytest.mark.parametrize("status", [502, 504])
def test_dstu2_knows_the_proxy_by_the_status_alone(status: int) -> None:
    assert is_proxy_failure(response(outcome("ANY"), status), DSTU2)
    assert not is_proxy_failure(response(outcome("ANY"), 503), DSTU2)


def test_stu3_knows_a_provider_by_the_code_system_of_its_errors() -> None:
    assert is_of_provider(response(outcome("NO_RECORD_FOUND"), 404), STU3)
    assert not is_of_provider(response(by_proxy("403"), 403), STU3)
    assert not is_of_provider(response(None, 403), STU3)
    assert not is_of_provider(response(outcome("NO_RECORD_FOUND"), 404), DSTU2)


def blame(body: Any, status: int, **finding: Any) -> Blame:
    found = response(body, status, {"ETag": 'W/"1"'})
    (judged,) = attributed(
        [Finding("seen", exchange=1, **finding)], {1: found.exchange}, lambda _: is_of_provider(found, STU3)
    )
    return judged.blame


def test_blame() -> None:
    assert blame(by_proxy("403"), 403, location="status") is Blame.UNDETERMINED
    assert blame(outcome("NO_RECORD_FOUND"), 404, location="status") is Blame.PROVIDER
    assert blame({"resourceType": "Patient"}, 200, location="header Last-Modified") is Blame.UNDETERMINED
    assert blame({"resourceType": "Patient"}, 200, location="header ETag") is Blame.PROVIDER
    assert blame({"resourceType": "Patient"}, 200, location="Patient.name") is Blame.PROVIDER
    assert blame(by_proxy("403"), 403, blame=Blame.TEST_DATA) is Blame.TEST_DATA
