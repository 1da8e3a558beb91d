"""One request for each interaction that the provider itself must refuse, headers and token being right."""

from __future__ import annotations

from collections.abc import Callable

from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import body_set, body_without, query
from conformance.engine.context import ScenarioContext
from conformance.scenarios.steps.valid_requests import question

UNKNOWN_SYSTEM = "https://example.org/Id/unknown"


def refusable(context: ScenarioContext, key: str) -> Request:
    """Return a request of an interaction that must be refused; the interaction has to have one of its own (not metadata)."""
    kind = key.removeprefix("read_") if key.startswith("read_") else ""
    if kind:
        whose = context.arrange.patient().nhs_number if kind in {"appointment", "patient"} else None
        return context.requests.read(kind.capitalize(), context.config.data.unknown.logical_id, nhs_number=whose)
    return _CHANGES[key](question(context, key).request)


_CHANGES: dict[str, Change | Callable[[Request], Request]] = {
    "search_free_slots": query("start", "geNEVER"),
    "book_appointment": body_without("start"),
    "retrieve_patient_appointments": query("start", "geNEVER"),
    "amend_appointment": body_set("status", "noshow"),
    "cancel_appointment": body_set("description", "Changed while cancelling"),
    "find_patient": query("identifier", f"{UNKNOWN_SYSTEM}|1"),
    "find_practitioner": query("identifier", f"{UNKNOWN_SYSTEM}|1"),
    "find_organization": query("identifier", f"{UNKNOWN_SYSTEM}|1"),
    "find_location": query("identifier", f"{UNKNOWN_SYSTEM}|1"),
    "register_patient": body_without("parameter.0.resource.birthDate"),
}
