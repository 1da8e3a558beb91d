"""What the scenarios about reading share."""

from __future__ import annotations

from conformance.checks.response import success
from conformance.config.model import Patient
from conformance.consumer import request_bodies
from conformance.consumer.json_edit import copied
from conformance.consumer.response import Response
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext

READ = "read_appointment"


def look_up(context: ScenarioContext, appointment_id: str, patient: Patient) -> Response:
    """Read an appointment by any id, well formed or not."""
    return context.send(context.requests.read("Appointment", appointment_id, nhs_number=patient.nhs_number))


def amended(context: ScenarioContext, booked: BookedAppointment) -> BookedAppointment:
    """Amend the comment of the scenario's appointment; CannotTest when that does not succeed."""
    body = request_bodies.amendment(booked.value, comment="Amended to be read again")
    response = context.send(context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
    context.need(response, success("Appointment"), what="the appointment could not be amended to start from")
    booked.value, booked.etag = copied(response.resource), response.current
    return booked
