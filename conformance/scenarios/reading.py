"""What the scenarios about reading share."""

from __future__ import annotations

from conformance.checks.answers import success
from conformance.config.model import Patient
from conformance.consumer import bodies
from conformance.consumer.paths import copied
from conformance.consumer.reply import Reply
from conformance.harness.scene import Booked, Scene

READ = "read_appointment"


def look_up(scene: Scene, appointment_id: str, patient: Patient) -> Reply:
    """Read an appointment by any id, well formed or not."""
    return scene.send(scene.requests.read("Appointment", appointment_id, nhs_number=patient.nhs_number))


def amended(scene: Scene, booked: Booked) -> Booked:
    """Amend the comment of an appointment that the scenario builds on; CannotTest when that does not succeed."""
    body = bodies.amendment(booked.value, comment="Amended to be read again")
    reply = scene.send(scene.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
    scene.need(reply, success("Appointment"), what="the appointment could not be amended to start from")
    booked.value, booked.etag = copied(reply.resource), reply.current
    return booked
