"""Register a patient, temporarily. Source: the Foundations page; STU3-REG-*, DSTU2-REG-*.

The register of the fixture (`pds`) plays the Personal Demographics Service.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.provider.appointments.body import objects, text_of
from conformance.provider.clock import uk_text
from conformance.provider.fault_points import Seam
from conformance.provider.fixture import Facts
from conformance.provider.foundations.identifiers import valid_nhs_number
from conformance.provider.http import Call, Json, Response
from conformance.provider.refusal import Reply
from conformance.provider.rules import Rules, listed
from conformance.provider.store import Row, document

REQUEST = Rules("register")
TRACE = Rules("register")
_LIFETIME = 90 * 86400  # how long a temporary registration lasts
_ALLOWED = {
    "resourceType",
    "id",
    "meta",
    "extension",
    "identifier",
    "name",
    "telecom",
    "gender",
    "birthDate",
    "address",
}


@dataclass(frozen=True)
class Registration:
    """What was sent, and what the practice and PDS know about that NHS number."""

    call: Call
    body: Any
    stored: Row | None = None
    traced: Facts | None = None

    @property
    def parameters(self) -> list[Json]:
        """The parameters sent."""
        return objects(self.body.get("parameter")) if isinstance(self.body, dict) else []

    @property
    def patient(self) -> Json:
        """The Patient sent, empty when there is none."""
        found = [item.get("resource") for item in self.parameters if item.get("name") == "registerPatient"]
        return found[0] if found and isinstance(found[0], dict) else {}

    @property
    def numbers(self) -> list[str]:
        """The NHS numbers sent."""
        systems = self.call.provider.edition.systems("nhs_number")
        found = [item for item in objects(self.patient.get("identifier")) if item.get("system") in systems]
        return [text_of(item.get("value")) for item in found]

    @property
    def number(self) -> str:
        """The first NHS number sent, "" when there is none."""
        return next(iter(self.numbers), "")

    @property
    def official(self) -> list[Json]:
        """The names that count: official ones in STU3, any in DSTU2."""
        names = objects(self.patient.get("name"))
        official = self.call.provider.edition.capabilities.registration_names_are_official
        return [name for name in names if not official or name.get("use") == "official"]


def register_patient(call: Call) -> Response:
    """Register the patient and return the new record."""
    requested = Registration(call, call.provider.bodies.read(call))
    REQUEST.enforce(call, requested)
    provider = call.provider
    with provider.store.writing():
        value = provider.store.patient_by_nhs_number(requested.number)
        registration = Registration(call, requested.body, value, _traced(call, requested.number, value))
        TRACE.enforce(call, registration)
        identifier = _write(registration)
    row = provider.store.patient(identifier)
    assert row is not None
    return provider.searchset(call, [provider.shapes.patient(row)], profiled=True)


def _traced(call: Call, number: str, value: Row | None) -> Facts | None:
    """What PDS knows: people of the practice are known to it, too."""
    if value is None:
        return call.provider.practice.pds.get(number)
    facts = document(value)
    state = (
        "deceased"
        if value["status"] == "deceased"
        else "sensitive"
        if "sensitive" in facts.get("flags", ())
        else "alive"
    )
    return facts | {"state": state}


def _write(registration: Registration) -> str:
    call, store = registration.call, registration.call.provider.store
    now = call.provider.clock.seconds()
    value = registration.stored
    identifier = value["id"] if value else f"Pat-{secrets.token_hex(6)}"
    values = {"id": identifier, "status": "active", "doc": _facts(registration, now)}
    values = call.provider.seams.through(Seam.STORE, values, call)
    store.database.execute(
        "INSERT INTO patient VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (nhs) DO UPDATE SET"
        " id = excluded.id, status = excluded.status, doc = excluded.doc, version = version + 1, updated = excluded.updated",
        (values["id"], registration.number, values["status"], json.dumps(values["doc"]), now),
    )
    return str(values["id"])


def _facts(registration: Registration, now: int) -> Json:
    """The new record: what was sent, completed by what PDS knows (STU3-REG-030)."""
    patient, traced = registration.patient, registration.traced or {}
    before: Mapping[str, Any] = document(registration.stored) if registration.stored else {}
    end = uk_text(now + _LIFETIME)
    name = registration.official[0] if registration.official else traced.get("name", {})
    return {
        "nhs": registration.number,
        "name": _name(name) or traced.get("name"),
        "gender": patient.get("gender") or traced.get("gender"),
        "born": patient.get("birthDate") or traced.get("born"),
        "telecom": [_until(item, end) for item in objects(patient.get("telecom"))],
        "address": [_until(item, end) for item in objects(patient.get("address"))],
        "spoken": [item for item in objects(patient.get("extension")) if "NHSCommunication" in str(item.get("url"))],
        "branch": before.get("branch"),
        "registration": "T",
        "registered": {"start": uk_text(now), "end": end},
    }


def _name(name: Mapping[str, Any]) -> Json:
    family = name.get("family")
    family = family[0] if isinstance(family, list) and family else family
    kept = {part: name[part] for part in ("given", "prefix") if isinstance(name.get(part), list)}
    return {"family": family, **kept} if family else {}


def _until(item: Json, end: str) -> Json:
    """A temporary address or number ends with the registration (STU3-REG-031)."""
    return item | {"period": {"end": end}} if item.get("use") == "temp" else item


# -- what is sent --------------------------------------------------------------------------------------------------


@REQUEST.rule("is-parameters", "INVALID_RESOURCE", dstu2="BAD_REQUEST")
def _is_parameters(requested: Registration) -> str | None:
    """The body is a Parameters resource."""
    kind = requested.body.get("resourceType") if isinstance(requested.body, dict) else None
    return None if kind == "Parameters" else f"the body is a {str(kind)[:40]}, not Parameters"


@REQUEST.rule("one-parameter")
def _one_parameter(requested: Registration) -> str | None:
    """There is one parameter, registerPatient."""
    names = [str(item.get("name"))[:40] for item in requested.parameters]
    return None if names == ["registerPatient"] else f"one parameter registerPatient is expected, not: {listed(names)}"


@REQUEST.rule("is-patient")
def _is_patient(requested: Registration) -> str | None:
    """The parameter holds a Patient."""
    kind = requested.patient.get("resourceType")
    return None if kind == "Patient" else f"registerPatient holds a {str(kind)[:40]}, not a Patient"


@REQUEST.rule("one-number", dstu2="INVALID_PARAMETER")
def _one_number(requested: Registration) -> str | None:
    """The patient has one NHS number."""
    found = len(requested.numbers)
    return None if found == 1 else f"registerPatient has {found} NHS numbers in identifier; one is expected"


@REQUEST.rule("number-valid", "INVALID_NHS_NUMBER")
def _number_valid(requested: Registration) -> str | None:
    """The NHS number is valid."""
    return None if valid_nhs_number(requested.number) else "registerPatient.identifier holds no valid NHS number"


@REQUEST.rule("has-birth-date")
def _has_birth_date(requested: Registration) -> str | None:
    """The patient has a birth date."""
    return None if text_of(requested.patient.get("birthDate")) else "registerPatient.birthDate is missing"


@REQUEST.rule("one-official-name", dstu2=None)
def _one_official_name(requested: Registration) -> str | None:
    """The patient has one official name."""
    found = len(requested.official)
    return None if found == 1 else f"registerPatient.name has {found} official names; one is expected"


@REQUEST.rule("name-complete", dstu2=None)
def _name_complete(requested: Registration) -> str | None:
    """The name has a family and a given name."""
    name = requested.official[0] if requested.official else {}
    whole = text_of(name.get("family")) and name.get("given")
    return None if whole else "registerPatient.name lacks family or given"


@REQUEST.rule("nothing-prohibited", dstu2=None)
def _nothing_prohibited(requested: Registration) -> str | None:
    """The Patient has no other elements than those that may be sent."""
    wrong = sorted(set(requested.patient) - _ALLOWED)
    return f"registerPatient must not have: {listed(wrong)}" if wrong else None


@REQUEST.rule("no-registration-details")
def _no_registration_details(requested: Registration) -> str | None:
    """The registration details are the provider's to fill in."""
    sent = [str(item.get("url")) for item in objects(requested.patient.get("extension"))]
    wrong = [url for url in sent if "RegistrationDetails" in url]
    return "registerPatient must not have the registrationDetails extension" if wrong else None


