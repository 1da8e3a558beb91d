"""Faults in booking."""

from __future__ import annotations

import time
from typing import Any

from conformance.provider.fault_points import Effect, Seam
from conformance.provider.faults.effects import (
    alter,
    change,
    content,
    drop_extension,
    drop_header,
    edit_extension,
    header,
    html_page,
    misanswer,
    put,
    setting,
    skip,
    status,
    store,
    without,
)
from conformance.provider.faults.fault import DSTU2, STU3, Fault
from conformance.provider.http import Call, Json

_ON = "book"


def _cut(text: Any) -> Any:
    """A text of the first twenty characters."""
    return text[:20] if isinstance(text, str) else text


def _doc(name: str, value: Any) -> Any:
    """A document with one element changed; a function gets the old value."""
    return lambda doc: doc | {name: value(doc.get(name)) if callable(value) else value}


def _ascii(text: Any) -> Any:
    return text.encode("ascii", "replace").decode() if isinstance(text, str) else text


def _local(reference: Any) -> Any:
    """The last two parts of an absolute reference."""
    return "/".join(reference.split("/")[-2:]) if isinstance(reference, str) else reference


def _any_slot(values: Json, call: Call | None) -> Json:
    """Where none of the slots exists, one is taken that does."""
    assert call is not None
    row = call.provider.store.one("SELECT id FROM slot WHERE status = 'free' ORDER BY start DESC LIMIT 1")
    return values if values["slots"] or row is None else values | {"slots": [row["id"]]}


def _first_slot(slots: list[str]) -> list[str]:
    return slots[:1]


def _without_type(organization: Json | None) -> Json | None:
    return {key: value for key, value in organization.items() if key != "type"} if organization else None


