from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.caller import Caller, Json, refused

INVALID = (422, "INVALID_RESOURCE")
UNKNOWN = (422, "REFERENCE_NOT_FOUND")


def test_a_booking_is_created_stored_and_takes_its_slot(caller: Caller) -> None:
    slot = caller.free()[0]
    reply = caller.book(slot)
    assert reply.status_code == 201
    held = reply.json()
    assert reply.headers["ETag"] == f'W/"{held["meta"]["versionId"]}"'
    assert reply.headers["Location"].endswith(f"/Appointment/{held['id']}/_history/{held['meta']['versionId']}")
    assert (held["start"], held["end"], held["status"]) == (slot["start"], slot["end"], "booked")
    assert held["description"] == "Zoë <b>&amp; £5"
    assert caller.read(held["id"]).json() == held
    assert held in caller.entries(caller.retrieve("pat-01"), "Appointment")
    assert slot["id"] not in [item["id"] for item in caller.free()]


def test_practice_fills_in_what_is_its_own(stu3: Caller) -> None:
    slot = stu3.free()[0]
    held = stu3.book(slot, serviceType=[{"text": "custom"}], serviceCategory={"text": "custom"}).json()
    assert held["serviceType"] == slot["serviceType"]
    assert held["serviceCategory"] == {"text": "General GP surgery"}
    ends = [extension["url"].rpartition("-GPConnect-")[2] for extension in held["extension"]]
    assert ends == ["BookingOrganisation-1", "PractitionerRole-1", "DeliveryChannel-2"]
    assert held["contained"] == [stu3.organization()]


def test_dstu2_keeps_reason_type_and_priority(dstu2: Caller) -> None:
    sent = {"reason": {"text": "Cough"}, "type": {"text": "GP"}, "priority": 1}
    held = dstu2.booked(**sent)
    assert {name: held[name] for name in sent} == sent
    assert [item["actor"]["display"] for item in held["participant"]] == ["Mrs Zoë Anne Hébert", "The Beeches Surgery"]


def test_adjacent_slots_are_booked_together(caller: Caller) -> None:
    first, second = caller.free()[:2]
    held = caller.book(first, second).json()
    assert [item["reference"] for item in held["slot"]] == [f"Slot/{first['id']}", f"Slot/{second['id']}"]
    assert {first["id"], second["id"]}.isdisjoint(item["id"] for item in caller.free())


def _gap(caller: Caller) -> list[Json]:
    return caller.free()[7:9]  # 10:10 and, after the gap, 10:40


def _two_schedules(caller: Caller) -> list[Json]:
    return [caller.free("Gp")[0], caller.free("Nurse")[0]]


def _two_channels(caller: Caller) -> list[Json]:
    return caller.free()[9:11]


def _two_services(caller: Caller) -> list[Json]:
    return caller.free("Nurse")[3:5]


@pytest.mark.parametrize("pick", [_gap, _two_schedules])
def test_slots_that_do_not_belong_together_are_refused(caller: Caller, pick: Any) -> None:
    assert refused(caller.book(*pick(caller))) == INVALID


@pytest.mark.parametrize("pick", [_two_channels, _two_services])
def test_stu3_refuses_slots_of_different_kinds(stu3: Caller, pick: Any) -> None:
    first, second = pick(stu3)
    assert first["end"] == second["start"]
    assert refused(stu3.book(first, second)) == INVALID


def test_a_taken_slot_is_refused(caller: Caller) -> None:
    slot = caller.free()[0]
    assert caller.book(slot).status_code == 201
    wanted = (409, "DUPLICATE_REJECTED") if caller.name == "stu3" else (409, "INVALID_RESOURCE")
    assert refused(caller.book(slot)) == wanted
    assert refused(caller.book(slot, patient="pat-02")) == wanted


def test_of_simultaneous_bookings_one_wins(caller: Caller) -> None:
    slots = caller.free()[:10]
    with ThreadPoolExecutor(4) as pool:
        for slot in slots:
            replies = list(
                pool.map(
                    lambda patient, slot=slot: caller.book(slot, patient=patient),
                    ("pat-01", "pat-02", "pat-03", "pat-04"),
                )
            )
            assert sorted(reply.status_code for reply in replies) == [201, 409, 409, 409]


def test_a_race_can_be_provoked(caller: Caller) -> None:
    caller.running.set_faults(["book.race"])
    slot = caller.free()[0]
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda patient: caller.book(slot, patient=patient), ("pat-01", "pat-02")))
    assert [reply.status_code for reply in replies] == [201, 201]


ABSENT: dict[str, Any] = {
    name: {name: ...} for name in ("status", "start", "end", "slot", "description", "participant")
}


@pytest.mark.parametrize("name", ABSENT)
def test_mandatory_elements(caller: Caller, name: str) -> None:
    assert refused(caller.book(caller.free()[0], **ABSENT[name])) == INVALID
    assert caller.book(caller.free()[0]).status_code == 201


