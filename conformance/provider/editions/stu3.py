"""GP Connect 1.2.7 (FHIR STU3): resources as the use-case pages and profiles of that edition have them."""

from __future__ import annotations

from typing import Any

from conformance.provider.clock import uk_text
from conformance.provider.editions.shapes import OWN_APPOINTMENT_IDS, Appointment, Json, Shapes, present
from conformance.provider.fixture import Facts
from conformance.provider.refusal import Reply
from conformance.provider.store import Row


class Stu3Shapes(Shapes):
    """The resources of the STU3 edition."""

    codes = "https://fhir.nhs.uk/STU3/CodeSystem/"
    definitions = "https://fhir.nhs.uk/STU3/StructureDefinition/"
    official_name = "official"
    headers = {"Cache-Control": "no-store"}  # STU3-HTTP-020
    not_found = Reply("NO_RECORD_FOUND")
    statement_date = "2020-01-15"
    register_operation = "https://fhir.nhs.uk/STU3/OperationDefinition/GPConnect-RegisterPatient-Operation-1"

    def human_name(self, name: Facts, use: str = "") -> Any:
        """A name: family is one string. Without a use it is a Practitioner's, a list of one."""
        written = present(use=use, family=name["family"], given=name.get("given"), prefix=name.get("prefix"))
        return written if use else [written]

    def contact(self, contact: Facts) -> Json:
        """A contact: the relationship in text only (STU3-RES-010, STU3-RES-011)."""
        return {
            "relationship": [{"text": contact["relation"]}],
            "name": {**contact["name"]},
            "telecom": [contact["telecom"]],
        }

    def slot(self, row: Row) -> Json:
        """A Slot: delivery channel and the practice's slot type (STU3-SLOT-048, -056)."""
        return {
            "resourceType": "Slot",
            "id": row["id"],
            "meta": self.meta("Slot", row["version"], row["updated"]),
            "extension": [self.channel(row)],
            "serviceType": [{"text": row["service"]}],
            "schedule": self.reference(f"Schedule/{row['schedule']}"),
            "status": row["status"],
            "start": uk_text(row["start"]),
            "end": uk_text(row["end"]),
        }

    def schedule(self, row: Row) -> Json:
        """A Schedule: role of the practitioner, the session's name, place and person (STU3-SLOT-049, -055, -056)."""
        actors = [f"Location/{row['location']}"]
        actors += [f"Practitioner/{row['practitioner']}"] if row["practitioner"] else []
        return present(
            resourceType="Schedule",
            id=row["id"],
            meta=self.meta("Schedule", 1, 0),
            extension=[self.practitioner_role(row)],
            serviceCategory={"text": row["category"]} if row["category"] else None,
            actor=[self.reference(actor) for actor in actors],
            planningHorizon=self.horizon(row),
        )

    def appointment(self, appointment: Appointment) -> Json:
        """An Appointment, completed from its slots and schedule (STU3-BOOK-024 to -028)."""
        doc, row, schedule = appointment.doc, appointment.row, appointment.schedule
        return present(
            resourceType="Appointment",
            id=row["id"],
            meta=self.meta("Appointment", row["version"], row["updated"]),
            contained=[doc["organization"]] if doc.get("organization") else None,
            extension=self._extensions(appointment),
            identifier=[{"system": OWN_APPOINTMENT_IDS, "value": row["id"]}],
            status=row["status"],
            serviceCategory={"text": schedule["category"]} if schedule["category"] else None,
            serviceType=[{"text": appointment.slots[0]["service"]}],
            priority=doc.get("priority"),
            description=doc["description"],
            start=uk_text(row["start"]),
            end=uk_text(row["end"]),
            slot=[self.reference(f"Slot/{slot['id']}") for slot in appointment.slots],
            created=uk_text(doc["created"]),
            comment=doc.get("comment"),
            participant=[
                {"actor": self.reference(item["actor"]), "status": item["status"]} for item in doc["participants"]
            ],
        )

    def _extensions(self, appointment: Appointment) -> list[Json]:
        organization, cancellation = appointment.doc.get("organization"), appointment.doc.get("cancellation")
        booked_by = {"valueReference": {"reference": f"#{organization['id']}"}} if organization else {}
        reason = {"valueString": cancellation["text"]} if cancellation else {}
        return [
            *([self.extension("Extension-GPConnect-BookingOrganisation-1", **booked_by)] if booked_by else []),
            *([self.extension("Extension-GPConnect-AppointmentCancellationReason-1", **reason)] if reason else []),
            self.practitioner_role(appointment.schedule),
            self.channel(appointment.slots[0]),
        ]

    def channel(self, row: Row) -> Json:
        """The delivery channel of a slot."""
        return self.extension("Extension-GPConnect-DeliveryChannel-2", valueCode=row["channel"])

    def practitioner_role(self, row: Row) -> Json:
        """The practitioner role of a schedule."""
        return self.extension("Extension-GPConnect-PractitionerRole-1", valueCodeableConcept=self.role(row))
