"""Faults in what an appointment holds when it is retrieved or read: the same table for both interactions."""

from __future__ import annotations

from collections.abc import Callable

from conformance.provider.faults.effects import Edit, alter, change, drop_extension, put, without
from conformance.provider.faults.fault import DSTU2, EVERY, STU3, Fault
from conformance.provider.http import Json

_Rows = tuple[tuple[str, str, tuple[str, ...], tuple[Edit, ...]], ...]


def _actors(edit: Callable[[str], str | None]) -> Edit:
    """Change the references of the participants; None leaves a participant out."""

    def new(value: list[Json]) -> list[Json]:
        changed = [(item, edit(item["actor"]["reference"])) for item in value]
        return [item | {"actor": {"reference": reference}} for item, reference in changed if reference]

    return alter("participant", new)


def _lacking(kind: str) -> Edit:
    return _actors(lambda reference: None if reference.startswith(f"{kind}/") else reference)


def _dangling(kind: str) -> Edit:
    return _actors(lambda reference: f"{kind}/none" if reference.startswith(f"{kind}/") else reference)


def _of_another(reference: str) -> str:
    return "Patient/pat-05" if reference.startswith("Patient/") else reference


def _stripped(value: Json) -> Json:
    kept = ("resourceType", "id", "meta", "status", "extension")
    return {name: value[name] for name in kept if name in value} if value["status"] == "cancelled" else value


def _swapped(value: Json) -> Json:
    return value | {"start": value["end"], "end": value["start"]}


_REASON = drop_extension("ancellation")

_ROWS: _Rows = (
    ("other-profile", "names FHIR's own profile", EVERY,
     (put("meta.profile", ["http://hl7.org/fhir/StructureDefinition/Appointment"]),)),
    ("without-version", "omits meta.versionId", EVERY, (without("meta.versionId"),)),
    ("stale-version", "always shows version 1", EVERY, (put("meta.versionId", "1"),)),
    ("without-identifier", "omits the business identifier", EVERY, (without("identifier"),)),
    ("identifier-without-system", "has business identifiers without system", EVERY, (without("identifier.system"),)),
    ("odd-status", "has a status that FHIR does not know", EVERY, (put("status", "confirmed"),)),
    ("always-booked", "shows cancelled appointments as booked", EVERY, (put("status", "booked"),)),
    ("always-cancelled", "shows booked appointments as cancelled", EVERY, (put("status", "cancelled"),)),
    ("cancelled-without-reason", "omits the cancellation reason", EVERY, (_REASON,)),
    ("cancelled-is-stripped", "keeps of cancelled appointments no more than that they are", EVERY, (_stripped,)),
    ("times-swapped", "swaps start and end", EVERY, (_swapped,)),
    ("without-slot", "omits the slots", EVERY, (without("slot"),)),
    ("one-slot-only", "names the first slot only", EVERY, (alter("slot", lambda value: value[:1]),)),
    ("without-description", "omits the description", EVERY, (without("description"),)),
    ("without-comment", "omits the comment", EVERY, (without("comment"),)),
    ("without-participants", "omits the participants", EVERY, (without("participant"),)),
    ("without-participant-status", "omits the participants' status", EVERY, (without("participant.status"),)),
    ("other-patient", "names another patient", EVERY, (_actors(_of_another),)),
    ("without-location", "omits the place", EVERY, (_lacking("Location"),)),
    ("without-practitioner", "omits the practitioner", EVERY, (_lacking("Practitioner"),)),
    ("dangling-patient", "refers to a patient who cannot be read", STU3, (_dangling("Patient"),)),
    ("dangling-practitioner", "refers to a practitioner who cannot be read", STU3, (_dangling("Practitioner"),)),
    ("dangling-location", "refers to a place that cannot be read", STU3, (_dangling("Location"),)),
    ("without-created", "omits created", STU3, (without("created"),)),
    ("without-service", "omits the slot type", STU3, (without("serviceType"),)),
    ("without-category", "omits the session's name", STU3, (without("serviceCategory"),)),
    ("without-channel", "omits the delivery channel", STU3, (drop_extension("DeliveryChannel"),)),
    ("without-role", "omits the practitioner role", STU3, (drop_extension("PractitionerRole"),)),
    ("without-organization", "omits the booking organisation", STU3,
     (without("contained"), drop_extension("BookingOrganisation"))),
    ("organization-without-type", "omits the booking organisation's type", STU3, (without("contained.type"),)),
    ("organization-uncontained", "refers to a contained organisation that is not there", STU3, (without("contained"),)),
    ("organization-with-version", "gives the contained organisation a version", STU3,
     (put("contained.meta.versionId", "1"),)),
    ("with-reason", "adds a reason", STU3, (put("reason", [{"text": "Headache"}]),)),
    ("with-specialty", "adds a specialty", STU3, (put("specialty", [{"text": "General practice"}]),)),
    ("without-reason", "omits the reason", DSTU2, (without("reason"),)),
    ("without-priority", "omits the priority", DSTU2, (without("priority"),)),
    ("without-type", "omits the type", DSTU2, (without("type"),)),
)  # fmt: skip


def content_faults(area: str) -> tuple[Fault, ...]:
    """Return the table for an interaction by its short name, each fault named `area.what`."""
    return tuple(
        Fault(f"{area}.{name}", about, change("Appointment", *edits, on=area), editions)
        for name, about, editions, edits in _ROWS
    )
