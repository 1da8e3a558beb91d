"""What the scenarios about the wire share: a valid request of each interaction, and what must hold when it was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from conformance.checks.check import Check
from conformance.checks.response import success
from conformance.consumer import request_bodies
from conformance.consumer.jwt import jwt_rules
from conformance.consumer.request import Change, Request
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.expected_error import Refusal
from conformance.spec import interactions

SHORT = {short: interaction.key for short, interaction in interactions().items()}
"""The interactions by the short names that case ids hold."""

NAMES = {short: interaction.phrase for short, interaction in interactions().items()}
"""The same for titles."""

READ_ONLY = tuple(short for short in SHORT if short not in ("book", "amend", "cancel", "register"))
SINGLE = ("read", "patient-read", "practitioner-read", "organization-read", "location-read")

Deviation = Change | Callable[[ScenarioContext], Change]
After = Callable[[Response], None]


@dataclass(frozen=True)
class Ready:
    """A valid request, and what to do about its answer: take note of what it did, or show that it did nothing."""

    request: Request
    after: After


def ready(context: ScenarioContext, short: str) -> Ready:
    """Return a valid request of an interaction by its short name; CannotTest when the provider lacks what it needs."""
    return _MAKERS[short](context)


def plain(context: ScenarioContext, short: str) -> Request:
    """Return a valid request of an interaction that changes nothing at the provider."""
    return ready(context, short).request


def dispatch(
    context: ScenarioContext, short: str, *deviations: Deviation, checks: Sequence[Check] = ()
) -> tuple[Response, bool]:
    """Send a request of an interaction with deviations, judge its answer, and see to what it did or should not have done.

    Returns the answer and whether it stood the checks; without any, whether the interaction succeeded.
    """
    prepared = ready(context, short)
    response = context.send(prepared.request, *(settled(context, change) for change in deviations))
    stood = context.judge(response, *(checks or (success(*success_of(short, context)),)))
    prepared.after(response)
    return response, stood


def refusal(context: ScenarioContext, short: str, expected: Refusal, *deviations: Deviation) -> Response:
    """Send a request of an interaction made wrong; it is refused as expected, and nothing has changed."""
    prepared = ready(context, short)
    response = context.send(prepared.request, *(settled(context, change) for change in deviations))
    context.expect(response, expected)
    prepared.after(response)
    return response


def settled(context: ScenarioContext, deviation: Deviation) -> Change:
    """Return a deviation as a change; one that depends on the edition is asked for it."""
    return deviation if isinstance(deviation, Change) else deviation(context)


def user_claim(context: ScenarioContext) -> str:
    """The claim of the edition's token that names the user."""
    return str(jwt_rules(context.edition)["user_claim"])


def success_of(short: str, context: ScenarioContext) -> tuple[str, int]:
    """The resource type and the status that an interaction succeeds with."""
    row = context.edition.interactions[SHORT[short]]
    return row.response, row.success


def _harmless(make: Callable[[ScenarioContext], Request]) -> Callable[[ScenarioContext], Ready]:
    return lambda context: Ready(make(context), lambda _: None)


def _search(context: ScenarioContext) -> Request:
    first, last = context.config.data.window.dates(context.now().date())
    return context.requests.search_free_slots(first, min(last, first + timedelta(days=2)))


def _retrieve(context: ScenarioContext) -> Request:
    patient = context.arrange.patient()
    return context.requests.retrieve(context.arrange.patient_id(patient), nhs_number=patient.nhs_number)


def _read(context: ScenarioContext) -> Request:
    booked = context.arrange.booked()
    return context.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)


def _book(context: ScenarioContext) -> Ready:
    slot, patient = context.arrange.slot(), context.arrange.patient()

    def after(response: Response) -> None:
        if context.arrange.booked_by(response, patient, [slot]) is None:
            context.effects.still_free(slot)

    return Ready(context.arrange.booking(slot, patient=patient), after)


