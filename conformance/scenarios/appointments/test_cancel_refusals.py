"""Cancel an appointment: what must be refused, so that the appointment stays booked as it was."""

from __future__ import annotations

from typing import Any

from conformance.consumer.request_mutations import body_set, body_without, no_body, raw_body
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.amend_cancel import (
    CANCEL,
    COMMENT,
    DESCRIPTION,
    FEVER,
    INVALID,
    MALFORMED,
    NO_APPOINTMENT,
    OTHER_ROLE,
    arranged,
    cancelling,
    expect_refusal,
    refreshed,
)
from conformance.scenarios.steps.amend_cancel_mutations import (
    Ground,
    absolute,
    another_channel,
    another_location,
    another_patient,
    another_slot,
    cut_short,
    declined,
    deviating,
    edit,
    in_extension,
    in_organisation,
    instead,
    one_more_practitioner,
    one_slot_less,
    shifted,
    without_in_extension,
    without_participant,
)
from conformance.scenarios.steps.booking import adjacent, with_practitioner

_UNNAMED = "The page demands an error and names no status or code; those of the amend page are the nearest."
_OWN = f"{_UNNAMED} A provider may also keep its own value of what it supplied itself."

CHANGED = {
    "stu3": refused("INVALID_RESOURCE", tolerated=["4xx"], because=_UNNAMED),
    "dstu2": refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], because=_UNNAMED),
}
SUPPLIED = {"stu3": refused("INVALID_RESOURCE", tolerated=["4xx", "200"], because=_OWN), "dstu2": CHANGED["dstu2"]}


