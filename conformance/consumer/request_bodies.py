"""The resources a consumer sends: a booking, an amendment, a cancellation, a registration. All valid.

Sources: the pages "Book an appointment", "Amend …", "Cancel …", "Register a patient" of each edition; *-BOOK-*,
*-AMEND-*, *-CANCEL-*, *-REG-* with actor consumer. Where editions differ, the difference is a named function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from conformance.config.model import Config, Registration
from conformance.consumer.json_edit import copied
from conformance.consumer.uk_time import parse_instant, to_uk_text
from conformance.core.errors import InternalError
from conformance.spec import Edition

Resource = dict[str, Any]

DESCRIPTION = "GP Connect conformance test"
COMMENT = "Booked by a conformance test; may be cancelled."
_CONTAINED_ID = "booking-organisation"
_VERIFIED = "01"  # number present and verified


def booking(
    edition: Edition,
    config: Config,
    *,
    slots: Sequence[Resource],
    patient_id: str,
    location_id: str,
    now: datetime,
    practitioner_id: str | None = None,
    description: str = DESCRIPTION,
    comment: str | None = COMMENT,
) -> Resource:
    """Return an Appointment that books `slots` (one, or adjacent ones in any order, as the search gave them).

    `now` (aware) is when it is made. Raises InternalError for slots without id or times: a caller's slip, since a
    scenario checks its slots before it books them.
    """
    ordered = sorted(slots, key=_slot_start)
    actors = [f"Patient/{patient_id}", f"Location/{location_id}"]
    if practitioner_id is not None:
        actors.append(f"Practitioner/{practitioner_id}")
    return {
        "resourceType": "Appointment",
        "meta": {"profile": [_profile(edition, "Appointment")]},
        **_booked_by(edition, config),
        "status": "booked",
        "description": description,
        "start": ordered[0]["start"],
        "end": ordered[-1]["end"],
        "slot": [{"reference": f"Slot/{slot['id']}"} for slot in ordered],
        **_created(edition, now),
        **({} if comment is None else {"comment": comment}),
        "participant": [{"actor": {"reference": actor}, "status": "accepted"} for actor in actors],
    }


def amendment(appointment: Mapping[str, Any], **changes: Any) -> Resource:
    """Return the whole appointment with elements replaced; a change to None removes the element."""
    body = copied(dict(appointment)) | copied(changes)
    return {name: value for name, value in body.items() if value is not None}


def cancellation(
    edition: Edition, appointment: Mapping[str, Any], reason: str = "Conformance test is over"
) -> Resource:
    """Return the whole appointment cancelled for a reason, nothing else changed."""
    url = extension_url(edition, "cancellation_reason")
    held = appointment.get("extension")
    kept = held if isinstance(held, list) else []
    others = [item for item in kept if not (isinstance(item, dict) and item.get("url") == url)]
    return amendment(appointment, status="cancelled", extension=[*others, {"url": url, "valueString": reason}])


def registration(edition: Edition, patient: Registration) -> Resource:
    """Return the Parameters of a registration: verified NHS number, name, birth date, and gender where given."""
    status = {"system": edition.systems("nhs_number_verification")[0], "code": _VERIFIED}
    verified = {
        "url": extension_url(edition, "nhs_number_verification"),
        "valueCodeableConcept": {"coding": [status]},
    }
    number = {"system": edition.systems("nhs_number")[0], "value": patient.nhs_number}
    resource = {
        "resourceType": "Patient",
        "meta": {"profile": [_profile(edition, "Patient")]},
        "identifier": [{"extension": [verified], **number}],
        "name": [_name(edition, patient)],
        **({"gender": patient.gender} if patient.gender else {}),
        "birthDate": patient.birth_date,
    }
    return {"resourceType": "Parameters", "parameter": [{"name": "registerPatient", "resource": resource}]}


def extension_url(edition: Edition, name: str) -> str:
    """Return the URL to send for an extension of the edition. Raises InternalError where it has none of that name."""
    canonical = edition.extension(name)
    if canonical is None:
        raise InternalError(f"edition {edition.name} has no extension {name}")
    return canonical.to_send


def _profile(edition: Edition, resource_type: str) -> str:
    canonical = edition.profile(resource_type)
    if canonical is None:
        raise InternalError(f"edition {edition.name} has no profile for {resource_type}")
    return canonical.to_send


def _slot_start(slot: Resource) -> datetime:
    start = parse_instant(slot.get("start", ""))
    if start is None or not slot.get("end") or not slot.get("id"):
        raise InternalError("a slot to be booked lacks an id, a start with zone, or an end")
    return start


def _booked_by(edition: Edition, config: Config) -> Resource:
    """The booking organisation, contained and pointed to by its extension (STU3-BOOK-009, -010); DSTU2 has none."""
    if edition.extension("booking_organization") is None:
        return {}
    consumer = config.consumer
    type_ = [{"coding": [{"system": edition.systems("organization_type")[0], "code": consumer.organization.type}]}]
    organization = {
        "resourceType": "Organization",
        "id": _CONTAINED_ID,
        "meta": {"profile": [_profile(edition, "Organization")]},
        "identifier": [{"system": edition.systems("organization")[0], "value": consumer.ods_code}],
        **({"type": type_} if consumer.organization.type else {}),
        "name": consumer.organization.name,
        "telecom": [{"system": "phone", "value": consumer.organization.telecom}],
    }
    link = {"url": extension_url(edition, "booking_organization"), "valueReference": {"reference": f"#{_CONTAINED_ID}"}}
    return {"contained": [organization], "extension": [link]}


def _created(edition: Edition, now: datetime) -> Resource:
    """`created` came with STU3 (STU3-BOOK-011)."""
    return {"created": to_uk_text(now)} if edition.capabilities.bookings_have_created else {}


def _name(edition: Edition, patient: Registration) -> Resource:
    """DSTU2's Patient profile requires a usual name and lists family names; STU3 for an official one, with one family."""
    family = [patient.family] if edition.capabilities.family_names_are_lists else patient.family
    return {"use": edition.capabilities.patient_name_use, "family": family, "given": [patient.given]}
