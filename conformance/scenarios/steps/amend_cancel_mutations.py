"""Deviations from a valid update that depend on the appointment as the provider stores it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from conformance.checks.json_values import every, extensions, first, instant, targets
from conformance.consumer.json_edit import copied, value_at
from conformance.consumer.request import Change, Request, json_bytes
from conformance.consumer.request_mutations import body_add, body_set, body_without, raw_body
from conformance.consumer.uk_time import to_uk_text
from conformance.core.errors import InternalError
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.slot_pool import FreeSlot
from conformance.fhir.addresses import read_reference


@dataclass
class PlannedUpdate:
    """A valid update to deviate from: the appointment, the request, and other slots reserved for it."""

    context: ScenarioContext
    booked: BookedAppointment
    request: Request
    others: list[FreeSlot] = field(default_factory=list)

    @property
    def value(self) -> dict[str, Any]:
        """The appointment as it is stored."""
        return self.booked.value

    @property
    def body(self) -> dict[str, Any]:
        """A copy of the body of the request."""
        assert isinstance(self.request.body, dict)
        body: dict[str, Any] = copied(self.request.body)
        return body

    def participant(self, kind: str) -> int:
        """Return the index of the first participant of a resource type; CannotTest without one."""
        actors = [read_reference(first(item, "actor.reference")) for item in every(self.value, "participant")]
        found = next((place for place, actor in enumerate(actors) if actor.leads_to(kind)), None)
        if found is None:
            self.context.cannot(f"the appointment to start from has no {kind} among its participants", Blame.PROVIDER)
        return found

    def extension(self, name: str) -> int:
        """Return the index of the edition's extension of this name in the body of the request."""
        canonical = self.context.edition.extension(name)
        urls = canonical.accepted if canonical else ()
        present = list(every(self.request.body, "extension"))
        found = next(
            (place for place, item in enumerate(present) if item in extensions(self.request.body, *urls)), None
        )
        if found is None:
            self.context.cannot(f"the appointment to start from has no extension for its {name}", Blame.PROVIDER)
        return found


Deviation = Change | Callable[[PlannedUpdate], Change]


def deviating(planned: PlannedUpdate, given: Deviation | Sequence[Deviation]) -> Request:
    """Return the request with the deviations of a case, resolving those that depend on the appointment one by one."""
    for item in given if isinstance(given, Sequence) else [given]:
        change = item if isinstance(item, Change) else item(planned)
        planned.request = change(planned.request)
    return planned.request


def edit(path: str, value: Any) -> Callable[[PlannedUpdate], Change]:
    """Set an element, whether or not the appointment has it already."""

    def change(planned: PlannedUpdate) -> Change:
        try:
            value_at(planned.request.body, path)
        except InternalError:
            return body_add(path, value)
        return body_set(path, value)

    return change


def shifted(path: str, **by: int) -> Callable[[PlannedUpdate], Change]:
    """Move an instant by the words of timedelta."""

    def change(planned: PlannedUpdate) -> Change:
        moment = instant(planned.value.get(path))
        if moment is None:
            planned.context.cannot(f"the appointment to start from has no {path} that can be read", Blame.PROVIDER)
        return body_set(path, to_uk_text(moment + timedelta(**by)))

    return change


def another_slot(planned: PlannedUpdate) -> Change:
    """Refer to another free slot instead."""
    return body_set("slot.0.reference", f"Slot/{_lease(planned).id}")


def one_more_slot(planned: PlannedUpdate) -> Change:
    """Refer to another free slot as well."""
    return body_add(f"slot.{_count(planned, 'slot')}", {"reference": f"Slot/{_lease(planned).id}"})


def one_slot_less(planned: PlannedUpdate) -> Change:
    """Refer to the first of two slots only."""
    if _count(planned, "slot") < 2:
        planned.context.cannot("the appointment to start from does not show its two slots", Blame.PROVIDER)
    return body_without("slot.1")


def rescheduled(planned: PlannedUpdate) -> Change:
    """Refer to another free slot, with its start and end."""
    slot = _lease(planned)
    moved = {
        "start": to_uk_text(slot.start),
        "end": to_uk_text(slot.end),
        "slot": [{"reference": f"Slot/{slot.id}"}],
    }
    changed = planned.body | moved
    return Change(f"moved to Slot/{slot.id}", lambda request: request.with_(body=changed))


def _count(planned: PlannedUpdate, element: str) -> int:
    return len(list(every(planned.value, element)))


def _lease(planned: PlannedUpdate) -> FreeSlot:
    slot = planned.context.arrange.slot(what="a second free slot")
    planned.others.append(slot)
    return slot


def another_patient(planned: PlannedUpdate) -> Change:
    """Replace the patient by another."""
    other = planned.context.arrange.patient_id(planned.context.arrange.patient(index=1))
    return body_set(f"participant.{planned.participant('Patient')}.actor.reference", f"Patient/{other}")


