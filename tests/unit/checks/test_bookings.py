"""Checks of the answer to a booking: silent on a sound one, one finding for each thing wrong."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.checks import bookings, headers
from conformance.checks.check import Check
from conformance.consumer.json_edit import remove_at, set_at
from conformance.core.resources import profiles
from conformance.core.results import Severity
from conformance.fhir.definitions.store import Definitions
from conformance.fhir.terminology.value_sets import OfflineTerminology
from conformance.fhir.validation.validator import Validator
from tests.support.check_context import Context
from tests.support.responses import response

DEFINITIONS = "https://fhir.nhs.uk/STU3/StructureDefinition/"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass
class Slot:
    raw: dict[str, Any]
    schedule: dict[str, Any]
    start: datetime
    end: datetime


CHANNEL = {"url": DEFINITIONS + "Extension-GPConnect-DeliveryChannel-2", "valueCode": "In-person"}
SLOTS = [
    Slot({"serviceType": [{"text": "General"}], "extension": [CHANNEL]}, {"serviceCategory": {"text": "Surgery"}},
         NOON + timedelta(minutes=10 * number), NOON + timedelta(minutes=10 * number + 10))
    for number in range(2)
]  # fmt: skip
ORGANISATION: dict[str, Any] = {
    "resourceType": "Organization",
    "id": "o",
    "meta": {"profile": [DEFINITIONS + "CareConnect-GPC-Organization-1"]},
    "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "Y99901"}],
    "type": [{"coding": [{"system": DEFINITIONS.replace("StructureDefinition", "CodeSystem") + "GPConnect-OrganisationType-1",
                          "code": "gp-practice", "display": "GP Practice"}]}],
    "name": "Legg",
    "telecom": [{"system": "phone", "value": "0300 303 5678"}],
}  # fmt: skip
SENT: dict[str, Any] = {
    "resourceType": "Appointment",
    "contained": [ORGANISATION],
    "extension": [
        {"url": DEFINITIONS + "Extension-GPConnect-BookingOrganisation-1", "valueReference": {"reference": "#o"}}
    ],
    "description": "Cough",
    "comment": "Since Monday",
    "created": "2026-11-22T10:00:00+00:00",
    "slot": [{"reference": "Slot/1"}, {"reference": "Slot/2"}],
    "participant": [
        {"actor": {"reference": f"{kind}/{number}"}, "status": "accepted"}
        for number, kind in enumerate(("Patient", "Location", "Practitioner"))
    ],
}
SOUND: dict[str, Any] = SENT | {
    "id": "a-1",
    "meta": {"versionId": "1"},
    "extension": [*SENT["extension"], CHANNEL],
    "identifier": [{"system": "urn:x", "value": "1"}],
    "serviceType": [{"text": "General"}],
    "serviceCategory": {"text": "Surgery"},
    "start": "2026-12-01T12:00:00+00:00",
    "end": "2026-12-01T12:20:00+00:00",
}
HEADERS = {
    "Last-Modified": "Sun, 22 Nov 2026 18:00:00 GMT", "Content-Location": "http://p/Appointment/a-1", "ETag": 'W/"1"',
    "Location": "http://p/Appointment/a-1/_history/1",
}  # fmt: skip

TIMES, TEXTS = bookings.times_of(SLOTS), bookings.texts_kept(SENT)
ORGANISED = bookings.booking_organisation(SENT)
CHANNELLED = bookings.extension_of("delivery_channel", [slot.raw for slot in SLOTS], "valueCode")
SERVICE, CATEGORY = bookings.service_type_of(SLOTS), bookings.service_category_of(SLOTS)
PATIENT, PLACE, SLOTTED = bookings.only_patient("0"), bookings.only_location("1"), bookings.slots_of(SENT)
CREATED, EXACT = bookings.created_close_to(SENT), bookings.texts_exactly(SENT, "description")
NO_REASON, ACTOR = bookings.lacks("reason"), bookings.has_actor("Practitioner", "2")
ALL = (
    TIMES,
    TEXTS,
    ORGANISED,
    CHANNELLED,
    SERVICE,
    CATEGORY,
    PATIENT,
    PLACE,
    SLOTTED,
    CREATED,
    EXACT,
    NO_REASON,
    ACTOR,
    bookings.participants_complete,
    bookings.identifiers_complete,
    bookings.organisation_conforms,
    headers.last_modified,
    headers.content_location,
)


class Validating(Context):
    """A context whose validator knows the edition's profiles."""

    _definitions = Definitions("stu3").open(profiles("stu3"))
    validator = Validator(_definitions, terminology=OfflineTerminology(_definitions))


def codes(check: Check, body: Any, sent_headers: dict[str, str] = HEADERS, status: int = 201) -> list[str]:
    return [finding.code for finding in check(response(body, status, sent_headers), Validating())]


def changed(path: str, value: Any) -> dict[str, Any]:
    """The sound answer with one value otherwise; None removes it."""
    body = copy.deepcopy(SOUND)
    if value is None:
        remove_at(body, path)
    elif path in body or "." in path:
        set_at(body, path, value)
    else:
        body[path] = value
    return body


