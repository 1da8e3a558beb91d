"""How updates are made wrong: deviations that depend on the appointment as the provider holds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from conformance.checks.json_values import every, extensions, first, instant, targets
from conformance.consumer.json_edit import copied, value_at
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import body_add, body_set, body_without, raw_body
from conformance.consumer.uk_time import to_uk_text
from conformance.core.errors import InternalError
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.slot_pool import FreeSlot
from conformance.fhir.addresses import read_reference


@dataclass
class Ground:
    """What a deviation may depend on: the appointment as it is, the valid request, and slots leased on the way."""

    context: ScenarioContext
    held: BookedAppointment
    request: Request
    others: list[FreeSlot] = field(default_factory=list)

    @property
    def value(self) -> dict[str, Any]:
        """The appointment as it is."""
        return self.held.value

    @property
    def body(self) -> dict[str, Any]:
        """A copy of the body of the request."""
        assert isinstance(self.request.body, dict)
        body: dict[str, Any] = copied(self.request.body)
        return body

    def participant(self, kind: str) -> int:
        """Return the place of the first participant of a resource type; the scenario ends as not testable without one."""
        actors = [read_reference(first(item, "actor.reference")) for item in every(self.value, "participant")]
        found = next((place for place, actor in enumerate(actors) if actor.leads_to(kind)), None)
        if found is None:
            self.context.cannot(f"the appointment to start from has no {kind} among its participants", Blame.PROVIDER)
        return found

    def extension(self, name: str) -> int:
        """Return the place of the edition's extension of this name in the body of the request."""
        canonical = self.context.edition.extension(name)
        urls = canonical.accepted if canonical else ()
        held = list(every(self.request.body, "extension"))
        found = next((place for place, item in enumerate(held) if item in extensions(self.request.body, *urls)), None)
        if found is None:
            self.context.cannot(f"the appointment to start from has no extension for its {name}", Blame.PROVIDER)
        return found


Deviation = Change | Callable[[Ground], Change]


def deviating(ground: Ground, given: Deviation | Sequence[Deviation]) -> Request:
    """Return the request with the deviations of a case, those that depend on the appointment worked out one by one."""
    for item in given if isinstance(given, Sequence) else [given]:
        change = item if isinstance(item, Change) else item(ground)
        ground.request = change(ground.request)
    return ground.request


def edit(path: str, value: Any) -> Callable[[Ground], Change]:
    """Give an element a value, whether or not the appointment has it already."""

    def change(ground: Ground) -> Change:
        try:
            value_at(ground.request.body, path)
        except InternalError:
            return body_add(path, value)
        return body_set(path, value)

    return change


def shifted(path: str, **by: int) -> Callable[[Ground], Change]:
    """Move an instant by the words of timedelta."""

    def change(ground: Ground) -> Change:
        moment = instant(ground.value.get(path))
        if moment is None:
            ground.context.cannot(f"the appointment to start from has no {path} that can be read", Blame.PROVIDER)
        return body_set(path, to_uk_text(moment + timedelta(**by)))

    return change


def another_slot(ground: Ground) -> Change:
    """Refer to another free slot instead."""
    return body_set("slot.0.reference", f"Slot/{_lease(ground).id}")


def one_more_slot(ground: Ground) -> Change:
    """Refer to another free slot as well."""
    return body_add(f"slot.{_count(ground, 'slot')}", {"reference": f"Slot/{_lease(ground).id}"})


def one_slot_less(ground: Ground) -> Change:
    """Refer to the first of two slots only."""
    if _count(ground, "slot") < 2:
        ground.context.cannot("the appointment to start from does not show its two slots", Blame.PROVIDER)
    return body_without("slot.1")


def rescheduled(ground: Ground) -> Change:
    """Refer to another free slot, with its start and end."""
    slot = _lease(ground)
    moved = {
        "start": to_uk_text(slot.start),
        "end": to_uk_text(slot.end),
        "slot": [{"reference": f"Slot/{slot.id}"}],
    }
    changed = ground.body | moved
    return Change(f"moved to Slot/{slot.id}", lambda request: request.with_(body=changed))


def _count(ground: Ground, element: str) -> int:
    return len(list(every(ground.value, element)))


def _lease(ground: Ground) -> FreeSlot:
    slot = ground.context.arrange.slot(what="a second free slot")
    ground.others.append(slot)
    return slot


def another_patient(ground: Ground) -> Change:
    """Put another patient in the place of the first."""
    other = ground.context.arrange.patient_id(ground.context.arrange.patient(index=1))
    return body_set(f"participant.{ground.participant('Patient')}.actor.reference", f"Patient/{other}")


