"""What the scenarios about the wire share: a valid request of each interaction, and what must hold when it was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from conformance.checks.answers import success
from conformance.checks.kinds import Check
from conformance.consumer import bodies
from conformance.consumer.reply import Reply
from conformance.consumer.request import Change, Request
from conformance.consumer.tokens import jwt_rules
from conformance.core.results import Blame
from conformance.harness.expect import Refusal
from conformance.harness.scene import Scene

SHORT = {
    "search": "search_free_slots",
    "book": "book_appointment",
    "retrieve": "retrieve_patient_appointments",
    "read": "read_appointment",
    "amend": "amend_appointment",
    "cancel": "cancel_appointment",
    "metadata": "get_capability_statement",
    "patient-find": "find_patient",
    "patient-read": "read_patient",
    "register": "register_patient",
    "practitioner-find": "find_practitioner",
    "practitioner-read": "read_practitioner",
    "organization-find": "find_organization",
    "organization-read": "read_organization",
    "location-find": "find_location",
    "location-read": "read_location",
}
"""The interactions by the short names that case ids hold."""

NAMES = {
    "search": "a slot search",
    "book": "a booking",
    "retrieve": "a request for a patient's appointments",
    "read": "an appointment read",
    "amend": "an amendment",
    "cancel": "a cancellation",
    "metadata": "a request for the capability statement",
    "patient-find": "a patient search",
    "patient-read": "a patient read",
    "register": "a registration",
    "practitioner-find": "a practitioner search",
    "practitioner-read": "a practitioner read",
    "organization-find": "an organisation search",
    "organization-read": "an organisation read",
    "location-find": "a location search",
    "location-read": "a location read",
}
"""The same for titles."""

READ_ONLY = tuple(short for short in SHORT if short not in ("book", "amend", "cancel", "register"))
SINGLE = ("read", "patient-read", "practitioner-read", "organization-read", "location-read")

Deviation = Change | Callable[[Scene], Change]
After = Callable[[Reply], None]


@dataclass(frozen=True)
class Ready:
    """A valid request, and what to do about its answer: take note of what it did, or show that it did nothing."""

    request: Request
    after: After


def editions_of(short: str) -> str:
    """The editions that have an interaction, as Case.editions wants them."""
    return "dstu2" if short == "location-find" else ""


def ready(scene: Scene, short: str) -> Ready:
    """Return a valid request of an interaction by its short name; CannotTest when the provider lacks what it needs."""
    return _MAKERS[short](scene)


def plain(scene: Scene, short: str) -> Request:
    """Return a valid request of an interaction that changes nothing at the provider."""
    return ready(scene, short).request


def dispatch(scene: Scene, short: str, *deviations: Deviation, checks: Sequence[Check] = ()) -> tuple[Reply, bool]:
    """Send a request of an interaction with deviations, judge its answer, and see to what it did or should not have done.

    Returns the answer and whether it stood the checks; without any, whether the interaction succeeded.
    """
    prepared = ready(scene, short)
    reply = scene.send(prepared.request, *(settled(scene, change) for change in deviations))
    stood = scene.judge(reply, *(checks or (success(*success_of(short, scene)),)))
    prepared.after(reply)
    return reply, stood


def refusal(scene: Scene, short: str, expected: Refusal, *deviations: Deviation) -> Reply:
    """Send a request of an interaction made wrong; it is refused as expected, and nothing has changed."""
    prepared = ready(scene, short)
    reply = scene.send(prepared.request, *(settled(scene, change) for change in deviations))
    scene.expect(reply, expected)
    prepared.after(reply)
    return reply


def settled(scene: Scene, deviation: Deviation) -> Change:
    """Return a deviation as a change; one that depends on the edition is asked for it."""
    return deviation if isinstance(deviation, Change) else deviation(scene)


def user_claim(scene: Scene) -> str:
    """The claim of the edition's token that names the user."""
    return str(jwt_rules(scene.edition)["user_claim"])


def success_of(short: str, scene: Scene) -> tuple[str, int]:
    """The resource type and the status that an interaction succeeds with."""
    row = scene.edition.interactions[SHORT[short]]
    return row.response, row.success


def _harmless(make: Callable[[Scene], Request]) -> Callable[[Scene], Ready]:
    return lambda scene: Ready(make(scene), lambda _: None)


def _search(scene: Scene) -> Request:
    first, last = scene.config.data.window.dates(scene.session.now().date())
    return scene.requests.search_free_slots(first, min(last, first + timedelta(days=2)))