def _amend(context: ScenarioContext) -> Ready:
    booked = context.arrange.booked()

    def after(response: Response) -> None:
        if response.status == 200:
            context.arrange.refresh(booked)
        else:
            context.effects.unchanged(booked)

    body = request_bodies.amendment(booked.value, comment="Amended on the wire")
    return Ready(context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number), after)


def _cancel(context: ScenarioContext) -> Ready:
    booked = context.arrange.booked()

    def after(response: Response) -> None:
        if response.status == 200:
            booked.cancelled = True
        else:
            context.effects.unchanged(booked)

    body = request_bodies.cancellation(context.edition, booked.value)
    return Ready(context.requests.cancel(body, booked.etag, nhs_number=booked.patient.nhs_number), after)


def _register(context: ScenarioContext) -> Ready:
    people = [person for person in context.config.data.registrations if not person.refused]
    if not people:
        context.cannot("the configuration names nobody who may be registered", Blame.CONFIGURATION)
    person = people[crc32(context.case.id.encode()) % len(people)]
    known = _known(context, person.nhs_number)

    def after(response: Response) -> None:
        if response.status not in (200, 201) and _known(context, person.nhs_number) and not known:
            context.findings.fail(
                "the refused registration was made all the same", exchange=response.number, code="changed"
            )

    body = request_bodies.registration(context.edition, person)
    return Ready(context.requests.register(body, nhs_number=person.nhs_number), after)


def _known(context: ScenarioContext, nhs_number: str) -> bool:
    system = context.edition.systems("nhs_number")[0]
    return any(context.send(context.requests.find("find_patient", system, nhs_number)).entries("Patient"))


def _find(key: str, system: str, value: Callable[[ScenarioContext], str]) -> Callable[[ScenarioContext], Ready]:
    return _harmless(lambda context: context.requests.find(key, context.edition.systems(system)[0], value(context)))


def _look_up(kind: str, known: Callable[[ScenarioContext], str]) -> Callable[[ScenarioContext], Ready]:
    return _harmless(lambda context: context.requests.read(kind, known(context)))


def _configured(what: str, of: Callable[[ScenarioContext], tuple[str, ...]]) -> Callable[[ScenarioContext], str]:
    def value(context: ScenarioContext) -> str:
        values = of(context)
        if not values:
            context.cannot(f"the configuration names no {what}", Blame.CONFIGURATION)
        return values[0]

    return value


_PRACTITIONER = _configured("practitioner", lambda context: context.config.data.practitioners)
_SITE = _configured("location", lambda context: context.config.data.locations)
_ODS = _configured("organisation", lambda context: tuple(filter(None, [context.config.data.organization_ods])))

_MAKERS: Mapping[str, Callable[[ScenarioContext], Ready]] = {
    "search": _harmless(_search),
    "book": _book,
    "retrieve": _harmless(_retrieve),
    "read": _harmless(_read),
    "amend": _amend,
    "cancel": _cancel,
    "metadata": _harmless(lambda context: context.requests.capability()),
    "patient-find": _find("find_patient", "nhs_number", lambda context: context.arrange.patient().nhs_number),
    "patient-read": _harmless(
        lambda context: context.requests.read(
            "Patient",
            context.arrange.patient_id(context.arrange.patient()),
            nhs_number=context.arrange.patient().nhs_number,
        )
    ),
    "register": _register,
    "practitioner-find": _find("find_practitioner", "sds_user", _PRACTITIONER),
    "practitioner-read": _look_up(
        "Practitioner", lambda context: context.arrange.practitioner_id(_PRACTITIONER(context))
    ),
    "organization-find": _find("find_organization", "organization", _ODS),
    "organization-read": _look_up("Organization", lambda context: context.arrange.organization_id(_ODS(context))),
    "location-find": _find("find_location", "site", _SITE),
    "location-read": _look_up("Location", lambda context: context.arrange.slot().location_id),
}
