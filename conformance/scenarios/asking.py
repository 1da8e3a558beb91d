"""One valid request for each interaction, whatever a scenario asks about it: formats, errors, state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.checks.values import first
from conformance.config.model import Registration
from conformance.consumer import bodies
from conformance.consumer.reply import Reply
from conformance.consumer.request import Request
from conformance.consumer.uktime import uk_date
from conformance.core.results import Blame
from conformance.harness.scene import Booked, Scene

WRITES = ("book_appointment", "amend_appointment", "cancel_appointment", "register_patient")


def _nothing(*_: object) -> None:
    """What is to be done after a request that changes nothing."""


@dataclass(frozen=True)
class Question:
    """A valid request. `note` takes the answer, so that what it did is undone; `untouched` judges that it did nothing.

    `resource_id` is the logical id that a read asks for or a change concerns, "" where there is none.
    """

    request: Request
    note: Callable[[Reply], object] = _nothing
    untouched: Callable[[], object] = _nothing
    resource_id: str = ""


def question(scene: Scene, key: str) -> Question:
    """Return a valid request of an interaction; CannotTest where the provider or the configuration lacks what it needs."""
    return _QUESTIONS[key](scene)


def ask(scene: Scene, asked: Question, request: Request) -> Reply:
    """Send a question, changed into `request`, and take note of what it did."""
    reply = scene.send(request)
    asked.note(reply)
    return reply


def ask_otherwise(scene: Scene, asked: Question, request: Request) -> Reply:
    """Send a question in another form; CannotTest when it is refused in that and in the usual one, for whatever reason."""
    reply = ask(scene, asked, request)
    if request != asked.request and _refused(reply) and _refused(ask(scene, asked, asked.request)):
        scene.cannot(f"the request is refused in its usual form too: {reply.described}", Blame.PROVIDER)
    return reply


def _refused(reply: Reply) -> bool:
    """A registration that is a duplicate is none: it was understood."""
    return (reply.status or 0) >= 400 and not (reply.exchange.interaction == "register_patient" and reply.status == 409)


def answers(scene: Scene, key: str) -> tuple[str, int]:
    """Return the resource type and the status that an interaction succeeds with."""
    interaction = scene.edition.interactions[key]
    return interaction.response, interaction.success


def newcomer(scene: Scene) -> Registration:
    """The last of those who may be registered: after the first time an active patient, so that the others are left alone."""
    people = [person for person in scene.config.data.registrations if not person.refused]
    if not people:
        scene.cannot("the configuration names nobody who may be registered", Blame.CONFIGURATION)
    return people[-1]


def a_practitioner(scene: Scene) -> str:
    """The SDS user id of a practitioner; CannotTest when the configuration names none."""
    return _configured(scene, scene.config.data.practitioners, "practitioner")


def an_organization(scene: Scene) -> str:
    """The ODS code of an organisation that the provider holds."""
    return scene.config.data.organization_ods or scene.config.provider.ods_code


def a_location(scene: Scene) -> str:
    """The site code of a location; CannotTest when the configuration names none."""
    return _configured(scene, scene.config.data.locations, "location")


def _configured(scene: Scene, values: tuple[str, ...], what: str) -> str:
    if not values:
        scene.cannot(f"the configuration names no {what}", Blame.CONFIGURATION)
    return values[0]


# The questions


def _search(scene: Scene) -> Question:
    slot = next((slot for slot in scene.diary.free() if slot.practitioner_id), None)
    if slot is None:
        scene.cannot("the provider offers no free slot of a practitioner in the configured window")
        raise AssertionError  # cannot() does not return
    day = uk_date(slot.start)
    return Question(scene.requests.search_free_slots(day, day))


def _book(scene: Scene) -> Question:
    slot, patient = scene.slot(), scene.patient()
    return Question(
        scene.booking(slot, patient=patient),
        lambda reply: scene.booked_by(reply, patient, (slot,)),
        lambda: scene.still_free(slot),
    )


def _retrieve(scene: Scene) -> Question:
    booked = scene.booked()
    number, day = booked.patient.nhs_number, uk_date(booked.slots[0].start)
    return Question(
        scene.requests.retrieve(scene.patient_id(booked.patient), day, day, nhs_number=number), resource_id=booked.id
    )


def _read_appointment(scene: Scene) -> Question:
    booked = scene.booked()
    request = scene.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)
    return Question(request, resource_id=booked.id)


def _amend(scene: Scene) -> Question:
    booked = scene.booked()
    body = bodies.amendment(booked.value, comment="Amended by a conformance test")
    request = scene.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number)
    return Question(request, untouched=lambda: scene.unchanged(booked), resource_id=booked.id)


def _cancel(scene: Scene) -> Question:
    booked = scene.booked()
    body = bodies.cancellation(scene.edition, booked.value)
    request = scene.requests.cancel(body, booked.etag, nhs_number=booked.patient.nhs_number)
    return Question(request, _ended(booked), lambda: scene.unchanged(booked), booked.id)


def _ended(booked: Booked) -> Callable[[Reply], object]:
    def note(reply: Reply) -> None:
        booked.cancelled = reply.status == 200

    return note


def _register(scene: Scene) -> Question:
    person = newcomer(scene)
    body = bodies.registration(scene.edition, person)
    before = _held(scene, person)

    def untouched() -> None:
        if _held(scene, person) != before:
            scene.fail("the refused registration was carried out", code="registered")

    return Question(scene.requests.register(body, nhs_number=person.nhs_number), untouched=untouched)


def _held(scene: Scene, person: Registration) -> list[Any]:
    reply = scene.send(scene.requests.find("find_patient", scene.edition.systems("nhs_number")[0], person.nhs_number))
    return [(entry.get("id"), first(entry, "meta.versionId")) for entry in reply.entries("Patient")]


def _find(key: str, system: str, value: Callable[[Scene], str]) -> Callable[[Scene], Question]:
    return lambda scene: Question(scene.requests.find(key, scene.edition.systems(system)[0], value(scene)))


def _read(kind: str, known: Callable[[Scene], str]) -> Callable[[Scene], Question]:
    def make(scene: Scene) -> Question:
        return Question(scene.requests.read(kind, known(scene)), resource_id=known(scene))

    return make


def _place(scene: Scene) -> str:
    found = next((slot.location_id for slot in scene.diary.free() if slot.location_id), "")
    if not found:
        scene.cannot("no free slot names a location")
    return found


def _read_patient(scene: Scene) -> Question:
    patient = scene.patient()
    known = scene.patient_id(patient)
    return Question(scene.requests.read("Patient", known, nhs_number=patient.nhs_number), resource_id=known)


_QUESTIONS: dict[str, Callable[[Scene], Question]] = {
    "search_free_slots": _search,
    "book_appointment": _book,
    "retrieve_patient_appointments": _retrieve,
    "read_appointment": _read_appointment,
    "amend_appointment": _amend,
    "cancel_appointment": _cancel,
    "get_capability_statement": lambda scene: Question(scene.requests.capability()),
    "find_patient": _find("find_patient", "nhs_number", lambda scene: scene.patient().nhs_number),
    "read_patient": _read_patient,
    "register_patient": _register,
    "find_practitioner": _find("find_practitioner", "sds_user", a_practitioner),
    "read_practitioner": _read("Practitioner", lambda scene: scene.session.practitioner_id(a_practitioner(scene))),
    "find_organization": _find("find_organization", "organization", an_organization),
    "read_organization": _read("Organization", lambda scene: scene.session.organization_id(an_organization(scene))),
    "find_location": _find("find_location", "site", a_location),
    "read_location": _read("Location", _place),
}
