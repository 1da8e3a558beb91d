"""What the scenarios about registering share: people who are not registered yet, and registrations made once a run.

A person can be registered once in the life of a provider's database, so scenarios that only look at the response share one
registration of the run, and those that expect a refusal share one person who stays unregistered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance.checks.json_values import every
from conformance.checks.response import success
from conformance.config.model import Registration
from conformance.consumer import request_bodies
from conformance.consumer.json_edit import value_at
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import as_xml, body_add, body_set, chain
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext, context_step
from conformance.engine.expected_error import refused
from conformance.engine.named_steps import NamedStep
from conformance.engine.own_requests import vouch

Resource = dict[str, Any]
REGISTER = "register_patient"
SENT = "parameter.0.resource"
_OPEN = "The page names INVALID_RESOURCE for all of these; other readings use specific codes."
_STU3 = refused(
    "INVALID_RESOURCE", tolerated=["400 INVALID_NHS_NUMBER", "400 BAD_REQUEST", "422 INVALID_PARAMETER"], because=_OPEN
)
_DSTU2 = refused(
    ["INVALID_RESOURCE", "INVALID_PARAMETER", "BAD_REQUEST"], also=["400", "422"], because="The page names no status."
)
INVALID = {"stu3": _STU3, "dstu2": _DSTU2}
NO_NUMBER = {
    "stu3": _STU3,
    "dstu2": refused("INVALID_NHS_NUMBER", also=["INVALID_PARAMETER", "INVALID_RESOURCE", "BAD_REQUEST"],
                     because="Without exactly one number the request is invalid in more than one way."),
}  # fmt: skip

BAD_NUMBER = {
    "stu3": refused("INVALID_NHS_NUMBER", tolerated=["422 INVALID_RESOURCE"]),
    "dstu2": refused(
        "INVALID_NHS_NUMBER", also=["INVALID_PARAMETER", "INVALID_RESOURCE"], because="The page names no code."
    ),
}

_USES = ("minimal", "full", "without gender", "in XML", "several given names")
_LANGUAGE = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-NHSCommunication-1"
_TONGUES = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-HumanLanguage-1"


@dataclass(frozen=True)
class Registered:
    """A registration that was tried: for whom, what was sent, and what came."""

    person: Registration
    request: Request
    response: Response

    @property
    def patient(self) -> Resource:
        """The Patient returned, {} when there is none."""
        return next(self.response.entries("Patient"), {})


def request_for(context: ScenarioContext, person: Registration) -> Request:
    """Return a valid request to register a person."""
    return context.requests.register(request_bodies.registration(context.edition, person), nhs_number=person.nhs_number)


def person_to_register(context: ScenarioContext, use: str) -> Registration:
    """Return a person who is not registered yet, by a search, of those set aside for a use; CannotTest when all of them are.

    Nobody can be registered twice, so the configured people are dealt out to the uses: whoever is registered for one is never
    met by another. The last of them is for requests that must be refused (see `unregistered`).
    """
    people = _configured(context, inactive=False)[:-1]
    return _first_unregistered(context, people[_USES.index(use) :: len(_USES)])


def returner(context: ScenarioContext) -> Registration:
    """Return a person who has left the practice and is not yet registered again; CannotTest when there is none."""
    return _first_unregistered(context, _configured(context, inactive=True))


def unregistered(context: ScenarioContext) -> Registration:
    """Return the person whom no scenario means to register, for requests that must be refused.

    The last configured one, unless a provider has registered them where it should not have: then the one before.
    """
    return _first_unregistered(context, _configured(context, inactive=False)[::-1])


def _configured(context: ScenarioContext, *, inactive: bool) -> list[Registration]:
    everyone = context.config.data.registrations
    people = [person for person in everyone if not person.refused and person.inactive == inactive]
    if not people:
        context.cannot("the configuration names nobody who could be registered", Blame.CONFIGURATION)
    return people


def _first_unregistered(context: ScenarioContext, people: Sequence[Registration]) -> Registration:
    found = next((person for person in people if not context.effects.patients(person.nhs_number)), None)
    if found is None:
        context.cannot(
            "every person whom the configuration names for registration is already registered, by earlier runs"
        )
    return found


def registered(context: ScenarioContext, what: str = "minimal") -> Registered:
    """Return the registration of a kind (`minimal`, `full`, `in XML`, `several given names`) that the run makes once."""
    return context.once(REGISTERED[what])


def _register(context: ScenarioContext, what: str) -> Registered:
    person = person_to_register(context, what)
    request = request_for(context, person)
    if isinstance(request.body, dict):
        context.session.notices.extend(vouch(request.body, context.edition.fhir_version, context.session.validator))
    for change in _EXTRAS[what]:  # allowed additions, no deviations
        request = change(request).with_(deviant=False, label=request.label)
    return Registered(person, request, context.send(request))


def registered_well(context: ScenarioContext, what: str = "minimal") -> Registered:
    """Return the run's registration; CannotTest when it did not succeed with one Patient."""
    made = registered(context, what)
    context.need(made.response, success("Bundle"), what="the registration does not succeed")
    if not made.patient:
        context.cannot("the registration returned no Patient", Blame.PROVIDER)
    return made