FAULTS = (
    # what is not checked
    Fault("book.accepts-busy-slot", "books a slot that is taken", skip("book.slot-is-free")),
    Fault(
        "book.race",
        "looks whether the slot is free before anybody else is kept out, so that two simultaneous bookings both succeed",
        (
            setting("book.locked", False),
            setting("book.between-check-and-write", lambda: time.sleep(0.15)),
        ),
    ),
    Fault(
        "book.accepts-unknown-slot",
        "books although a slot does not exist",
        (
            *skip("book.slots-known", "book.start-of-slots", "book.end-of-slots"),
            Effect(Seam.STORE, _any_slot, on=frozenset({"book_appointment"})),
        ),
    ),
    Fault(
        "book.accepts-unknown-location",
        "books at a place that does not exist",
        skip("book.location-known", "book.location-of-schedule"),
    ),
    Fault(
        "book.accepts-unknown-practitioner",
        "books with a practitioner who does not exist",
        skip("book.practitioner-known"),
    ),
    Fault("book.accepts-other-status", "books whatever the status", skip("book.status-booked", "body.follows-profile")),
    Fault("book.accepts-missing-status", "books without a status", skip("book.has-status", "body.follows-profile")),
    Fault(
        "book.accepts-missing-location",
        "books without a location",
        skip("book.has-location", "book.location-of-schedule"),
    ),
    Fault(
        "book.accepts-missing-actor",
        "books with a participant that is nobody",
        skip("book.participants-have-actors", "body.follows-profile"),
    ),
    Fault(
        "book.accepts-missing-participant-status",
        "books with a participant without status",
        skip("book.participants-have-status", "body.follows-profile"),
    ),
    Fault(
        "book.accepts-missing-start",
        "books without a start",
        skip("book.has-start", "book.start-of-slots", "body.follows-profile"),
    ),
    Fault(
        "book.accepts-missing-end",
        "books without an end",
        skip("book.has-end", "book.end-of-slots", "body.follows-profile"),
    ),
    Fault(
        "book.accepts-missing-description",
        "books without a description",
        skip("book.has-description", "body.follows-profile"),
    ),
    Fault("book.accepts-wrong-start", "books although the start is not the slot's", skip("book.start-of-slots")),
    Fault("book.accepts-wrong-end", "books although the end is not the slot's", skip("book.end-of-slots")),
    Fault("book.accepts-past", "books in the past", skip("book.start-not-past"), STU3),
    Fault("book.accepts-gap", "books slots with a gap between them", skip("book.adjacent"), STU3),
    Fault(
        "book.accepts-two-schedules",
        "books slots of two schedules",
        skip("book.one-schedule", "book.one-channel", "book.one-service"),
        STU3,
    ),
    Fault("book.accepts-slot-twice", "books a slot that is named twice", skip("book.slot-once"), STU3),
    Fault(
        "book.apart-is-server-error",
        "returns 500 for slots that cannot be booked together",
        tuple(
            misanswer(f"book.{rule}", code="INTERNAL_SERVER_ERROR", status=500)
            for rule in ("slot-once", "one-schedule", "adjacent")
        ),
        DSTU2,
    ),
    Fault("book.accepts-two-patients", "books for two patients at once", skip("book.has-patient")),
    Fault("book.accepts-other-site", "books at another site than the slot's", skip("book.location-of-schedule")),
    Fault("book.books-closed-slots", "books slots that are not open to GP Connect", skip("book.slot-is-open")),
    Fault("book.accepts-sensitive", "books for sensitive patients", skip("appointments.not-sensitive"), STU3),
    Fault(
        "book.sensitive-is-unknown-reference",
        "refuses sensitive patients as it does an unknown reference",
        misanswer("appointments.not-sensitive", code="REFERENCE_NOT_FOUND", status=422),
        STU3,
    ),
    Fault("book.accepts-inactive", "books for patients who have died or left", skip("book.patient-active")),
    Fault("book.accepts-two-channels", "books slots of two delivery channels", skip("book.one-channel"), STU3),
    Fault("book.accepts-two-services", "books slots of two service types", skip("book.one-service"), STU3),
    Fault("book.accepts-reason", "takes a reason", skip("book.no-reason"), STU3),
    Fault("book.accepts-specialty", "takes a specialty", skip("book.no-specialty"), STU3),
    Fault(
        "book.accepts-prohibited",
        "takes elements that the profile prohibits",
        skip("book.no-prohibited", "body.follows-profile"),
        STU3,
    ),
    Fault(
        "book.accepts-missing-organization",
        "books without a booking organisation",
        skip("book.has-organization", "body.follows-profile"),
        STU3,
    ),
    Fault(
        "book.accepts-organization-without-code",
        "books for an organisation without ODS code",
        skip("book.organization-has-code"),
        STU3,
    ),
    Fault(
        "book.accepts-organization-without-name",
        "books for an organisation without name",
        skip("book.organization-has-name", "body.follows-profile"),
        STU3,
    ),
    Fault(
        "book.accepts-organization-without-telecom",
        "books for an organisation without telecom",
        skip("book.organization-has-telecom"),
        STU3,
    ),
    Fault("book.accepts-missing-profile", "does not look at meta.profile", skip("body.names-profile"), STU3),
    Fault("book.accepts-invalid", "does not validate against the profile", skip("body.follows-profile")),
    Fault(
        "book.accepts-absolute-reference",
        "takes absolute references",
        (
            *skip("body.relative-references", "body.follows-profile"),
            content(alter("participant.actor.reference", _local), alter("slot.reference", _local), on=_ON),
        ),
    ),
    Fault(
        "book.accepts-other-type",
        "does not look at the type of the body",
        skip("body.is-appointment", "body.follows-profile"),
    ),
    Fault(
        "book.cuts-long-texts",
        "cuts texts that are too long instead of refusing them",
        (
            *skip("book.description-length", "book.comment-length"),
            content(
                alter("description", lambda text: text[:100] if isinstance(text, str) else text),
                alter("comment", lambda text: text[:500] if isinstance(text, str) else text),
                on=_ON,
            ),
        ),
    ),
    # what is not kept
    Fault(
        "book.cuts-description",
        "keeps the first twenty characters of the description",
        store(_ON, doc=_doc("description", _cut)),
    ),
    Fault(
        "book.cuts-comment", "keeps the first twenty characters of the comment", store(_ON, doc=_doc("comment", _cut))
    ),
    Fault("book.loses-comment", "does not keep the comment", store(_ON, doc=_doc("comment", None))),
    Fault("book.loses-accents", "keeps ASCII only", store(_ON, doc=_doc("description", _ascii))),
    Fault(
        "book.loses-organization",
        "does not keep the booking organisation",
        store(_ON, doc=_doc("organization", None)),
        STU3,
    ),
    Fault(
        "book.loses-organization-type",
        "does not keep the booking organisation's type",
        store(_ON, doc=_doc("organization", _without_type)),
        STU3,
    ),
    Fault("book.loses-second-slot", "books the first of two slots only", store(_ON, slots=_first_slot)),
    Fault(
        "book.loses-practitioner",
        "does not keep the practitioner",
        store(
            _ON,
            doc=_doc(
                "participants", lambda value: [item for item in value if not item["actor"].startswith("Practitioner/")]
            ),
        ),
    ),
    Fault("book.loses-reason", "does not keep the reason", store(_ON, doc=_doc("reason", None)), DSTU2),
    Fault("book.loses-created", "puts its own time for created", store(_ON, doc=_doc("created", 0)), STU3),
    Fault("book.leaves-slot-free", "does not mark the slot as taken", store(_ON, slot_status="free")),
    Fault("book.wrong-patient", "books for another patient", store(_ON, patient="pat-05")),
    Fault("book.shifts-times", "stores the start an hour late", store(_ON, start=lambda start: start + 3600)),
    Fault("book.as-pending", "stores the appointment as pending", store(_ON, status="pending")),
    # how the response looks
    Fault("book.ok-not-created", "returns 200", status(200, on=_ON)),
    Fault("book.no-location", "sends no Location", drop_header("Location", on=_ON)),
    Fault(
        "book.location-without-version",
        "leaves the version out of Location",
        header("Location", lambda value: value and value.partition("/_history")[0], on=_ON),
    ),
    Fault(
        "book.location-of-another",
        "sends the Location of something else",
        header("Location", lambda value: value and value.replace("Apt-", "Other-"), on=_ON),
    ),
    Fault("book.no-etag", "sends no ETag", drop_header("ETag", on=_ON)),
    Fault("book.no-last-modified", "sends no Last-Modified", drop_header("Last-Modified", on=_ON)),
    Fault("book.no-content-location", "sends no Content-Location", drop_header("Content-Location", on=_ON)),
    Fault(
        "book.answer-without-profile",
        "omits meta.profile from the response",
        change("Appointment", without("meta.profile"), on=_ON),
    ),
    Fault(
        "book.answer-without-version",
        "omits meta.versionId from the response",
        change("Appointment", without("meta.versionId"), on=_ON),
    ),
    Fault("book.answer-without-id", "omits the id from the response", change("Appointment", without("id"), on=_ON)),
    Fault(
        "book.answer-without-service",
        "omits the slot type from the response",
        change("Appointment", without("serviceType"), on=_ON),
        STU3,
    ),
    Fault(
        "book.answer-without-category",
        "omits the session's name from the response",
        change("Appointment", without("serviceCategory"), on=_ON),
        STU3,
    ),
    Fault(
        "book.answer-without-channel",
        "omits the delivery channel from the response",
        change("Appointment", drop_extension("DeliveryChannel"), on=_ON),
        STU3,
    ),
    Fault(
        "book.answer-other-channel",
        "returns another delivery channel",
        change("Appointment", edit_extension("DeliveryChannel", put("valueCode", "Video")), on=_ON),
        STU3,
    ),
    Fault(
        "book.answer-without-role",
        "omits the practitioner role from the response",
        change("Appointment", drop_extension("PractitionerRole"), on=_ON),
        STU3,
    ),
    Fault(
        "book.answer-with-reason",
        "adds a reason to the response",
        change("Appointment", put("reason", [{"text": "Headache"}]), on=_ON),
        STU3,
    ),
    Fault(
        "book.answer-with-specialty",
        "adds a specialty to the response",
        change("Appointment", put("specialty", [{"text": "GP"}]), on=_ON),
        STU3,
    ),
    Fault(
        "book.answer-other-description",
        "returns another description than it stores",
        change("Appointment", put("description", "Appointment"), on=_ON),
    ),
    Fault(
        "book.answer-without-slot", "omits the slots from the response", change("Appointment", without("slot"), on=_ON)
    ),
    Fault(
        "book.answer-without-patient",
        "omits the patient from the response",
        change("Appointment", alter("participant", lambda value: value[1:]), on=_ON),
    ),
    Fault(
        "book.answer-in-utc",
        "writes times with Z in the response",
        change("Appointment", alter("start", lambda text: text[:19] + "Z"), on=_ON),
        STU3,
    ),
    Fault(
        "book.answer-absolute-references",
        "refers to the slot by absolute URL",
        change(
            "Appointment",
            alter(
                "slot", lambda value: [{"reference": f"https://beeches.example/{item['reference']}"} for item in value]
            ),
            on=_ON,
        ),
    ),
    Fault(
        "book.takes-custom-service",
        "takes the consumer's service type for its own",
        change("Appointment", alter("serviceType", lambda _: [{"text": "custom"}]), on=_ON),
        STU3,
    ),
    # errors
    Fault(
        "book.busy-is-invalid",
        "returns 422 INVALID_RESOURCE for a taken slot",
        misanswer("book.slot-is-free", code="INVALID_RESOURCE", status=422),
        STU3,
    ),
    Fault(
        "book.busy-other-code",
        "returns 409 and another code for a taken slot",
        misanswer("book.slot-is-free", code="INVALID_RESOURCE", status=409),
        STU3,
    ),
    Fault(
        "book.busy-is-server-error",
        "returns 500 for a taken slot",
        misanswer("book.slot-is-free", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault(
        "book.unknown-slot-is-not-found",
        "returns 404 for an unknown slot",
        misanswer("book.slots-known", code="PATIENT_NOT_FOUND", status=404),
        STU3,
    ),
    Fault(
        "book.unknown-patient-is-server-error",
        "returns 500 for an unknown patient",
        misanswer("book.patient-known", code="INTERNAL_SERVER_ERROR", status=500),
    ),
    Fault("book.error-is-html", "returns an HTML page for errors", html_page(500, on=_ON, only="errors")),
    Fault(
        "book.errors-are-bad-requests",
        "returns 400 BAD_REQUEST for all errors",
        misanswer(on=_ON, code="BAD_REQUEST", status=400),
    ),
    Fault("book.errors-are-200", "returns 200 for errors", status(200, on=_ON, only="errors")),
)
