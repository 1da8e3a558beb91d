"""Simultaneous writes whose responses did not come, bookings that are undone, and which control counts as a success."""

from __future__ import annotations

import pytest

from conformance.consumer.request import Request
from conformance.consumer.request_mutations import query
from conformance.consumer.response import Response
from conformance.engine.stop_reasons import ResponseLost
from tests.support.responses import response
from tests.unit.engine.test_environment import Run, booked, broken, bundle, page


def test_of_simultaneous_writes_the_first_that_was_lost_is_named() -> None:
    def answers(request: Request) -> Response:
        return bundle() if request.interaction.key == "retrieve_patient_appointments" else response(booked("1"))

    run = Run(answers)
    first, second = run.booking().with_(label="first"), run.requests.amend(booked("1"), 'W/"1"').with_(label="second")
    fine = response(booked(), 201)
    run.environment.settle_together([first, second], [fine, fine])
    assert run.sent == []
    reads = run.requests.read("Appointment", "a1")
    run.environment.settle_together([reads, reads], [page(504), broken("reset")])
    assert run.sent == []
    with pytest.raises(
        ResponseLost, match=r"^first: .* it was not carried out: the patient's appointments do not show it$"
    ):
        run.environment.settle_together([first, second], [page(504), broken("reset")])
    assert run.keys() == ["retrieve_patient_appointments", "read_appointment"]
    with pytest.raises(
        ResponseLost, match=r"^second: .* it was not carried out: the appointment has the version that it had "
    ):
        run.environment.settle_together([first, second], [fine, broken("reset")])


@pytest.mark.parametrize(
    ("shown", "status", "undone", "notes"),
    [
        ([], 200, True, []),
        ([booked()], 200, True, []),
        ([booked()], 409, False, ["left-over"]),
        ([booked(description="At the desk")], 200, False, ["left-over"]),
    ],
)
def test_a_booking_without_a_name_is_undone_or_named(
    shown: list[dict[str, object]], status: int, undone: bool, notes: list[str]
) -> None:
    def answers(request: Request) -> Response:
        return bundle(*shown) if request.method == "GET" else response(booked("2"), status)

    run = Run(answers)
    assert run.environment.undo_unnamed(run.booking()) is undone
    assert [note.code for note in run.environment.notes] == notes


def test_a_look_up_that_cannot_be_made_leaves_the_slots_taken() -> None:
    run = Run(lambda _: broken("timeout"))
    assert run.environment.undo_unnamed(run.booking()) is False


@pytest.mark.parametrize(("status", "counts"), [(200, True), (399, True), (400, False), (404, False)])
def test_a_control_succeeds_below_400(status: int, counts: bool) -> None:
    def answers(request: Request) -> Response:
        return page() if request.deviant else response({"resourceType": "Bundle"}, status)

    run = Run(answers)
    valid = run.requests.find("find_patient", "https://fhir.nhs.uk/Id/nhs-number", "9990010072")
    invalid = query("identifier", "%")(valid)
    if counts:
        assert run.send(invalid).recurs
    else:
        with pytest.raises(Exception, match="a gateway's response each time"):
            run.send(invalid)
