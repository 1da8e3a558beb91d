"""One valid and one refused request of each interaction, what to do afterwards, and sending them in other forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from conformance.checks.check import Check
from conformance.checks.comparison import Compare
from conformance.checks.response import success
from conformance.consumer import request_bodies
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import body_set, body_without, interaction_id, query
from conformance.consumer.response import Response
from conformance.consumer.uk_time import uk_date
from conformance.core.results import Blame
from conformance.engine.arrangement import BookedAppointment
from conformance.engine.confirmation import confirmed
from conformance.engine.context import ScenarioContext, context_step
from conformance.engine.named_steps import NamedStep
from conformance.engine.own_requests import vouch
from conformance.scenarios.steps.interaction_names import SHORT
from conformance.scenarios.steps.registration import REGISTERED, registered_well, request_for, unregistered

UNKNOWN_SYSTEM = "https://example.org/Id/unknown"
Deviation = Change | Callable[[ScenarioContext], Change]


def _nothing(*_: object) -> None:
    """What is to be done after a request that changes nothing."""


@dataclass(frozen=True)
class ValidRequest:
    """A valid request. `note` takes its response, so that what it did is undone; `untouched` judges that it did nothing.

    `resource_id` is the logical id of what is read or changed, "" where there is none.
    """

    request: Request
    note: Callable[[Response], object] = _nothing
    untouched: Callable[[], object] = _nothing
    resource_id: str = ""

    def settle(self, response: Response) -> None:
        """Take note of what a request did, or judge that it did nothing where it was refused."""
        self.note(response)
        if not response.carried_out:
            self.untouched()


def valid_request(context: ScenarioContext, key: str, *, to_refuse: bool = False) -> ValidRequest:
    """Return a valid request of an interaction; CannotTest where the provider or the configuration lacks what it needs.

    Where it is `to_refuse` once it is made wrong, a registration is of a person who is not registered; otherwise it is of
    the person whom the run has registered, since nobody can be registered twice.
    """
    if key == "register_patient":
        return _register(context, to_refuse=to_refuse)
    return _VALID[key](context)


def refused_request(context: ScenarioContext, key: str) -> ValidRequest:
    """Return a request of an interaction that the provider itself must refuse; its token is right."""
    kind = key.removeprefix("read_") if key.startswith("read_") else ""
    if kind:
        whose = context.arrange.patient().nhs_number if kind in {"appointment", "patient"} else None
        return ValidRequest(
            context.requests.read(kind.capitalize(), context.config.data.unknown.logical_id, nhs_number=whose)
        )
    valid = valid_request(context, key, to_refuse=True)
    return ValidRequest(_REFUSED[key](valid.request), valid.note, valid.untouched, valid.resource_id)


def send_as(context: ScenarioContext, valid: ValidRequest, request: Request) -> Response:
    """Send a valid request, changed into `request`, and take note of what it did."""
    response = context.send(request)
    valid.note(response)
    return response


def send_in_other_form(context: ScenarioContext, valid: ValidRequest, request: Request) -> Response:
    """Send a valid request in another form; CannotTest when it is refused in that and in the usual one, for any reason."""
    response = send_as(context, valid, request)
    if request != valid.request and _refused(response) and _refused(send_as(context, valid, valid.request)):
        context.cannot(f"the request is refused in its usual form too: {response.described}", Blame.PROVIDER)
    return response


def _refused(response: Response) -> bool:
    """A registration that is a duplicate is none: it was understood."""
    return (response.status or 0) >= 400 and not (
        response.exchange.interaction == "register_patient" and response.status == 409
    )


def send_valid(
    context: ScenarioContext, short: str, *deviations: Deviation, checks: Sequence[Check] = ()
) -> tuple[Response, bool]:
    """Send a valid request with deviations that leave it valid, judge its response, and take note of what it did.

    Returns the response and whether the checks found no failure; without checks, whether the interaction succeeded.
    """
    valid = valid_request(context, SHORT[short])
    response = context.send(valid.request, *(settled(context, change) for change in deviations))
    stood = context.judge(response, *(checks or (success(*success_of(context, SHORT[short])),)))
    valid.settle(response)
    return response, stood


def compare_with_usual(context: ScenarioContext, request: Request, *changes: Change, compare: Compare) -> None:
    """Send a request that only reads in its usual form and changed in what must make no difference, and keep the differences.

    CannotTest when the usual request does not succeed; a changed one that does not is judged.
    """
    succeeds = success(*success_of(context, request.interaction.key))

    def usual() -> Response:
        response = context.send(request)
        context.need(response, succeeds, what="the usual request does not succeed")
        return response

    def other() -> Response | None:
        response = context.send(request, *changes)
        return response if context.judge(response, succeeds) else None

    context.findings.keep(confirmed(usual, other, compare))


def settled(context: ScenarioContext, deviation: Deviation) -> Change:
    """Return a deviation as a change; one that depends on the edition is worked out for it."""
    return deviation if isinstance(deviation, Change) else deviation(context)


def success_of(context: ScenarioContext, key: str) -> tuple[str, int]:
    """Return the resource type and the status that an interaction succeeds with."""
    interaction = context.edition.interactions[key]
    return interaction.response, interaction.success


# What a run does once for the scenarios that judge all responses


def one_of_each(key: str) -> NamedStep[None]:
    """Return the step that sends one valid and one refused request of an interaction, so that there are responses to judge."""
    return context_step(f"a valid and a refused request ({key})", lambda context: _send_both(context, key))


def _send_both(context: ScenarioContext, key: str) -> None:
    if key == "register_patient":
        context.once(REGISTERED["minimal"])
    else:
        valid = valid_request(context, key)
        if key == "book_appointment" and isinstance(valid.request.body, dict):
            context.session.notices.extend(
                vouch(valid.request.body, context.edition.fhir_version, context.session.validator)
            )
        send_as(context, valid, valid.request)
    refused = refused_request(context, key)
    send_as(context, refused, refused.request)


# Who and what is requested


def practitioner(context: ScenarioContext) -> str:
    """The SDS user id of a practitioner; CannotTest when the configuration names none."""
    return _configured(context, context.config.data.practitioners, "practitioner")


def organization(context: ScenarioContext) -> str:
    """The ODS code of an organisation that the provider holds."""
    return context.config.data.organization_ods or context.config.provider.ods_code


def location(context: ScenarioContext) -> str:
    """The site code of a location; CannotTest when the configuration names none."""
    return _configured(context, context.config.data.locations, "location")


def _configured(context: ScenarioContext, values: tuple[str, ...], what: str) -> str:
    if not values:
        context.cannot(f"the configuration names no {what}", Blame.CONFIGURATION)
    return values[0]


# The requests


def _search(context: ScenarioContext) -> ValidRequest:
    free = context.arrange.slot_pool.free()
    if not free:
        context.cannot("the provider offers no free slot in the configured window")
    day = uk_date(next((slot for slot in free if slot.practitioner_id), free[0]).start)  # a practitioner shows more
    return ValidRequest(context.requests.search_free_slots(day, day + timedelta(days=1)))


def _book(context: ScenarioContext) -> ValidRequest:
    slot, patient = context.arrange.slot(), context.arrange.patient()
    return ValidRequest(
        context.arrange.booking(slot, patient=patient),
        lambda response: context.arrange.booked_by(response, patient, (slot,)),
        lambda: context.effects.still_free(slot),
    )


def _retrieve(context: ScenarioContext) -> ValidRequest:
    booked = context.arrange.booked(read=False)
    number, day = booked.patient.nhs_number, uk_date(booked.slots[0].start)
    return ValidRequest(
        context.requests.retrieve(context.arrange.patient_id(booked.patient), day, day, nhs_number=number),
        resource_id=booked.id,
    )


def _read_appointment(context: ScenarioContext) -> ValidRequest:
    booked = context.arrange.booked(read=False)
    request = context.requests.read("Appointment", booked.id, nhs_number=booked.patient.nhs_number)
    return ValidRequest(request, resource_id=booked.id)


def _amend(context: ScenarioContext) -> ValidRequest:
    booked = context.arrange.booked()
    body = request_bodies.amendment(booked.value, comment="Amended by a conformance test")
    request = context.requests.amend(body, booked.etag, nhs_number=booked.patient.nhs_number)
    return ValidRequest(request, untouched=lambda: context.effects.unchanged(booked), resource_id=booked.id)


def _cancel(context: ScenarioContext) -> ValidRequest:
    booked = context.arrange.booked()
    body = request_bodies.cancellation(context.edition, booked.value)
    request = context.requests.cancel(body, booked.etag, nhs_number=booked.patient.nhs_number)
    return ValidRequest(request, _ended(booked), lambda: context.effects.unchanged(booked), booked.id)


def _ended(booked: BookedAppointment) -> Callable[[Response], object]:
    def note(response: Response) -> None:
        booked.cancelled = response.carried_out

    return note


def _register(context: ScenarioContext, *, to_refuse: bool) -> ValidRequest:
    if to_refuse:
        person = unregistered(context)  # whom a search has just not found
        before: list[tuple[Any, Any]] = []
    else:
        person = registered_well(context).person
        before = context.effects.registrations(person.nhs_number)
    return ValidRequest(
        request_for(context, person), untouched=lambda: context.effects.not_registered(person.nhs_number, before)
    )


def _find(key: str, system: str, value: Callable[[ScenarioContext], str]) -> Callable[[ScenarioContext], ValidRequest]:
    return lambda context: ValidRequest(context.requests.find(key, context.edition.systems(system)[0], value(context)))


def _read(kind: str, known: Callable[[ScenarioContext], str]) -> Callable[[ScenarioContext], ValidRequest]:
    def make(context: ScenarioContext) -> ValidRequest:
        return ValidRequest(context.requests.read(kind, known(context)), resource_id=known(context))

    return make


def _location_in_use(context: ScenarioContext) -> str:
    found = next((slot.location_id for slot in context.arrange.slot_pool.free() if slot.location_id), "")
    if not found:
        context.cannot("no free slot names a location")
    return found


def _read_patient(context: ScenarioContext) -> ValidRequest:
    patient = context.arrange.patient()
    known = context.arrange.patient_id(patient)
    return ValidRequest(context.requests.read("Patient", known, nhs_number=patient.nhs_number), resource_id=known)


_VALID: dict[str, Callable[[ScenarioContext], ValidRequest]] = {
    "search_free_slots": _search,
    "book_appointment": _book,
    "retrieve_patient_appointments": _retrieve,
    "read_appointment": _read_appointment,
    "amend_appointment": _amend,
    "cancel_appointment": _cancel,
    "get_capability_statement": lambda context: ValidRequest(context.requests.capability()),
    "find_patient": _find("find_patient", "nhs_number", lambda context: context.arrange.patient().nhs_number),
    "read_patient": _read_patient,
    "find_practitioner": _find("find_practitioner", "sds_user", practitioner),
    "read_practitioner": _read("Practitioner", lambda context: context.arrange.practitioner_id(practitioner(context))),
    "find_organization": _find("find_organization", "organization", organization),
    "read_organization": _read("Organization", lambda context: context.arrange.organization_id(organization(context))),
    "find_location": _find("find_location", "site", location),
    "read_location": _read("Location", _location_in_use),
}

_REFUSED: dict[str, Callable[[Request], Request]] = {
    "search_free_slots": query("start", "geNEVER"),
    "book_appointment": body_without("start"),
    "retrieve_patient_appointments": query("start", "geNEVER"),
    "amend_appointment": body_set("status", "noshow"),
    "cancel_appointment": body_set("description", "Changed while cancelling"),
    "get_capability_statement": interaction_id("urn:nhs:names:services:gpconnect:none"),
    "find_patient": query("identifier", f"{UNKNOWN_SYSTEM}|1"),
    "find_practitioner": query("identifier", f"{UNKNOWN_SYSTEM}|1"),
    "find_organization": query("identifier", f"{UNKNOWN_SYSTEM}|1"),
    "find_location": query("identifier", f"{UNKNOWN_SYSTEM}|1"),
    "register_patient": body_without("parameter.0.resource.birthDate"),
}
