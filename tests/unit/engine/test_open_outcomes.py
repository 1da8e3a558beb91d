"""What became of a write whose response did not come: each fate, with its words and what was sent to see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.config.loading import load_config
from conformance.consumer import request_bodies
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.response import Response
from conformance.core.resources import data_path
from conformance.engine.open_outcomes import Fate, Outcome, look_up, numbers_in, slots_in
from conformance.spec import load
from tests.support.responses import response

CONFIG = load_config(data_path("config.example.yaml"))
REQUESTS = RequestBuilder(load("stu3"), CONFIG)
SLOTS = [{"id": "s1", "start": "2026-12-01T09:00:00+00:00", "end": "2026-12-01T09:10:00+00:00"}]
BODY = request_bodies.booking(
    REQUESTS.edition, CONFIG, slots=SLOTS, patient_id="p1", location_id="l1", now=datetime(2026, 11, 29, tzinfo=UTC)
)
BOOKING = REQUESTS.book(BODY)
OURS = BODY | {"id": "a1", "status": "booked", "meta": {"versionId": "4"}}
OTHERS = OURS | {"id": "a9", "description": "At the desk", "comment": "other", "created": "2026-01-01T00:00:00Z"}
AMEND = REQUESTS.amend(OURS, 'W/"4"')
CANCEL = REQUESTS.cancel(OURS, 'W/"4"')
PERSON = CONFIG.data.registrations[0]
REGISTER = REQUESTS.register(request_bodies.registration(REQUESTS.edition, PERSON), nhs_number=PERSON.nhs_number)
REFUSED = response(None, 404)
NOT_SHOWN, NOT_RETRIEVED = (
    "the patient's appointments do not show it",
    "the patient's appointments cannot be retrieved: ",
)
SAME_VERSION, NO_VERSION = (
    "the appointment has the version that it had before",
    "the appointment shows no version to tell by",
)
BOTH = "Appointment/a1, Appointment/a2"


def bundle(*resources: dict[str, Any]) -> Response:
    return response({"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]})


def looked(request: Request, *responses: Response, registered: tuple[str, ...] = ()) -> tuple[Outcome, list[Request]]:
    sent: list[Request] = []
    waiting = list(responses)

    def send(one: Request) -> Response:
        sent.append(one)
        return waiting.pop(0)

    found = look_up(request, REQUESTS, send, registered)
    assert waiting == []
    return found, sent


def without(*names: str) -> Request:
    return BOOKING.with_(body={name: value for name, value in BODY.items() if name not in names})


@pytest.mark.parametrize(
    ("request_", "responses", "fate", "sentence", "resource"),
    [
        (REQUESTS.capability(), [], Fate.NOT_MADE, "the interaction changes nothing", ""),
        (without("participant"), [], Fate.UNKNOWN, "the booking names no patient and time to look it up by", ""),
        (without("start", "end"), [], Fate.UNKNOWN, "the booking names no patient and time to look it up by", ""),
        (BOOKING, [REFUSED], Fate.UNKNOWN, f"{NOT_RETRIEVED}{REFUSED.described}", ""),
        (BOOKING, [response(OURS)], Fate.UNKNOWN, f"{NOT_RETRIEVED}{response(OURS).described}", ""),
        (BOOKING, [bundle()], Fate.NOT_MADE, NOT_SHOWN, ""),
        (BOOKING, [bundle(OURS | {"status": "cancelled"})], Fate.NOT_MADE, NOT_SHOWN, ""),
        (BOOKING, [bundle(OURS | {"slot": [{"reference": "Slot/s2"}]})], Fate.NOT_MADE, NOT_SHOWN, ""),
        (BOOKING, [bundle(OTHERS)], Fate.UNKNOWN,
         "Appointment/a9 has the slot, and nothing shows whether this run made it", "Appointment/a9"),
        (BOOKING, [bundle(OTHERS, OURS), response(OURS)], Fate.UNDONE,
         "Appointment/a1 was among the patient's appointments and was cancelled", "Appointment/a1"),
        (BOOKING, [bundle(OURS, OURS | {"id": "a2"}), response(OURS), REFUSED], Fate.LEFT_OVER,
         "Appointment/a2 is among the patient's appointments and could not be cancelled", "Appointment/a2"),
        (BOOKING, [bundle(OURS, OURS | {"id": "a2"}), response(OURS), response(OURS)], Fate.UNDONE,
         f"{BOTH} was among the patient's appointments and was cancelled", BOTH),
        (AMEND, [REFUSED], Fate.UNKNOWN, f"the appointment cannot be read: {REFUSED.described}", ""),
        (AMEND, [bundle()], Fate.UNKNOWN, f"the appointment cannot be read: {bundle().described}", ""),
        (AMEND, [response(OURS)], Fate.NOT_MADE, SAME_VERSION, ""),
        (AMEND, [response(OURS | {"meta": {"versionId": "5"}})], Fate.MADE, "Appointment/a1 has another version now",
         "Appointment/a1"),
        (AMEND, [response(OURS | {"meta": {}})], Fate.UNKNOWN, NO_VERSION, ""),
        (AMEND, [response(OURS | {"status": "cancelled"})], Fate.NOT_MADE, SAME_VERSION, ""),
        (REQUESTS.amend(OURS, None), [response(OURS)], Fate.UNKNOWN, NO_VERSION, ""),
        (CANCEL, [response(OURS | {"status": "cancelled"})], Fate.MADE, "Appointment/a1 reads as cancelled", "Appointment/a1"),
        (CANCEL, [response(OURS)], Fate.NOT_MADE, SAME_VERSION, ""),
        (REGISTER.with_(body={}), [], Fate.UNKNOWN, "the registration names no number to look it up by", ""),
        (REGISTER, [REFUSED], Fate.UNKNOWN, f"the patient cannot be searched for: {REFUSED.described}", ""),
        (REGISTER, [response(OURS)], Fate.UNKNOWN, f"the patient cannot be searched for: {response(OURS).described}", ""),
        (REGISTER, [bundle()], Fate.NOT_MADE, "the search does not find the patient", ""),
        (REGISTER, [bundle({"resourceType": "Patient", "id": "7"})], Fate.LEFT_OVER,
         "Patient/7 is found, and a registration cannot be undone", "Patient/7"),
    ],
)  # fmt: skip
def test_each_fate(request_: Request, responses: list[Response], fate: Fate, sentence: str, resource: str) -> None:
    found, _ = looked(request_, *responses)
    assert found == Outcome(fate, sentence, resource)


def test_the_look_ups_are_the_interfaces_own() -> None:
    _, sent = looked(BOOKING, bundle(OURS), response(OURS))
    assert [(one.method, one.path) for one in sent] == [("GET", "/Patient/p1/Appointment"), ("PUT", "/Appointment/a1")]
    assert dict(sent[0].query)["start"] in ("ge2026-12-01", "le2026-12-01")
    assert isinstance(sent[1].body, dict)
    assert (sent[1].header("If-Match"), sent[1].body["status"]) == ('W/"4"', "cancelled")
    assert "Made by an assurance run whose response was lost" in str(sent[1].body)
    _, sent = looked(BOOKING, bundle(OURS | {"meta": {"versionId": 4}}), response(OURS))
    assert sent[1].header("If-Match") is None
    _, sent = looked(CANCEL, response(OURS))
    assert [(one.method, one.path) for one in sent] == [("GET", "/Appointment/a1")]
    _, sent = looked(REGISTER, bundle())
    assert dict(sent[0].query)["identifier"].endswith(f"|{PERSON.nhs_number}")


def test_days_of_a_booking_are_uk_days() -> None:
    late = BODY | {"start": "2026-06-30T23:30:00Z", "end": "2026-07-01T00:30:00+01:00"}
    _, sent = looked(BOOKING.with_(body=late), bundle())
    assert [value for name, value in sent[0].query if name == "start"] == ["ge2026-07-01", "le2026-07-01"]


def test_who_was_registered_before_was_not_registered_by_this() -> None:
    found, sent = looked(REGISTER, registered=(PERSON.nhs_number,))
    assert (found, sent) == (Outcome(Fate.NOT_MADE, "the patient was registered before"), [])


def test_a_body_made_unreadable_is_looked_up_as_it_was_before() -> None:
    broken = replace(BOOKING, body=b"{", control=BOOKING)
    assert slots_in(broken) == slots_in(BOOKING) == ["s1"]
    assert numbers_in(replace(REGISTER, body=b"{", control=REGISTER)) == [PERSON.nhs_number]
    assert slots_in(replace(BOOKING, body=b"{")) == []
