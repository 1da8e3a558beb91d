"""Appointment Management 1.0.0-rc.1 (FHIR DSTU2): resources as the pages and profiles of that edition have them."""

from __future__ import annotations

from typing import Any

from conformance.provider.clock import uk_text
from conformance.provider.editions.shapes import (
    OWN_APPOINTMENT_IDS,
    Appointment,
    Json,
    Shapes,
    full_name,
    present,
)
from conformance.provider.fixture import Facts
from conformance.provider.refusal import Reply
from conformance.provider.store import Row


class Dstu2Shapes(Shapes):
    """The resources of the DSTU2 edition: references carry displays, metadata says when."""

    codes = "https://fhir.nhs.uk/"
    definitions = "https://fhir.nhs.uk/StructureDefinition/"
    official_name = "usual"
    displays = True
    headers = {"Cache-Control": "no-cache, no-store", "Expires": "0", "Pragma": "no-cache"}  # DSTU2-SEC-012 to -014
    not_found = Reply("REFERENCE_NOT_FOUND", 404, "not-found")
    statement_date = "2017-09-25"
    register_operation = "https://fhir.nhs.uk/OperationDefinition/gpconnect-registerpatient-operation-1"

    def meta(self, kind: str, version: object, updated: int) -> Json:
        """The metadata, with the time of the last change where it is known."""
        meta = super().meta(kind, version, updated)
        return meta | {"lastUpdated": uk_text(updated)} if updated else meta

    def identifier(self, use: str, value: str) -> Json:
        """An identifier; role profiles are written in the system that the profile of the edition fixes."""
        if use == "sds_role_profile":
            return {"system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": value}
        return super().identifier(use, value)

    def human_name(self, name: Facts, use: str = "") -> Any:
        """A name: family is a list. Without a use it is a Practitioner's, which has one name."""
        return present(use=use, family=[name["family"]], given=name.get("given"), prefix=name.get("prefix"))

    def practitioner_more(self, facts: Facts) -> Json:
        """The role at the practice, which STU3 has elsewhere."""
        role = facts["role"]
        return {
            "practitionerRole": [
                {
                    "managingOrganization": self.reference(f"Organization/{self.practice.organization['id']}"),
                    "role": self.coding("CareConnect-SDSJobRoleName-1", role["code"], role["display"]),
                }
            ]
        }

    def contact(self, contact: Facts) -> Json:
        """A contact: the profile forbids the text of a relationship, so it is left out; family is a list."""
        name = contact["name"]
        return {
            "name": self.human_name(name, name["use"]) | {"text": full_name(name)},
            "telecom": [contact["telecom"]],
        }

    def slot(self, row: Row) -> Json:
        """A Slot."""
        return {
            "resourceType": "Slot",
            "id": row["id"],
            "meta": self.meta("Slot", row["version"], row["updated"]),
            "type": {"text": row["service"]},
            "schedule": self.reference(f"Schedule/{row['schedule']}"),
            "freeBusyType": row["status"],
            "start": uk_text(row["start"]),
            "end": uk_text(row["end"]),
        }

    def schedule(self, row: Row) -> Json:
        """A Schedule: its one actor is the place, the person is in an extension (DSTU2-SLOT-022)."""
        person = row["practitioner"]
        return present(
            resourceType="Schedule",
            id=row["id"],
            meta=self.meta("Schedule", 1, 0),
            extension=[self._practitioner(person)] if person else None,
            type=[{"text": row["category"]}] if row["category"] else None,
            actor=self.reference(f"Location/{row['location']}"),
            planningHorizon=self.horizon(row),
        )

    def _practitioner(self, person: str) -> Json:
        canonical = self.edition.extension("practitioner")
        assert canonical is not None
        return {"url": canonical.canonical, "valueReference": self.reference(f"Practitioner/{person}")}

    def appointment(self, appointment: Appointment) -> Json:
        """An Appointment: type, reason and priority as booked."""
        doc, row = appointment.doc, appointment.row
        cancellation = doc.get("cancellation")
        return present(
            resourceType="Appointment",
            id=row["id"],
            meta=self.meta("Appointment", row["version"], row["updated"]),
            extension=[self._cancelled_for(cancellation)] if cancellation else None,
            identifier=[{"system": OWN_APPOINTMENT_IDS, "value": row["id"]}],
            status=row["status"],
            type=doc.get("type") or {"text": appointment.slots[0]["service"]},
            reason=doc.get("reason"),
            priority=doc.get("priority"),
            description=doc["description"],
            start=uk_text(row["start"]),
            end=uk_text(row["end"]),
            slot=[self.reference(f"Slot/{slot['id']}") for slot in appointment.slots],
            comment=doc.get("comment"),
            participant=[
                present(
                    type=item.get("type"),
                    actor=self.reference(item["actor"]),
                    required=item.get("required"),
                    status=item["status"],
                )
                for item in doc["participants"]
            ],
        )

    def _cancelled_for(self, cancellation: Json) -> Json:
        canonical = self.edition.extension("cancellation_reason")
        assert canonical is not None
        return {"url": cancellation.get("url") or canonical.canonical, "valueString": cancellation["text"]}
