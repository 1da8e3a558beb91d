"""Book an appointment: the response to a valid booking. Its effects are in test_book_effects.py."""

from __future__ import annotations

from typing import Any

from conformance.checks import bookings
from conformance.checks.all_responses import claims_profile, relative_references, versioned
from conformance.checks.appointments import appointment_status, uk_times
from conformance.checks.headers import content_location, etag, last_modified, location
from conformance.checks.profile_conformance import conforms
from conformance.checks.response import success
from conformance.consumer.request_mutations import add_header, as_xml
from conformance.core.results import Severity
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.booking import (
    BOOK,
    Attempt,
    Holds,
    adjacent,
    attempt,
    need_booked,
    with_category,
    with_practitioner,
)
from conformance.scenarios.steps.content_negotiation import needs_xml

ONE_SLOT = table(
    BOOK,
    case("book.one-slot", "A valid booking of one free slot returns 201 with the booked Appointment",
         "STU3-BOOK-017 STU3-FHIR-031 STU3-FHIR-034 DSTU2-BOOK-013 DSTU2-BOOK-039 DSTU2-FHIR-014",
         faults="book.ok-not-created book.answers-without-body book.answers-outcome"),
    case("book.two-slots", "A valid booking of two adjacent slots returns 201 with the booked Appointment",
         "STU3-BOOK-035 DSTU2-BOOK-036", slots=adjacent, faults="book.refuses-adjacent"),
    why="Without a reliable response to a booking, a consumer cannot show its user whether the appointment exists.",
    fix="Return 201 with the complete Appointment for a successful booking.",
)  # fmt: skip


@scenarios(ONE_SLOT)
def test_booking(context: ScenarioContext, case: Case) -> None:
    context.judge(attempt(context, case).response, success("Appointment", 201))


