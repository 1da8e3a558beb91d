"""Read an appointment: by the ids that other interactions return, in each state, and what a read must not depend on."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks import bookings
from conformance.checks.all_responses import versioned
from conformance.checks.appointments import appointment_status, cancellation_reason, new_version, reflects, same_as
from conformance.checks.headers import etag
from conformance.checks.json_values import every, first, references, spelled
from conformance.checks.response import status, success
from conformance.checks.retrievals import appointments
from conformance.consumer.response import Response
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext
from conformance.engine.scenario import Case, case, scenarios, table
from conformance.scenarios.steps.read import READ, look_up, look_up_configured
from conformance.scenarios.steps.retrieve import around, as_another_organisation, ask, entry_of, need, own_screens


def _from_location(context: ScenarioContext, booked: BookedAppointment) -> str:
    return bookings.located(booked.response)


def _from_retrieve(context: ScenarioContext, booked: BookedAppointment) -> str:
    entry = entry_of(context, need(context, ask(context, booked.patient, *around(booked))), booked.id)
    return str(entry.resource["id"])


def _from_read(context: ScenarioContext, booked: BookedAppointment) -> str:
    return str(first(context.arrange.read(booked.id).value, "id") or "")


def _amended(context: ScenarioContext, booked: BookedAppointment) -> BookedAppointment:
    return context.arrange.amended(booked, comment="Amended to be read again")


def _from_amend(context: ScenarioContext, booked: BookedAppointment) -> str:
    return str(_amended(context, booked).value.get("id", ""))


def _from_cancel(context: ScenarioContext, booked: BookedAppointment) -> str:
    return str(context.arrange.cancelled(booked).value.get("id", ""))


IDS = table(
    READ,
    case("read.by-id", "An appointment can be read by the id that the booking returned",
         "STU3-READ-002 DSTU2-READ-002", source=lambda _, booked: booked.id,
         faults="read.accepted read.finds-nothing"),
    case("read.by-location", "An appointment can be read by the id in the booking's Location header",
         "STU3-READ-002 STU3-BOOK-018 DSTU2-READ-002", source=_from_location, faults="read.finds-nothing"),
    case("read.by-retrieved-id", "An appointment can be read by the id with which it is retrieved",
         "STU3-READ-002 DSTU2-READ-002", source=_from_retrieve, faults="read.finds-nothing"),
    case("read.by-read-id", "An appointment can be read by the id that a read returned",
         "STU3-READ-002 STU3-READ-004 DSTU2-READ-002", source=_from_read, faults="read.other-id"),
    case("read.by-amended-id", "An appointment can be read by the id that an amendment returned",
         "STU3-READ-002 DSTU2-READ-002", source=_from_amend, faults="read.forgets-amended"),
    case("read.by-cancelled-id", "An appointment can be read by the id that its cancellation returned",
         "STU3-READ-002 STU3-READ-012 DSTU2-READ-010", source=_from_cancel, faults="read.hides-cancelled"),
    why="Consumers store the id of an appointment, from whichever interaction, to read it later.",
    fix="Give an appointment one id and return 200 with the Appointment whenever it is read by that id.",
)  # fmt: skip


@scenarios(IDS)
def test_ids(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    source: Callable[[ScenarioContext, BookedAppointment], str] = case["source"]
    name = source(context, booked)
    if not name:
        context.cannot("there is no id to read by")
    response = look_up(context, name, booked.patient)
    if context.judge(response, success("Appointment")) and first(response.value, "id") != booked.id:
        context.findings.fail(
            "an appointment other than the requested one was returned",
            location="Appointment.id",
            found=spelled(first(response.value, "id")),
            expected=booked.id,
            exchange=response.number,
        )


IDENTITY = table(
    READ,
    case("read.id", "A read of an appointment returns exactly the requested id", "STU3-READ-004 DSTU2-READ-002",
         faults="read.other-id read.id-in-capitals"),
    why="A consumer that gets another appointment shows the wrong one.",
    fix="Fill in Appointment.id with the id of the path.",
)  # fmt: skip


@scenarios(IDENTITY)
def test_id(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked(read=False)
    response = context.arrange.read(booked.id)
    context.need(response, success("Appointment"), what="the appointment cannot be read")
    found = first(response.value, "id")
    if found != booked.id:
        context.findings.fail(
            "the appointment read does not have the requested id",
            location="Appointment.id",
            found=spelled(found),
            expected=booked.id,
            exchange=response.number,
        )


def _plain(context: ScenarioContext, booked: BookedAppointment) -> BookedAppointment:
    return booked


def _as_answered(context: ScenarioContext, booked: BookedAppointment) -> BookedAppointment:
    booked.value = dict(booked.response.resource)
    return booked


def _cancelled(context: ScenarioContext, booked: BookedAppointment) -> BookedAppointment:
    return context.arrange.cancelled(booked)


STATES = table(
    READ,
    case("read.as-booked", "A read of an appointment returns every element as the booking returned it",
         "STU3-READ-010 STU3-READ-003 DSTU2-READ-003", then=_as_answered,
         faults="read.without-comment read.times-swapped read.without-participants read.other-profile"),
    case("read.as-amended", "A read of an amended appointment returns it as the amendment did",
         "STU3-READ-010 DSTU2-READ-003 DSTU2-READ-005", then=_amended,
         faults="read.without-comment read.stale-comment"),
    case("read.as-cancelled", "A read of a cancelled appointment returns it as the cancellation did",
         "STU3-READ-012 DSTU2-READ-010", then=_cancelled, faults="read.always-booked"),
    why="The response to a change and a later read must be the same, or the consumer can rely on neither.",
    fix="Store what you return, and serve a read from what is stored.",
)  # fmt: skip


@scenarios(STATES)
def test_states(context: ScenarioContext, case: Case) -> None:
    booked = case["then"](context, context.arrange.booked())
    response = context.arrange.read(booked.id)
    if context.judge(response, success("Appointment")):
        context.judge(response, same_as(booked.value))


VERSIONS = table(
    READ,
    case("read.version", "A read of an appointment returns its version, in meta.versionId and as the ETag",
         "STU3-READ-005 DSTU2-READ-005", then=_plain,
         faults="read.without-version read.no-etag read.other-etag read.strong-etag read.unquoted-etag"),
    case("read.version-after-amend", "A read of an appointment after an amendment returns a new version",
         "STU3-READ-005 DSTU2-READ-005", then=_amended, faults="read.stale-version"),
    case("read.version-after-cancel", "A read of an appointment after a cancellation returns a new version",
         "STU3-READ-005 DSTU2-READ-005", then=_cancelled, faults="read.stale-version"),
    why="The consumer sends the version it read as If-Match with its next change.",
    fix='Send ETag: W/"<meta.versionId>" of the current version; change the version with each change of the appointment.',
)  # fmt: skip


@scenarios(VERSIONS)
def test_versions(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    before = dict(booked.value)
    booked = case["then"](context, booked)
    response = context.arrange.read(booked.id)
    context.need(response, success("Appointment"), what="the appointment cannot be read")
    context.judge(response, versioned, etag)
    known, found = first(booked.value, "meta.versionId"), first(response.value, "meta.versionId")
    if found != known:
        context.findings.fail(
            "a version other than the last returned is read",
            location="Appointment.meta.versionId",
            found=spelled(found),
            expected=spelled(known),
            exchange=response.number,
        )
    if case["then"] is not _plain:
        context.judge(response, new_version(before))


CANCELLED = table(
    READ,
    case("read.cancelled", "A cancelled appointment can be read, with the status cancelled",
         "STU3-READ-012 DSTU2-READ-010", holds=lambda *_: (appointment_status("cancelled"),),
         faults="read.always-booked read.hides-cancelled"),
    case("read.cancelled-reason", "A cancelled appointment is read with its cancellation reason",
         "STU3-READ-012 DSTU2-READ-010", holds=lambda reason, _: (cancellation_reason(reason),),
         faults="read.cancelled-without-reason"),
    case("read.cancelled-whole", "A cancelled appointment is read with its times, slots and participants",
         "STU3-READ-012 DSTU2-READ-010",
         holds=lambda _, booked: (reflects(booked, "start", "end", "slot.reference", "participant.actor.reference"),),
         faults="read.cancelled-is-stripped"),
    why="A consumer that reads a cancelled appointment needs its status, the reason and the original details.",
    fix="Keep cancelled appointments readable and complete, with status and reason.",
)  # fmt: skip


@scenarios(CANCELLED)
def test_cancelled(context: ScenarioContext, case: Case) -> None:
    reason = "Cancelled to be read again"
    booked = context.arrange.booked()
    before = dict(booked.value)
    context.arrange.cancelled(booked, reason)
    response = context.arrange.read(booked.id)
    if context.judge(response, success("Appointment")):
        context.judge(response, *case["holds"](reason, before))


ANYBODY = table(
    READ,
    case("read.other-organisation", "An appointment can be read by an organisation that did not book it",
         "STU3-READ-011 DSTU2-READ-002", faults="read.refuses-other-organisations"),
    why="Everyone who cares for the patient needs to see the appointment, whichever organisation booked it.",
    fix="Do not compare the organisation in the token with the one that booked.",
)  # fmt: skip


@scenarios(ANYBODY)
def test_other_organisation(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked(read=False)
    own = context.arrange.read(booked.id)
    context.need(own, success("Appointment"), what="the appointment cannot be read by the organisation that booked it")
    response = context.arrange.read(booked.id, as_another_organisation(context))
    if context.judge(response, success("Appointment")):
        context.judge(response, same_as(own.resource))


OWN_SCREENS = table(
    READ,
    case("read.own-screens", "An appointment that was booked in the provider's own system can be read",
         "STU3-READ-011 DSTU2-READ-002", name="own_system", faults="read.only-gp-connect"),
    case("read.not-for-gp-connect", "An appointment in a slot that is not bookable by GP Connect can be read",
         "STU3-SLOT-061 DSTU2-READ-002", name="own_system", faults="read.hides-kept-slots"),
    case("read.past-of-this-edition", "An appointment in the past can be read", "DSTU2-READ-002", name="past",
         faults="dstu2:read.hides-past"),
    why="For the consumer's user an appointment that cannot be read does not exist.",
    fix="Return every appointment of the practice, however it was booked.",
)  # fmt: skip


@scenarios(OWN_SCREENS)
def test_own_screens(context: ScenarioContext, case: Case) -> None:
    wanted = own_screens(context, case["name"])
    response = look_up_configured(context, wanted)
    if context.judge(response, success("Appointment")) and first(response.value, "id") != wanted:
        context.findings.fail(
            "an appointment other than the requested one was returned",
            location="Appointment.id",
            found=spelled(first(response.value, "id")),
            expected=wanted,
            exchange=response.number,
        )


IDENTIFIERS = table(
    READ,
    case("read.identifiers-as-booked", "A read of an appointment returns the business identifiers that the booking returned",
         "STU3-READ-006 DSTU2-READ-006", faults="read.without-identifier",
         elsewhere=lambda _, booked: [booked.response.value]),
    case("read.identifiers-as-retrieved",
         "A read of an appointment returns the business identifiers with which it is retrieved",
         "STU3-READ-006 DSTU2-READ-006", faults="read.without-identifier",
         elsewhere=lambda context, booked: appointments(ask(context, booked.patient, *around(booked)))),
    case("read.identifiers-again", "A second read of an appointment returns the same business identifiers",
         "STU3-READ-006 DSTU2-READ-006", faults="read.identifier-changes",
         elsewhere=lambda context, booked: [context.arrange.read(booked.id).resource]),
    why="People and systems outside FHIR identify the appointment by its business identifiers.",
    fix="Include the same identifiers in every representation of the appointment.",
)  # fmt: skip


@scenarios(IDENTIFIERS)
def test_identifiers(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked(read=False)
    others = [item for item in case["elsewhere"](context, booked) if item.get("id") == booked.id]
    if not others:
        context.cannot("the appointment is not returned elsewhere")
    response = context.arrange.read(booked.id)
    context.need(response, success("Appointment"), what="the appointment cannot be read")
    known, found = _identifiers(others[0]), _identifiers(response.resource)
    if known != found:
        context.findings.fail(
            "the business identifiers differ",
            location="Appointment.identifier",
            found=_told(found),
            expected=_told(known),
            exchange=response.number,
        )
    elif not known:
        context.findings.note("the appointment has no business identifiers, which is allowed", code="no-identifiers")


def _identifiers(appointment: object) -> set[tuple[str, str]]:
    return {(str(first(item, "system")), str(first(item, "value"))) for item in every(appointment, "identifier")}


def _told(identifiers: set[tuple[str, str]]) -> str:
    return ", ".join(sorted("|".join(item) for item in identifiers)) or "none"


ACTORS = table(
    READ,
    *(
        case(f"read.resolves-{kind.lower()}", f"The {kind} of an appointment that is read can be read on the same server",
             "STU3-READ-018", kind=kind, faults=f"read.dangling-{kind.lower()}")
        for kind in ("Patient", "Practitioner", "Location")
    ),
    why="From the references a consumer learns who takes part and where.",
    fix="Refer to resources by the ids with which they can be read.",
)  # fmt: skip


@scenarios(ACTORS)
def test_actors(context: ScenarioContext, case: Case) -> None:
    kind = case["kind"]
    booked = context.arrange.booked(context.arrange.slot_for(kind))
    response = context.arrange.read(booked.id)
    context.need(response, success("Appointment"), what="the appointment cannot be read")
    named = list(references(list(every(response.value, "participant.actor")), kind))
    if not named:
        context.cannot(f"the appointment refers to no {kind}")
    for name in named:
        nhs_number = booked.patient.nhs_number if kind == "Patient" else None
        found: Response = context.send(context.requests.read(kind, name, nhs_number=nhs_number))
        context.judge(found, success(kind))


STEADY = table(
    READ,
    case("read.repeatable", "Two reads of an unchanged appointment return the same content",
         "STU3-READ-010 DSTU2-READ-003", faults="read.identifier-changes read.bumps-version"),
    case("read.harmless", "A read does not change the version of the appointment, which can still be used to amend it",
         "STU3-READ-005 DSTU2-READ-005", amend=True, faults="read.bumps-version"),
    why="A consumer reads before it writes; if a read changes the version, every write fails.",
    fix="Store nothing when an appointment is read.",
)  # fmt: skip


@scenarios(STEADY)
def test_steady(context: ScenarioContext, case: Case) -> None:
    booked = context.arrange.booked()
    one, other = context.arrange.read(booked.id), context.arrange.read(booked.id)
    context.need(one, success("Appointment"), what="the appointment cannot be read")
    if context.judge(other, status(200)):
        context.judge(other, same_as(one.resource))
    if case.get("amend"):
        body = {**booked.value, "comment": "Amended after two reads"}
        response = context.send(context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number))
        context.judge(response, success("Appointment"))
