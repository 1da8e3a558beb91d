"""What the scenarios about registering share: people who are still free to be registered, and registrations made once a run.

A person can be registered once in the life of a provider's database, so scenarios that only look at the response share one
registration of the run, and those that expect a refusal share one person who stays unregistered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary
from zlib import crc32

from conformance.checks.json_values import every
from conformance.checks.response import success
from conformance.config.model import Registration
from conformance.consumer import request_bodies
from conformance.consumer.request import Change, Request
from conformance.consumer.request_mutations import body_add, chain
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.session import Session
from conformance.engine.stop_reasons import CannotTest
from conformance.scenarios.steps.foundations import PATIENT, Resource, asked

REGISTER = "register_patient"
SENT = "parameter.0.resource"
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


@dataclass
class _Run:
    """What the scenarios of one run share."""

    made: dict[str, Registered] = field(default_factory=dict)
    spare: Registration | None = None
    used: set[str] = field(default_factory=set)


_RUNS: WeakKeyDictionary[Session, _Run] = WeakKeyDictionary()


def _run(context: ScenarioContext) -> _Run:
    return _RUNS.setdefault(context.session, _Run())


def request_for(context: ScenarioContext, person: Registration) -> Request:
    """Return a valid request to register somebody."""
    return context.requests.register(request_bodies.registration(context.edition, person), nhs_number=person.nhs_number)


def newcomer(context: ScenarioContext, *, inactive: bool = False) -> Registration:
    """Return somebody who can be registered and is not yet, by a search; CannotTest when there is nobody left.

    One person is set aside first for the requests that must be refused: those are many, and use nobody up.
    """
    run = _run(context)
    if run.spare is None and not inactive:
        run.spare = _next(context, inactive=False)
    return _next(context, inactive=inactive)


def _next(context: ScenarioContext, *, inactive: bool) -> Registration:
    """The next free person. Where the search begins depends on the scenario: interrupted runs do not all meet the same one."""
    people = [
        person for person in context.config.data.registrations if not person.refused and person.inactive == inactive
    ]
    if not people:
        context.cannot("the configuration names nobody who could be registered", Blame.CONFIGURATION)
    start = crc32(context.case.id.encode()) % len(people)
    for person in (*people[start:], *people[:start]):
        if person.nhs_number not in _run(context).used and not matches(context, person.nhs_number):
            _run(context).used.add(person.nhs_number)
            return person
    raise CannotTest("everybody whom the configuration names for registration is registered already, by earlier runs")


def matches(context: ScenarioContext, nhs_number: str) -> list[Resource]:
    """Return the patients whom a search by NHS number finds; CannotTest when it does not respond."""
    response = context.send(asked(context, PATIENT, nhs_number))
    context.need_searchset(response, "it cannot be seen whether the patient is registered")
    return list(response.entries("Patient"))


def spare(context: ScenarioContext) -> Registration:
    """Return the person of the run whom no scenario means to register, for requests that must be refused.

    Looked up anew each time: a scenario of another area may have registered them meanwhile.
    """
    run = _run(context)
    if run.spare is None or matches(context, run.spare.nhs_number):
        run.spare = _next(context, inactive=False)
    return run.spare


def registered(context: ScenarioContext, what: str = "minimal") -> Registered:
    """Return the run's registration of a kind (`minimal`, `full`), made by the first scenario that asks for it."""
    made = _run(context).made
    if what not in made:
        made[what] = _register(context, newcomer(context), _EXTRAS[what])
    else:
        context.sender.exchanges.append(made[what].response.exchange)
    return made[what]


def _register(context: ScenarioContext, person: Registration, changes: Sequence[Change]) -> Registered:
    request = request_for(context, person)
    for change in changes:  # allowed additions, no deviations
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
}


def person_of(context: ScenarioContext, nhs_number: str) -> Registration:
    """Return a registered patient's details as the provider shows them, to register them again."""
    found = matches(context, nhs_number)
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
