"""Book an appointment with more, less or other content than usual: what must be accepted, ignored or refused."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from typing import Any

from conformance.checks import bookings
from conformance.checks.response import success
from conformance.config.model import Patient
from conformance.consumer import request_bodies
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import body_add, body_set, body_without, chain, no_body, raw_body
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import refused
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.booking import (
    BOOK,
    INVALID,
    UNREADABLE_VALUE,
    VALID_BOOKING,
    Ground,
    Holds,
    adjacent,
    attempt,
    expect_refusal,
    text_of,
    three_adjacent,
    with_category,
    with_practitioner,
    without_practitioner,
)
from conformance.scenarios.steps.refusals import expect_refused
from conformance.scenarios.steps.registration import registered_well

PROFILE = "STU3-FHIR-025 STU3-ERR-020 DSTU2-FHIR-018 DSTU2-ERR-015"

# Bookings that must be accepted


def _accepted(
    id: str,  # noqa: A002
    title: str,
    verifies: str,
    faults: str,
    holds: Holds | None = None,
    **more: Any,
) -> dict[str, Any]:
    whole = title if " is accepted" in title else f"{title} is accepted"
    return case(f"book.{id}", whole, verifies, faults=faults, holds=holds, **more)


_INDIA = timezone(timedelta(hours=5, minutes=30))


def in_another_offset(on: Ground) -> Change:
    """Write start and end with the offset of India: other text, same instants."""
    return chain(*(body_set(path, getattr(on.slot, path).astimezone(_INDIA).isoformat()) for path in ("start", "end")))


def displays(on: Ground) -> Change:
    """Add a display to each reference."""
    return chain(
        body_add("slot.0.display", "The slot"),
        body_add("participant.0.actor.display", "The patient"),
        body_add("participant.1.actor.display", "The surgery"),
    )


def registered(context: ScenarioContext) -> Patient:
    """Return the person whom the run has registered, as a patient."""
    return Patient(registered_well(context).person.nhs_number)


ACCEPTED = table(
    BOOK,
    _accepted("no-comment", "A booking without comment", "STU3-BOOK-034 DSTU2-BOOK-043", "book.demands-comment",
              booking={"comment": None}),
    _accepted("no-practitioner", "A booking that does not name the practitioner", "STU3-BOOK-034 DSTU2-BOOK-013",
              "book.demands-practitioner", slots=with_practitioner, booking={"practitioner": False}),
    _accepted("nobody-assigned", "A booking in a schedule without a practitioner",
              "STU3-BOOK-034 DSTU2-BOOK-013", "book.demands-practitioner", slots=without_practitioner),
    _accepted("three-slots", "A booking of three adjacent slots", "STU3-BOOK-035 DSTU2-BOOK-036", "book.two-slots-at-most",
              lambda tried: (bookings.slots_of(tried.sent), bookings.times_of(tried.slots)), slots=three_adjacent),
    _accepted("slots-in-any-order", "A booking that lists the later of two adjacent slots first",
              "STU3-BOOK-035 DSTU2-BOOK-036", "book.slots-in-order-only", slots=adjacent,
              change=lambda on: body_set("slot", [{"reference": f"Slot/{slot.id}"} for slot in reversed(on.slots)])),
    _accepted("displays", "A booking whose references carry displays", "STU3-BOOK-017 DSTU2-BOOK-013",
              "book.refuses-displays", change=displays),
    _accepted("other-offset", "A booking whose times are written with another offset for the same instants",
              "STU3-BOOK-077 DSTU2-BOOK-019", "book.compares-times-as-text",
              lambda tried: (bookings.times_of(tried.slots),), change=in_another_offset),
    _accepted("priority", "A booking with a priority", "STU3-BOOK-017 DSTU2-BOOK-013", "book.refuses-priority",
              change=body_add("priority", 5)),
    _accepted("sent-service-type", "A booking with a service type of the consumer's own is accepted and returns the practice's",
              "STU3-BOOK-075", "book.takes-custom-service", lambda tried: (bookings.service_type_of(tried.slots),),
              change=body_add("serviceType", [{"text": "custom"}])),
    _accepted("sent-service-category",
              "A booking with a service category of the consumer's own is accepted and returns the practice's",
              "STU3-BOOK-075", "book.takes-service-category", lambda tried: (bookings.service_category_of(tried.slots),),
              slots=with_category, change=body_add("serviceCategory", {"text": "custom"})),
    _accepted("dissent", "A booking for a patient who dissents from sharing", "STU3-BOOK-039", "stu3:book.heeds-dissent",
              patient=lambda context: context.arrange.patient("dissent")),
    _accepted("temporary-patient", "A booking for a patient with a temporary registration", "STU3-BOOK-037 DSTU2-BOOK-013",
              "book.refuses-temporary-patients", patient=lambda context: context.arrange.patient("temporary")),
    _accepted("new-patient", "A booking for a patient registered just now", "STU3-BOOK-037 DSTU2-BOOK-013",
              "book.refuses-temporary-patients", patient=registered),
    _accepted("reason", "A booking with a reason as text is accepted and returns it", "DSTU2-BOOK-013 DSTU2-BOOK-019",
              "book.loses-reason",
              lambda tried: (bookings.texts_exactly(tried.sent, "reason"),), change=body_add("reason", {"text": "Cough"})),
    _accepted("reason-code", "A booking with a SNOMED CT reason is accepted and returns it", "DSTU2-BOOK-013 DSTU2-BOOK-019",
              "book.loses-reason book.refuses-reason-code", lambda tried: (bookings.texts_exactly(tried.sent, "reason"),),
              change=body_add("reason", {"coding": [
                  {"system": "http://snomed.info/sct", "code": "49727002", "display": "Cough"}]})),
    _accepted("type", "A booking with a type is accepted and returns it", "DSTU2-BOOK-013 DSTU2-BOOK-019", "book.drops-type",
              lambda tried: (bookings.texts_exactly(tried.sent, "type"),), change=body_add("type", {"text": "GP"})),
    _accepted("priority-kept", "A booking with a priority is accepted and returns it", "DSTU2-BOOK-013 DSTU2-BOOK-019",
              "book.drops-priority",
              lambda tried: (bookings.texts_exactly(tried.sent, "priority"),), change=body_add("priority", 7)),
    _accepted("participant-type", "A booking with a participant type for the patient",
              "DSTU2-BOOK-013 DSTU2-BOOK-019", "book.refuses-participant-type",
              change=chain(body_add("participant.0.required", "required"), body_add("participant.0.type", [
                  {"coding": [{"system": "http://hl7.org/fhir/v3/ParticipationType", "code": "PART"}], "text": "Patient"}]))),
    why="A consumer may omit optional and add permitted elements; a refusal denies a patient the appointment.",
    fix="Require only what the book page makes mandatory, and accept what is optional.",
)  # fmt: skip


@scenarios(ACCEPTED)
def test_accepted(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    if context.judge(tried.response, success("Appointment", 201)) and case["holds"]:
        context.judge(tried.response, *case["holds"](tried))


OPEN = table(
    BOOK,
    case("book.own-extension", "A booking with an extension of the consumer's own is carried out or refused",
         "DSTU2-BOOK-044", faults="book.extension-is-server-error",
         change=body_add("extension", [
             {"url": "https://consumer.example.org/StructureDefinition/colour", "valueString": "green"}])),
    why="Extensions are FHIR's way to say more; no page says whether a provider takes those that it does not know.",
    fix="Pass over extensions that you do not know, or refuse them with 422 INVALID_RESOURCE.",
    noted="No page speaks of extensions that the profile does not define; 201 and a refusal both pass.",
)  # fmt: skip


@scenarios(OPEN)
def test_open(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    if tried.booked is None:
        expect_refused(context, tried.response, refused("4xx"))
        context.effects.still_free(*tried.slots)
    else:
        context.judge(tried.response, success("Appointment", 201))


# Texts that are too long


def _long(which: str, length: int) -> dict[str, Any]:
    return case(
        f"book.{which}-{length}",
        f"A booking with a {which} of {length} characters is refused or stored in full, never truncated",
        "STU3-BOOK-031 STU3-BOOK-032" + (" DSTU2-BOOK-019" if length in (256, 10_000) else ""),
        booking={which: text_of(length)},
        which=which,
        faults="book.cuts-long-texts",
    )


LONG = table(
    BOOK,
    *(_long("description", length) for length in (101, 256, 10_000)),
    *(_long("comment", length) for length in (501, 10_000)),
    why="A truncated text can mean the opposite: 'no allergies known to …' is an example.",
    fix="Refuse a text that is too long with 422 INVALID_RESOURCE and name the element, or store it in full.",
    noted="C-TEXT-LIMIT",
)  # fmt: skip


@scenarios(LONG)
def test_long_text(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    if tried.booked is None:
        expect_refused(
            context, tried.response, refused("INVALID_RESOURCE", also=["4xx"], because="No code is named for it.")
        )
        context.effects.still_free(*tried.slots)
        context.once(VALID_BOOKING)
        return
    context.judge(tried.response, bookings.texts_kept(tried.sent))
    read = context.arrange.read(tried.booked.id)
    if context.judge(read, success("Appointment")):
        context.judge(read, bookings.texts_kept(tried.sent))


# Elements that must be refused


def _refused(id: str, title: str, verifies: str, change: Any, faults: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(
        f"book.{id}",
        f"{title} is refused and nothing is booked",
        verifies,
        change=change,
        faults=faults,
        **{"expect": INVALID, **more},
    )


def _with(id: str, element: str, value: Any) -> dict[str, Any]:  # noqa: A002
    return _refused(
        f"with-{id}",
        f"A booking with {element}, which the profile prohibits,",
        "STU3-BOOK-070 STU3-FHIR-025",
        body_add(element, value),
        "book.accepts-prohibited",
        expect=UNREADABLE_VALUE,
    )


_CODED = {"coding": [{"system": "http://snomed.info/sct", "code": "49727002", "display": "Cough"}]}

REFUSED = table(
    BOOK,
    _refused("reason-refused", "A booking with a reason as text", "STU3-BOOK-042",
             body_add("reason", [{"text": "Cough"}]), "stu3:book.accepts-reason"),
    _refused("reason-code-refused", "A booking with a coded reason", "STU3-BOOK-042", body_add("reason", [_CODED]),
             "stu3:book.accepts-reason"),
    _refused("specialty-refused", "A booking with a specialty", "STU3-BOOK-043", body_add("specialty", [{"text": "GP"}]),
             "stu3:book.accepts-specialty"),
    _with("appointment-type", "appointmentType", {"text": "Routine"}),
    _with("indication", "indication", [{"reference": "Condition/1"}]),
    _with("supporting-information", "supportingInformation", [{"reference": "Observation/1"}]),
    _with("incoming-referral", "incomingReferral", [{"reference": "ReferralRequest/1"}]),
    _with("requested-period", "requestedPeriod", [{"start": "2026-01-01"}]),
    _refused("unknown-element", "A booking with an element that FHIR does not define",
             "STU3-BOOK-070 DSTU2-FHIR-018", body_add("invalidField", "value"), "book.breaks-on-unknown-element",
             expect=refused("INVALID_RESOURCE", also=["400 BAD_REQUEST"], tolerated=["201"],
                            because="FHIR allows a server to ignore unknown elements.")),
    _refused("two-organisations", "A booking with two booking organisations", "STU3-FHIR-025",
             lambda on: body_add("extension.1", {
                 "url": request_bodies.extension_url(on.context.edition, "booking_organization"),
                 "valueReference": {"reference": "#booking-organisation"}}), "book.accepts-invalid"),
    _refused("identifier-without-system", "A booking with an identifier that has no system", PROFILE,
             body_add("identifier", [{"value": "12345"}]), "book.accepts-invalid"),
    _refused("participant-status-unknown", "A booking with a participant status that FHIR does not define", PROFILE,
             body_set("participant.0.status", "acepted"), "book.accepts-invalid", expect=UNREADABLE_VALUE),
    _refused("participant-required-unknown", "A booking with a value of participant.required that FHIR does not define",
             PROFILE,
             body_add("participant.0.required", "mandatory"), "book.accepts-invalid", expect=UNREADABLE_VALUE),
    _refused("priority-negative", "A booking with a negative priority", PROFILE, body_add("priority", -1),
             "book.accepts-invalid", expect=UNREADABLE_VALUE),
    _refused("description-number", "A booking whose description is a number", PROFILE, body_set("description", 12345),
             "book.takes-numbers-for-texts", expect=UNREADABLE_VALUE),
    _refused("slot-no-list", "A booking whose slot is an object where FHIR has a list", PROFILE,
             lambda on: body_set("slot", {"reference": f"Slot/{on.slot.id}"}), "book.accepts-slot-object",
             expect=UNREADABLE_VALUE),
    _refused("cancellation-wrong-type", "A booking with a cancellation reason of another data type", PROFILE,
             lambda on: _extension(on.context, {
                 "url": _canonical(on.context, "cancellation_reason"), "valueBoolean": True}),
             "book.accepts-invalid"),
    _refused("reason-of-other-system", "A booking with a coded reason that is not SNOMED CT", "DSTU2-FHIR-018 DSTU2-ERR-015",
             body_add("reason", {"coding": [{**_CODED["coding"][0], "system": "https://consumer.example.org/CodeSystem/reasons"}]}),
             "book.accepts-invalid"),
    _refused("reason-without-display", "A booking with a coded reason without display", "DSTU2-FHIR-018 DSTU2-ERR-015",
             body_add("reason", {"coding": [{"system": "http://snomed.info/sct", "code": "49727002"}]}),
             "book.accepts-invalid"),
    _refused("two-participant-types", "A booking with a participant that has two types", "DSTU2-FHIR-018 DSTU2-ERR-015",
             body_add("participant.0.type", [{"text": "Subject"}, {"text": "Informant"}]), "book.accepts-invalid"),
    why="Content that breaks the profile or that it prohibits must not enter a patient's record.",
    fix="Validate the body against the Appointment profile and the book page's rules before anything is stored.",
)  # fmt: skip


def _canonical(context: ScenarioContext, extension: str) -> str:
    """The URL of an extension in the edition's definitions; pages may write another."""
    found = context.edition.extension(extension)
    assert found is not None
    return found.canonical


