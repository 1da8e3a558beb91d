"""What the scenarios about reading share."""

from __future__ import annotations

from conformance.config.model import Patient
from conformance.consumer.response import Response
from conformance.engine.context import ScenarioContext

READ = "read_appointment"


def look_up(context: ScenarioContext, appointment_id: str, patient: Patient) -> Response:
    """Read an appointment by any id, well formed or not."""
    return context.send(context.requests.read("Appointment", appointment_id, nhs_number=patient.nhs_number))


def look_up_configured(context: ScenarioContext, appointment_id: str) -> Response:
    """Read an appointment that the configuration names.

    It does not say whose it is, so the bookable patients are named in turn while a request is refused as a bad one.
    """
    patients = context.config.data.patients_with("bookable") or (context.arrange.patient(),)
    response = look_up(context, appointment_id, patients[0])
    for patient in patients[1:]:
        if response.status != 400:
            break
        response = look_up(context, appointment_id, patient)
    return response
