"""Read an appointment, and find one for amending or cancelling. Source: the use-case page; STU3-READ-*, DSTU2-READ-*."""

from __future__ import annotations

from conformance.provider.clock import midnight
from conformance.provider.editions.shapes import Appointment, load_appointment
from conformance.provider.foundations.patient import APPOINTMENTS
from conformance.provider.http import Call, Response
from conformance.provider.refusal import refuse
from conformance.provider.rules import Rules

READ = Rules("read")


def read_appointment(call: Call) -> Response:
    """Return one appointment."""
    appointment = known_appointment(call)
    READ.enforce(call, (call, appointment))
    return call.provider.single(call, call.provider.shapes.appointment(appointment), updated=appointment.row["updated"])


def known_appointment(call: Call) -> Appointment:
    """Return the appointment that the URL names; raises Refusal where there is none."""
    appointment = load_appointment(call.provider.store, call.id)
    if appointment is None:
        raise refuse("read.known", call.provider.shapes.not_found, f"there is no appointment {call.id[:80]}")
    APPOINTMENTS.enforce(call, call.provider.store.patient(appointment.row["patient"]))
    return appointment


def is_past(call: Call, appointment: Appointment) -> bool:
    """Whether an appointment was before today. Pages disagree about earlier today; this is the lenient reading (C-TODAY)."""
    return bool(appointment.row["start"] < int(midnight(call.provider.clock.today()).timestamp()))


@READ.rule("not-past", dstu2=None)
def _not_past(subject: tuple[Call, Appointment]) -> str | None:
    """The appointment is not past."""
    return "the appointment lies in the past and cannot be read" if is_past(*subject) else None