def _extension(context: ScenarioContext, extension: dict[str, Any]) -> Change:
    """Add an extension, after the booking organisation's where the edition has one."""
    has_one = context.edition.extension("booking_organization") is not None
    return body_add("extension.1", extension) if has_one else body_add("extension", [extension])


_OTHER_PROFILE = "https://consumer.example.org/StructureDefinition/other"
META = table(
    BOOK,
    _refused("without-profile", "A booking that does not name its profile", "STU3-BOOK-072", body_without("meta"),
             "book.accepts-missing-profile"),
    _refused("wrong-profile", "A booking that names another profile", "STU3-BOOK-072",
             body_set("meta.profile", [_OTHER_PROFILE]), "book.accepts-missing-profile"),
    why="The page requires consumers to name the profile and providers to check it.",
    fix="Check meta.profile and return 422 INVALID_RESOURCE if it does not name the Appointment profile.",
    expect=refused("INVALID_RESOURCE", tolerated=["201", "4xx"],
                   because="It 'should be checked': an accepted booking is a warning."),
)  # fmt: skip

META_DSTU2 = table(
    BOOK,
    case("book.no-profile-either-way", "A booking that does not name its profile is accepted or refused as invalid",
         "DSTU2-BOOK-022", change=body_without("meta"), faults="book.breaks-without-profile"),
    case("book.other-profile-either-way", "A booking that names another profile is accepted or refused as invalid",
         "DSTU2-BOOK-022", change=body_set("meta.profile", [_OTHER_PROFILE]), faults="book.breaks-without-profile"),
    why="The page requires consumers to name the profile but no check by providers: accepting and refusing are both "
        "acceptable.",
    fix="Accept the booking, or refuse it with 422 INVALID_RESOURCE; do not return a server error.",
    expect=refused("INVALID_RESOURCE", also=["400 BAD_REQUEST", "201"], because="The edition leaves it open."),
)  # fmt: skip

