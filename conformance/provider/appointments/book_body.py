"""What the body of a booking must hold. Source: the use-case page; STU3-BOOK-042 to -072, DSTU2-BOOK-026 to -033."""

from __future__ import annotations

from conformance.provider.appointments.body import Sent, objects, text_of
from conformance.provider.clock import seconds_of
from conformance.provider.rules import Rules, listed

REQUEST = Rules("book")


@REQUEST.rule("has-status")
def _has_status(sent: Sent) -> str | None:
    """A status is sent."""
    return None if sent.json.get("status") else "status is missing"


@REQUEST.rule("status-booked")
def _status_booked(sent: Sent) -> str | None:
    """The status is booked."""
    status = sent.json.get("status")
    return f"status is {str(status)[:40]}; a booking has status booked" if status and status != "booked" else None


@REQUEST.rule("has-participant")
def _has_participant(sent: Sent) -> str | None:
    """There are participants."""
    return None if sent.objects("participant") else "participant is missing"


@REQUEST.rule("participants-have-actors")
def _have_actors(sent: Sent) -> str | None:
    """Each participant says who or what it is."""
    return None if all(sent.actors) else "a participant has no actor.reference"


@REQUEST.rule("participants-have-status")
def _have_status(sent: Sent) -> str | None:
    """Each participant has a status."""
    without = [item for item in sent.objects("participant") if not text_of(item.get("status"))]
    return "a participant has no status" if without else None


@REQUEST.rule("has-patient")
def _has_patient(sent: Sent) -> str | None:
    """One participant is the patient."""
    found = [item for item in sent.actors if item.startswith("Patient/")]
    return None if len(found) == 1 else f"{len(found)} participants are patients; one is expected"


@REQUEST.rule("has-location")
def _has_location(sent: Sent) -> str | None:
    """One participant is the location."""
    found = [item for item in sent.actors if item.startswith("Location/")]
    return None if len(found) == 1 else f"{len(found)} participants are locations; one is expected"


@REQUEST.rule("has-start")
def _has_start(sent: Sent) -> str | None:
    """A start with offset is sent."""
    return None if seconds_of(sent.json.get("start")) else "start is missing or no instant with offset"


@REQUEST.rule("has-end")
def _has_end(sent: Sent) -> str | None:
    """An end with offset is sent."""
    return None if seconds_of(sent.json.get("end")) else "end is missing or no instant with offset"


@REQUEST.rule("has-slot")
def _has_slot(sent: Sent) -> str | None:
    """Slots are named."""
    return None if sent.slot_references and all(sent.slot_references) else "slot is missing"


@REQUEST.rule("has-description")
def _has_description(sent: Sent) -> str | None:
    """A description is sent."""
    return None if text_of(sent.json.get("description")) else "description is missing"


@REQUEST.rule("description-length", dstu2=None)
def _description_length(sent: Sent) -> str | None:
    """The description is no longer than the page allows."""
    return too_long(sent, "description")


@REQUEST.rule("comment-length", dstu2=None)
def _comment_length(sent: Sent) -> str | None:
    """The comment is no longer than the page allows."""
    return too_long(sent, "comment")


def too_long(sent: Sent, name: str) -> str | None:
    """What is wrong with the length of a text."""
    limit, value = sent.call.provider.edition.raw["limits"][name], sent.json.get(name)
    found = len(value) if isinstance(value, str) else 0
    return f"{name} has {found} characters; {limit} can be stored" if found > limit else None


@REQUEST.rule("no-reason", dstu2=None)
def _no_reason(sent: Sent) -> str | None:
    """No reason is sent."""
    return "reason must not be sent" if "reason" in sent.json else None


@REQUEST.rule("no-specialty", dstu2=None)
def _no_specialty(sent: Sent) -> str | None:
    """No specialty is sent."""
    return "specialty must not be sent" if "specialty" in sent.json else None


_PROHIBITED = ("appointmentType", "indication", "supportingInformation", "incomingReferral", "requestedPeriod")


@REQUEST.rule("no-prohibited", dstu2=None)
def _no_prohibited(sent: Sent) -> str | None:
    """Nothing is sent that the profile prohibits."""
    found = [name for name in _PROHIBITED if name in sent.json]
    return f"not allowed by the profile: {listed(found)}" if found else None


@REQUEST.rule("has-organization", dstu2=None)
def _has_organization(sent: Sent) -> str | None:
    """The booking organisation is given: an extension that leads to a contained Organization."""
    if sent.extension("booking_organization") is None:
        return "the extension for the booking organisation is missing"
    return None if sent.organization else "the booking organisation's extension leads to no contained Organization"


def organization_code(sent: Sent) -> str:
    """The ODS code of the booking organisation, "" where there is none."""
    systems = sent.call.provider.edition.systems("organization")
    found = [item for item in objects((sent.organization or {}).get("identifier")) if item.get("system") in systems]
    return text_of(found[0].get("value")) if found else ""


@REQUEST.rule("organization-has-code", dstu2=None)
def _has_code(sent: Sent) -> str | None:
    """The booking organisation has its ODS code."""
    missing = sent.organization is not None and not organization_code(sent)
    return "the booking organisation has no identifier with an ODS code" if missing else None


@REQUEST.rule("organization-has-name", dstu2=None)
def _has_name(sent: Sent) -> str | None:
    """The booking organisation has a name."""
    missing = sent.organization is not None and not text_of(sent.organization.get("name"))
    return "the booking organisation has no name" if missing else None


@REQUEST.rule("organization-has-telecom", dstu2=None)
def _has_telecom(sent: Sent) -> str | None:
    """The booking organisation has a telecom."""
    missing = sent.organization is not None and not objects(sent.organization.get("telecom"))
    return "the booking organisation has no telecom" if missing else None


@REQUEST.rule("start-not-past")
def _start_not_past(sent: Sent) -> str | None:
    """The start lies ahead."""
    start = seconds_of(sent.json.get("start"))
    return "start lies in the past" if start and start < sent.call.provider.clock.seconds() else None