@REQUEST.rule("addresses-once", dstu2=None)
def _addresses_once(requested: Registration) -> str | None:
    """There is at most one home and one temporary address."""
    uses = Counter(str(item.get("use")) for item in objects(requested.patient.get("address")))
    wrong = [use for use, count in uses.items() if count > 1 or use not in {"home", "temp"}]
    return f"registerPatient.address: not allowed or more than one of use {wrong[0][:20]}" if wrong else None


@REQUEST.rule("telecoms-once", dstu2=None)
def _telecoms_once(requested: Registration) -> str | None:
    """There is at most one e-mail address and one telephone number of each use."""
    kinds = Counter(
        "email" if item.get("system") == "email" else f"{item.get('system')}, {item.get('use')}"
        for item in objects(requested.patient.get("telecom"))
    )
    wrong = [kind for kind, count in kinds.items() if count > 1]
    return f"registerPatient.telecom has more than one: {wrong[0][:40]}" if wrong else None


@REQUEST.rule("language-once", dstu2=None)
def _language_once(requested: Registration) -> str | None:
    """There is at most one language."""
    found = [item for item in objects(requested.patient.get("extension")) if "NHSCommunication" in str(item.get("url"))]
    return "registerPatient has more than one nhsCommunication" if len(found) > 1 else None


