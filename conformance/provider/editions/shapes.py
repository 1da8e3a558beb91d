"""Resources as both editions have them. What an edition does otherwise is in its own module.

Functions take rows of the database or facts of the fixture and return the JSON form. Elements without data are left out.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from conformance.provider.clock import uk_text
from conformance.provider.fixture import Facts, Practice
from conformance.provider.refusal import Reply
from conformance.provider.store import Row, Store, document
from conformance.spec.model import Edition

Json = dict[str, Any]
OWN_APPOINTMENT_IDS = "https://beeches.example/Id/appointment"


@dataclass(frozen=True)
class Appointment:
    """An appointment with what it is made of: its row, its document, its slots and their schedule."""

    row: Row
    doc: Json
    slots: Sequence[Row]
    schedule: Row

    @property
    def version(self) -> str:
        """The version id."""
        return str(self.row["version"])


def load_appointment(store: Store, identifier: str) -> Appointment | None:
    """Return an appointment by id, or None."""
    row = store.appointment(identifier)
    return None if row is None else gather(store, row)


def gather(store: Store, row: Row) -> Appointment:
    """Return an appointment's row with what belongs to it."""
    return gather_all(store, [row])[0]


def gather_all(store: Store, rows: Sequence[Row]) -> list[Appointment]:
    """Return appointments' rows with what belongs to them: two questions to the database, however many they are."""
    slots: dict[str, list[Row]] = {}
    for slot in store.slots_of_all([row["id"] for row in rows]):
        slots.setdefault(slot["appointment"], []).append(slot)
    schedules = {row["id"]: row for row in store.schedules({row[0]["schedule"] for row in slots.values()})}
    return [
        Appointment(row, document(row), slots[row["id"]], schedules[slots[row["id"]][0]["schedule"]]) for row in rows
    ]


def present(**elements: Any) -> Json:
    """The elements that have a value, without empty ones."""
    return {name: value for name, value in elements.items() if value or value == 0}  # False and 0 are values


