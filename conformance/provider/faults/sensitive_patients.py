"""Ways to be wrong about appointments of sensitive patients."""

from __future__ import annotations

from conformance.provider.faults.effects import misanswer, skip
from conformance.provider.faults.fault import STU3, Fault

_APPOINTMENT = "appointments.not-sensitive"
_DONE = {"read": "read", "amend": "amended", "cancel": "cancelled"}


def _instead(short: str, name: str, status: int) -> Fault:
    about = f"returns {status} instead of 404 where the appointment of a sensitive patient is to be {_DONE[short]}"
    key = f"{short}_appointment"
    return Fault(
        f"{short}.{name}", about, misanswer(_APPOINTMENT, on=key, code="INTERNAL_SERVER_ERROR", status=status), STU3
    )


FAULTS = (
    Fault("retrieve.shows-sensitive", "retrieves for sensitive patients", skip("patient.read-not-sensitive"), STU3),
    Fault(
        "retrieve.sensitive-is-server-error",
        "returns 500 when the appointments of a sensitive patient are requested",
        misanswer("patient.read-not-sensitive", on="retrieve", code="INTERNAL_SERVER_ERROR", status=500),
        STU3,
    ),
    Fault("read.shows-sensitive", "reads appointments of sensitive patients", skip(_APPOINTMENT), STU3),
    _instead("read", "sensitive-is-server-error", 500),
    *(_instead(short, "sensitive-is-200", 200) for short in ("amend", "cancel")),
    *(_instead(short, "sensitive-is-conflict", 409) for short in ("amend", "cancel")),
)