@REQUEST.rule("follows-profile")
def _follows_profile(requested: Registration) -> str | None:
    """The Patient follows its profile."""
    return requested.call.provider.bodies.wrong(requested.patient, "Patient")


# -- what the practice and PDS know ---------------------------------------------------------------------------------


@TRACE.rule("not-active", "DUPLICATE_REJECTED", dstu2=Reply("INVALID_RESOURCE", 409, "duplicate"))
def _not_active(registration: Registration) -> str | None:
    """The patient is not registered already."""
    active = registration.stored is not None and registration.stored["status"] == "active"
    known = active and (registration.traced or {}).get("state") != "sensitive"
    return "the patient is already registered here" if known else None


def _in_state(registration: Registration, *states: str) -> bool:
    return (registration.traced or {}).get("state") in states


@TRACE.rule("number-current", "INVALID_NHS_NUMBER")
def _number_current(registration: Registration) -> str | None:
    """PDS does not flag the number as invalid or superseded."""
    return (
        "PDS holds this NHS number as invalid or superseded"
        if _in_state(registration, "invalid", "superseded")
        else None
    )


@TRACE.rule("on-pds", "INVALID_PATIENT_DEMOGRAPHICS")
def _on_pds(registration: Registration) -> str | None:
    """PDS knows the number."""
    return None if registration.traced else "PDS does not know this NHS number"


@TRACE.rule("not-deceased", "INVALID_PATIENT_DEMOGRAPHICS")
def _not_deceased(registration: Registration) -> str | None:
    """The patient is alive."""
    return "the patient is deceased" if _in_state(registration, "deceased") else None


@TRACE.rule("not-sensitive", "INVALID_PATIENT_DEMOGRAPHICS")
def _not_sensitive(registration: Registration) -> str | None:
    """The patient is not flagged as sensitive."""
    return "the patient cannot be registered" if _in_state(registration, "sensitive") else None


@TRACE.rule("verified", "INVALID_PATIENT_DEMOGRAPHICS")
def _verified(registration: Registration) -> str | None:
    """The birth date agrees with PDS, or two of its three parts and the beginnings of the names do (STU3-REG-020)."""
    traced, patient = registration.traced, registration.patient
    if not traced or patient.get("birthDate") == traced["born"]:
        return None
    parts = zip(str(patient.get("birthDate")).split("-"), traced["born"].split("-"), strict=False)
    same_parts = sum(sent == known for sent, known in parts)
    sent_name = _name(registration.official[0]) if registration.official else {}
    near = same_parts >= 2 and _beginnings(sent_name) == _beginnings(traced["name"])
    return None if near else "birthDate does not agree with PDS for this NHS number"


def _beginnings(name: Mapping[str, Any]) -> tuple[str, str]:
    given = name.get("given") or [""]
    return str(name.get("family", "")).lower()[:3], str(given[0]).lower()[:1]
