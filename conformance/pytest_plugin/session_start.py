"""What a process of a run starts with, as the evidence keeps it: configuration, scenarios, and whether it only reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.config.model import Config
from conformance.config.recording import recorded
from conformance.engine.scenario import Case
from conformance.redaction.patient_details import BIRTH, IDENTIFIER, NAME
from conformance.redaction.redactor import Redactor

_DETAILS = {
    "data.patients.nhs_number": IDENTIFIER,
    "data.patients.name": NAME,
    "data.registrations.nhs_number": IDENTIFIER,
    "data.registrations.family": NAME,
    "data.registrations.given": NAME,
    "data.registrations.birth_date": BIRTH,
    "data.unknown.nhs_number": IDENTIFIER,
}
_PASSWORD = "tls.key_password"  # noqa: S105 - a key of the configuration


def session_start(config: Config, redactor: Redactor, cases: Iterable[Case], *, read_only: bool) -> dict[str, Any]:
    """Return what a process starts with; people have the pseudonyms that they have in the run's exchanges."""

    def clean(path: str, text: str) -> str:
        if path == _PASSWORD:
            return ""
        kind = _DETAILS.get(path)
        return redactor.detail(text, kind) if kind else redactor.text(text)

    return {"config": recorded(config, clean), "cases": [case.id for case in cases], "read_only": read_only}