def address(use: str, line: str = "12 Test Street") -> Resource:
    """Return an address to send."""
    return {"use": use, "line": [line], "city": "Leeds", "district": "West Yorkshire", "postalCode": "LS1 6AE"}


def phone(use: str, value: str = "0113 496 0999") -> Resource:
    """Return a telephone number to send."""
    return {"system": "phone", "value": value, "use": use}


def email(value: str = "newcomer@mail.example") -> Resource:
    """Return an e-mail address to send."""
    return {"system": "email", "value": value}


def language(code: str = "fr", display: str = "French") -> Resource:
    """Return the extension that says which language the patient speaks."""
    coding = {"system": _TONGUES, "code": code, "display": display}
    parts = [
        {"url": "language", "valueCodeableConcept": {"coding": [coding]}},
        {"url": "interpreterRequired", "valueBoolean": True},
    ]
    return {"url": _LANGUAGE, "extension": parts}


def _more_given_names() -> Change:
    """Send two further given names behind the one that the configuration names."""

    def apply(request: Request) -> Request:
        path = f"{SENT}.name.0.given"
        return body_set(path, [*value_at(request.body, path), *FURTHER_NAMES])(request)

    return Change("two further given names", apply)


FURTHER_NAMES = ("Test", "Alex")
ADDRESSES = [address("home"), address("temp", "34 Interim Road")]
TELECOMS = [
    phone("home"),
    phone("work", "0113 496 0998"),
    phone("mobile", "07700 900997"),
    phone("temp", "07700 900996"),
    email(),
]

_EXTRAS: dict[str, Sequence[Change]] = {
    "minimal": (),
    "full": (
        chain(
            body_add(f"{SENT}.address", ADDRESSES),
            body_add(f"{SENT}.telecom", TELECOMS),
            body_add(f"{SENT}.extension", [language()]),
        ),
    ),
    "in XML": (as_xml(),),
    "several given names": (_more_given_names(),),
}


REGISTERED: dict[str, NamedStep[Registered]] = {
    what: context_step(f"register a patient ({what})", partial(_register, what=what)) for what in _EXTRAS
}
"""The registrations that a run makes once: they cannot be undone."""


def person_of(context: ScenarioContext, nhs_number: str) -> Registration:
    """Return a registered patient's details as the provider shows them, to register them again."""
    found = context.effects.patients(nhs_number)
    name: Any = next((item for item in every(found, "name") if isinstance(item, dict)), {})
    family, given = (_text(name.get(part)) for part in ("family", "given"))
    born = str(found[0].get("birthDate") or "") if found else ""
    if not (family and given and born):
        context.cannot(
            "the patient does not show the name and birth date with which to register them again", Blame.PROVIDER
        )
    return Registration(nhs_number, family, given, born, str(found[0].get("gender") or ""))


def _text(value: Any) -> str:
    return str(value[0]) if isinstance(value, list) and value else str(value or "")