PATIENT: Json = {"actor": {"reference": "Patient/pat-01"}, "status": "accepted"}
PLACE: Json = {"actor": {"reference": "Location/loc-main"}, "status": "accepted"}
WRONG: dict[str, Json] = {
    "no patient": {"participant": [PLACE]},
    "no location": {"participant": [PATIENT]},
    "two patients": {"participant": [PATIENT, PLACE, PATIENT | {"actor": {"reference": "Patient/pat-02"}}]},
    "no actor": {"participant": [PATIENT, PLACE, {"status": "accepted"}]},
    "no participant status": {"participant": [PATIENT, {"actor": {"reference": "Location/loc-main"}}]},
    "other status": {"status": "pending"},
    "odd status": {"status": "bookedd"},
    "unknown element": {"invalidField": "x"},
    "absolute reference": {"participant": [PATIENT, PLACE | {"actor": {"reference": "https://x.example/Location/1"}}]},
    "no profile": {"meta": ...},
    "other profile": {"meta": {"profile": ["http://hl7.org/fhir/StructureDefinition/Appointment"]}},
    "a participant that is text": {"participant": ["Patient/pat-01"]},
    "a status that is a list": {"status": ["booked"]},
    "a slot that is an object": {"slot": {"reference": "Slot/1"}},
    "other place": {"participant": [PATIENT, {"actor": {"reference": "Location/loc-branch"}, "status": "accepted"}]},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_bodies_that_are_wrong(caller: Caller, wrong: str) -> None:
    assert refused(caller.book(caller.free()[0], **WRONG[wrong])) == INVALID


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": [{"text": "x"}]},
        {"specialty": [{"text": "x"}]},
        {"appointmentType": {"text": "x"}},
        {"requestedPeriod": [{"start": "2026-01-01"}]},
        {"extension": ..., "contained": ...},
        {"contained": ...},
        {"description": "x" * 101},
        {"comment": "x" * 501},
    ],
)
def test_what_stu3_refuses_beyond_that(stu3: Caller, changes: Json) -> None:
    assert refused(stu3.book(stu3.free()[0], **changes)) == INVALID


@pytest.mark.parametrize("missing", ["identifier", "name", "telecom"])
def test_the_booking_organisation_is_complete(stu3: Caller, missing: str) -> None:
    assert refused(stu3.book(stu3.free()[0], contained=[stu3.organization(**{missing: ...})])) == INVALID


def test_longest_texts_are_kept_whole(stu3: Caller) -> None:
    held = stu3.booked(description="é" * 99 + "!", comment="<&>" * 166 + "!!")
    assert (len(held["description"]), len(held["comment"])) == (100, 500)


@pytest.mark.parametrize(
    "actor",
    ["Patient/none", "Location/none", "Practitioner/none", "Patient/pat-09", "Patient/pat-10"],
)
def test_unknown_references(caller: Caller, actor: str) -> None:
    kind = actor.partition("/")[0]
    others = [item for item in (PATIENT, PLACE) if not item["actor"]["reference"].startswith(kind)]
    participants = [*others, {"actor": {"reference": actor}, "status": "accepted"}]
    assert refused(caller.book(caller.free()[0], participant=participants)) == UNKNOWN


def test_sensitive_patients_are_not_found(stu3: Caller) -> None:
    participants = [{"actor": {"reference": "Patient/pat-08"}, "status": "accepted"}, PLACE]
    expected = (404, "PATIENT_NOT_FOUND")
    assert refused(stu3.book(stu3.free()[0], participant=participants)) == expected


def test_an_unknown_slot_and_its_neighbour(caller: Caller) -> None:
    slot = caller.free()[0]
    slots = [{"reference": f"Slot/{slot['id']}"}, {"reference": "Slot/none"}]
    assert refused(caller.book(slot, slot=slots)) == UNKNOWN
    assert caller.book(slot).status_code == 201


def test_times_that_are_not_the_slots(caller: Caller) -> None:
    first, second = caller.free()[:2]
    assert refused(caller.book(first, start=second["start"], end=second["end"])) == INVALID
    assert refused(caller.book(first, second, end=first["end"])) == INVALID
    assert refused(caller.book(first, end=second["end"])) == INVALID


def test_the_past_is_refused(caller: Caller) -> None:
    past = caller.free("Gp", -5, -3)
    assert past
    assert refused(caller.book(past[0])) == INVALID


def test_slots_that_are_not_offered_are_refused(stu3: Caller) -> None:
    everything = {slot["id"][-4:]: slot for slot in stu3.free("Special", 1, 3)}
    slot = everything["1240"]  # kept for Y99901
    other = [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "Y99902"}]
    assert refused(stu3.book(slot, contained=[stu3.organization(identifier=other)])) == INVALID
    assert stu3.book(slot).status_code == 201


def test_dissent_blocks_in_dstu2_only(caller: Caller) -> None:
    reply = caller.book(caller.free()[0], patient="pat-07")
    if caller.name == "stu3":
        assert reply.status_code == 201
    else:
        assert refused(reply) == (403, "NO_PATIENT_CONSENT")


def test_nothing_is_stored_when_refused(caller: Caller) -> None:
    before = len(caller.entries(caller.retrieve("pat-02"), "Appointment"))
    slot = caller.free()[0]
    assert caller.book(slot, patient="pat-02", status="pending").status_code == 422
    assert len(caller.entries(caller.retrieve("pat-02"), "Appointment")) == before
    assert slot["id"] in [item["id"] for item in caller.free()]


def test_minimal_answers_have_headers_only(caller: Caller) -> None:
    body = caller.booking(caller.free()[0])
    reply = caller.call("book_appointment", body=body, headers={"Prefer": "return=minimal"})
    assert (reply.status_code, reply.content) == (201, b"")
    assert reply.headers["Location"]
    assert reply.headers["ETag"] == 'W/"1"'