def _row(id: str, title: str, change: Any, verifies: str, fault: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(f"cancel.{id}", title, verifies, change=change, faults=f"{fault} cancel.refuses-and-cancels", **more)


DSTU2_RULE = "DSTU2-CANCEL-013"

CHANGES = table(
    CANCEL,
    _row("changed-description", "A cancellation that changes the description is refused", edit("description", DESCRIPTION),
         f"STU3-CANCEL-016 {DSTU2_RULE}", "cancel.ignores-description"),
    _row("changed-comment", "A cancellation that changes the comment is refused", edit("comment", COMMENT),
         f"STU3-CANCEL-017 {DSTU2_RULE}", "cancel.ignores-comment"),
    _row("removed-comment", "A cancellation that leaves out the comment is refused", body_without("comment"),
         f"STU3-CANCEL-017 {DSTU2_RULE}", "cancel.ignores-comment"),
    _row("changed-reason", "A cancellation that changes the reason of the appointment is refused", edit("reason", FEVER),
         DSTU2_RULE, "cancel.ignores-reason"),
    _row("changed-start", "A cancellation that moves the start is refused", shifted("start", minutes=5),
         f"STU3-CANCEL-018 {DSTU2_RULE}", "cancel.ignores-start cancel.accepts-other-changes cancel.change-is-bad-request"),
    _row("changed-end", "A cancellation that moves the end is refused", shifted("end", minutes=5),
         f"STU3-CANCEL-018 {DSTU2_RULE}", "cancel.ignores-end"),
    _row("changed-start-and-end", "A cancellation that moves the appointment by a week is refused",
         [shifted("start", days=7), shifted("end", days=7)], f"STU3-CANCEL-018 {DSTU2_RULE}", "cancel.ignores-times"),
    _row("changed-slot", "A cancellation that names another slot is refused, and that slot stays free", another_slot,
         f"STU3-CANCEL-019 {DSTU2_RULE}", "cancel.ignores-slots"),
    _row("slot-removed", "A cancellation that names one of two slots only is refused", one_slot_less,
         f"STU3-CANCEL-019 {DSTU2_RULE}", "cancel.ignores-slots", slots=adjacent),
    _row("changed-patient", "A cancellation that names another patient is refused", another_patient,
         f"STU3-CANCEL-020 {DSTU2_RULE}", "cancel.ignores-patient"),
    _row("changed-location", "A cancellation that names another location is refused", another_location,
         f"STU3-CANCEL-020 {DSTU2_RULE}", "cancel.ignores-location"),
    _row("location-removed", "A cancellation that leaves out the location is refused", without_participant("Location"),
         f"STU3-CANCEL-020 {DSTU2_RULE}", "cancel.ignores-location"),
    _row("practitioner-added", "A cancellation that adds a practitioner is refused", one_more_practitioner,
         f"STU3-CANCEL-020 {DSTU2_RULE}", "cancel.ignores-practitioner"),
    _row("practitioner-removed", "A cancellation that leaves out the practitioner is refused",
         without_participant("Practitioner"), f"STU3-CANCEL-020 {DSTU2_RULE}", "cancel.ignores-practitioner",
         slots=with_practitioner),
    _row("participant-declined", "A cancellation that lets a participant decline is refused", declined,
         f"STU3-CANCEL-020 {DSTU2_RULE}", "cancel.ignores-participant-status"),
    _row("organisation-name", "A cancellation that renames the booking organisation is refused",
         in_organisation("name", "Another Surgery"), "STU3-CANCEL-021", "cancel.ignores-organisation-name"),
    _row("organisation-code", "A cancellation that changes the ODS code of the booking organisation is refused",
         in_organisation("identifier.0.value", "B82617"), "STU3-CANCEL-021", "cancel.ignores-organisation-code"),
    _row("organisation-removed", "A cancellation that leaves out the booking organisation is refused",
         [body_without("contained"), without_in_extension("booking_organization")], "STU3-CANCEL-021",
         "cancel.ignores-organisation"),
    _row("changed-service-type", "A cancellation that changes the slot type is refused",
         edit("serviceType", [{"text": "Minor surgery"}]), "STU3-CANCEL-022", "cancel.ignores-service-type",
         expect=SUPPLIED),
    _row("changed-service-category", "A cancellation that changes the schedule type is refused",
         edit("serviceCategory", {"text": "Saturday surgery"}), "STU3-CANCEL-022", "cancel.ignores-service-category",
         expect=SUPPLIED),
    _row("changed-channel", "A cancellation that changes the delivery channel is refused", another_channel,
         "STU3-CANCEL-023", "cancel.ignores-channel", expect=SUPPLIED),
    _row("changed-role", "A cancellation that changes the practitioner role is refused",
         in_extension("practitioner_role", "valueCodeableConcept.coding", OTHER_ROLE), "STU3-CANCEL-023",
         "cancel.ignores-role", expect=SUPPLIED),
    _row("changed-type", "A cancellation that changes the type is refused", edit("type", {"text": "Minor surgery"}),
         DSTU2_RULE, "cancel.ignores-type"),
    _row("changed-priority", "A cancellation that changes the priority is refused", edit("priority", 1),
         DSTU2_RULE, "cancel.ignores-priority"),
    _row("changed-duration", "A cancellation that changes the duration is refused", edit("minutesDuration", 95),
         DSTU2_RULE, "cancel.ignores-duration"),
    why="A cancellation that alters the appointment as well leaves a record of something that never was.",
    fix="Compare the body with the appointment as you present it; refuse whatever differs but status and cancellation reason.",
    expect=CHANGED,
)  # fmt: skip


@scenarios(CHANGES)
def test_other_change(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    ground = Ground(context, held, cancelling(context, held))
    deviating(ground, case["change"])
    expect_refusal(ground, context.parameter("expect"))


_REASONLESS = "The reason is the consumer's duty; what a provider returns without it is not laid down."
BAD_REASON = {
    "stu3": refused("INVALID_RESOURCE", also=["INVALID_PARAMETER", "400 BAD_REQUEST"], because=_REASONLESS),
    "dstu2": refused("INVALID_RESOURCE", also=["4xx"], because=_REASONLESS),
}
NO_REASON = {
    "stu3": BAD_REASON["stu3"],
    "dstu2": refused("INVALID_RESOURCE", tolerated=["4xx", "200"], because=_REASONLESS),
}
_CORRUPT = "STU3-CANCEL-024 DSTU2-CANCEL-016"
OTHER_URL = "https://consumer.example.org/StructureDefinition/why"

REASONS = table(
    CANCEL,
    _row("without-reason", "A cancellation without a reason is refused", without_in_extension("cancellation_reason"),
         "STU3-CANCEL-024 DSTU2-CANCEL-014", "cancel.accepts-missing-reason", expect=NO_REASON),
    _row("reason-without-value", "A cancellation whose reason has no text is refused",
         without_in_extension("cancellation_reason", "valueString"), _CORRUPT, "cancel.accepts-missing-reason"),
    _row("reason-empty", "A cancellation whose reason is empty is refused",
         in_extension("cancellation_reason", "valueString", ""), _CORRUPT, "cancel.accepts-empty-reason"),
    _row("reason-blank", "A cancellation whose reason is a blank is refused",
         in_extension("cancellation_reason", "valueString", " "), _CORRUPT, "cancel.accepts-empty-reason"),
    _row("reason-other-url", "A cancellation whose reason stands in an unknown extension is refused",
         in_extension("cancellation_reason", "url", OTHER_URL), _CORRUPT, "cancel.accepts-any-extension"),
    _row("reason-of-another-type", "A cancellation whose reason is no text is refused",
         [without_in_extension("cancellation_reason", "valueString"),
          in_extension("cancellation_reason", "valueBoolean", True)],
         _CORRUPT, "cancel.accepts-missing-reason"),
    why="Who reads the diary later must find out why the appointment did not take place.",
    fix="Refuse a cancellation without a cancellation reason of at least one character in the extension of that name.",
    expect=BAD_REASON,
)  # fmt: skip


@scenarios(REASONS)
def test_reason(context: ScenarioContext, case: Case) -> None:
    test_other_change(context, case)


_MISMATCH = "The body does not fit the interaction; that may count as a bad request."
MISMATCH = refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], because=_MISMATCH)
_STATUS = "STU3-CANCEL-025 DSTU2-CANCEL-015"

