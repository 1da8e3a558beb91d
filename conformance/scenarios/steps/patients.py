"""Patients whom no search finds: the configuration names them by logical id."""

from __future__ import annotations

from conformance.config.model import Patient
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext


def known_by_id(context: ScenarioContext, role: str) -> tuple[Patient, str]:
    """Return a configured patient whom no search finds, and the logical id that the configuration gives.

    CannotTest where the configuration names neither.
    """
    patient = context.arrange.patient(role)
    if not patient.logical_id:
        context.cannot(
            f"the configuration names no logical id (logical_id) of the patient with the role {role}",
            Blame.CONFIGURATION,
        )
    return patient, patient.logical_id
