"""The logical ids of the people and places that the configuration names: each looked up once, as a named step."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.config.model import TestData
from conformance.consumer.usable_parts import logical_id as usable_id
from conformance.core.results import Blame
from conformance.engine.named_steps import NamedStep, Sender
from conformance.engine.stop_reasons import CannotTest


@dataclass(frozen=True)
class Kind:
    """A kind of resource that is found by an identifier: its type, the interaction, and the use of the system."""

    type: str
    interaction: str
    system: str


PATIENT = Kind("Patient", "find_patient", "nhs_number")
PRACTITIONER = Kind("Practitioner", "find_practitioner", "sds_user")
ORGANIZATION = Kind("Organization", "find_organization", "organization")


def logical_id(sender: Sender, kind: Kind, value: str) -> str:
    """Return the provider's logical id of a person or place; CannotTest when the provider does not find it.

    One that the configuration names is looked up once a run; another (a patient registered meanwhile) each time.
    """
    named = _configured(sender.session.config.data, kind)
    if value not in named:
        return _look_up(sender, kind, value)
    step = f"find {kind.type.lower()} {named.index(value) + 1} of the configuration"
    return sender.once(NamedStep(step, lambda own: _look_up(own, kind, value)))


def find_configured(sender: Sender) -> None:
    """Look up all people in the configuration; who is not found is left to the scenarios that need them."""
    for kind in (PATIENT, PRACTITIONER, ORGANIZATION):
        for value in _configured(sender.session.config.data, kind):
            try:
                logical_id(sender, kind, value)
            except CannotTest:
                continue


def _configured(data: TestData, kind: Kind) -> list[str]:
    if kind is PATIENT:
        return [patient.nhs_number for patient in data.patients]
    if kind is PRACTITIONER:
        return list(data.practitioners)
    return [data.organization_ods] if data.organization_ods else []


def _look_up(sender: Sender, kind: Kind, value: str) -> str:
    session = sender.session
    request = session.requests.find(kind.interaction, session.edition.systems(kind.system)[0], value)
    response = sender.send(request)
    shown = next(iter(response.entries(kind.type)), None)
    found = usable_id(shown)
    if found is not None:
        return found
    title = session.edition.interactions[kind.interaction].title.lower()
    name = f"{kind.type.lower()} {value}"
    if shown is not None:
        raise CannotTest(f"{title} shows no usable logical id for the configured {name}", Blame.PROVIDER)
    if response.carried_out:
        raise CannotTest(f"{title} found nothing for the configured {name}", Blame.TEST_DATA)
    raise CannotTest(f"{title} returned {response.status} for the configured {name}", Blame.PROVIDER)
