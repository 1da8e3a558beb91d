"""Amend an appointment: whatever else an amendment changes, it is refused and nothing changes."""

from __future__ import annotations

from typing import Any

from conformance.consumer import request_bodies
from conformance.consumer.request_mutations import body_without, chain
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.amend_cancel import (
    AMEND,
    COMMENT,
    FEVER,
    OTHER_ROLE,
    REASON,
    amending,
    arranged,
    expect_refusal,
)
from conformance.scenarios.steps.amend_cancel_mutations import (
    Ground,
    absolute,
    another_channel,
    another_location,
    another_patient,
    another_practitioner,
    another_slot,
    declined,
    deviating,
    edit,
    in_extension,
    in_organisation,
    one_more_identifier,
    one_more_practitioner,
    one_more_slot,
    one_slot_less,
    rescheduled,
    shifted,
    without_in_extension,
    without_participant,
)
from conformance.scenarios.steps.booking import adjacent, with_practitioner

_SHOULD = "That there is an error is demanded; for its status and code the page says should."

CHANGED = {
    "stu3": refused("INVALID_RESOURCE", tolerated=["4xx"], because=_SHOULD),
    "dstu2": refused("INVALID_RESOURCE"),
}
OWN_IDENTIFIERS = {
    "stu3": refused(
        "INVALID_RESOURCE", tolerated=["4xx", "200"],
        because="A provider may overlook an identifier that it did not assign; refusing it is what the page asks for.",
    ),
    "dstu2": refused("INVALID_RESOURCE"),
}  # fmt: skip
DSTU2_RULES = "DSTU2-AMEND-014 DSTU2-AMEND-022"
DSTU2_STATUS = "DSTU2-AMEND-015 DSTU2-AMEND-022"


