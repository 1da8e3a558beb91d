"""What the scenarios about reading share."""

from __future__ import annotations

from conformance.config.model import Patient
from conformance.consumer.response import Response
from conformance.engine.context import ScenarioContext

READ = "read_appointment"


def look_up(context: ScenarioContext, appointment_id: str, patient: Patient) -> Response:
    """Read an appointment by any id, well formed or not."""
    return context.send(context.requests.read("Appointment", appointment_id, nhs_number=patient.nhs_number))