STATUSES = table(
    CANCEL,
    _row("status-booked", "A cancellation with status booked is refused", edit("status", "booked"), _STATUS,
         "cancel.accepts-other-status"),
    _row("status-noshow", "A cancellation with status noshow is refused", edit("status", "noshow"), _STATUS,
         "cancel.accepts-other-status"),
    _row("status-fulfilled", "A cancellation with status fulfilled is refused", edit("status", "fulfilled"), _STATUS,
         "cancel.accepts-other-status"),
    _row("status-without-reason", "A cancellation that changes nothing at all is refused",
         [edit("status", "booked"), without_in_extension("cancellation_reason")], _STATUS,
         "cancel.cancels-whatever-comes", amends_nothing=True),
    why="The interaction and the body must ask for the same; one of them is a mistake.",
    fix="Refuse the cancel interaction unless the status in the body is cancelled.",
    expect=MISMATCH,
)  # fmt: skip


@scenarios(STATUSES)
def test_status(context: ScenarioContext, case: Case) -> None:
    if case.get("amends_nothing") and not context.edition.distinguishes(CANCEL, "amend_appointment"):
        context.omit("amendments have the same interaction id: this request is an amendment that changes nothing")
    test_other_change(context, case)


ABSOLUTE = table(
    CANCEL,
    _row("absolute-patient", "A cancellation that refers to the patient by an absolute URL is refused",
         absolute("participant.{}.actor.reference", "Patient"), "STU3-CANCEL-032", "cancel.reads-absolute-references"),
    _row("absolute-slot", "A cancellation that refers to the slot by an absolute URL is refused",
         absolute("slot.0.reference"), "STU3-CANCEL-032", "cancel.reads-absolute-references"),
    why="Addresses differ on either side of the Spine proxy; only relative references mean the same to both.",
    fix="Refuse references that are not of the form Type/id.",
    expect=CHANGED,
)  # fmt: skip