# Bodies that are not an Appointment

_WRONG_TYPE = refused(
    ("INVALID_RESOURCE", "BAD_REQUEST"),
    because="A body of another type may count as an invalid resource or a bad request.",
)


def _body(id: str, title: str, verifies: str, change: Any, faults: str, expect: Any) -> dict[str, Any]:  # noqa: A002
    return case(
        f"book.{id}", f"{title} is refused and nothing is booked", verifies, change=change, faults=faults, expect=expect
    )


def wrapped(request: Request) -> Request:
    """Put the Appointment into a Bundle."""
    return request.with_(body={"resourceType": "Bundle", "type": "collection", "entry": [{"resource": request.body}]})


def cut_short(request: Request) -> Request:
    """Send the first two thirds of the body's text."""
    text = json.dumps(request.body)
    return request.with_(body=text[: len(text) * 2 // 3])


BAD_BODIES = table(
    BOOK,
    _body("body-patient", "A booking whose body is a Patient", "STU3-BOOK-069 DSTU2-BOOK-041 DSTU2-ERR-021",
          Change("a Patient as body", lambda request: request.with_(body={"resourceType": "Patient", "active": True})),
          "book.wrong-type-is-500", _WRONG_TYPE),
    _body("body-slot", "A booking whose body is a Slot", "STU3-BOOK-069 DSTU2-BOOK-041 DSTU2-ERR-021",
          lambda on: Change("a Slot as body", lambda request: request.with_(body=dict(on.slot.raw))),
          "book.wrong-type-is-500", _WRONG_TYPE),
    _body("body-bundle", "A booking whose body is a Bundle with the Appointment", "STU3-BOOK-069 DSTU2-BOOK-041 DSTU2-ERR-021",
          Change("in a Bundle", wrapped), "book.unwraps-bundles", _WRONG_TYPE),
    _body("body-wrong-type-name", "A booking whose Appointment has the resourceType Patient",
          "STU3-BOOK-069 DSTU2-BOOK-041 DSTU2-ERR-021", body_set("resourceType", "Patient"),
          "book.accepts-other-type", _WRONG_TYPE),
    _body("body-empty-object", "A booking whose body is an empty object", "STU3-BOOK-069 DSTU2-BOOK-041",
          raw_body(b"{}", "body {}"),
          "book.wrong-type-is-500", _WRONG_TYPE),
    _body("body-list", "A booking whose body is a list", "STU3-BOOK-071 DSTU2-BOOK-041", raw_body(b"[]", "body []"),
          "book.wrong-type-is-500", refused("BAD_REQUEST", also=["INVALID_RESOURCE"])),
    _body("body-cut-short", "A booking whose body is truncated", "STU3-BOOK-071 DSTU2-BOOK-041",
          Change("cut short", cut_short), "book.unreadable-is-500 book.unreadable-is-422", refused("BAD_REQUEST")),
    _body("body-absent", "A booking without a body", "STU3-BOOK-071 DSTU2-BOOK-041 DSTU2-ERR-022", no_body(),
          "book.unreadable-is-500",
          refused("BAD_REQUEST")),
    _body("body-words", "A booking whose body is not JSON", "STU3-BOOK-071 DSTU2-BOOK-041",
          raw_body(b"I would like to come on Monday.", "body in words"), "book.unreadable-is-500", refused("BAD_REQUEST")),
    _body("body-xml-as-json", "A booking whose body is XML labelled as JSON", "STU3-BOOK-071 DSTU2-BOOK-041",
          raw_body(b'<Appointment xmlns="http://hl7.org/fhir"><status value="booked"/></Appointment>', "XML labelled as JSON"),
          "book.unreadable-is-500", refused("BAD_REQUEST")),
    why="A provider must say clearly that it cannot interpret a request.",
    fix="Return 400 BAD_REQUEST for a body that cannot be parsed, and 422 or 400 for a resource of another type.",
)  # fmt: skip


@scenarios(REFUSED, META, META_DSTU2, BAD_BODIES)
def test_refused(context: ScenarioContext, case: Case) -> None:
    expect_refusal(context, case, attempt(context, case))
