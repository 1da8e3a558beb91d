"""Whose record each request is about: what the token of the published DSTU2 release has to name (claim requested_record)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.consumer.json_edit import values_at
from conformance.fhir.addresses import read_reference

Pairs = Sequence[tuple[str, str]]


class Records:
    """The NHS numbers of patients, by their logical ids and by those of their appointments, as a run comes to know them.

    `usual` is the NHS number to name where a patient's record is asked for and nothing tells whose.
    """

    def __init__(self, usual: str = "") -> None:
        self.usual = usual
        self._known: dict[tuple[str, str], str] = {}

    def note(self, resource_type: str, logical_id: str, nhs_number: str) -> None:
        """Take note of whose a Patient or an Appointment is."""
        self._known[resource_type, logical_id] = nhs_number

    def concerned(self, path: str, query: Pairs, body: Any, logical_id: str) -> str:
        """Return the NHS number of the patient whom a request concerns by its path, its identifier or its body."""
        return (
            self._by_path(path, logical_id)
            or next((value.rpartition("|")[2] for name, value in query if name == "identifier"), "")
            or self._by_body(body)
            or self.usual
        )

    def _by_path(self, path: str, logical_id: str) -> str:
        kind = path.strip("/").partition("/")[0]
        return self._known.get((kind, logical_id), "")

    def _by_body(self, body: Any) -> str:
        if not isinstance(body, Mapping):
            return ""
        for text in values_at(body, "participant.actor.reference"):
            found = read_reference(text)
            if found.leads_to("Patient"):
                return self._known.get(("Patient", found.id), "")
        return str(next(values_at(body, "parameter.resource.identifier.value"), ""))
