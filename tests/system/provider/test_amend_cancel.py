"""Read, amend and cancel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.caller import Caller, Json, refused

INVALID = (422, "INVALID_RESOURCE")


def unknown(caller: Caller) -> tuple[int, str]:
    return 404, "NO_RECORD_FOUND" if caller.name == "stu3" else "REFERENCE_NOT_FOUND"


@pytest.mark.parametrize("identifier", ["none", "x" * 65, "!!", "a b", "é"])
def test_unknown_appointments(caller: Caller, identifier: str) -> None:
    assert refused(caller.read(identifier)) == unknown(caller)


def test_ids_are_case_sensitive(caller: Caller) -> None:
    held = caller.booked()
    assert refused(caller.read(held["id"].lower())) == unknown(caller)


def test_the_past_is_read_in_dstu2_only(caller: Caller) -> None:
    reply = caller.read("apt-past-1")
    assert reply.status_code == 200 if caller.name == "dstu2" else refused(reply) == INVALID
    assert caller.read("apt-today-1").status_code == 200


def test_texts_are_amended_and_the_version_grows(caller: Caller) -> None:
    held = caller.booked()
    reply = caller.amend(held, comment="é <new>", description="Other")
    assert reply.status_code == 200
    amended = reply.json()
    assert (amended["comment"], amended["description"]) == ("é <new>", "Other")
    assert amended["meta"]["versionId"] != held["meta"]["versionId"]
    assert reply.headers["ETag"] == f'W/"{amended["meta"]["versionId"]}"'
    assert caller.read(held["id"]).json() == amended
    volatile = ("comment", "description", "meta")
    assert {key: value for key, value in amended.items() if key not in volatile} == {
        key: value for key, value in held.items() if key not in volatile
    }


def test_what_is_left_out_is_gone(caller: Caller) -> None:
    assert "comment" not in caller.amend(caller.booked(), comment=...).json()


def test_dstu2_replaces_the_reason_whole(dstu2: Caller) -> None:
    held = dstu2.booked(reason={"text": "Cough"})
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": "49727002", "display": "Cough"}]}
    assert dstu2.amend(held, reason=coded).json()["reason"] == coded


LATER = "2030-01-01T09:00:00+00:00"
CHANGES: dict[str, Json] = {
    "start": {"start": LATER},
    "end": {"end": LATER},
    "slot": {"slot": [{"reference": "Slot/other"}]},
    "status": {"status": "pending"},
    "identifier": {"identifier": [{"system": "https://x.example", "value": "1"}]},
    "priority": {"priority": 5},
    "minutesDuration": {"minutesDuration": 5},
}


def _participants(held: Json) -> list[list[Json]]:
    patient, place = held["participant"]
    other = {"actor": {"reference": "Patient/pat-02"}, "status": "accepted"}
    doctor = {"actor": {"reference": "Practitioner/prac-ashworth"}, "status": "accepted"}
    return [[other, place], [patient], [patient, place, doctor], [patient | {"status": "declined"}, place]]


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_else_can_be_amended(caller: Caller, name: str) -> None:
    held = caller.booked()
    assert refused(caller.amend(held, comment="new", **CHANGES[name])) == INVALID
    assert caller.read(held["id"]).json() == held


def test_participants_cannot_be_amended(caller: Caller) -> None:
    held = caller.booked()
    for participants in _participants(held):
        assert refused(caller.amend(held, participant=participants)) == INVALID
        assert refused(caller.cancel(held, participant=participants)) == INVALID
    assert caller.read(held["id"]).json() == held


def test_extensions_and_organisation_cannot_be_amended(stu3: Caller) -> None:
    held = stu3.booked()
    other = [stu3.organization(name="Somebody else")]
    video = [
        extension | {"valueCode": "Video"} if "DeliveryChannel" in extension["url"] else extension
        for extension in held["extension"]
    ]
    for changes in ({"contained": other}, {"extension": video}, {"created": LATER}, {"reason": [{"text": "x"}]}):
        assert refused(stu3.amend(held, **changes)) == INVALID
    assert stu3.read(held["id"]).json() == held


def test_what_the_provider_supplied_may_be_left_out(stu3: Caller) -> None:
    held = stu3.booked()
    own = [extension for extension in held["extension"] if "BookingOrganisation" in extension["url"]]
    reply = stu3.amend(held, comment="new", extension=own, serviceType=..., serviceCategory=...)
    assert reply.status_code == 200
    assert reply.json()["serviceType"] == held["serviceType"]
    assert reply.json()["extension"] == held["extension"]


@pytest.mark.parametrize("match", ['W/"stale"', 'W/"0"', '"1"', "1"])
@pytest.mark.parametrize("change", ["amend", "cancel"])
def test_another_version_is_a_conflict(caller: Caller, match: str, change: str) -> None:
    held = caller.booked()
    reply = getattr(caller, change)(held, match)
    assert reply.status_code == 409
    assert refused(reply)[1] == ("FHIR_CONSTRAINT_VIOLATION" if caller.name == "stu3" else "INVALID_RESOURCE")
    assert caller.read(held["id"]).json() == held


def test_without_if_match(caller: Caller) -> None:
    held = caller.booked()
    assert caller.amend(held, None, comment="new").status_code == 200


@pytest.mark.parametrize(("match", "status"), [("*", 200), ('W/"9", W/"1"', 200), ('W/"8", W/"9"', 409), ('"1"', 409)])
def test_any_of_several_versions_may_match(caller: Caller, match: str, status: int) -> None:
    assert caller.amend(caller.booked(), match, comment="new").status_code == status


def test_of_simultaneous_amendments_one_wins(caller: Caller) -> None:
    held = caller.booked()
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda text: caller.amend(held, comment=text), ("a", "b", "c", "d")))
    assert sorted(reply.status_code for reply in replies) == [200, 409, 409, 409]


@pytest.mark.parametrize("change", ["amend", "cancel"])
def test_ids_have_to_agree(caller: Caller, change: str) -> None:
    held = caller.booked()
    act = getattr(caller, change)
    assert refused(act(held, id=...)) == (400, "BAD_REQUEST") or caller.name == "x"
    reply = caller.call(f"{change}_appointment", id="none", body=held | {"id": "none"}, headers={"If-Match": 'W/"1"'})
    assert refused(reply) == unknown(caller)


@pytest.mark.parametrize("change", ["amend_appointment", "cancel_appointment"])
@pytest.mark.parametrize(
    ("body", "wanted"),
    [(b"", 400), (b"{", 400), (b'{"a": NaN}', 400), (b"[]", None), (b'{"resourceType": "Patient"}', None)],
)
def test_bodies_that_are_none(caller: Caller, change: str, body: bytes, wanted: int | None) -> None:
    held = caller.booked()
    reply = caller.call(change, id=held["id"], body=body, headers={"If-Match": 'W/"1"'})
    other = (422, "INVALID_RESOURCE") if caller.name == "stu3" else (400, "BAD_REQUEST")
    assert refused(reply) == ((wanted, "BAD_REQUEST") if wanted else other)


def test_a_cancellation_frees_the_slot(caller: Caller) -> None:
    slot = caller.free()[0]
    held = caller.book(slot).json()
    reply = caller.cancel(held)
    assert reply.status_code == 200
    cancelled = reply.json()
    assert cancelled["status"] == "cancelled"
    assert "Moved away" in [extension.get("valueString") for extension in cancelled["extension"]]
    assert cancelled["meta"]["versionId"] != held["meta"]["versionId"]
    assert caller.read(held["id"]).json() == cancelled
    assert caller.book(slot).status_code == 201


REASONS: dict[str, Any] = {"absent": None, "empty": "", "blank": "  "}


@pytest.mark.parametrize("reason", REASONS)
def test_a_cancellation_needs_its_reason(caller: Caller, reason: str) -> None:
    held = caller.booked()
    assert refused(caller.cancel(held, reason=REASONS[reason])) == INVALID
    assert caller.read(held["id"]).json()["status"] == "booked"


def test_a_cancellation_changes_nothing_else(caller: Caller) -> None:
    held = caller.booked()
    for changes in ({"comment": "new"}, {"description": "new"}, {"start": LATER}, {"slot": [{"reference": "Slot/x"}]}):
        assert refused(caller.cancel(held, **changes)) == INVALID
    assert refused(caller.cancel(held, status="booked")) == INVALID
    assert refused(caller.amend(held, status="cancelled")) == INVALID
    assert caller.read(held["id"]).json() == held


def test_what_is_cancelled_stays_so(caller: Caller) -> None:
    cancelled = caller.cancel(caller.booked()).json()
    assert refused(caller.put("cancel_appointment", cancelled)) == INVALID
    assert refused(caller.amend(cancelled, status="booked", comment="new")) == INVALID
    reply = caller.amend(cancelled, comment="new")
    assert reply.status_code == 200 if caller.name == "dstu2" else refused(reply) == INVALID


def test_the_past_cannot_be_changed_in_stu3(stu3: Caller) -> None:
    from conformance.provider.editions.shapes import load_appointment

    held = load_appointment(stu3.provider.store, "apt-past-1")
    assert held is not None
    past = stu3.provider.shapes.appointment(held)
    assert refused(stu3.amend(past, comment="new")) == INVALID
    assert refused(stu3.cancel(past)) == INVALID


def test_availability_does_not_concern_what_is_booked(caller: Caller) -> None:
    held = caller.read("apt-local-1").json()
    amended = caller.amend(held, comment="new")
    assert amended.status_code == 200
    assert caller.cancel(amended.json()).status_code == 200
