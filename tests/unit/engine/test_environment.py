"""Repeats with controls, lost responses, circuit breakers and a provider that is gone, on a wire made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.config.loading import load_config
from conformance.config.model import Resilience
from conformance.consumer import request_bodies
from conformance.consumer.request import Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.request_mutations import body_without, query
from conformance.consumer.response import Response
from conformance.core.exchange import TransportFailure
from conformance.core.resources import data_path
from conformance.core.results import Blame
from conformance.engine.environment import Environment
from conformance.engine.stop_reasons import EnvironmentTrouble, ProviderGone, ResponseLost
from conformance.spec import load
from tests.support.responses import response

BOUNDS = Resilience(
    repeats=1, pause=0, scenario_repeats=1, failures_in_a_row=2, refused_in_a_row=2, wait_for_provider=4
)
Answers = Callable[[Request], Response]


def page(status: int = 502) -> Response:
    return response(b"<html/>", status, {"Content-Type": "text/html"})


def broken(kind: str) -> Response:
    found = response(None, None, failure=TransportFailure(kind, f"it was {kind}"))
    object.__setattr__(found.exchange, "response_headers", ())
    return found


def bundle(*resources: dict[str, Any]) -> Response:
    return response({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]})


class Run:
    """An environment on a wire that responds as a test says, by the interaction and by what is sent."""

    def __init__(self, answers: Answers) -> None:
        config = load_config(data_path("config.example.yaml"))
        config = replace(config, run=replace(config.run, resilience=BOUNDS))
        self.requests = RequestBuilder(load("stu3"), config)
        self.answers = answers
        self.sent: list[Request] = []
        self.waited = 0.0
        self.environment = Environment(self.requests, self._transmit, self._pause)

    def _transmit(self, request: Request) -> Response:
        self.sent.append(request)
        found = self.answers(request)
        object.__setattr__(found.exchange, "number", len(self.sent))
        return found

    def _pause(self, seconds: float) -> None:
        self.waited += seconds

    def send(self, request: Request) -> Response:
        return self.environment.send(request)

    def keys(self) -> list[str]:
        return [request.interaction.key for request in self.sent]

    def booking(self) -> Request:
        body = request_bodies.booking(
            self.requests.edition,
            self.requests.config,
            slots=[{"id": "s1", "start": "2026-12-01T09:00:00+00:00", "end": "2026-12-01T09:10:00+00:00"}],
            patient_id="p1",
            location_id="l1",
            now=datetime(2026, 11, 29, tzinfo=UTC),
        )
        return self.requests.book(body)


def booked(version: str = "1", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": "a1",
        "meta": {"versionId": version},
        "status": "booked",
        "description": request_bodies.DESCRIPTION,
        "slot": [{"reference": "Slot/s1"}],
        **more,
    }


def test_what_comes_once_is_noted_and_the_repeat_counts() -> None:
    answers = [page(), bundle()]
    run = Run(lambda _: answers.pop(0))
    found = run.send(run.requests.capability())
    assert found.status == 200
    (note,) = run.environment.notes
    assert (note.code, note.blame, note.exchange) == ("repeated", Blame.ENVIRONMENT, 2)
    assert run.environment.repeats == 1


def test_what_comes_each_time_is_the_providers_where_the_control_succeeds() -> None:
    run = Run(lambda request: page() if request.deviant else bundle())
    valid = run.requests.find("find_patient", "https://fhir.nhs.uk/Id/nhs-number", "9990010072")
    found = run.send(query("identifier", "%")(valid))
    assert (found.status, found.recurs, found.unreachable) == (502, True, False)
    assert [request.deviant for request in run.sent] == [True, True, False]
    assert run.environment.is_of_provider(found)
    assert run.environment.notes[-1].blame is Blame.PROVIDER


def test_a_reset_that_comes_each_time_is_the_providers_where_the_control_succeeds() -> None:
    run = Run(lambda request: broken("reset") if request.deviant else bundle())
    valid = run.requests.find("find_patient", "https://fhir.nhs.uk/Id/nhs-number", "9990010072")
    found = run.send(query("identifier", "%")(valid))
    assert (found.status, found.recurs, found.unreachable) == (None, True, False)


def test_a_valid_request_has_the_last_one_that_succeeded_as_its_control() -> None:
    run = Run(lambda request: page() if "Patient/2" in request.path else response({"resourceType": "Patient"}))
    run.send(run.requests.read("Patient", "1"))
    assert run.send(run.requests.read("Patient", "2")).recurs
    assert [request.path for request in run.sent] == ["/Patient/1", "/Patient/2", "/Patient/2", "/Patient/1"]


def test_without_a_control_that_succeeds_it_is_the_environments() -> None:
    run = Run(lambda _: page())
    with pytest.raises(EnvironmentTrouble, match="a gateway's response each time") as stop:
        run.send(run.requests.capability())
    assert stop.value.blame is Blame.ENVIRONMENT


def test_an_interaction_that_keeps_timing_out_is_said_once_and_left_alone() -> None:
    run = Run(lambda request: broken("timeout") if request.interaction.key == "search_free_slots" else bundle())
    run.send(run.requests.capability())
    day = datetime(2026, 12, 1, tzinfo=UTC).date()
    for _ in range(5):
        with pytest.raises(EnvironmentTrouble):
            run.send(run.requests.search_free_slots(day, day))
    assert run.keys().count("search_free_slots") == 2 * BOUNDS.failures_in_a_row  # each with one repeat
    (notice,) = run.environment.notices
    assert (notice.code, notice.blame) == ("interaction-broken", Blame.ENVIRONMENT)
    assert run.send(run.requests.capability()).status == 200


def test_refused_connections_end_the_run_after_a_bounded_wait() -> None:
    run = Run(lambda _: broken("refused"))
    with pytest.raises(ProviderGone, match="cannot be reached any more"):
        run.send(run.booking())
    assert run.waited == BOUNDS.wait_for_provider
    assert len(run.sent) == BOUNDS.refused_in_a_row + 2
    with pytest.raises(ProviderGone):
        run.send(run.requests.capability())
    assert len(run.sent) == BOUNDS.refused_in_a_row + 2
    assert [notice.code for notice in run.environment.notices] == ["provider-gone"]


def test_a_refused_connection_is_bridged_where_the_provider_comes_back() -> None:
    answers = [broken("refused")] * 3 + [response(booked(), 201)]
    run = Run(lambda _: answers.pop(0))
    assert run.send(run.booking()).status == 201
    assert not run.environment.gone
    assert "away for a while" in run.environment.notes[0].message


def test_a_gateway_before_a_dead_provider_is_waited_for_too() -> None:
    dead = False
    run = Run(lambda _: page() if dead else bundle())
    run.send(run.requests.capability())
    dead = True
    with pytest.raises(ProviderGone):
        run.send(run.requests.read("Patient", "1"))
    assert run.waited == BOUNDS.wait_for_provider


def test_a_booking_that_went_through_though_its_response_was_lost_is_undone() -> None:
    def answers(request: Request) -> Response:
        if request.interaction.key == "book_appointment":
            return page(504)
        return bundle(booked()) if request.interaction.key == "retrieve_patient_appointments" else response(booked("2"))

    run = Run(answers)
    with pytest.raises(ResponseLost, match="has been undone") as stop:
        run.send(run.booking())
    assert (stop.value.again, stop.value.made) == (True, True)
    assert run.keys() == ["book_appointment", "retrieve_patient_appointments", "cancel_appointment"]
    assert run.sent[-1].header("If-Match") == 'W/"1"'
    assert run.environment.spent_slots == {"s1"}


def test_a_booking_that_cannot_be_undone_is_named_as_left_over() -> None:
    def answers(request: Request) -> Response:
        if request.interaction.key == "retrieve_patient_appointments":
            return bundle(booked())
        return page(504) if request.interaction.key == "book_appointment" else response(None, 409)

    run = Run(answers)
    with pytest.raises(ResponseLost):
        run.send(run.booking())
    assert [note.code for note in run.environment.notes] == ["left-over"]
    assert "Appointment/a1 may be left over" in run.environment.notes[0].message


def test_a_booking_that_is_carried_out_late_is_found_at_the_end() -> None:
    late = False

    def answers(request: Request) -> Response:
        if request.interaction.key == "retrieve_patient_appointments":
            return bundle(booked()) if late else bundle()
        return page(504) if request.interaction.key == "book_appointment" else response(booked("2"))

    run = Run(answers)
    with pytest.raises(ResponseLost, match="not carried out"):
        run.send(run.booking())
    late = True
    run.environment.settle_open()
    assert "has been undone" in run.environment.notices[0].message


def test_an_invalid_booking_that_meets_trouble_at_every_start_is_the_providers() -> None:
    def answers(request: Request) -> Response:
        if request.interaction.key == "book_appointment":
            return page() if request.deviant else response(booked(), 201)
        return bundle()

    run = Run(answers)
    run.send(run.booking())
    run.environment.begin()
    invalid = body_without("status")(run.booking())
    with pytest.raises(ResponseLost):
        run.send(invalid)
    assert run.send(invalid).recurs


def test_an_update_that_was_not_carried_out_is_sent_again() -> None:
    puts = [broken("reset"), response(booked("2"))]
    run = Run(lambda request: puts.pop(0) if request.method == "PUT" else response(booked("1")))
    found = run.send(run.requests.amend(booked("1"), 'W/"1"'))
    assert found.status == 200
    assert run.keys() == ["amend_appointment", "read_appointment", "amend_appointment"]


def test_an_update_that_is_carried_out_late_is_no_conflict_of_the_providers() -> None:
    """A gateway gives up, the provider goes on: the look-up comes too early, and the repeat meets the new version."""
    puts = [page(504), response({"resourceType": "OperationOutcome"}, 409)]
    reads = [response(booked("1")), response(booked("2"))]
    run = Run(lambda request: (puts if request.method == "PUT" else reads).pop(0))
    with pytest.raises(ResponseLost, match="has another version") as stop:
        run.send(run.requests.amend(booked("1"), 'W/"1"'))
    assert stop.value.made
    assert stop.value.again


def test_an_update_that_is_refused_when_sent_again_is_judged_by_that() -> None:
    puts = [broken("reset"), response({"resourceType": "OperationOutcome"}, 422)]
    run = Run(lambda request: puts.pop(0) if request.method == "PUT" else response(booked("1")))
    assert run.send(run.requests.amend(booked("1"), 'W/"1"')).status == 422


def test_an_update_that_was_carried_out_is_not_sent_again() -> None:
    run = Run(lambda request: page(504) if request.method == "PUT" else response(booked("2", status="cancelled")))
    with pytest.raises(ResponseLost, match="reads as cancelled") as stop:
        run.send(run.requests.cancel(booked("1"), 'W/"1"'))
    assert stop.value.made
    assert run.keys() == ["cancel_appointment", "read_appointment"]


def test_a_registration_that_went_through_is_named_and_not_tried_again() -> None:
    run = Run(
        lambda request: page(504) if request.method == "POST" else bundle({"resourceType": "Patient", "id": "p9"})
    )
    person = run.requests.config.data.registrations[0]
    body = request_bodies.registration(run.requests.edition, person)
    with pytest.raises(ResponseLost) as stop:
        run.send(run.requests.register(body, nhs_number=person.nhs_number))
    assert not stop.value.again
    assert "Patient/p9 may be left over" in run.environment.notes[0].message


def test_a_booking_of_the_slot_that_another_made_is_not_cancelled() -> None:
    def handle(request: Request) -> Response:
        if request.interaction.key == "book_appointment":
            return broken("timeout")
        return bundle(booked(description="Booked at the desk"))

    run = Run(handle)
    run.send(run.requests.capability())
    with pytest.raises(ResponseLost) as stop:
        run.send(run.booking())
    assert not stop.value.made
    assert "Appointment/a1 has the slot, and nothing shows whether this run made it" in stop.value.reason
    assert not run.keys().count("cancel_appointment")
