"""Requests for each row of the error tables: how an error is triggered, interaction by interaction."""

from __future__ import annotations

from collections.abc import Callable

from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import body_set, body_without, query, raw_body
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.fhir.addresses import read_reference
from conformance.scenarios.steps.registration import request_for, unregistered
from conformance.scenarios.steps.valid_requests import UNKNOWN_SYSTEM, refused_request, valid_request

Stimulus = Callable[[ScenarioContext, str], Request]
"""Returns, for a context and the key of an interaction, the request that must be refused."""


def changed(change: Change) -> Stimulus:
    """The valid request of the interaction with one change."""
    return lambda context, key: change(valid_request(context, key, to_refuse=True).request)


def of_system(system: str, value: str) -> Stimulus:
    """A search by an identifier of a known system with this value."""
    return lambda context, key: context.requests.find(key, context.edition.systems(system)[0], value)


def refused_by(context: ScenarioContext, key: str) -> Request:
    """The request that the interaction itself refuses."""
    return refused_request(context, key).request


unknown_system = changed(query("identifier", f"{UNKNOWN_SYSTEM}|1"))
cut_short = changed(raw_body(b'{"resourceType": "Appointment", "status": "boo', "cut short"))


def taken_slot(context: ScenarioContext, key: str) -> Request:
    """A booking of a slot that is already booked."""
    return context.arrange.booking(*context.arrange.booked().slots, patient=context.arrange.patient(index=1))


def booking_a_dissenter(context: ScenarioContext, key: str) -> Request:
    """A booking for a patient who dissents from sharing."""
    return context.arrange.booking(context.arrange.slot(), patient=context.arrange.patient("dissent"))


def of_a_dissenter(context: ScenarioContext, key: str) -> Request:
    """A request for the appointments of a patient who dissents from sharing."""
    patient = context.arrange.patient("dissent")
    return context.requests.retrieve(context.arrange.patient_id(patient), nhs_number=patient.nhs_number)


def registered_already(context: ScenarioContext, key: str) -> Request:
    """A registration of the person whom the run has registered already."""
    return valid_request(context, key).request


def failing_trace(reason: str) -> Stimulus:
    """A registration that PDS refuses for a reason."""

    def make(context: ScenarioContext, key: str) -> Request:
        person = next((one for one in context.config.data.registrations if one.refused == reason), None)
        if person is None:
            context.cannot(
                f"the configuration names no person whose registration is refused as {reason}", Blame.CONFIGURATION
            )
        return request_for(context, person)

    return make


def registering(number: str) -> Stimulus:
    """A registration under this NHS number."""

    def make(context: ScenarioContext, key: str) -> Request:
        request = request_for(context, unregistered(context))
        return body_set("parameter.0.resource.identifier.0.value", number)(request)

    return make


def reference(kind: str) -> Stimulus:
    """A booking that refers to an unknown resource of a type."""

    def make(context: ScenarioContext, key: str) -> Request:
        slot = context.arrange.slot_for(kind)
        request = context.arrange.booking(slot)
        unknown = f"{kind}/{context.config.data.unknown.logical_id}"
        if kind == "Slot":
            return body_set("slot.0.reference", unknown)(request)
        assert isinstance(request.body, dict)
        actors = [read_reference(item["actor"]["reference"]).type for item in request.body["participant"]]
        return body_set(f"participant.{actors.index(kind)}.actor.reference", unknown)(request)

    return make


without_participants = changed(body_without("participant"))
without_number = changed(body_without("parameter.0.resource.identifier"))