def another_location(planned: PlannedUpdate) -> Change:
    """Replace the location by another of the practice."""
    place = planned.participant("Location")
    here = read_reference(planned.value["participant"][place]["actor"]["reference"]).target
    others = {
        f"Location/{slot.location_id}" for slot in planned.context.arrange.slot_pool.free() if slot.location_id
    } - {here}
    if not others:
        planned.context.cannot("the provider offers slots at one location only")
    return body_set(f"participant.{place}.actor.reference", min(others))


def another_practitioner(planned: PlannedUpdate) -> Change:
    """Replace the practitioner by another."""
    place = planned.participant("Practitioner")
    here = read_reference(planned.value["participant"][place]["actor"]["reference"]).target
    return body_set(f"participant.{place}.actor.reference", _a_practitioner(planned, here))


def one_more_practitioner(planned: PlannedUpdate) -> Change:
    """Add a practitioner who does not take part."""
    current = targets(planned.value, "participant.actor.reference")
    actor = {"reference": _a_practitioner(planned, *current)}
    return body_add(f"participant.{_count(planned, 'participant')}", {"actor": actor, "status": "accepted"})


def _a_practitioner(planned: PlannedUpdate, *but: str) -> str:
    free = planned.context.arrange.slot_pool.free()
    others = {f"Practitioner/{slot.practitioner_id}" for slot in free if slot.practitioner_id} - set(but)
    if not others:
        planned.context.cannot("the provider offers no slots of a second practitioner")
    return min(others)


def without_participant(kind: str) -> Callable[[PlannedUpdate], Change]:
    """Leave out the participant of a resource type."""
    return lambda planned: body_without(f"participant.{planned.participant(kind)}")


def declined(planned: PlannedUpdate) -> Change:
    """Set the patient's participation to declined."""
    return body_set(f"participant.{planned.participant('Patient')}.status", "declined")


def absolute(path: str, kind: str = "") -> Callable[[PlannedUpdate], Change]:
    """Write a reference with the service root before it; `{}` in the path is the index of the participant `kind`."""

    def change(planned: PlannedUpdate) -> Change:
        at = path.format(planned.participant(kind)) if kind else path
        relative = value_at(planned.request.body, at)
        return body_set(at, f"{planned.context.config.provider.base_url}/{relative}")

    return change


def in_extension(name: str, path: str, value: Any) -> Callable[[PlannedUpdate], Change]:
    """Set part of an extension."""
    return lambda planned: edit(f"extension.{planned.extension(name)}.{path}", value)(planned)


def without_in_extension(name: str, path: str = "") -> Callable[[PlannedUpdate], Change]:
    """Leave out an extension, or part of it."""
    return lambda planned: body_without(f"extension.{planned.extension(name)}{path and '.'}{path}")


def another_channel(planned: PlannedUpdate) -> Change:
    """Name another delivery channel than the slot's."""
    place = planned.extension("delivery_channel")
    current = value_at(planned.request.body, f"extension.{place}.valueCode")
    return body_set(f"extension.{place}.valueCode", "Telephone" if current != "Telephone" else "In-person")


def in_organisation(path: str, value: Any) -> Callable[[PlannedUpdate], Change]:
    """Set part of the contained booking organisation."""

    def change(planned: PlannedUpdate) -> Change:
        if first(first(planned.value, "contained"), "resourceType") != "Organization":
            planned.context.cannot("the appointment to start from has no booking organisation", Blame.PROVIDER)
        return body_set(f"contained.0.{path}", value)

    return change


def one_more_identifier(planned: PlannedUpdate) -> Change:
    """Add a business identifier."""
    present = _count(planned, "identifier")
    return body_add(f"identifier.{present}", _IDENTIFIER) if present else body_add("identifier", [_IDENTIFIER])


_IDENTIFIER = {"system": "https://consumer.example.org/Id/appointment", "value": "A-1"}


def without_provider_elements(planned: PlannedUpdate) -> Change:
    """Omit the elements that the provider itself supplied, as the pages' own examples of requests do."""
    own = [url for name in ("delivery_channel", "practitioner_role") for url in _urls(planned, name)]
    body = planned.body
    for name in ("serviceType", "serviceCategory"):
        body.pop(name, None)
    body["extension"] = [item for item in body.get("extension") or () if item.get("url") not in own]
    return Change("without what the provider supplied", lambda request: request.with_(body=body))


def _urls(planned: PlannedUpdate, name: str) -> Sequence[str]:
    canonical = planned.context.edition.extension(name)
    return canonical.accepted if canonical else ()


def instead(body: Callable[[PlannedUpdate], Any], label: str) -> Callable[[PlannedUpdate], Change]:
    """Send another body in place of the appointment."""
    return lambda planned: raw_body(json_bytes(body(planned)), label)


def truncated(planned: PlannedUpdate) -> Change:
    """Send the body without its last third."""
    data = json_bytes(planned.request.body)
    return raw_body(data[: len(data) * 2 // 3], "with a truncated body")
