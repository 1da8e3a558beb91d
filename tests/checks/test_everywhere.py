"""Checks that hold of every answer: silent on a sound one, one finding for each thing wrong."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import everywhere, headers
from conformance.checks.kinds import Check
from tests.checks.test_outcomes import Context
from tests.harness.replies import reply

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
ALL = (everywhere.claims_profile, everywhere.versioned, everywhere.identified, everywhere.relative_references,
       everywhere.listed_status, everywhere.dated, headers.no_store, headers.etag, headers.location,
       headers.fhir_content_type)  # fmt: skip


@pytest.mark.parametrize("check", ALL)
def test_a_sound_answer_is_left_alone(check: Check) -> None:
    assert not list(check(reply(SOUND, 201, HEADERS), Context()))


@pytest.mark.parametrize(
    ("check", "body", "changed", "status", "code"),
    [
        (everywhere.claims_profile, SOUND | {"meta": {}}, {}, 200, "profile-claim"),
        (everywhere.versioned, SOUND | {"meta": {}}, {}, 200, "version-missing"),
        (everywhere.identified, SOUND | {"id": "a_1"}, {}, 200, "id"),
        (everywhere.identified, SOUND | {"id": "x" * 65}, {}, 200, "id"),
        (everywhere.identified, {"resourceType": "Bundle", "entry": [{"resource": SOUND}] * 2}, {}, 200, "id-twice"),
        (everywhere.relative_references, SOUND | {"slot": [{"reference": "http://p/Slot/1"}]}, {}, 200, "reference-form"),
        (everywhere.listed_status, None, {}, 418, "status-unlisted"),
        (everywhere.listed_status, None, {}, 500, "status-500"),
        (everywhere.dated, SOUND, {"Date": "yesterday"}, 200, "date"),
        (headers.no_store, SOUND, {"Cache-Control": "no-storehouse"}, 200, "no-store"),
        (headers.etag, SOUND, {"ETag": '"7"'}, 200, "etag"),
        (headers.location, SOUND, {"Location": "http://p/Appointment/a-2/_history/7"}, 201, "location"),
        (headers.location, SOUND, {"Location": "http://p/Appointment/a-1"}, 201, "location"),
        (headers.fhir_content_type, SOUND, {"Content-Type": "application/json;charset=utf-8"}, 200, "content-type"),
        (headers.fhir_content_type, SOUND, {"Content-Type": "application/fhir+json"}, 200, "charset"),
    ],
)  # fmt: skip
def test_each_wrong_is_named(check: Check, body: Any, changed: dict[str, str], status: int, code: str) -> None:
    assert [finding.code for finding in check(reply(body, status, HEADERS | changed), Context())] == [code]