class Shapes(ABC):
    """The resources of one edition."""

    codes: str  # where the edition's code systems live
    definitions: str  # where its StructureDefinitions live
    official_name: str
    displays: bool = False  # whether references carry a display
    headers: Mapping[str, str]  # of every response
    not_found: Reply  # for a resource that does not exist, where no code of its own does
    statement_date: str  # of the capability statement
    register_operation: str  # the canonical URL of its OperationDefinition

    def __init__(self, edition: Edition, practice: Practice) -> None:
        self.edition = edition
        self.practice = practice
        self._profiles = {kind: str(row["canonical"]) for kind, row in edition.raw["profiles"].items()}
        self.person: Callable[[str], Facts | None] = lambda _: None  # the facts of a patient; the provider's to say

    # -- parts -----------------------------------------------------------------------------------------------------

    def meta(self, kind: str, version: object, updated: int) -> Json:  # noqa: ARG002 - DSTU2 says when
        """The metadata of a resource with its own version."""
        profile = self._profiles.get(kind)
        return {"versionId": str(version), "profile": [profile]} if profile else {"versionId": str(version)}

    def identifier(self, use: str, value: str) -> Json:
        """An identifier in the system that the edition sends for a use."""
        return {"system": self.edition.systems(use)[0], "value": value}

    def reference(self, target: str) -> Json:
        """A relative reference, with a display where the edition wants one."""
        reference = {"reference": target} if target else {}
        return reference | {"display": self.display(target)} if self.displays else reference

    def display(self, target: str) -> str:
        """A short name of what a reference leads to."""
        if target in self._names:
            return self._names[target]
        kind, _, identifier = target.partition("/")
        facts = self.person(identifier) if kind == "Patient" else None
        return full_name(facts["name"]) if facts else f"{kind} {identifier}".strip()

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """The names of the fixture's people and places, which never change, by reference."""
        practice = self.practice
        value = {
            "Organization": practice.organizations,
            "Location": practice.locations,
            "Practitioner": practice.practitioners,
        }
        names = {f"{kind}/{key}": row["name"] for kind, rows in value.items() for key, row in rows.items()}
        return {target: name if isinstance(name, str) else full_name(name) for target, name in names.items()}

    def coding(self, system: str, code: str, display: str) -> Json:
        """A CodeableConcept of one coding in one of the edition's own code systems."""
        return {"coding": [{"system": f"{self.codes}{system}", "code": code, "display": display}]}

    def extension(self, name: str, **content: Any) -> Json:
        """An extension of the edition by the last part of its URL."""
        return {"url": f"{self.definitions}{name}", **content}

    @abstractmethod
    def human_name(self, name: Facts, use: str = "") -> Any:
        """A name as the edition writes it."""

    def language(self, language: Facts) -> Json:
        """The extension that says which language a person speaks."""
        parts: list[Json] = [
            {
                "url": "language",
                "valueCodeableConcept": self.coding(
                    "CareConnect-HumanLanguage-1", language["code"], language["display"]
                ),
            }
        ]
        if "interpreter" in language:
            parts.append({"url": "interpreterRequired", "valueBoolean": language["interpreter"]})
        return self.extension("Extension-CareConnect-GPC-NHSCommunication-1", extension=parts)

    # -- people and places -----------------------------------------------------------------------------------------

    def organization(self, facts: Facts) -> Json:
        """An Organization."""
        return present(
            resourceType="Organization",
            id=facts["id"],
            meta=self.meta("Organization", 1, 0),
            identifier=[self.identifier("organization", facts["ods"])],
            name=facts["name"],
            telecom=list(facts["telecom"]),
            address=[dict(facts["address"])],
        )

    def location(self, facts: Facts) -> Json:
        """A Location."""
        return present(
            resourceType="Location",
            id=facts["id"],
            meta=self.meta("Location", 1, 0),
            identifier=[self.identifier("site", facts["site"])],
            name=facts["name"],
            telecom=list(facts["telecom"]),
            address=dict(facts["address"]),
            managingOrganization=self.reference(f"Organization/{facts['managing']}"),
        )

    def practitioner(self, facts: Facts) -> Json:
        """A Practitioner."""
        name = self.human_name(facts["name"])
        roles = [self.identifier("sds_role_profile", value) for value in facts["sds_roles"]]
        return present(
            resourceType="Practitioner",
            id=facts["id"],
            meta=self.meta("Practitioner", 1, 0),
            extension=[self.language(language) for language in facts["languages"]],
            identifier=[self.identifier("sds_user", facts["sds_user"]), *roles],
            name=name,
            gender=facts["gender"],
            **self.practitioner_more(facts),
        )

    def practitioner_more(self, facts: Facts) -> Json:  # noqa: ARG002 - DSTU2 needs them
        """What the edition adds to a Practitioner."""
        return {}

    def patient(self, row: Row) -> Json:
        """A Patient."""
        facts = document(row)
        died = facts.get("died")
        contact = facts.get("contact")
        return present(
            resourceType="Patient",
            id=row["id"],
            meta=self.meta("Patient", row["version"], row["updated"]),
            extension=self._patient_extensions(facts),
            identifier=[self.nhs_number(facts["nhs"])],
            active=row["status"] == "active",
            name=[self.human_name(facts["name"], self.official_name)],
            telecom=facts["telecom"],
            gender=facts.get("gender"),
            birthDate=facts["born"],
            deceasedDateTime=died,
            address=[facts["address"]] if isinstance(facts["address"], dict) else facts["address"],
            contact=[self.contact(contact)] if contact else None,
            managingOrganization=self.reference(f"Organization/{self.practice.organization['id']}"),
        )

    def nhs_number(self, value: str) -> Json:
        """A verified NHS number."""
        verified = self.extension(
            "Extension-CareConnect-GPC-NHSNumberVerificationStatus-1",
            valueCodeableConcept=self.coding(
                "CareConnect-NHSNumberVerificationStatus-1", "01", "Number present and verified"
            ),
        )
        return {"extension": [verified], **self.identifier("nhs_number", value)}

    @abstractmethod
    def contact(self, contact: Facts) -> Json:
        """A person to be contacted about a patient."""

    def _patient_extensions(self, facts: Facts) -> list[Json]:
        parts: list[Json] = []
        if facts.get("registered"):
            parts.append({"url": "registrationPeriod", "valuePeriod": facts["registered"]})
        if facts.get("registration"):
            code = facts["registration"]
            display = {"R": "Regular", "T": "Temporary"}[code]
            coding = self.coding("CareConnect-RegistrationType-1", code, display)
            parts.append({"url": "registrationType", "valueCodeableConcept": coding})
        if facts.get("branch"):
            surgery = self.reference(f"Location/{facts['branch']}")
            parts.append({"url": "preferredBranchSurgery", "valueReference": surgery})
        details = self.extension("Extension-CareConnect-GPC-RegistrationDetails-1", extension=parts)
        language = facts.get("language")
        spoken = [self.language(language)] if language else facts.get("spoken", [])
        return [*([details] if parts else []), *spoken]

    # -- diary -----------------------------------------------------------------------------------------------------

    @abstractmethod
    def slot(self, row: Row) -> Json:
        """A Slot."""

    @abstractmethod
    def schedule(self, row: Row) -> Json:
        """A Schedule."""

    @abstractmethod
    def appointment(self, appointment: Appointment) -> Json:
        """An Appointment."""

    def horizon(self, row: Row) -> Json:
        """The planning horizon of a schedule."""
        return {"start": uk_text(row["start"]), "end": uk_text(row["end"])}

    def role(self, row: Row) -> Json:
        """The practitioner role of a schedule as the edition's CodeableConcept."""
        role = _role(row["role"])
        return self.coding("CareConnect-SDSJobRoleName-1", role["code"], role["display"])

    # -- errors ----------------------------------------------------------------------------------------------------

    def outcome(self, issue_type: str, coding: Json, diagnostics: str) -> Json:
        """An OperationOutcome of one error."""
        profile = self.edition.profile("OperationOutcome")
        assert profile is not None
        return {
            "resourceType": "OperationOutcome",
            "meta": {"profile": [profile.canonical]},
            "issue": [
                present(severity="error", code=issue_type, details={"coding": [coding]}, diagnostics=diagnostics)
            ],
        }


@lru_cache(maxsize=64)
def _role(text: str) -> Facts:
    """A role as a schedule keeps it."""
    return json.loads(text)  # type: ignore[no-any-return]


def full_name(name: Facts) -> str:
    """A person's name in one line."""
    return " ".join((*name.get("prefix", ()), *name.get("given", ()), name["family"]))