def _response(id: str, title: str, verifies: str, holds: Holds, faults: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    return case(f"book.{id}", title, verifies, holds=holds, faults=faults, **more)


def _patient(tried: Attempt) -> str:
    return tried.context.arrange.patient_id(tried.patient)


RESPONSE = table(
    BOOK,
    _response("conforms", "The Appointment returned by a booking conforms to the Appointment profile",
            "STU3-BOOK-019 STU3-RES-015 DSTU2-BOOK-015", lambda _: (conforms,),
            "book.answer-prohibited-element stu3:book.answer-without-description"),
    _response("names-profile", "The Appointment returned by a booking names its profile",
            "STU3-BOOK-020 DSTU2-BOOK-016 DSTU2-FHIR-007", lambda _: (claims_profile,),
            "book.answer-without-profile book.profile-of-slot"),
    _response("has-version", "The Appointment returned by a booking has a version",
            "STU3-BOOK-021 DSTU2-BOOK-017", lambda _: (versioned,), "book.answer-without-version"),
    _response("etag", "The response to a booking has the version as its ETag",
            "STU3-BOOK-022 STU3-FHIR-015 DSTU2-FHIR-009", lambda _: (etag,), "book.no-etag book.strong-etag"),
    _response("location", "The response to a booking has the URL of the new appointment and its version in Location",
            "STU3-BOOK-018 DSTU2-BOOK-014 DSTU2-FHIR-012 DSTU2-HTTP-021", lambda _: (location,),
            "book.no-location book.location-without-version book.location-of-another book.answer-without-id"),
    _response("last-modified", "The response to a booking has the time of the last change in Last-Modified",
            "STU3-BOOK-023 DSTU2-FHIR-013", lambda _: (last_modified,), "book.no-last-modified"),
    _response("content-location", "The response to a booking has the URL of the appointment in Content-Location",
            "STU3-FHIR-033 DSTU2-HTTP-022", lambda _: (content_location,), "book.no-content-location",
            noted="Required in one table of the general pages, contrary to the headers on the use case page: a warning."),
    _response("booked", "The Appointment returned by a booking has the status booked",
            "STU3-BOOK-027 DSTU2-BOOK-019", lambda _: (appointment_status("booked"),), "book.as-pending"),
    _response("times", "The Appointment returned by a booking lasts from the start to the end of its slot",
            "STU3-BOOK-027 STU3-RES-017 DSTU2-BOOK-019", lambda tried: (bookings.times_of(tried.slots),),
            "book.shifts-times book.end-missing"),
    _response("times-of-two",
              "The Appointment returned by a booking of two slots lasts from the start of the first to the end of the second",
            "STU3-RES-017 STU3-BOOK-035 DSTU2-BOOK-019", lambda tried: (bookings.times_of(tried.slots),),
            "book.keeps-one-slot", slots=adjacent),
    _response("slots", "The Appointment returned by a booking refers to the booked slot and no other",
            "STU3-BOOK-027 DSTU2-BOOK-019", lambda tried: (bookings.slots_of(tried.sent),), "book.answer-without-slot"),
    _response("slots-of-two", "The Appointment returned by a booking of two slots refers to both",
            "STU3-BOOK-027 STU3-BOOK-035 DSTU2-BOOK-019", lambda tried: (bookings.slots_of(tried.sent),),
            "book.keeps-one-slot", slots=adjacent),
    _response("texts", "The Appointment returned by a booking has the description and comment as sent",
            "STU3-BOOK-027 STU3-BOOK-030 STU3-BOOK-033 DSTU2-BOOK-019", lambda tried: (bookings.texts_kept(tried.sent),),
            "book.loses-comment book.description-upper-case book.answer-other-description"
            " book.answer-without-description"),
    _response("participants-complete", "Each participant of the Appointment returned by a booking has an actor and a status",
            "STU3-RES-015 DSTU2-BOOK-019", lambda _: (bookings.participants_complete,),
            "book.participant-without-status book.participants-missing"),
    _response("patient", "The Appointment returned by a booking has exactly one patient: the one it was booked for",
            "STU3-RES-016 DSTU2-BOOK-019", lambda tried: (bookings.only_patient(_patient(tried)),),
            "book.another-patient book.answer-without-patient"),
    _response("place", "The Appointment returned by a booking has exactly one location: the one it was booked at",
            "STU3-RES-016 DSTU2-BOOK-019", lambda tried: (bookings.only_location(tried.slots[0].location_id),),
            "book.drops-location"),
    _response("practitioner", "The Appointment returned by a booking has the practitioner sent as a participant",
            "STU3-BOOK-027 DSTU2-BOOK-019", lambda tried: (bookings.has_actor("Practitioner", tried.slots[0].practitioner_id),),
            "book.loses-practitioner", slots=with_practitioner),
    _response("relative-references", "The Appointment returned by a booking refers to slots and actors as Type/id",
            "STU3-FHIR-024 DSTU2-FHIR-005", lambda _: (relative_references,), "book.answer-absolute-references"),
    _response("identifiers", "Business identifiers returned by a booking, if any, have a system and a value",
            "STU3-RES-015 DSTU2-BOOK-018", lambda _: (bookings.identifiers_complete,), "book.identifier-without-system"),
    _response("created", "The Appointment returned by a booking has the time of booking in created",
            "STU3-BOOK-027", lambda tried: (bookings.created_close_to(tried.sent),),
            "book.drops-created book.loses-created"),
    _response("service-type", "The Appointment returned by a booking has the slot type in serviceType",
            "STU3-BOOK-024", lambda tried: (bookings.service_type_of(tried.slots),),
            "book.answer-without-service book.service-type-fixed"),
    _response("service-category", "The Appointment returned by a booking has the schedule type in serviceCategory",
            "STU3-BOOK-025", lambda tried: (bookings.service_category_of(tried.slots),), "book.answer-without-category",
            slots=with_category),
    _response("no-reason", "The Appointment returned by a booking has neither reason nor specialty",
            "STU3-BOOK-026", lambda _: (bookings.lacks("reason", "specialty"),),
            "stu3:book.answer-with-reason stu3:book.answer-with-specialty"),
    _response("delivery-channel", "The Appointment returned by a booking has the delivery channel of the slot",
            "STU3-RES-018 STU3-BOOK-027", lambda tried: (
                bookings.extension_of("delivery_channel", [slot.raw for slot in tried.slots], "valueCode"),),
            "book.answer-without-channel book.answer-other-channel"),
    _response("practitioner-role", "The Appointment returned by a booking has the practitioner role of the schedule",
            "STU3-RES-019 STU3-BOOK-027", lambda tried: (
                bookings.extension_of("practitioner_role", [slot.schedule for slot in tried.slots],
                                      "valueCodeableConcept.coding.code"),),
            "book.answer-without-role"),
    _response("organisation", "The Appointment returned by a booking has the booking organisation as sent",
            "STU3-BOOK-028 STU3-BOOK-027", lambda tried: (
                bookings.booking_organisation(tried.sent, missing_type=Severity.WARN),),
            "book.loses-organization book.drops-organisation-telecom book.answer-other-organisation",
            noted="C-BOOK-TYPE-EXAMPLE"),
    _response("organisation-conforms", "The contained Organization returned by a booking conforms to its profile",
            "STU3-RES-020", lambda _: (bookings.organisation_conforms,),
            "book.drops-organisation-name book.organisation-versioned"),
    _response("uk-times", "The times returned by a booking are in UK local time with offset, without fractions of a second",
            "STU3-BOOK-077", lambda _: (uk_times("start", "end", "created"),),
            "book.answer-in-utc book.times-with-fractions"),
    why="A consumer shows this response to its user, and sends it back to amend or cancel the appointment.",
    fix="Compare the response with the request, with the slot, and with the response section of the book page.",
)  # fmt: skip


@scenarios(RESPONSE)
def test_response(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    need_booked(tried)
    context.judge(tried.response, *case["holds"](tried))


PREFER = table(
    BOOK,
    case("book.prefer-representation", "A booking with Prefer: return=representation returns the complete Appointment",
         "STU3-FHIR-035 DSTU2-FHIR-015", change=add_header("Prefer", "return=representation"),
         faults="book.minimal-for-all"),
    why="Some consumers request the complete representation explicitly.",
    fix="Support Prefer: return=representation; the complete Appointment is also the default.",
)  # fmt: skip


@scenarios(PREFER)
def test_prefer_representation(context: ScenarioContext, case: Case) -> None:
    context.judge(attempt(context, case).response, success("Appointment", 201))


MINIMAL = table(
    BOOK,
    case("book.prefer-minimal", "A booking with Prefer: return=minimal returns 201 with Location and ETag, without a body",
         "STU3-BOOK-076 STU3-FHIR-036 DSTU2-FHIR-015", change=add_header("Prefer", "return=minimal"),
         faults="book.prefer-ignored book.minimal-without-location http.ignores-prefer"),
    why="A consumer on a slow connection requests no more than it needs.",
    fix="Omit the body when the request has Prefer: return=minimal; send Location and ETag.",
)  # fmt: skip


@scenarios(MINIMAL)
def test_prefer_minimal(context: ScenarioContext, case: Case) -> None:
    tried = attempt(context, case)
    context.judge(tried.response, bookings.minimal(201))
    if tried.booked is None:
        context.findings.fail("the URL in Location cannot be read", location="header Location", code="not-located")


XML = table(
    BOOK,
    case("book.xml", "A booking sent as XML succeeds, and returns XML when requested",
         "STU3-FHIR-002 DSTU2-BOOK-040 DSTU2-HTTP-003", change=as_xml(), faults="book.xml-refused book.xml-texts-lost"),
    why="A consumer may use either format.",
    fix="Read and write both formats from one model, so that both formats behave alike.",
)  # fmt: skip


@scenarios(XML)
def test_xml(context: ScenarioContext, case: Case) -> None:
    needs_xml(context)
    tried = attempt(context, case)
    if context.judge(tried.response, success("Appointment", 201)):
        context.judge(tried.response, bookings.texts_kept(tried.sent), bookings.times_of(tried.slots))
        if tried.response.form != "xml":
            context.findings.fail(
                "the response is not in the requested format", found=tried.response.form, expected="xml"
            )
