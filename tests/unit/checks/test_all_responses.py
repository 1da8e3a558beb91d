"""Checks that hold of every answer: silent on a sound one, one finding for each thing wrong."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import all_responses, headers
from conformance.checks.check import Check
from tests.support.check_context import Context
from tests.support.responses import response

PROFILE = "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Appointment-1"
SOUND: dict[str, Any] = {
    "resourceType": "Appointment",
    "id": "a-1",
    "meta": {"versionId": "7", "profile": [PROFILE]},
    "slot": [{"reference": "Slot/1"}],
    "extension": [{"url": "u", "valueReference": {"reference": "#x"}}],
}
HEADERS = {
    "Cache-Control": "private, no-store", "Date": "Sun, 22 Nov 2026 18:00:00 GMT", "ETag": 'W/"7"',
    "Location": "http://p/Appointment/a-1/_history/7",
}  # fmt: skip
ALL = (
    all_responses.claims_profile,
    all_responses.versioned,
    all_responses.identified,
    all_responses.relative_references,
    all_responses.listed_status,
    all_responses.dated,
    headers.no_store,
    headers.etag,
    headers.location,
    headers.fhir_content_type,
)


@pytest.mark.parametrize("check", ALL)
def test_a_sound_answer_is_left_alone(check: Check) -> None:
    assert not list(check(response(SOUND, 201, HEADERS), Context()))


@pytest.mark.parametrize(
    ("check", "body", "changed", "status", "code"),
    [
        (all_responses.claims_profile, SOUND | {"meta": {}}, {}, 200, "profile-claim"),
        (all_responses.versioned, SOUND | {"meta": {}}, {}, 200, "version-missing"),
        (all_responses.identified, SOUND | {"id": "a_1"}, {}, 200, "id"),
        (all_responses.identified, SOUND | {"id": "x" * 65}, {}, 200, "id"),
        (all_responses.identified, {"resourceType": "Bundle", "entry": [{"resource": SOUND}] * 2}, {}, 200, "id-twice"),
        (all_responses.relative_references, SOUND | {"slot": [{"reference": "http://p/Slot/1"}]}, {}, 200, "reference-form"),
        (all_responses.listed_status, None, {}, 418, "status-unlisted"),
        (all_responses.listed_status, None, {}, 500, "status-500"),
        (all_responses.dated, SOUND, {"Date": "yesterday"}, 200, "date"),
        (headers.no_store, SOUND, {"Cache-Control": "no-storehouse"}, 200, "no-store"),
        (headers.etag, SOUND, {"ETag": '"7"'}, 200, "etag"),
        (headers.location, SOUND, {"Location": "http://p/Appointment/a-2/_history/7"}, 201, "location"),
        (headers.location, SOUND, {"Location": "http://p/Appointment/a-1"}, 201, "location"),
        (headers.fhir_content_type, SOUND, {"Content-Type": "application/json;charset=utf-8"}, 200, "content-type"),
        (headers.fhir_content_type, SOUND, {"Content-Type": "application/fhir+json"}, 200, "charset"),
    ],
)  # fmt: skip
def test_each_wrong_is_named(check: Check, body: Any, changed: dict[str, str], status: int, code: str) -> None:
    assert [finding.code for finding in check(response(body, status, HEADERS | changed), Context())] == [code]
