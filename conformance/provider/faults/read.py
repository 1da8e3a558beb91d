"""Ways to be wrong in reading an appointment."""

from __future__ import annotations

from conformance.provider.call import Call
from conformance.provider.faults.fault import STU3, Fault
from conformance.provider.faults.verbs import (
    alter,
    change,
    drop_extension,
    drop_header,
    header,
    html_page,
    misanswer,
    put,
    refuses,
    skip,
    status,
    without,
)

_ON = "read"


def _cancelled(call: Call) -> bool:
    row = call.provider.store.appointment(call.id)
    return row is not None and row["status"] == "cancelled"


FAULTS = (
    Fault("read.no-etag", "sends no ETag", drop_header("ETag", on=_ON)),
    Fault(
        "read.strong-etag",
        "sends a strong ETag",
        header("ETag", lambda held: held and held.removeprefix("W/"), on=_ON, only="success"),
    ),
    Fault(
        "read.unquoted-etag",
        "sends an ETag without quotes",
        header("ETag", lambda held: held and held.replace('"', ""), on=_ON, only="success"),
    ),
    Fault("read.other-etag", "sends the ETag of another version", header("ETag", 'W/"999"', on=_ON, only="success")),
    Fault("read.no-content-location", "sends no Content-Location", drop_header("Content-Location", on=_ON)),
    Fault("read.accepted", "answers 202", status(202, on=_ON)),
    Fault("read.without-profile", "leaves meta.profile out", change("Appointment", without("meta.profile"), on=_ON)),
    Fault(
        "read.other-profile",
        "names another profile",
        change("Appointment", put("meta.profile", ["http://hl7.org/fhir/StructureDefinition/Appointment"]), on=_ON),
    ),
    Fault(
        "read.without-version", "leaves meta.versionId out", change("Appointment", without("meta.versionId"), on=_ON)
    ),
    Fault("read.other-id", "answers with another id", change("Appointment", put("id", "Apt-0"), on=_ON)),
    Fault(
        "read.without-identifier",
        "leaves the business identifier out",
        change("Appointment", without("identifier"), on=_ON),
    ),
    Fault(
        "read.without-description", "leaves the description out", change("Appointment", without("description"), on=_ON)
    ),
    Fault("read.without-comment", "leaves the comment out", change("Appointment", without("comment"), on=_ON)),
    Fault("read.without-slot", "leaves the slots out", change("Appointment", without("slot"), on=_ON)),
    Fault(
        "read.without-participant-status",
        "leaves the participants' status out",
        change("Appointment", without("participant.status"), on=_ON),
    ),
    Fault(
        "read.without-location",
        "leaves the place out",
        change(
            "Appointment",
            alter(
                "participant",
                lambda held: [item for item in held if not item["actor"]["reference"].startswith("Location/")],
            ),
            on=_ON,
        ),
    ),
    Fault(
        "read.absolute-references",
        "refers by absolute URL",
        change(
            "Appointment",
            alter(
                "participant",
                lambda held: [
                    item | {"actor": {"reference": f"https://beeches.example/{item['actor']['reference']}"}}
                    for item in held
                ],
            ),
            on=_ON,
        ),
    ),
    Fault(
        "read.dangling-location",
        "refers to a place that cannot be read",
        change(
            "Appointment",
            alter(
                "participant",
                lambda held: [
                    item | {"actor": {"reference": "Location/none"}}
                    if item["actor"]["reference"].startswith("Location/")
                    else item
                    for item in held
                ],
            ),
            on=_ON,
        ),
    ),
    Fault(
        "read.in-utc",
        "writes times with Z",
        change(
            "Appointment",
            alter("start", lambda text: text[:19] + "Z"),
            alter("end", lambda text: text[:19] + "Z"),
            on=_ON,
        ),
    ),
    Fault(
        "read.created-without-offset",
        "writes created without its offset",
        change("Appointment", alter("created", lambda text: text[:19]), on=_ON),
        STU3,
    ),
    Fault(
        "read.times-swapped",
        "swaps start and end",
        change("Appointment", lambda held: held | {"start": held["end"], "end": held["start"]}, on=_ON),
    ),
    Fault(
        "read.without-service", "leaves the slot type out", change("Appointment", without("serviceType"), on=_ON), STU3
    ),
    Fault(
        "read.without-category",
        "leaves the session's name out",
        change("Appointment", without("serviceCategory"), on=_ON),
        STU3,
    ),
    Fault(
        "read.without-channel",
        "leaves the delivery channel out",
        change("Appointment", drop_extension("DeliveryChannel"), on=_ON),
        STU3,
    ),
    Fault(
        "read.without-role",
        "leaves the practitioner role out",
        change("Appointment", drop_extension("PractitionerRole"), on=_ON),
        STU3,
    ),
    Fault(
        "read.without-organization",
        "leaves the booking organisation out",
        change("Appointment", without("contained"), drop_extension("BookingOrganisation"), on=_ON),
        STU3,
    ),
    Fault(
        "read.organization-without-type",
        "leaves the booking organisation's type out",
        change("Appointment", without("contained.type"), on=_ON),
        STU3,
    ),
    Fault(
        "read.organization-uncontained",
        "leaves the contained organisation out but refers to it",
        change("Appointment", without("contained"), on=_ON),
        STU3,
    ),
    Fault(
        "read.organization-with-version",
        "gives the contained organisation a version",
        change("Appointment", put("contained.meta.versionId", "1"), on=_ON),
        STU3,
    ),
    Fault(
        "read.with-reason", "adds a reason", change("Appointment", put("reason", [{"text": "Headache"}]), on=_ON), STU3
    ),
    Fault(
        "read.with-specialty",
        "adds a specialty",
        change("Appointment", put("specialty", [{"text": "GP"}]), on=_ON),
        STU3,
    ),
    Fault(
        "read.with-prohibited",
        "adds an element that the profile prohibits",
        change("Appointment", put("supportingInformation", [{"reference": "Patient/pat-01"}]), on=_ON),
        STU3,
    ),
    Fault(
        "read.unknown-element",
        "adds an element that FHIR does not know",
        change("Appointment", put("bookedVia", "GP Connect"), on=_ON),
    ),
    Fault("read.empty-value", "writes an empty text", change("Appointment", put("comment", ""), on=_ON)),
    Fault("read.null-value", "writes null", change("Appointment", put("participant.type", [None]), on=_ON)),
    Fault(
        "read.odd-status",
        "has a status that FHIR does not know",
        change("Appointment", put("status", "confirmed"), on=_ON),
    ),
    Fault(
        "read.always-booked",
        "shows cancelled appointments as booked",
        change("Appointment", put("status", "booked"), on=_ON),
    ),
    Fault(
        "read.hides-cancelled", "does not find what is cancelled", refuses(_cancelled, "NO_RECORD_FOUND", on=_ON), STU3
    ),
    Fault(
        "read.hides-reason-for-cancelling",
        "leaves the cancellation reason out",
        change("Appointment", drop_extension("ancellation"), on=_ON),
    ),
    Fault("read.accepts-past", "reads appointments of the past", skip("read.not-past"), STU3),
    Fault("read.unknown-is-200", "answers an unknown id with 200", misanswer("read.known", on=_ON, status=200)),
    Fault(
        "read.unknown-is-bad-request",
        "answers an unknown id with 400",
        misanswer("read.known", on=_ON, code="BAD_REQUEST", status=400),
    ),
    Fault("read.unknown-is-gone", "answers an unknown id with 410", misanswer("read.known", on=_ON, status=410)),
    Fault(
        "read.unknown-other-code",
        "answers an unknown appointment with PATIENT_NOT_FOUND",
        misanswer("read.known", on=_ON, code="PATIENT_NOT_FOUND"),
        STU3,
    ),
    Fault("read.unknown-is-html", "answers an unknown id with an HTML page", html_page(404, on=_ON, only="errors")),
)