@scenarios(ABSOLUTE)
def test_absolute_reference(context: ScenarioContext, case: Case) -> None:
    test_other_change(context, case)


_BODY = "STU3-CANCEL-031 DSTU2-CANCEL-016"


def _patient(ground: Ground) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": ground.held.id, "active": True}


def _bundle(ground: Ground) -> dict[str, Any]:
    return {"resourceType": "Bundle", "id": ground.held.id, "type": "collection", "entry": [{"resource": ground.body}]}


BODIES = table(
    CANCEL,
    case("cancel.cut-short", "A cancellation whose body breaks off is refused with 400", _BODY, change=cut_short,
         expect=MALFORMED, faults="cancel.guesses-broken-bodies cancel.malformed-is-invalid"),
    case("cancel.no-json", "A cancellation whose body is no JSON is refused with 400", _BODY,
         change=raw_body(b"status=cancelled", "with a form as its body"), expect=MALFORMED,
         faults="cancel.guesses-broken-bodies cancel.malformed-is-invalid"),
    case("cancel.no-body", "A cancellation without a body is refused with 400", _BODY, change=no_body(), expect=MALFORMED,
         faults="cancel.guesses-broken-bodies cancel.malformed-is-invalid"),
    case("cancel.patient-body", "A cancellation whose body is a Patient is refused", _BODY,
         change=instead(_patient, "with a Patient as its body"), expect=NO_APPOINTMENT, faults="cancel.takes-any-type"),
    case("cancel.bundle-body", "A cancellation whose body is a Bundle is refused", _BODY,
         change=instead(_bundle, "with a Bundle as its body"), expect=NO_APPOINTMENT, faults="cancel.takes-any-type"),
    _row("without-description", "A cancellation without a description is refused", body_without("description"), _BODY,
         "cancel.ignores-description", expect=INVALID),
    _row("without-participants", "A cancellation without participants is refused", body_without("participant"), _BODY,
         "cancel.ignores-participants", expect=INVALID),
    _row("without-status", "A cancellation without a status is refused", body_without("status"), _BODY,
         "cancel.accepts-missing-status", expect=INVALID),
    _row("unknown-property", "A cancellation with an element that FHIR does not know is refused", edit("urgency", "high"),
         _BODY, "cancel.ignores-unknown-properties", expect=INVALID),
    why="A body that is guessed at may cancel the wrong appointment.",
    fix="Read the body strictly, hold it to the Appointment profile, and refuse it before anything is stored.",
)  # fmt: skip


@scenarios(BODIES)
def test_body(context: ScenarioContext, case: Case) -> None:
    test_other_change(context, case)


BAD_ID = refused(
    "BAD_REQUEST", also=["INVALID_RESOURCE"], because="FHIR asks for a refusal and names no code of GP Connect."
)

IDS = table(
    CANCEL,
    _row("id-of-another", "A cancellation whose body is another appointment than its URL is refused, and both stay booked",
         None, "STU3-AMEND-037 DSTU2-AMEND-019", "cancel.accepts-other-id", other=True),
    _row("without-id", "A cancellation whose body has no id is refused", None,
         "STU3-AMEND-037 DSTU2-AMEND-019", "cancel.accepts-other-id"),
    why="If URL and body name different appointments the wrong patient may lose theirs.",
    fix="Compare Appointment.id with the id in the URL before anything else.",
    noted="FHIR's rule for every update; the pages of GP Connect do not repeat it.",
)  # fmt: skip


@scenarios(IDS)
def test_id(context: ScenarioContext, case: Case) -> None:
    held = arranged(context, case)
    other = refreshed(context, context.arrange.booked()) if case.get("other") else None
    change = body_set("id", other.id) if other else body_without("id")
    expect_refusal(Ground(context, held, change(cancelling(context, held))), BAD_ID)
    if other:
        context.effects.unchanged(other)
