from __future__ import annotations

import pytest

from tests.support.caller import Caller, refused

PARAMETER = (422, "INVALID_PARAMETER")


def test_all_of_a_patients_appointments_in_range(caller: Caller) -> None:
    slots = [caller.free("Gp", day, day)[0] for day in (1, 3, 5)]
    booked = [caller.book(slot, patient="pat-02").json()["id"] for slot in slots]
    ids = dict(zip((1, 3, 5), booked, strict=True))

    def found(first: int, last: int) -> list[str]:
        reply = caller.retrieve("pat-02", f"ge{caller.day(first)}", f"le{caller.day(last)}")
        assert reply.status_code == 200
        return [item["id"] for item in caller.entries(reply, "Appointment")]

    assert found(1, 1) == [ids[1]]
    assert found(1, 3) == [ids[1], ids[3]]
    assert found(3, 5) == [ids[3], ids[5]]
    assert found(6, 9) == []


def test_cancelled_and_desk_appointments_are_listed(caller: Caller) -> None:
    held = caller.booked(patient="pat-04")
    assert caller.cancel(held).status_code == 200
    found = {item["id"]: item["status"] for item in caller.entries(caller.retrieve("pat-04"), "Appointment")}
    assert found == {held["id"]: "cancelled", "apt-local-2": "booked"}


def test_earlier_today_is_listed(caller: Caller) -> None:
    reply = caller.retrieve("pat-03", f"ge{caller.day(0)}", f"le{caller.day(0)}")
    assert [item["id"] for item in caller.entries(reply, "Appointment")] == ["apt-today-1"]


def test_nobody_elses(caller: Caller) -> None:
    caller.booked(patient="pat-01")
    assert caller.entries(caller.retrieve("pat-05"), "Appointment") == []


@pytest.mark.parametrize("patient", ["none", "pat-08", "pat-09", "pat-10", "!!", "x" * 65])
def test_unknown_patients(caller: Caller, patient: str) -> None:
    assert refused(caller.retrieve(patient)) == (404, "PATIENT_NOT_FOUND")


@pytest.mark.parametrize(
    "starts",
    [
        ["ge{1}"],
        ["le{1}"],
        ["ge{1}", "ge{2}"],
        ["le{1}", "le{2}"],
        ["ge{1}", "lt{2}"],
        ["ge{1}", "le{2}", "le{3}"],
        ["ge{2}", "le{1}"],
        ["ge{-1}", "le{7}"],
        ["ge{-30}", "le{-1}"],
        ["ge{1}T00:00:00+00:00", "le{2}"],
        ["ge{1}T00:00:00Z", "le{2}"],
        ["ge{1}T00:00:00", "le{2}"],
        ["ge2026", "le{2}"],
        ["ge2024-13-45", "le{2}"],
        ["getext", "le{2}"],
        ["eqs{1}", "le{2}"],
        ["", "le{2}"],
    ],
)
def test_what_stu3_refuses(stu3: Caller, starts: list[str]) -> None:
    assert refused(stu3.retrieve("pat-01", *_filled(stu3, starts))) == PARAMETER


def _filled(caller: Caller, starts: list[str]) -> list[str]:
    days = {str(offset): caller.day(offset) for offset in (-30, -1, 1, 2, 3, 7)}
    for offset, day in days.items():
        starts = [text.replace(f"{{{offset}}}", day) for text in starts]
    return starts


def test_stu3_needs_both_bounds(stu3: Caller) -> None:
    assert refused(stu3.call("retrieve_patient_appointments", id="pat-01")) == PARAMETER


@pytest.mark.parametrize("starts", [["ge2018-02-31"], ["abc"], ["ge"], ["ge{2}", "le{1}"], ["ne{1}"], ["zz{1}"]])
def test_what_dstu2_refuses(dstu2: Caller, starts: list[str]) -> None:
    assert refused(dstu2.retrieve("pat-01", *_filled(dstu2, starts))) == PARAMETER


def test_prefixes_of_dstu2(dstu2: Caller) -> None:
    slots = [dstu2.free("Gp", day, day)[0] for day in (1, 3, 5)]
    first, middle, last = [dstu2.book(slot, patient="pat-02").json()["id"] for slot in slots]
    past = "apt-past-2"
    wanted = {
        "eq": [middle],
        "": [middle],
        "gt": [last],
        "lt": [past, first],
        "ge": [middle, last],
        "le": [past, first, middle],
    }
    for bound in (dstu2.day(3), slots[1]["start"]):
        for prefix, ids in wanted.items():
            found = dstu2.entries(dstu2.retrieve("pat-02", f"{prefix}{bound}"), "Appointment")
            assert [item["id"] for item in found] == ids, prefix + bound
    unbounded = dstu2.call("retrieve_patient_appointments", id="pat-02")
    assert [item["id"] for item in dstu2.entries(unbounded, "Appointment")] == [past, first, middle, last]


def test_dissent_in_dstu2(caller: Caller) -> None:
    reply = caller.retrieve("pat-07")
    assert reply.status_code == 200 if caller.name == "stu3" else refused(reply) == (403, "NO_PATIENT_CONSENT")