def _retrieve(scene: Scene) -> Request:
    patient = scene.patient()
    return scene.requests.retrieve(scene.patient_id(patient), nhs_number=patient.nhs_number)


def _read(scene: Scene) -> Request:
    booked = scene.booked()
    return scene.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)


def _book(scene: Scene) -> Ready:
    slot, patient = scene.slot(), scene.patient()

    def after(reply: Reply) -> None:
        if scene.booked_by(reply, patient, [slot]) is None:
            scene.still_free(slot)

    return Ready(scene.booking(slot, patient=patient), after)


def _amend(scene: Scene) -> Ready:
    booked = scene.booked()

    def after(reply: Reply) -> None:
        if reply.status == 200:
            scene.refresh(booked)
        else:
            scene.unchanged(booked)

    body = bodies.amendment(booked.value, comment="Amended on the wire")
    return Ready(scene.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number), after)


def _cancel(scene: Scene) -> Ready:
    booked = scene.booked()

    def after(reply: Reply) -> None:
        if reply.status == 200:
            booked.cancelled = True
        else:
            scene.unchanged(booked)

    body = bodies.cancellation(scene.edition, booked.value)
    return Ready(scene.requests.cancel(body, booked.etag, nhs_number=booked.patient.nhs_number), after)


def _register(scene: Scene) -> Ready:
    people = [person for person in scene.config.data.registrations if not person.refused]
    if not people:
        scene.cannot("the configuration names nobody who may be registered", Blame.CONFIGURATION)
    person = people[crc32(scene.case.id.encode()) % len(people)]
    known = _known(scene, person.nhs_number)

    def after(reply: Reply) -> None:
        if reply.status not in (200, 201) and _known(scene, person.nhs_number) and not known:
            scene.fail("the refused registration was made all the same", exchange=reply.number, code="changed")

    body = bodies.registration(scene.edition, person)
    return Ready(scene.requests.register(body, nhs_number=person.nhs_number), after)


def _known(scene: Scene, nhs_number: str) -> bool:
    system = scene.edition.systems("nhs_number")[0]
    return any(scene.send(scene.requests.find("find_patient", system, nhs_number)).entries("Patient"))


def _find(key: str, system: str, value: Callable[[Scene], str]) -> Callable[[Scene], Ready]:
    return _harmless(lambda scene: scene.requests.find(key, scene.edition.systems(system)[0], value(scene)))


def _look_up(kind: str, known: Callable[[Scene], str]) -> Callable[[Scene], Ready]:
    return _harmless(lambda scene: scene.requests.read(kind, known(scene)))


def _configured(what: str, of: Callable[[Scene], tuple[str, ...]]) -> Callable[[Scene], str]:
    def value(scene: Scene) -> str:
        values = of(scene)
        if not values:
            scene.cannot(f"the configuration names no {what}", Blame.CONFIGURATION)
        return values[0]

    return value


_PRACTITIONER = _configured("practitioner", lambda scene: scene.config.data.practitioners)
_SITE = _configured("location", lambda scene: scene.config.data.locations)
_ODS = _configured("organisation", lambda scene: tuple(filter(None, [scene.config.data.organization_ods])))

_MAKERS: Mapping[str, Callable[[Scene], Ready]] = {
    "search": _harmless(_search),
    "book": _book,
    "retrieve": _harmless(_retrieve),
    "read": _harmless(_read),
    "amend": _amend,
    "cancel": _cancel,
    "metadata": _harmless(lambda scene: scene.requests.capability()),
    "patient-find": _find("find_patient", "nhs_number", lambda scene: scene.patient().nhs_number),
    "patient-read": _harmless(
        lambda scene: scene.requests.read(
            "Patient", scene.patient_id(scene.patient()), nhs_number=scene.patient().nhs_number
        )
    ),
    "register": _register,
    "practitioner-find": _find("find_practitioner", "sds_user", _PRACTITIONER),
    "practitioner-read": _look_up("Practitioner", lambda scene: scene.session.practitioner_id(_PRACTITIONER(scene))),
    "organization-find": _find("find_organization", "organization", _ODS),
    "organization-read": _look_up("Organization", lambda scene: scene.session.organization_id(_ODS(scene))),
    "location-find": _find("find_location", "site", _SITE),
    "location-read": _look_up("Location", lambda scene: scene.slot().location_id),
}