def _row(id: str, title: str, change: Any, verifies: str, fault: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(f"amend.{id}", title, verifies, change=change, faults=f"{fault} amend.refuses-and-applies", **more)


CHANGES = table(
    AMEND,
    _row("changed-start", "An amendment that moves the start is refused", shifted("start", minutes=5),
         f"STU3-AMEND-016 {DSTU2_RULES}",
         "amend.ignores-start amend.accepts-other-elements amend.change-is-bad-request"),
    _row("changed-end", "An amendment that moves the end is refused", shifted("end", minutes=5),
         f"STU3-AMEND-017 {DSTU2_RULES}",
         "amend.ignores-end amend.accepts-other-elements amend.change-is-conflict"),
    _row("changed-start-and-end", "An amendment that moves the appointment by a week is refused",
         [shifted("start", days=7), shifted("end", days=7)], f"STU3-AMEND-016 STU3-AMEND-017 {DSTU2_RULES}",
         "amend.ignores-times"),
    _row("changed-slot", "An amendment that names another slot is refused, and that slot stays free", another_slot,
         f"STU3-AMEND-018 {DSTU2_RULES}", "amend.ignores-slots"),
    _row("slot-added", "An amendment that names one more slot is refused, and that slot stays free", one_more_slot,
         f"STU3-AMEND-018 {DSTU2_RULES}", "amend.ignores-slots"),
    _row("slot-removed", "An amendment that names one of two slots only is refused", one_slot_less,
         f"STU3-AMEND-018 {DSTU2_RULES}", "amend.ignores-slots", slots=adjacent),
    _row("reschedule", "An amendment to another slot and its times is refused, and that slot stays free", rescheduled,
         f"STU3-AMEND-016 STU3-AMEND-017 STU3-AMEND-018 {DSTU2_RULES} DSTU2-AMEND-021", "amend.ignores-rescheduling"),
    _row("changed-patient", "An amendment that names another patient is refused", another_patient,
         f"STU3-AMEND-019 {DSTU2_RULES}", "amend.ignores-patient"),
    _row("changed-location", "An amendment that names another location is refused", another_location,
         f"STU3-AMEND-020 {DSTU2_RULES}", "amend.ignores-location"),
    _row("location-removed", "An amendment that leaves out the location is refused", without_participant("Location"),
         f"STU3-AMEND-020 {DSTU2_RULES}", "amend.ignores-location"),
    _row("patient-removed", "An amendment that leaves out the patient is refused", without_participant("Patient"),
         f"STU3-AMEND-019 STU3-AMEND-021 {DSTU2_RULES}", "amend.ignores-patient"),
    _row("changed-practitioner", "An amendment that names another practitioner is refused", another_practitioner,
         f"STU3-AMEND-021 {DSTU2_RULES}", "amend.ignores-practitioner", slots=with_practitioner),
    _row("practitioner-added", "An amendment that adds a practitioner is refused", one_more_practitioner,
         f"STU3-AMEND-021 {DSTU2_RULES}", "amend.ignores-practitioner"),
    _row("practitioner-removed", "An amendment that leaves out the practitioner is refused",
         without_participant("Practitioner"), f"STU3-AMEND-021 {DSTU2_RULES}", "amend.ignores-practitioner",
         slots=with_practitioner),
    _row("changed-participant-status", "An amendment that lets a participant decline is refused", declined,
         f"STU3-AMEND-022 {DSTU2_RULES}", "amend.ignores-participant-status"),
    _row("changed-created", "An amendment that changes the time of booking is refused", shifted("created", days=-1),
         "STU3-AMEND-023", "amend.ignores-created"),
    _row("changed-organisation-name", "An amendment that renames the booking organisation is refused",
         in_organisation("name", "Another Surgery"), "STU3-AMEND-024", "amend.ignores-organisation-name"),
    _row("changed-organisation-code", "An amendment that changes the ODS code of the booking organisation is refused",
         in_organisation("identifier.0.value", "B82617"), "STU3-AMEND-024", "amend.ignores-organisation-code"),
    _row("changed-organisation-telecom", "An amendment that changes the telephone of the booking organisation is refused",
         in_organisation("telecom.0.value", "0300 303 0000"), "STU3-AMEND-024", "amend.ignores-organisation-telecom"),
    _row("organisation-removed", "An amendment that leaves out the booking organisation is refused",
         [body_without("contained"), without_in_extension("booking_organization")], "STU3-AMEND-024",
         "amend.ignores-organisation"),
    _row("changed-delivery-channel", "An amendment that changes the delivery channel is refused", another_channel,
         "STU3-AMEND-025", "amend.ignores-channel"),
    _row("changed-practitioner-role", "An amendment that changes the practitioner role is refused",
         in_extension("practitioner_role", "valueCodeableConcept.coding", OTHER_ROLE), "STU3-AMEND-026",
         "amend.ignores-role"),
    _row("status-pending", "An amendment to status pending is refused", edit("status", "pending"),
         f"STU3-AMEND-027 {DSTU2_STATUS}", "amend.ignores-status amend.accepts-status"),
    _row("status-noshow", "An amendment to status noshow is refused", edit("status", "noshow"),
         f"STU3-AMEND-027 {DSTU2_STATUS}", "amend.ignores-status amend.stores-status"),
    _row("status-fulfilled", "An amendment to status fulfilled is refused", edit("status", "fulfilled"),
         f"STU3-AMEND-027 {DSTU2_STATUS}", "amend.ignores-status amend.stores-status"),
    _row("status-arrived", "An amendment to status arrived is refused", edit("status", "arrived"),
         f"STU3-AMEND-027 {DSTU2_STATUS}", "amend.ignores-status"),
    _row("identifier-added", "An amendment that adds an identifier is refused", one_more_identifier,
         f"STU3-AMEND-028 {DSTU2_RULES}", "amend.ignores-identifier", expect=OWN_IDENTIFIERS),
    _row("reason-refused", "An amendment that adds a reason is refused", edit("reason", [FEVER]),
         "STU3-AMEND-029", "amend.ignores-reason"),
    _row("specialty-refused", "An amendment that adds a specialty is refused", edit("specialty", [{"text": "Cardiology"}]),
         "STU3-AMEND-029", "amend.ignores-specialty"),
    _row("changed-type", "An amendment that changes the type is refused", edit("type", {"text": "Minor surgery"}),
         DSTU2_RULES, "amend.ignores-type"),
    _row("changed-priority", "An amendment that changes the priority is refused", edit("priority", 1),
         DSTU2_RULES, "amend.ignores-priority"),
    _row("changed-minutes-duration", "An amendment that changes the duration is refused", edit("minutesDuration", 95),
         DSTU2_RULES, "amend.ignores-duration"),
    why="Slot, people and place of an appointment are fixed by its booking; changing them on one side only loses patients.",
    fix="Compare the body with the appointment as you present it; refuse with 422 INVALID_RESOURCE whatever differs but the "
    "elements that may be amended, before anything is stored.",
    expect=CHANGED,
)  # fmt: skip


@scenarios(CHANGES)
def test_other_change(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    ground = Ground(context, held, amending(context, held, comment=COMMENT))
    deviating(ground, case["change"])
    expect_refusal(ground, context.parameter("expect"))


CANCELS = {
    "stu3": refused(
        "INVALID_RESOURCE", also=["400 BAD_REQUEST"], tolerated=["4xx"],
        because="The body does not fit the interaction; that may count as a bad request.",
    ),
    "dstu2": refused(
        "INVALID_RESOURCE", tolerated=["200"],
        because="The page lists the reason among what may be amended, for a cancelled appointment only.",
    ),
}  # fmt: skip


def _cancelled_with_reason(ground: Ground) -> Any:
    return chain(edit("status", "cancelled")(ground), _reason(ground))


def _reason(ground: Ground) -> Any:
    extension = {
        "url": request_bodies.extension_url(ground.context.edition, "cancellation_reason"),
        "valueString": REASON,
    }
    held = len(ground.value.get("extension") or ())
    return edit(f"extension.{held}", extension)(ground) if held else edit("extension", [extension])(ground)


CANCELLATIONS = table(
    AMEND,
    _row("cancels", "A cancellation that is sent as an amendment is refused, and the appointment stays booked",
         _cancelled_with_reason, "STU3-AMEND-030", "amend.cancels-when-asked"),
    _row("cancels-without-reason", "An amendment to status cancelled without a reason is refused", edit("status", "cancelled"),
         "STU3-AMEND-030 STU3-AMEND-027", "amend.ignores-status"),
    _row("cancellation-reason", "An amendment that adds a cancellation reason to a booked appointment is refused", _reason,
         "STU3-AMEND-030 DSTU2-AMEND-016", "amend.ignores-cancellation-reason"),
    why="A cancellation frees the slot; sent under another name it must not be half carried out.",
    fix="Accept a change of status and a cancellation reason under the cancel interaction only.",
    expect=CANCELS,
)  # fmt: skip


@scenarios(CANCELLATIONS)
def test_cancelling_amendment(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    ground = Ground(context, held, amending(context, held))
    deviating(ground, case["change"])
    expect_refusal(ground, context.parameter("expect"))


ABSOLUTE = table(
    AMEND,
    _row("absolute-patient", "An amendment that refers to the patient by an absolute URL is refused",
         absolute("participant.{}.actor.reference", "Patient"), "STU3-AMEND-039", "amend.reads-absolute-references"),
    _row("absolute-slot", "An amendment that refers to the slot by an absolute URL is refused",
         absolute("slot.0.reference"), "STU3-AMEND-039", "amend.reads-absolute-references"),
    why="Addresses differ on either side of the Spine proxy; only relative references mean the same to both.",
    fix="Refuse references that are not of the form Type/id.",
    expect=CHANGED,
)  # fmt: skip


@scenarios(ABSOLUTE)
def test_absolute_reference(context: ScenarioContext, case: Case) -> None:
    test_other_change(context, case)
