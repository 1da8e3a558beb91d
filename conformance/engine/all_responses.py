"""What sweeping scenarios look at: every answer of the run to one interaction; some are provoked when there are none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from conformance.checks.check import Check
from conformance.checks.profile_conformance import conforms
from conformance.consumer import request_bodies
from conformance.consumer.request import Request
from conformance.consumer.request_mutations import body_set, body_without, interaction_id, query, without_query
from conformance.consumer.response import Response
from conformance.core.results import Finding
from conformance.engine.context import ScenarioContext
from conformance.engine.stop_reasons import CannotTest

Which = Callable[[Response], bool]
_MOST_SHOWN = 3


def succeeded(response: Response) -> bool:
    """Whether the answer is a success that carries a body."""
    return response.status in (200, 201) and bool(response.exchange.response_body)


def failed(response: Response) -> bool:
    """Whether the answer is an error."""
    return response.status is not None and response.status >= 400


def answered(response: Response) -> bool:
    """Whether there is an answer at all."""
    return response.status is not None


def judge_all_responses(context: ScenarioContext, which: Which, checks: Sequence[Check]) -> None:
    """Hold every answer of the run to the case's interaction to checks, after provoking answers where there are none yet.

    Equal findings are told once, with the exchange that shows it first and how often it was seen. CannotTest when no
    such answer could be had.
    """
    seen = [response for response in _sightings(context) if which(response)]
    if not seen:
        _provoke(context)
        seen = [response for response in _sightings(context) if which(response)]
    if not seen:
        raise CannotTest("no such answer to this interaction was seen")
    found: dict[tuple[str, str], list[Finding]] = {}
    judges = [_judge(check, context) for check in checks]
    for response in seen:
        for judge in judges:
            for finding in judge(response):
                found.setdefault((finding.code, _place(finding)), []).append(replace(finding, exchange=response.number))
    context.findings.keep(_told(findings) for findings in found.values())
    shown = {finding.exchange for finding in context.findings} - {
        exchange.number for exchange in context.sender.exchanges
    }
    known = {response.number: response.exchange for response in seen}
    context.sender.exchanges.extend(known[number] for number in sorted(shown)[:_MOST_SHOWN] if number in known)
    context.findings.note(f"{len(seen)} answers judged", code="swept")


def _judge(check: Check, context: ScenarioContext) -> Callable[[Response], Iterable[Finding]]:
    """The check as a function of the response. Validation, the dearest of them, judges equal bodies once."""
    if check is not conforms:
        return lambda response: check(response, context.session)
    known: dict[tuple[bytes, str], list[Finding]] = {}

    def judge(response: Response) -> Iterable[Finding]:
        body = response.exchange.response_body, response.form
        if body not in known:
            known[body] = list(check(response, context.session))
        return known[body]

    return judge


def _place(finding: Finding) -> str:
    return re.sub(r"\[\d+\]", "", finding.location)


def _told(findings: Sequence[Finding]) -> Finding:
    if len(findings) == 1:
        return findings[0]
    return replace(findings[0], evidence=f"{findings[0].evidence}; seen {len(findings)} times".lstrip("; "))


def _sightings(context: ScenarioContext) -> Iterator[Response]:
    interaction = context.edition.interactions[context.case.interaction]
    path = re.compile(re.escape(interaction.path).replace(r"\{id\}", "[^/?]+") + r"(\?.*)?$")
    for exchange in context.session.exchanges_of(interaction.key):
        if exchange.method == interaction.method and path.search(exchange.url):
            yield context.session.response_to(exchange)


# How to have an answer of each interaction: one request that should succeed and one that should not.


def _provoke(context: ScenarioContext) -> None:
    for request in _PROVOCATIONS[context.case.interaction](context):
        response = context.send(request)
        if request.interaction.key == "book_appointment":
            context.arrange.booked_by(response, context.arrange.patient(), [])


def _search(context: ScenarioContext) -> Iterator[Request]:
    first, last = context.config.data.window.dates(context.now().date())
    request = context.requests.search_free_slots(first, min(last, first + timedelta(days=2)))
    yield request
    yield without_query("_include")(request)


def _book(context: ScenarioContext) -> Iterator[Request]:
    request = context.arrange.booking()
    yield request
    yield body_without("start")(request)


def _retrieve(context: ScenarioContext) -> Iterator[Request]:
    booked = context.arrange.booked()
    patient = context.arrange.patient_id(booked.patient)
    request = context.requests.retrieve(patient, nhs_number=booked.patient.nhs_number)
    yield request
    yield query("start", "geNEVER")(request)


def _read(context: ScenarioContext) -> Iterator[Request]:
    booked = context.arrange.booked()
    yield context.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)
    unknown = context.config.data.unknown.logical_id
    yield context.requests.read("Appointment", unknown, nhs_number=booked.patient.nhs_number)


def _amend(context: ScenarioContext) -> Iterator[Request]:
    booked = context.arrange.booked()
    number = booked.patient.nhs_number
    yield context.requests.amend(
        request_bodies.amendment(booked.value, comment="Amended"), booked.etag, nhs_number=number
    )
    context.arrange.refresh(booked)
    yield context.requests.amend(
        request_bodies.amendment(booked.value, status="noshow"), booked.etag, nhs_number=number
    )


def _cancel(context: ScenarioContext) -> Iterator[Request]:
    booked = context.arrange.booked()
    number = booked.patient.nhs_number
    request = context.requests.cancel(
        request_bodies.cancellation(context.edition, booked.value), booked.etag, nhs_number=number
    )
    yield body_set("description", "Changed while cancelling")(request)
    yield request


def _metadata(context: ScenarioContext) -> Iterator[Request]:
    request = context.requests.capability()
    yield request
    yield interaction_id("urn:nhs:names:services:gpconnect:none")(request)


def _find(
    system: str, values: Callable[[ScenarioContext], Sequence[str]]
) -> Callable[[ScenarioContext], Iterator[Request]]:
    def provoke(context: ScenarioContext) -> Iterator[Request]:
        key = context.case.interaction
        for value in values(context)[:1]:
            yield context.requests.find(key, context.edition.systems(system)[0], value)
        yield context.requests.find(key, "https://example.org/Id/unknown", "1")

    return provoke


def _look_up(kind: str, known: Callable[[ScenarioContext], str]) -> Callable[[ScenarioContext], Iterator[Request]]:
    def provoke(context: ScenarioContext) -> Iterator[Request]:
        yield context.requests.read(kind, known(context))
        yield context.requests.read(kind, context.config.data.unknown.logical_id)

    return provoke


def _register(context: ScenarioContext) -> Iterator[Request]:
    people = [person for person in context.config.data.registrations if not person.refused]
    if not people:
        raise CannotTest("the configuration names nobody who may be registered")
    person = next((person for person in people if not _is_registered(context, person.nhs_number)), people[0])
    request = context.requests.register(
        request_bodies.registration(context.edition, person), nhs_number=person.nhs_number
    )
    yield request
    yield body_without("parameter.0.resource.birthDate")(request)


def _is_registered(context: ScenarioContext, nhs_number: str) -> bool:
    response = context.send(context.requests.find("find_patient", context.edition.systems("nhs_number")[0], nhs_number))
    return any(response.entries("Patient"))


def _numbers(context: ScenarioContext) -> Sequence[str]:
    return [context.arrange.patient().nhs_number]


def _a_practitioner(context: ScenarioContext) -> str:
    known = context.config.data.practitioners
    if not known:
        raise CannotTest("the configuration names no practitioner")
    return context.arrange.practitioner_id(known[0])


_PROVOCATIONS: dict[str, Callable[[ScenarioContext], Iterator[Request]]] = {
    "search_free_slots": _search,
    "book_appointment": _book,
    "retrieve_patient_appointments": _retrieve,
    "read_appointment": _read,
    "amend_appointment": _amend,
    "cancel_appointment": _cancel,
    "get_capability_statement": _metadata,
    "find_patient": _find("nhs_number", _numbers),
    "find_practitioner": _find("sds_user", lambda context: context.config.data.practitioners),
    "find_organization": _find("organization", lambda context: [context.config.data.organization_ods]),
    "find_location": _find("site", lambda context: context.config.data.locations),
    "read_patient": _look_up("Patient", lambda context: context.arrange.patient_id(context.arrange.patient())),
    "read_practitioner": _look_up("Practitioner", _a_practitioner),
    "read_organization": _look_up(
        "Organization", lambda context: context.arrange.organization_id(context.config.data.organization_ods)
    ),
    "read_location": _look_up("Location", lambda context: context.arrange.slot().location_id),
    "register_patient": _register,
}
