"""Amend or cancel an appointment: whatever else an update changes, it is refused and nothing changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.consumer.request_mutations import body_set, body_without, no_body, raw_body
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import Refusal, refused
from conformance.engine.scenario import Case, scenarios
from conformance.scenarios.steps.amend_cancel import (
    AMEND_CHANGED,
    CANCEL_CHANGED,
    COMMENT,
    DESCRIPTION,
    FEVER,
    INVALID,
    MALFORMED,
    NO_APPOINTMENT,
    OTHER_ROLE,
    arranged,
    expect_refusal,
    refreshed,
)
from conformance.scenarios.steps.amend_cancel_mutations import (
    PlannedUpdate,
    absolute,
    another_channel,
    another_location,
    another_patient,
    another_practitioner,
    another_slot,
    declined,
    edit,
    in_extension,
    in_organisation,
    instead,
    one_more_identifier,
    one_more_practitioner,
    one_more_slot,
    one_slot_less,
    rescheduled,
    shifted,
    truncated,
    without_in_extension,
    without_participant,
)
from conformance.scenarios.steps.amend_cancel_rows import Column, column, expect_update_refused, row, shared_table
from conformance.scenarios.steps.booking import adjacent, with_practitioner

OWN_IDENTIFIERS = {
    "stu3": refused(
        "INVALID_RESOURCE", tolerated=["4xx", "200"],
        because="A provider may ignore an identifier that it did not assign; the page requires a refusal.",
    ),
    "dstu2": AMEND_CHANGED["dstu2"],
}  # fmt: skip
_SUPPLIED = (
    "The page requires an error and names no status or code. A provider may also retain its own value of an element that "
    "it supplied itself."
)
SUPPLIED = {
    "stu3": refused("INVALID_RESOURCE", tolerated=["4xx", "200"], because=_SUPPLIED),
    "dstu2": CANCEL_CHANGED["dstu2"],
}


def _amend(stu3: str, faults: str, **more: Any) -> Column:
    """The column of an element that both editions protect from an amendment; DSTU2 has one rule for all of them."""
    return column(f"{stu3} DSTU2-AMEND-014 DSTU2-AMEND-022".strip(), faults, **more)


def _cancel(stu3: str, faults: str, **more: Any) -> Column:
    """The same for a cancellation."""
    return column(f"{stu3} DSTU2-CANCEL-013".strip(), faults, **more)


def _status(value: str, faults: str) -> list[dict[str, Any]]:
    return row(f"status-{value}", f"{{update}} to status {value} is refused",
               column("STU3-AMEND-027 DSTU2-AMEND-015 DSTU2-AMEND-022", faults),
               change=edit("status", value), guarded=True)  # fmt: skip


def _changed(name: str, title: str, change: Any, amend: Column | None, cancel: Column | None, **more: Any) -> Any:
    return row(name, title, amend, cancel, change=change, guarded=True, **more)


CHANGES = shared_table(
    _changed("changed-start", "{update} that moves the start is refused", shifted("start", minutes=5),
             _amend("STU3-AMEND-016", "ignores-start accepts-other-elements change-is-bad-request"),
             _cancel("STU3-CANCEL-018", "ignores-start accepts-other-changes stu3:change-is-bad-request")),
    _changed("changed-end", "{update} that moves the end is refused", shifted("end", minutes=5),
             _amend("STU3-AMEND-017", "ignores-end accepts-other-elements change-is-conflict"),
             _cancel("STU3-CANCEL-018", "ignores-end")),
    _changed("changed-start-and-end", "{update} that moves the appointment by a week is refused",
             [shifted("start", days=7), shifted("end", days=7)],
             _amend("STU3-AMEND-016 STU3-AMEND-017", "ignores-times"), _cancel("STU3-CANCEL-018", "ignores-times")),
    _changed("changed-slot", "{update} that refers to another slot is refused, and that slot stays free", another_slot,
             _amend("STU3-AMEND-018", "ignores-slots"), _cancel("STU3-CANCEL-019", "ignores-slots")),
    _changed("slot-added", "{update} that refers to one more slot is refused, and that slot stays free", one_more_slot,
             _amend("STU3-AMEND-018", "ignores-slots"), None),
    _changed("slot-removed", "{update} that refers to only one of two slots is refused", one_slot_less,
             _amend("STU3-AMEND-018", "ignores-slots"), _cancel("STU3-CANCEL-019", "ignores-slots"), slots=adjacent),
    _changed("reschedule", "{update} to another slot and its times is refused, and that slot stays free", rescheduled,
             _amend("STU3-AMEND-016 STU3-AMEND-017 STU3-AMEND-018 DSTU2-AMEND-021", "ignores-rescheduling"), None),
    _changed("changed-patient", "{update} that refers to another patient is refused", another_patient,
             _amend("STU3-AMEND-019", "ignores-patient"), _cancel("STU3-CANCEL-020", "ignores-patient")),
    _changed("patient-removed", "{update} without the patient is refused", without_participant("Patient"),
             _amend("STU3-AMEND-019 STU3-AMEND-021", "ignores-patient"), None),
    _changed("changed-location", "{update} that refers to another location is refused", another_location,
             _amend("STU3-AMEND-020", "ignores-location"), _cancel("STU3-CANCEL-020", "ignores-location")),
    _changed("location-removed", "{update} without the location is refused", without_participant("Location"),
             _amend("STU3-AMEND-020", "ignores-location"), _cancel("STU3-CANCEL-020", "ignores-location")),
    _changed("changed-practitioner", "{update} that refers to another practitioner is refused", another_practitioner,
             _amend("STU3-AMEND-021", "ignores-practitioner"), None, slots=with_practitioner),
    _changed("practitioner-added", "{update} that adds a practitioner is refused", one_more_practitioner,
             _amend("STU3-AMEND-021", "ignores-practitioner"), _cancel("STU3-CANCEL-020", "ignores-practitioner")),
    _changed("practitioner-removed", "{update} without the practitioner is refused", without_participant("Practitioner"),
             _amend("STU3-AMEND-021", "ignores-practitioner"), _cancel("STU3-CANCEL-020", "ignores-practitioner"),
             slots=with_practitioner),
    _changed("changed-participant-status", "{update} that sets a participant to declined is refused", declined,
             _amend("STU3-AMEND-022", "ignores-participant-status"),
             _cancel("STU3-CANCEL-020", "ignores-participant-status", id="participant-declined")),
    _changed("changed-created", "{update} that changes the time of booking is refused", shifted("created", days=-1),
             column("STU3-AMEND-023", "ignores-created"), None),
    _changed("changed-organisation-name", "{update} that renames the booking organisation is refused",
             in_organisation("name", "Another Surgery"), column("STU3-AMEND-024", "ignores-organisation-name"),
             column("STU3-CANCEL-021", "ignores-organisation-name", id="organisation-name")),
    _changed("changed-organisation-code", "{update} that changes the ODS code of the booking organisation is refused",
             in_organisation("identifier.0.value", "B82617"), column("STU3-AMEND-024", "ignores-organisation-code"),
             column("STU3-CANCEL-021", "ignores-organisation-code", id="organisation-code")),
    _changed("changed-organisation-telecom",
             "{update} that changes the telephone number of the booking organisation is refused",
             in_organisation("telecom.0.value", "0300 303 0000"),
             column("STU3-AMEND-024", "ignores-organisation-telecom"), None),
    _changed("organisation-removed", "{update} without the booking organisation is refused",
             [body_without("contained"), without_in_extension("booking_organization")],
             column("STU3-AMEND-024", "ignores-organisation"), column("STU3-CANCEL-021", "ignores-organisation")),
    _changed("changed-delivery-channel", "{update} that changes the delivery channel is refused", another_channel,
             column("STU3-AMEND-025", "ignores-channel"),
             column("STU3-CANCEL-023", "ignores-channel", id="changed-channel", expect=SUPPLIED)),
    _changed("changed-practitioner-role", "{update} that changes the practitioner role is refused",
             in_extension("practitioner_role", "valueCodeableConcept.coding", OTHER_ROLE),
             column("STU3-AMEND-026", "ignores-role"),
             column("STU3-CANCEL-023", "ignores-role", id="changed-role", expect=SUPPLIED)),
    _changed("changed-service-type", "{update} that changes the slot type is refused",
             edit("serviceType", [{"text": "Minor surgery"}]), None,
             column("STU3-CANCEL-022", "ignores-service-type", expect=SUPPLIED)),
    _changed("changed-service-category", "{update} that changes the schedule type is refused",
             edit("serviceCategory", {"text": "Saturday surgery"}), None,
             column("STU3-CANCEL-022", "ignores-service-category", expect=SUPPLIED)),
    _changed("changed-description", "{update} that changes the description is refused", edit("description", DESCRIPTION),
             None, _cancel("STU3-CANCEL-016", "ignores-description")),
    _changed("changed-comment", "{update} that changes the comment is refused", edit("comment", COMMENT),
             None, _cancel("STU3-CANCEL-017", "ignores-comment")),
    _changed("removed-comment", "{update} without the comment is refused", body_without("comment"),
             None, _cancel("STU3-CANCEL-017", "ignores-comment")),
    _changed("identifier-added", "{update} that adds an identifier is refused", one_more_identifier,
             _amend("STU3-AMEND-028", "ignores-identifier", expect=OWN_IDENTIFIERS), None),
    _changed("reason-refused", "{update} that adds a reason is refused", edit("reason", [FEVER]),
             column("STU3-AMEND-029", "ignores-reason"), None),
    _changed("changed-reason", "{update} that changes the reason of the appointment is refused", edit("reason", FEVER),
             None, _cancel("", "ignores-reason")),
    _changed("specialty-refused", "{update} that adds a specialty is refused", edit("specialty", [{"text": "Cardiology"}]),
             column("STU3-AMEND-029", "ignores-specialty"), None),
    _changed("changed-type", "{update} that changes the type is refused", edit("type", {"text": "Minor surgery"}),
             _amend("", "ignores-type"), _cancel("", "ignores-type")),
    _changed("changed-priority", "{update} that changes the priority is refused", edit("priority", 1),
             _amend("", "ignores-priority"), _cancel("", "ignores-priority")),
    _changed("changed-minutes-duration", "{update} that changes the duration is refused", edit("minutesDuration", 95),
             _amend("", "ignores-duration"), _cancel("", "ignores-duration", id="changed-duration")),
    _status("pending", "ignores-status accepts-status"),
    _status("noshow", "ignores-status stores-status"),
    _status("fulfilled", "ignores-status stores-status"),
    _status("arrived", "ignores-status"),
    amend={"expect": AMEND_CHANGED}, cancel={"expect": CANCEL_CHANGED},
    why="Slot, participants and times are fixed by the booking; an update that changes them leaves two systems with different "
        "appointments.",
    fix="Compare the body with the appointment as you present it, before anything is stored, and refuse any difference but "
        "in the elements that this interaction may change with 422 INVALID_RESOURCE.",
)  # fmt: skip

ABSOLUTE = shared_table(
    _changed("absolute-patient", "{update} that refers to the patient by an absolute URL is refused",
             absolute("participant.{}.actor.reference", "Patient"),
             column("STU3-AMEND-039", "reads-absolute-references"), column("STU3-CANCEL-032", "reads-absolute-references")),
    _changed("absolute-slot", "{update} that refers to the slot by an absolute URL is refused", absolute("slot.0.reference"),
             column("STU3-AMEND-039", "reads-absolute-references"), column("STU3-CANCEL-032", "reads-absolute-references")),
    amend={"expect": AMEND_CHANGED}, cancel={"expect": CANCEL_CHANGED},
    why="URLs differ on either side of the Spine proxy; only relative references mean the same to both.",
    fix="Refuse references that are not of the form Type/id.",
)  # fmt: skip


# Bodies that are not an update of the appointment


def _patient(planned: PlannedUpdate) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": planned.booked.id, "active": True}


def _bundle(planned: PlannedUpdate) -> dict[str, Any]:
    entry = [{"resource": planned.body}]
    return {"resourceType": "Bundle", "id": planned.booked.id, "type": "collection", "entry": entry}


def _cancelled(expect: Any) -> Any:
    """The same for a cancellation: the page of DSTU2 names no code for it, so that any refusal is as good."""
    if not isinstance(expect, dict):
        return expect
    named: Refusal = expect["dstu2"]
    return expect | {"dstu2": replace(named, also=(*named.also, "4xx"), because="The cancel page names no code.")}


def _body(name: str, title: str, change: Any, expect: Any, amend: str, cancel: str, **more: Any) -> Any:
    """A row about the body: the names of the faults of each side, "" where the row is not for that side."""
    amended = column("STU3-AMEND-038 DSTU2-AMEND-018", amend) if amend else None
    cancelled = column("STU3-CANCEL-031 DSTU2-CANCEL-016", cancel, expect=_cancelled(expect)) if cancel else None
    return row(name, title, amended, cancelled, change=change, expect=expect, **more)


_MALFORMED = ("guesses-broken-bodies malformed-is-invalid",) * 2
_ANY_TYPE = ("takes-any-type",) * 2

BODIES = shared_table(
    _body("cut-short", "{update} whose body is truncated is refused with 400", truncated, MALFORMED, *_MALFORMED),
    _body("no-json", "{update} whose body is not JSON is refused with 400",
          raw_body(b"status=cancelled", "with a form as its body"), MALFORMED, *_MALFORMED),
    _body("no-body", "{update} without a body is refused with 400", no_body(), MALFORMED, *_MALFORMED),
    _body("patient-body", "{update} whose body is a Patient is refused", instead(_patient, "with a Patient as its body"),
          NO_APPOINTMENT, *_ANY_TYPE),
    _body("bundle-body", "{update} whose body is a Bundle is refused", instead(_bundle, "with a Bundle as its body"),
          NO_APPOINTMENT, *_ANY_TYPE),
    _body("list-body", "{update} whose body is a list is refused",
          instead(lambda planned: [planned.body], "with a list as its body"), NO_APPOINTMENT, "takes-any-type", ""),
    _body("without-description", "{update} without a description is refused", body_without("description"), INVALID,
          "accepts-missing-description", "ignores-description", guarded=True),
    _body("without-participants", "{update} without participants is refused", body_without("participant"), INVALID,
          "ignores-participants", "ignores-participants", guarded=True),
    _body("without-status", "{update} without a status is refused", body_without("status"), INVALID,
          "ignores-status", "accepts-missing-status", guarded=True),
    _body("without-start", "{update} without a start is refused", body_without("start"), INVALID, "ignores-start", "",
          guarded=True),
    _body("without-slot", "{update} without slots is refused", body_without("slot"), INVALID, "ignores-slots", "",
          guarded=True),
    _body("unknown-property", "{update} with an element that FHIR does not define is refused", edit("urgency", "high"),
          INVALID, "ignores-unknown-properties accepts-invalid", "ignores-unknown-properties", guarded=True),
    why="A provider that guesses what a body means may change the wrong appointment, or change it wrongly.",
    fix="Parse the body strictly, validate it against the Appointment profile, and refuse it before anything is stored.",
)  # fmt: skip


@scenarios(CHANGES, ABSOLUTE, BODIES)
def test_refused(context: ScenarioContext, case: Case) -> None:
    expect_update_refused(context, case)


BAD_ID = refused(
    "BAD_REQUEST", also=["INVALID_RESOURCE"], because="FHIR requires a refusal and names no code of GP Connect."
)
_BY_FHIR = "FHIR's rule for every update; the pages of GP Connect do not repeat it."
_OTHER_ID = (
    column("STU3-AMEND-037 DSTU2-AMEND-019", "accepts-other-id"),
    column("STU3-AMEND-037 DSTU2-AMEND-019", "accepts-other-id", noted=_BY_FHIR),
)

IDS = shared_table(
    row("id-of-another", "{update} whose body has the id of another appointment is refused, and both stay unchanged",
        *_OTHER_ID, other=True, guarded=True),
    row("without-id", "{update} whose body has no id is refused", *_OTHER_ID, other=False, guarded=True),
    why="If the URL and the body name different appointments, the wrong patient's appointment may change.",
    fix="Compare Appointment.id with the id in the URL before anything else.",
)  # fmt: skip


@scenarios(IDS)
def test_id(context: ScenarioContext, case: Case) -> None:
    booked = arranged(context, case)
    other = refreshed(context, context.arrange.booked()) if case["other"] else None
    change = body_set("id", other.id) if other else body_without("id")
    expect_refusal(PlannedUpdate(context, booked, change(case["side"].valid(context, booked))), BAD_ID)
    if other:
        context.effects.unchanged(other)
