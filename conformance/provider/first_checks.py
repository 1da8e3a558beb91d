"""What is looked at before the interaction itself, step by step.

No page says in which order; the steps have names so that a variant can take another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.provider.appointments.read import known_appointment
from conformance.provider.foundations.patient import known_patient
from conformance.provider.headers import SSP
from conformance.provider.http import Call
from conformance.provider.jwt import check_token
from conformance.provider.negotiation import choose_form


def _headers(call: Call) -> None:
    SSP.enforce(call, call)


def _route(call: Call) -> None:
    call.provider.routes.choose(call)


def _body(call: Call) -> None:
    """The body can be read, where the interaction has one."""
    if call.interaction is not None and call.interaction.method in {"POST", "PUT"}:
        call.provider.bodies.read(call)


def _existence(call: Call) -> None:
    """The patient or the appointment in the path is there."""
    kind = call.path.split("/")[1]
    if call.id and kind == "Appointment":
        known_appointment(call)
    elif call.id and kind == "Patient":
        known_patient(call, call.id)


CHECKS: Mapping[str, Callable[[Call], None]] = {
    "format": choose_form,
    "route": _route,
    "headers": _headers,
    "token": check_token,
    "body": _body,
    "existence": _existence,
}
ORDER = ("format", "route", "headers", "token")
