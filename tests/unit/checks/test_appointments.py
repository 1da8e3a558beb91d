"""Checks of an Appointment: silent on what was sent in another allowed form, one finding for what differs."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import appointments
from conformance.checks.check import Check, sees
from tests.support.check_context import Context, Dstu2
from tests.support.responses import response

SENT: dict[str, Any] = {
    "resourceType": "Appointment",
    "status": "booked",
    "start": "2026-07-06T09:00:00+01:00",
    "end": "2026-07-06T09:10:00+01:00",
    "created": "2026-07-01T09:10:00+01:00",
    "comment": "bring notes",
    "slot": [{"reference": "Slot/1"}, {"reference": "Slot/2"}],
    "participant": [{"actor": {"reference": "Patient/1"}}, {"actor": {"reference": "Location/1"}}],
}
REASON = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-AppointmentCancellationReason-1"
REASON_1 = "https://fhir.nhs.uk/StructureDefinition/extension-gpconnect-appointment-cancellation-reason-1"


def codes(check: Check, body: Any, context: type[Context] = Context) -> list[str]:
    return [finding.code for finding in check(response(body), context())]


def test_the_status_that_an_interaction_leaves() -> None:
    assert codes(appointments.appointment_status("booked"), SENT) == []
    assert codes(appointments.appointment_status("cancelled"), SENT) == ["appointment-status"]


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("start", "2026-07-06T08:00:00Z", []),  # the same instant
        ("end", "2026-07-06T08:10:00Z", []),
        ("created", "2026-07-01T08:10:00.000Z", []),
        ("start", "2026-07-06T09:00:00Z", ["not-reflected"]),
        ("end", None, ["not-reflected"]),
        ("comment", "bring notes", []),
        ("comment", "Bring notes", ["not-reflected"]),
        ("slot.reference", [{"reference": "Slot/2"}, {"reference": "https://p/Slot/1"}], []),
        ("slot.reference", [{"reference": "Slot/1"}], ["not-reflected"]),
        ("slot.reference", [{"reference": "Slot/1"}, {"reference": "Slot/3"}], ["not-reflected"]),
    ],
)
def test_what_was_sent_comes_back(path: str, value: Any, found: list[str]) -> None:
    body = {**SENT, path.partition(".")[0]: value}
    assert (
        codes(appointments.reflects(SENT, path), {key: held for key, held in body.items() if held is not None}) == found
    )


def test_the_participants_sent_are_there_and_others_may_be() -> None:
    check = appointments.has_participants_of(SENT)
    more = [*SENT["participant"], {"actor": {"reference": "Practitioner/1"}}]
    assert codes(check, SENT | {"participant": more}) == []
    assert codes(check, SENT | {"participant": more[1:]}) == ["participant-lost"]
    assert codes(check, SENT | {"participant": []}) == ["participant-lost", "participant-lost"]


def test_a_representation_differs_in_what_is_not_ignored() -> None:
    known = SENT | {"meta": {"versionId": "1", "lastUpdated": "2026-07-01T09:10:00+01:00"}}
    check = appointments.same_as(known)
    assert codes(check, known | {"meta": {"versionId": "1", "lastUpdated": "2026-07-02"}, "text": {"div": "x"}}) == []
    assert codes(check, known | {"meta": {"versionId": "2"}}) == ["differs"]
    assert codes(check, known | {"comment": "other"}) == ["differs"]
    assert codes(appointments.same_as(known, ignoring=frozenset({"comment"})), known | {"text": {"div": "x"}}) == [
        "differs"
    ]


def test_a_change_makes_another_version() -> None:
    check = appointments.new_version({"meta": {"versionId": "1"}})
    assert codes(check, {"meta": {"versionId": "2"}}) == []
    assert codes(check, {"meta": {"versionId": "1"}}) == ["version-unchanged"]
    assert codes(check, {"meta": {}}) == ["version-unchanged"]


@pytest.mark.parametrize(
    ("context", "url", "text", "found"),
    [
        (Context, REASON, "no longer needed", []),
        (Context, REASON, "No longer needed", ["cancellation-reason"]),
        (Context, REASON_1, "no longer needed", ["cancellation-reason"]),
        (Dstu2, REASON_1, "no longer needed", []),
        (Dstu2, REASON_1.replace("https://fhir.nhs.uk", "http://fhir.nhs.net"), "no longer needed", []),
        (Dstu2, REASON, "no longer needed", ["cancellation-reason"]),
    ],
)
def test_the_cancellation_reason_is_stored(context: type[Context], url: str, text: str, found: list[str]) -> None:
    held = SENT | {"extension": [{"url": url, "valueString": text}]}
    assert codes(appointments.cancellation_reason("no longer needed"), held, context) == found
    twice = SENT | {"extension": [*held["extension"], *held["extension"]]}
    assert codes(appointments.cancellation_reason("no longer needed"), twice, context) == ["cancellation-reason"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-07-06T09:00:00+01:00", []),
        ("2026-12-06T09:00:00+00:00", []),
        ("2026-07-06T08:00:00+00:00", ["uk-time"]),
        ("2026-12-06T09:00:00Z", ["uk-time"]),
        ("2026-12-06", ["uk-time"]),
        (7, ["uk-time"]),
    ],
)
def test_times_are_uk_local_time(value: Any, found: list[str]) -> None:
    assert codes(appointments.uk_times("start", "end"), {"start": value}) == found


def test_uk_times_have_a_subject_only_where_there_is_one() -> None:
    check = appointments.uk_times("start", "end")
    assert sees(check, response({"end": "x"}))
    assert not sees(check, response({"created": "x"}))
    (finding,) = check(response({"end": "yesterday"}), Context())
    assert (finding.location, finding.expected) == ("end", "an instant")
