"""What sweeping scenarios look at: every answer of the run to one interaction; some are provoked when there are none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from conformance.checks.kinds import Check
from conformance.checks.parts import OfBody
from conformance.consumer import bodies
from conformance.consumer.deviations import body_set, body_without, interaction_id, query, without_query
from conformance.consumer.reply import Reply
from conformance.consumer.request import Request
from conformance.core.results import Finding
from conformance.harness.outcomes import CannotTest
from conformance.harness.scene import Scene

Which = Callable[[Reply], bool]
_MOST_SHOWN = 3


def succeeded(reply: Reply) -> bool:
    """Whether the answer is a success that carries a body."""
    return reply.status in (200, 201) and bool(reply.exchange.response_body)


def failed(reply: Reply) -> bool:
    """Whether the answer is an error."""
    return reply.status is not None and reply.status >= 400


def answered(reply: Reply) -> bool:
    """Whether there is an answer at all."""
    return reply.status is not None


def sweep(scene: Scene, which: Which, checks: Sequence[Check]) -> None:
    """Hold every answer of the run to the case's interaction to checks, after provoking answers where there are none yet.

    Equal findings are told once, with the exchange that shows it first and how often it was seen. CannotTest when no
    such answer could be had.
    """
    seen = [reply for reply in _sightings(scene) if which(reply)]
    if not seen:
        _provoke(scene)
        seen = [reply for reply in _sightings(scene) if which(reply)]
    if not seen:
        raise CannotTest("no such answer to this interaction was seen")
    found: dict[tuple[str, str], list[Finding]] = {}
    judges = [_judge(check, scene) for check in checks]
    for reply in seen:
        for judge in judges:
            for finding in judge(reply):
                found.setdefault((finding.code, _place(finding)), []).append(replace(finding, exchange=reply.number))
    scene.keep(_told(findings) for findings in found.values())
    shown = {finding.exchange for finding in scene.findings} - {exchange.number for exchange in scene.exchanges}
    known = {reply.number: reply.exchange for reply in seen}
    scene.exchanges.extend(known[number] for number in sorted(shown)[:_MOST_SHOWN] if number in known)
    scene.note(f"{len(seen)} answers judged", code="swept")


def _judge(check: Check, scene: Scene) -> Callable[[Reply], Iterable[Finding]]:
    """The check for replies to one interaction that are all kept meanwhile: what is in several is judged once."""
    if not isinstance(check, OfBody):
        return lambda reply: check(reply, scene.session)
    known: dict[tuple[bytes, str], list[Finding]] = {}
    sound: set[int] = set()

    def judge(reply: Reply) -> Iterable[Finding]:
        body = reply.exchange.response_body, reply.form
        if body not in known:
            known[body] = list(check.among_many(reply, scene.session, sound))
        return known[body]

    return judge


def _place(finding: Finding) -> str:
    return re.sub(r"\[\d+\]", "", finding.location)


def _told(findings: Sequence[Finding]) -> Finding:
    if len(findings) == 1:
        return findings[0]
    return replace(findings[0], evidence=f"{findings[0].evidence}; seen {len(findings)} times".lstrip("; "))


def _sightings(scene: Scene) -> Iterator[Reply]:
    interaction = scene.edition.interactions[scene.case.interaction]
    path = re.compile(re.escape(interaction.path).replace(r"\{id\}", "[^/?]+") + r"(\?.*)?$")
    for exchange in scene.session.exchanges_of(interaction.key):
        if exchange.method == interaction.method and path.search(exchange.url):
            yield scene.session.reply_to(exchange)


# How to have an answer of each interaction: one request that should succeed and one that should not.


def _provoke(scene: Scene) -> None:
    for request in _PROVOCATIONS[scene.case.interaction](scene):
        reply = scene.send(request)
        if request.interaction.key == "book_appointment":
            scene.booked_by(reply, scene.patient(), [])


def _search(scene: Scene) -> Iterator[Request]:
    first, last = scene.config.data.window.dates(scene.session.now().date())
    request = scene.requests.search_free_slots(first, min(last, first + timedelta(days=2)))
    yield request
    yield without_query("_include")(request)


def _book(scene: Scene) -> Iterator[Request]:
    request = scene.booking()
    yield request
    yield body_without("start")(request)


def _retrieve(scene: Scene) -> Iterator[Request]:
    booked = scene.booked()
    patient = scene.patient_id(booked.patient)
    request = scene.requests.retrieve(patient, nhs_number=booked.patient.nhs_number)
    yield request
    yield query("start", "geNEVER")(request)


def _read(scene: Scene) -> Iterator[Request]:
    booked = scene.booked()
    yield scene.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)
    unknown = scene.config.data.unknown.logical_id
    yield scene.requests.read("Appointment", unknown, nhs_number=booked.patient.nhs_number)


def _amend(scene: Scene) -> Iterator[Request]:
    booked = scene.booked()
    number = booked.patient.nhs_number
    yield scene.requests.amend(bodies.amendment(booked.value, comment="Amended"), booked.etag, nhs_number=number)
    scene.refresh(booked)
    yield scene.requests.amend(bodies.amendment(booked.value, status="noshow"), booked.etag, nhs_number=number)


def _cancel(scene: Scene) -> Iterator[Request]:
    booked = scene.booked()
    number = booked.patient.nhs_number
    request = scene.requests.cancel(bodies.cancellation(scene.edition, booked.value), booked.etag, nhs_number=number)
    yield body_set("description", "Changed while cancelling")(request)
    yield request


def _metadata(scene: Scene) -> Iterator[Request]:
    request = scene.requests.capability()
    yield request
    yield interaction_id("urn:nhs:names:services:gpconnect:none")(request)


def _find(system: str, values: Callable[[Scene], Sequence[str]]) -> Callable[[Scene], Iterator[Request]]:
    def provoke(scene: Scene) -> Iterator[Request]:
        key = scene.case.interaction
        for value in values(scene)[:1]:
            yield scene.requests.find(key, scene.edition.systems(system)[0], value)
        yield scene.requests.find(key, "https://example.org/Id/unknown", "1")

    return provoke


def _look_up(kind: str, known: Callable[[Scene], str]) -> Callable[[Scene], Iterator[Request]]:
    def provoke(scene: Scene) -> Iterator[Request]:
        yield scene.requests.read(kind, known(scene))
        yield scene.requests.read(kind, scene.config.data.unknown.logical_id)

    return provoke


def _register(scene: Scene) -> Iterator[Request]:
    people = [person for person in scene.config.data.registrations if not person.refused]
    if not people:
        raise CannotTest("the configuration names nobody who may be registered")
    person = next((person for person in people if not _is_registered(scene, person.nhs_number)), people[0])
    request = scene.requests.register(bodies.registration(scene.edition, person), nhs_number=person.nhs_number)
    yield request
    yield body_without("parameter.0.resource.birthDate")(request)


def _is_registered(scene: Scene, nhs_number: str) -> bool:
    reply = scene.send(scene.requests.find("find_patient", scene.edition.systems("nhs_number")[0], nhs_number))
    return any(reply.entries("Patient"))


def _numbers(scene: Scene) -> Sequence[str]:
    return [scene.patient().nhs_number]


def _a_practitioner(scene: Scene) -> str:
    known = scene.config.data.practitioners
    if not known:
        raise CannotTest("the configuration names no practitioner")
    return scene.session.practitioner_id(known[0])


_PROVOCATIONS: dict[str, Callable[[Scene], Iterator[Request]]] = {
    "search_free_slots": _search,
    "book_appointment": _book,
    "retrieve_patient_appointments": _retrieve,
    "read_appointment": _read,
    "amend_appointment": _amend,
    "cancel_appointment": _cancel,
    "get_capability_statement": _metadata,
    "find_patient": _find("nhs_number", _numbers),
    "find_practitioner": _find("sds_user", lambda scene: scene.config.data.practitioners),
    "find_organization": _find("organization", lambda scene: [scene.config.data.organization_ods]),
    "find_location": _find("site", lambda scene: scene.config.data.locations),
    "read_patient": _look_up("Patient", lambda scene: scene.patient_id(scene.patient())),
    "read_practitioner": _look_up("Practitioner", _a_practitioner),
    "read_organization": _look_up(
        "Organization", lambda scene: scene.session.organization_id(scene.config.data.organization_ods)
    ),
    "read_location": _look_up("Location", lambda scene: scene.slot().location_id),
    "register_patient": _register,
}
