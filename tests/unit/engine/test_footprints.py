"""What a request may change at the provider, and what a response says became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.config.model import Config
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.core.footprint import Change, Footprint, Kind, State
from conformance.engine.footprints import Watcher, change_of, made_by, marks_of, patient_number, people_of
from conformance.spec import load
from tests.support.configs import config_for
from tests.support.responses import response

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
BOOKING: dict[str, Any] = {
    "resourceType": "Appointment",
    "status": "booked",
    "description": "Check-up",
    "comment": "bring notes",
    "created": "2026-07-01T10:00:00+01:00",
    "start": "2026-07-06T09:00:00+01:00",
    "end": "2026-07-06T09:10:00+01:00",
    "slot": [{"reference": "Slot/1"}, {"reference": "Slot/2"}],
    "participant": [{"actor": {"reference": "Location/4"}}, {"actor": {"reference": "Patient/3"}}],
}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return config_for("stu3", "http://p.test/A20047/1", tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def builder(config: Config) -> RequestBuilder:
    return RequestBuilder(load("stu3"), config, clock=lambda: NOW)


def test_what_a_booking_may_leave(builder: RequestBuilder, config: Config) -> None:
    change = change_of(builder.book(BOOKING), config)
    assert change
    assert (change.kind, change.resource, change.patient, change.slots) == (Kind.BOOKING, "", "3", ("1", "2"))
    assert (change.start, change.end) == (BOOKING["start"], BOOKING["end"])
    assert change.marks == marks_of(BOOKING)


@pytest.mark.parametrize(("verb", "kind"), [("amend", Kind.AMENDMENT), ("cancel", Kind.CANCELLATION)])
def test_a_change_of_an_appointment_names_it(builder: RequestBuilder, config: Config, verb: str, kind: Kind) -> None:
    change = change_of(getattr(builder, verb)(BOOKING | {"id": "9"}, 'W/"1"'), config)
    assert change
    assert (change.kind, change.resource) == (kind, "Appointment/9")


def test_what_only_asks_changes_nothing(builder: RequestBuilder, config: Config) -> None:
    for request in (builder.read("Appointment", "9"), builder.capability(), builder.search_free_slots(NOW, NOW)):
        assert change_of(request, config) is None


def misused(request: Request, method: str, path: str) -> Request:
    return replace(request, method=method, path=path)


@pytest.mark.parametrize(
    ("path", "kind", "resource"),
    [
        ("/Appointment/9", Kind.AMENDMENT, "Appointment/9"),
        ("/Appointment", Kind.BOOKING, ""),
        ("/Appointment/", Kind.BOOKING, ""),
        ("/Slot/9", None, ""),
    ],
)
def test_a_misused_interaction_is_known_by_its_path(
    builder: RequestBuilder, config: Config, path: str, kind: Kind | None, resource: str
) -> None:
    change = change_of(misused(builder.read("Appointment", "9"), "POST", path), config)
    assert (change and change.kind, change.resource if change else "") == (kind, resource)


def test_the_person_is_named_by_the_place_in_the_configuration(builder: RequestBuilder, config: Config) -> None:
    places = people_of(config)
    assert places["data.patients[0]"] == config.data.patients[0].nhs_number
    assert places["data.registrations[1]"] == config.data.registrations[1].nhs_number
    number = config.data.registrations[1].nhs_number
    person = {"resourceType": "Patient", "identifier": [{"value": number}]}
    body = {"resourceType": "Parameters", "parameter": [{"name": "registerPatient", "resource": person}]}
    change = change_of(builder.register(body), config)
    assert change
    assert (change.kind, change.person) == (Kind.REGISTRATION, "data.registrations[1]")
    unknown = change_of(builder.book(BOOKING), config)
    assert unknown
    assert unknown.person == ""


@pytest.mark.parametrize(
    ("record", "number"),
    [
        ({"resourceType": "Patient", "identifier": [{"value": "9476719931"}]}, "9476719931"),
        ({"resourceType": "Organization", "identifier": [{"value": "A20047"}]}, None),
        ({"resourceType": "Patient", "identifier": [{"value": 9476719931}]}, None),
        ({"resourceType": "Patient"}, None),
        (None, None),
    ],
)
def test_the_number_is_that_of_the_record_in_the_token(
    builder: RequestBuilder, record: Any, number: str | None
) -> None:
    request = builder.read("Appointment", "9")
    token = replace(request.token, claims={**request.token.claims, "requested_record": record})
    assert patient_number(replace(request, token=token)) == number


def test_marks_tell_texts_and_the_second_of_booking() -> None:
    marks = marks_of(BOOKING)
    assert set(marks) == {"comment", "created", "description"}
    assert marks == marks_of(BOOKING | {"created": "2026-07-01T09:00:00.400Z"})
    for name, value in (("comment", "Bring notes"), ("created", "2026-07-01T10:00:01+01:00"), ("description", "x")):
        assert {key for key, mark in marks_of(BOOKING | {name: value}).items() if mark != marks[key]} == {name}
    assert set(marks_of(BOOKING | {"comment": "", "created": "soon", "description": 7})) == set()


OURS = Change(Kind.BOOKING, "Book", slots=("1", "2"), start=BOOKING["start"], marks=marks_of(BOOKING))


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in BOOKING.items() if name not in names}


@pytest.mark.parametrize(
    ("shown", "ours"),
    [
        (BOOKING, True),
        (BOOKING | {"comment": "changed", "created": "2026-07-02T10:00:00Z"}, True),
        (BOOKING | {"slot": [{"reference": "Slot/2"}]}, True),
        (BOOKING | {"slot": [{"reference": "Slot/7"}]}, False),
        (without("slot"), True),
        (without("slot") | {"start": "2026-07-06T08:00:00Z"}, True),
        (without("slot") | {"start": "2026-07-06T09:00:00Z"}, False),
        (without("slot", "start"), False),
        (without("description"), True),  # a provider need not keep it
        (without("description", "comment"), None),
        (without("description", "created"), None),
        (BOOKING | {"description": "another's"}, None),
    ],
)
def test_whose_an_appointment_in_our_slot_is(shown: dict[str, Any], ours: bool | None) -> None:
    assert made_by(OURS, shown) is ours


BOOKED = {"resourceType": "Appointment", "id": "9"}
REGISTERED = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "5"}}]}


def settled(builder: RequestBuilder, config: Config, request: Request, body: Any, status: int | None) -> Change:
    footprint = Footprint()
    watcher = Watcher(footprint, config)
    key = watcher.leaving(request)
    assert key is not None
    assert footprint.changes[key].state is State.INTENDED
    watcher.came(key, response(body, status))
    return footprint.changes[key]


@pytest.mark.parametrize(
    ("body", "status", "state", "resource"),
    [
        (BOOKED, 201, State.EXISTS, "Appointment/9"),
        (BOOKED, 299, State.EXISTS, "Appointment/9"),
        ({"resourceType": "Slot", "id": "9"}, 201, State.UNKNOWN, ""),  # carried out, and nothing says where
        (None, 201, State.UNKNOWN, ""),
        (BOOKED, 199, State.UNKNOWN, ""),
        (BOOKED, 300, State.UNKNOWN, ""),
        (BOOKED, 400, State.NONE, ""),
        (BOOKED, 499, State.NONE, ""),
        (BOOKED, 500, State.UNKNOWN, ""),
        (None, None, State.UNKNOWN, ""),
    ],
)
def test_what_a_response_says_of_a_booking(
    builder: RequestBuilder, config: Config, body: Any, status: int | None, state: State, resource: str
) -> None:
    change = settled(builder, config, builder.book(BOOKING), body, status)
    assert (change.state, change.resource) == (state, resource)


@pytest.mark.parametrize("body", [REGISTERED, {"resourceType": "Patient", "id": "5"}])
def test_a_registration_names_its_patient(builder: RequestBuilder, config: Config, body: Any) -> None:
    change = settled(builder, config, builder.register({"resourceType": "Parameters"}), body, 200)
    assert (change.state, change.resource) == (State.EXISTS, "Patient/5")


def test_a_registration_without_a_patient_in_the_response_is_carried_out_all_the_same(
    builder: RequestBuilder, config: Config
) -> None:
    change = settled(builder, config, builder.register({"resourceType": "Parameters"}), {"resourceType": "Bundle"}, 200)
    assert (change.state, change.resource) == (State.EXISTS, "")


@pytest.mark.parametrize(
    ("verb", "status", "shown", "state"),
    [
        ("cancel", 200, "cancelled", State.UNDONE),
        ("amend", 200, "cancelled", State.UNDONE),
        ("amend", 200, "booked", State.EXISTS),
        ("cancel", 422, "cancelled", State.EXISTS),
    ],
)
def test_a_booking_that_is_cancelled_is_undone(
    builder: RequestBuilder, config: Config, verb: str, status: int, shown: str, state: State
) -> None:
    footprint = Footprint()
    watcher = Watcher(footprint, config)
    booking = watcher.leaving(builder.book(BOOKING))
    watcher.came(booking, response(BOOKED, 201))
    watcher.came(
        watcher.leaving(getattr(builder, verb)(BOOKING | {"id": "9"}, None)),
        response(BOOKED | {"status": shown}, status),
    )
    assert booking is not None
    assert footprint.changes[booking].state is state


def test_what_changes_nothing_leaves_no_trace(builder: RequestBuilder, config: Config) -> None:
    footprint = Footprint()
    watcher = Watcher(footprint, config)
    watcher.came(watcher.leaving(builder.capability()), response({}))
    assert footprint.changes == {}
