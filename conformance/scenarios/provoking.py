"""One request for each interaction that the provider itself must refuse, headers and token being right."""

from __future__ import annotations

from collections.abc import Callable

from conformance.consumer.deviations import body_set, body_without, query
from conformance.consumer.request import Change, Request
from conformance.harness.scene import Scene
from conformance.scenarios.asking import question

UNKNOWN_SYSTEM = "https://example.org/Id/unknown"


def refusable(scene: Scene, key: str) -> Request:
    """Return a request of an interaction that must be refused; the interaction has to have one of its own (not metadata)."""
    kind = key.removeprefix("read_") if key.startswith("read_") else ""
    if kind:
        whose = scene.patient().nhs_number if kind in {"appointment", "patient"} else None
        return scene.requests.read(kind.capitalize(), scene.config.data.unknown.logical_id, nhs_number=whose)
    return _CHANGES[key](question(scene, key).request)


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
