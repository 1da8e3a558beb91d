"""One valid request for each interaction, whatever a scenario asks about it: formats, errors, state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.checks.json_values import first
from conformance.config.model import Registration
from conformance.consumer import request_bodies
from conformance.consumer.request import Request
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.context import ScenarioContext

WRITES = ("book_appointment", "amend_appointment", "cancel_appointment", "register_patient")


def _nothing(*_: object) -> None:
    """What is to be done after a request that changes nothing."""


@dataclass(frozen=True)
class Question:
    """A valid request. `note` takes the answer, so that what it did is undone; `untouched` judges that it did nothing.

    `resource_id` is the logical id that a read asks for or a change concerns, "" where there is none.
    """

    request: Request
    note: Callable[[Response], object] = _nothing
    untouched: Callable[[], object] = _nothing
    resource_id: str = ""


def question(context: ScenarioContext, key: str) -> Question:
    """Return a valid request of an interaction; CannotTest where the provider or the configuration lacks what it needs."""
    return _QUESTIONS[key](context)


def ask(context: ScenarioContext, asked: Question, request: Request) -> Response:
    """Send a question, changed into `request`, and take note of what it did."""
    response = context.send(request)
    asked.note(response)
    return response


def ask_otherwise(context: ScenarioContext, asked: Question, request: Request) -> Response:
    """Send a question in another form; CannotTest when it is refused in that and in the usual one, for whatever reason."""
    response = ask(context, asked, request)
    if request != asked.request and _refused(response) and _refused(ask(context, asked, asked.request)):
        context.cannot(f"the request is refused in its usual form too: {response.described}", Blame.PROVIDER)
    return response


def _refused(response: Response) -> bool:
    """A registration that is a duplicate is none: it was understood."""
    return (response.status or 0) >= 400 and not (
        response.exchange.interaction == "register_patient" and response.status == 409
    )


def answers(context: ScenarioContext, key: str) -> tuple[str, int]:
    """Return the resource type and the status that an interaction succeeds with."""
    interaction = context.edition.interactions[key]
    return interaction.response, interaction.success


def newcomer(context: ScenarioContext) -> Registration:
    """The last of those who may be registered: after the first time an active patient, so that the others are left alone."""
    people = [person for person in context.config.data.registrations if not person.refused]
    if not people:
        context.cannot("the configuration names nobody who may be registered", Blame.CONFIGURATION)
    return people[-1]


def a_practitioner(context: ScenarioContext) -> str:
    """The SDS user id of a practitioner; CannotTest when the configuration names none."""
    return _configured(context, context.config.data.practitioners, "practitioner")


def an_organization(context: ScenarioContext) -> str:
    """The ODS code of an organisation that the provider holds."""
    return context.config.data.organization_ods or context.config.provider.ods_code


def a_location(context: ScenarioContext) -> str:
    """The site code of a location; CannotTest when the configuration names none."""
    return _configured(context, context.config.data.locations, "location")


def _configured(context: ScenarioContext, values: tuple[str, ...], what: str) -> str:
    if not values:
        context.cannot(f"the configuration names no {what}", Blame.CONFIGURATION)
    return values[0]


# The questions


def _search(context: ScenarioContext) -> Question:
    slot = next((slot for slot in context.arrange.slot_pool.free() if slot.practitioner_id), None)
    if slot is None:
        context.cannot("the provider offers no free slot of a practitioner in the configured window")
    day = uk_date(slot.start)
    return Question(context.requests.search_free_slots(day, day))


def _book(context: ScenarioContext) -> Question:
    slot, patient = context.arrange.slot(), context.arrange.patient()
    return Question(
        context.arrange.booking(slot, patient=patient),
        lambda response: context.arrange.booked_by(response, patient, (slot,)),
        lambda: context.effects.still_free(slot),
    )


def _retrieve(context: ScenarioContext) -> Question:
    booked = context.arrange.booked()
    number, day = booked.patient.nhs_number, uk_date(booked.slots[0].start)
    return Question(
        context.requests.retrieve(context.arrange.patient_id(booked.patient), day, day, nhs_number=number),
        resource_id=booked.id,
    )


def _read_appointment(context: ScenarioContext) -> Question:
    booked = context.arrange.booked()
    request = context.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)
    return Question(request, resource_id=booked.id)


def _amend(context: ScenarioContext) -> Question:
    booked = context.arrange.booked()
    body = request_bodies.amendment(booked.value, comment="Amended by a conformance test")
    request = context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number)
    return Question(request, untouched=lambda: context.effects.unchanged(booked), resource_id=booked.id)


def _cancel(context: ScenarioContext) -> Question:
    booked = context.arrange.booked()
    body = request_bodies.cancellation(context.edition, booked.value)
    request = context.requests.cancel(body, booked.etag, nhs_number=booked.patient.nhs_number)
    return Question(request, _ended(booked), lambda: context.effects.unchanged(booked), booked.id)


def _ended(booked: BookedAppointment) -> Callable[[Response], object]:
    def note(response: Response) -> None:
        booked.cancelled = response.status == 200

    return note


def _register(context: ScenarioContext) -> Question:
    person = newcomer(context)
    body = request_bodies.registration(context.edition, person)
    before = _held(context, person)

    def untouched() -> None:
        if _held(context, person) != before:
            context.findings.fail("the refused registration was carried out", code="registered")

    return Question(context.requests.register(body, nhs_number=person.nhs_number), untouched=untouched)


def _held(context: ScenarioContext, person: Registration) -> list[Any]:
    response = context.send(
        context.requests.find("find_patient", context.edition.systems("nhs_number")[0], person.nhs_number)
    )
    return [(entry.get("id"), first(entry, "meta.versionId")) for entry in response.entries("Patient")]


def _find(key: str, system: str, value: Callable[[ScenarioContext], str]) -> Callable[[ScenarioContext], Question]:
    return lambda context: Question(context.requests.find(key, context.edition.systems(system)[0], value(context)))


def _read(kind: str, known: Callable[[ScenarioContext], str]) -> Callable[[ScenarioContext], Question]:
    def make(context: ScenarioContext) -> Question:
        return Question(context.requests.read(kind, known(context)), resource_id=known(context))

    return make


def _place(context: ScenarioContext) -> str:
    found = next((slot.location_id for slot in context.arrange.slot_pool.free() if slot.location_id), "")
    if not found:
        context.cannot("no free slot names a location")
    return found


def _read_patient(context: ScenarioContext) -> Question:
    patient = context.arrange.patient()
    known = context.arrange.patient_id(patient)
    return Question(context.requests.read("Patient", known, nhs_number=patient.nhs_number), resource_id=known)


_QUESTIONS: dict[str, Callable[[ScenarioContext], Question]] = {
    "search_free_slots": _search,
    "book_appointment": _book,
    "retrieve_patient_appointments": _retrieve,
    "read_appointment": _read_appointment,
    "amend_appointment": _amend,
    "cancel_appointment": _cancel,
    "get_capability_statement": lambda context: Question(context.requests.capability()),
    "find_patient": _find("find_patient", "nhs_number", lambda context: context.arrange.patient().nhs_number),
    "read_patient": _read_patient,
    "register_patient": _register,
    "find_practitioner": _find("find_practitioner", "sds_user", a_practitioner),
    "read_practitioner": _read(
        "Practitioner", lambda context: context.arrange.practitioner_id(a_practitioner(context))
    ),
    "find_organization": _find("find_organization", "organization", an_organization),
    "read_organization": _read(
        "Organization", lambda context: context.arrange.organization_id(an_organization(context))
    ),
    "find_location": _find("find_location", "site", a_location),
    "read_location": _read("Location", _place),
}