def another_location(ground: Ground) -> Change:
    """Put another of the practice's locations in the place of the one booked."""
    place = ground.participant("Location")
    here = read_reference(ground.value["participant"][place]["actor"]["reference"]).target
    others = {
        f"Location/{slot.location_id}" for slot in ground.context.arrange.slot_pool.free() if slot.location_id
    } - {here}
    if not others:
        ground.context.cannot("the provider offers slots at one location only")
    return body_set(f"participant.{place}.actor.reference", min(others))


def another_practitioner(ground: Ground) -> Change:
    """Put another practitioner in the place of the one booked."""
    place = ground.participant("Practitioner")
    here = read_reference(ground.value["participant"][place]["actor"]["reference"]).target
    return body_set(f"participant.{place}.actor.reference", _a_practitioner(ground, here))


def one_more_practitioner(ground: Ground) -> Change:
    """Add a practitioner who does not take part."""
    held = targets(ground.value, "participant.actor.reference")
    actor = {"reference": _a_practitioner(ground, *held)}
    return body_add(f"participant.{_count(ground, 'participant')}", {"actor": actor, "status": "accepted"})


def _a_practitioner(ground: Ground, *but: str) -> str:
    free = ground.context.arrange.slot_pool.free()
    others = {f"Practitioner/{slot.practitioner_id}" for slot in free if slot.practitioner_id} - set(but)
    if not others:
        ground.context.cannot("the provider offers no slots of a second practitioner")
    return min(others)


def without_participant(kind: str) -> Callable[[Ground], Change]:
    """Leave out the participant of a resource type."""
    return lambda ground: body_without(f"participant.{ground.participant(kind)}")


def declined(ground: Ground) -> Change:
    """Let the patient decline."""
    return body_set(f"participant.{ground.participant('Patient')}.status", "declined")


def absolute(path: str, kind: str = "") -> Callable[[Ground], Change]:
    """Write a reference with the service root before it; `{}` in the path is the place of the participant `kind`."""

    def change(ground: Ground) -> Change:
        at = path.format(ground.participant(kind)) if kind else path
        relative = value_at(ground.request.body, at)
        return body_set(at, f"{ground.context.config.provider.base_url}/{relative}")

    return change


def in_extension(name: str, path: str, value: Any) -> Callable[[Ground], Change]:
    """Give part of an extension another value."""
    return lambda ground: edit(f"extension.{ground.extension(name)}.{path}", value)(ground)


def without_in_extension(name: str, path: str = "") -> Callable[[Ground], Change]:
    """Leave out an extension, or part of it."""
    return lambda ground: body_without(f"extension.{ground.extension(name)}{path and '.'}{path}")


def another_channel(ground: Ground) -> Change:
    """Name another delivery channel than the slot's."""
    place = ground.extension("delivery_channel")
    held = value_at(ground.request.body, f"extension.{place}.valueCode")
    return body_set(f"extension.{place}.valueCode", "Telephone" if held != "Telephone" else "In-person")


def in_organisation(path: str, value: Any) -> Callable[[Ground], Change]:
    """Give part of the contained booking organisation another value."""

    def change(ground: Ground) -> Change:
        if first(first(ground.value, "contained"), "resourceType") != "Organization":
            ground.context.cannot("the appointment to start from shows no booking organisation", Blame.PROVIDER)
        return body_set(f"contained.0.{path}", value)

    return change


def one_more_identifier(ground: Ground) -> Change:
    """Add a business identifier."""
    held = _count(ground, "identifier")
    return body_add(f"identifier.{held}", _IDENTIFIER) if held else body_add("identifier", [_IDENTIFIER])


_IDENTIFIER = {"system": "https://consumer.example.org/Id/appointment", "value": "A-1"}


def without_provider_elements(ground: Ground) -> Change:
    """Leave out what the provider itself supplied: the pages' own examples of requests do."""
    own = [url for name in ("delivery_channel", "practitioner_role") for url in _urls(ground, name)]
    body = ground.body
    for name in ("serviceType", "serviceCategory"):
        body.pop(name, None)
    body["extension"] = [item for item in body.get("extension") or () if item.get("url") not in own]
    return Change("without what the provider supplied", lambda request: request.with_(body=body))


def _urls(ground: Ground, name: str) -> Sequence[str]:
    canonical = ground.context.edition.extension(name)
    return canonical.accepted if canonical else ()


def instead(body: Callable[[Ground], Any], label: str) -> Callable[[Ground], Change]:
    """Send something else in the place of the appointment."""
    return lambda ground: raw_body(json.dumps(body(ground)).encode(), label)


def cut_short(ground: Ground) -> Change:
    """Send the body without its last third."""
    data = json.dumps(ground.request.body).encode()
    return raw_body(data[: len(data) * 2 // 3], "with a body that breaks off")