@pytest.mark.parametrize("check", ALL)
def test_a_sound_answer_is_left_alone(check: Check) -> None:
    assert codes(check, SOUND) == []


@pytest.mark.parametrize(
    ("check", "path", "value", "code"),
    [
        (TIMES, "start", "2026-12-01T12:10:00+00:00", "time-differs"),
        (TIMES, "end", None, "time-differs"),
        (TEXTS, "comment", "Since Mon", "text-lost"),
        (TEXTS, "description", None, "text-lost"),
        (EXACT, "description", "COUGH", "element-lost"),
        (ORGANISED, "contained", None, "organisation-lost"),
        (ORGANISED, "contained.0.id", "other", "organisation-lost"),
        (ORGANISED, "contained.0.telecom", None, "organisation-differs"),
        (ORGANISED, "contained.0.identifier.0.value", "A20047", "organisation-differs"),
        (CHANNELLED, "extension.1.valueCode", "Video", "extension-differs"),
        (CHANNELLED, "extension.1", None, "extension-differs"),
        (SERVICE, "serviceType", None, "practice-text"),
        (CATEGORY, "serviceCategory.text", "Clinic", "practice-text"),
        (PATIENT, "participant.0", None, "participants-differ"),
        (PATIENT, "participant.2.actor.reference", "Patient/9", "participants-differ"),
        (PLACE, "participant.1.actor.reference", "Location/9", "participants-differ"),
        (SLOTTED, "slot.1", None, "slots-differ"),
        (CREATED, "created", "2026-11-22T10:20:00+00:00", "created-differs"),
        (NO_REASON, "reason", [{"text": "Cough"}], "element-prohibited"),
        (ACTOR, "participant.2", None, "participant-lost"),
        (bookings.participants_complete, "participant", None, "no-participants"),
        (bookings.participants_complete, "participant.1.status", None, "participant-incomplete"),
        (bookings.identifiers_complete, "identifier.0.system", None, "identifier-incomplete"),
        (bookings.organisation_conforms, "contained", None, "organisation-lost"),
        (bookings.organisation_conforms, "contained.0.meta", {"versionId": "1"}, "contained-versioned"),
    ],
)
def test_each_wrong_is_named(check: Check, path: str, value: Any, code: str) -> None:
    assert set(codes(check, changed(path, value))) == {code}


@pytest.mark.parametrize(
    "damage", [None, [], "text", {"contained": "x", "participant": [None, 3], "slot": {"reference": 1}}]
)
@pytest.mark.parametrize("check", ALL)
def test_what_is_no_appointment_breaks_no_check(check: Check, damage: Any) -> None:
    assert isinstance(codes(check, damage), list)


def test_texts_may_be_joined_in_one_field() -> None:
    joined = changed("description", "Cough; Since Monday")
    remove_at(joined, "comment")
    assert codes(TEXTS, joined) == []


def test_a_missing_organisation_type_weighs_what_it_is_said_to() -> None:
    lenient = bookings.booking_organisation(SENT, missing_type=Severity.WARN)
    found = list(lenient(response(changed("contained.0.type", None), 201), Validating()))
    assert [item.severity for item in found] == [Severity.WARN]
    another = changed("contained.0.type.0.coding.0.code", "urgent-care")
    assert [item.severity for item in lenient(response(another, 201), Validating())] == [Severity.FAIL]


@pytest.mark.parametrize(
    ("check", "name", "value", "code"),
    [
        (headers.last_modified, "Last-Modified", "today", "last-modified"),
        (headers.content_location, "Content-Location", "http://p/Appointment/a-2", "content-location"),
    ],
)
def test_each_wrong_header_is_named(check: Check, name: str, value: str, code: str) -> None:
    assert codes(check, SOUND, HEADERS | {name: value}) == [code]


def _minimal(body: Any, sent_headers: dict[str, str], status: int = 201) -> Iterator[tuple[str, Severity]]:
    for finding in bookings.minimal(201)(response(body, status, sent_headers), Validating()):
        yield finding.code, finding.severity


def test_a_minimal_answer_has_headers_and_no_body() -> None:
    assert list(_minimal(None, HEADERS)) == []
    assert list(_minimal(SOUND, HEADERS)) == [("body-unwanted", Severity.WARN)]
    assert list(_minimal(None, {"ETag": 'W/"1"'})) == [("header-missing", Severity.FAIL)]
    assert list(_minimal(None, HEADERS, 200)) == [("status", Severity.FAIL)]


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("http://p/x/Appointment/a-1/_history/3", "a-1"),
        ("Appointment/a-1", "a-1"),
        ("http://p/Appointment", ""),
        ("http://p/Slot/1", ""),
        ("", ""),
    ],
)
def test_the_id_that_a_location_names(location: str, found: str) -> None:
    assert bookings.located(response(None, 201, {"Location": location})) == found
