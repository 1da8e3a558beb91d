"""What the foundations scenarios share: the resource types, how each is searched for and read, and judging one resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from conformance.checks.bundle_entries import Rule
from conformance.checks.comparison import unlike
from conformance.checks.json_values import every, first
from conformance.checks.response import success
from conformance.consumer.request import Change, Request
from conformance.consumer.response import Response
from conformance.core.results import Blame
from conformance.engine.confirmation import confirmed
from conformance.engine.context import ScenarioContext
from conformance.engine.effects import UNSTABLE
from conformance.engine.expected_error import Refusal
from conformance.fhir.addresses import read_reference
from conformance.scenarios.steps.refusals import expect_refused

Resource = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A resource type: the short name of its scenarios, its names in titles, its identifiers and its interactions."""

    short: str
    type: str
    words: str
    plural: str
    use: str
    values: Callable[[ScenarioContext], list[str]]
    unknown: Callable[[ScenarioContext], str]

    @property
    def find(self) -> str:
        """The interaction that searches for it by identifier."""
        return f"find_{self.short}"

    @property
    def read(self) -> str:
        """The interaction that reads it by logical id."""
        return f"read_{self.short}"

    def known(self, context: ScenarioContext) -> str:
        """Return an identifier's value that the provider should know; CannotTest when the configuration names none."""
        named = self.values(context)
        if not named:
            context.cannot(f"the configuration names no {self.words}", Blame.CONFIGURATION)
        return named[0]


PATIENT = Kind(
    "patient", "Patient", "patient", "patients", "nhs_number",
    lambda context: [context.arrange.patient().nhs_number], lambda context: context.config.data.unknown.nhs_number,
)  # fmt: skip
PRACTITIONER = Kind(
    "practitioner", "Practitioner", "practitioner", "practitioners", "sds_user",
    lambda context: list(context.config.data.practitioners), lambda context: context.config.data.unknown.sds_user_id,
)  # fmt: skip
ORGANIZATION = Kind(
    "organization", "Organization", "organisation", "organisations", "organization",
    lambda context: [context.config.data.organization_ods], lambda context: context.config.data.unknown.organization_ods,
)  # fmt: skip
LOCATION = Kind(
    "location", "Location", "location", "locations", "site",
    lambda context: list(context.config.data.locations), lambda context: context.config.data.unknown.site_code,
)  # fmt: skip
KINDS = (PATIENT, PRACTITIONER, ORGANIZATION, LOCATION)


def search_for(context: ScenarioContext, kind: Kind, value: str, *, system: int = 0) -> Request:
    """Return a search by identifier; `system` chooses among the spellings of the system that the edition has."""
    return context.requests.find(kind.find, context.edition.systems(kind.use)[system], value)


def found(context: ScenarioContext, kind: Kind, value: str, *changes: Change) -> list[Resource]:
    """Search by identifier, fail unless the response is a searchset, and return its resources of the type."""
    response = context.send(search_for(context, kind, value), *changes)
    context.judge(response, success("Bundle"))
    return list(response.entries(kind.type))


def look_up(context: ScenarioContext, kind: Kind, resource_id: str, nhs_number: str = "") -> Response:
    """Read a resource by any id, well formed or not; a patient's by the scenario's own patient unless another is named."""
    number = nhs_number or (kind.known(context) if kind is PATIENT else None)
    return context.send(context.requests.read(kind.type, resource_id, nhs_number=number))


def known_id(context: ScenarioContext, kind: Kind, value: str = "") -> str:
    """Return the logical id of a configured resource. A location's comes from a free slot where no search leads to it."""
    if kind is LOCATION and not _searchable(context, kind):
        return location_of_a_slot(context)
    one = next(iter(_first_found(context, kind, value or kind.known(context))), None)
    if one is None or not isinstance(one.get("id"), str):
        context.cannot(f"the configured {kind.words} is not found, so its logical id is unknown")
    return str(one["id"]) if one else ""


def _searchable(context: ScenarioContext, kind: Kind) -> bool:
    """Whether it can be searched for: the edition has the interaction and, for locations, the configuration names one."""
    return kind.find in context.edition.interactions and (kind is not LOCATION or bool(kind.values(context)))


def _first_found(context: ScenarioContext, kind: Kind, value: str) -> Iterator[Resource]:
    response = context.send(search_for(context, kind, value))
    context.need_searchset(response, f"the {kind.words} cannot be found to start from")
    yield from response.entries(kind.type)


def location_of_a_slot(context: ScenarioContext) -> str:
    """Return the logical id of a location with a free slot."""
    return context.arrange.slot(
        lambda slot: bool(slot.location_id), what="a free slot whose schedule names a location"
    ).location_id


@dataclass(frozen=True)
class Shown:
    """A resource as one interaction showed it."""

    response: Response
    resource: Resource
    way: str


def found_and_read(context: ScenarioContext, kind: Kind, value: str = "") -> list[Shown]:
    """Return a configured resource as the search shows it (where the edition has one) and as a read shows it.

    CannotTest when either does not return it: other scenarios judge that.
    """
    shown = []
    if _searchable(context, kind):
        wanted = value or kind.known(context)
        response = context.send(search_for(context, kind, wanted))
        context.need(response, success("Bundle"), what=f"the {kind.words} cannot be found")
        one = next(response.entries(kind.type), None)
        if one is None:
            context.cannot(f"the search does not find the configured {kind.words}", Blame.PROVIDER)
        else:
            shown.append(Shown(response, one, "found"))
    resource_id = str(shown[0].resource.get("id")) if shown else known_id(context, kind)
    response = look_up(context, kind, resource_id, value if kind is PATIENT else "")
    context.need(response, success(kind.type), what=f"the {kind.words} cannot be read")
    return [*shown, Shown(response, response.resource, "read")]


def found_as_read(context: ScenarioContext, kind: Kind, *, path: str = "") -> None:
    """Fail for what a search shows of a configured resource otherwise than a read; of one element where a `path` names it."""
    found, read = found_and_read(context, kind)
    searched, resource_id = search_for(context, kind, kind.known(context)), str(found.resource.get("id"))

    def by_search() -> Response:
        response = context.send(searched)
        context.need_searchset(response, f"the {kind.words} cannot be found again")
        return response.part(response.by_id(kind.type).get(resource_id, {}))

    def by_read() -> Response | None:
        response = look_up(context, kind, resource_id)
        return response if response.status == 200 else None

    compare = unlike("search and read differ", "differs", ignoring=UNSTABLE)
    sides = (found.response.part(found.resource), read.response)
    if any(True for _ in compare(*sides)):
        differing = confirmed(by_search, by_read, compare)
        context.findings.keep(one for one in differing if not path or one.location == f"{kind.type}.{path}")


def meets(context: ScenarioContext, response: Response, resource: Resource, *rules: Rule) -> bool:
    """Judge one resource of a response by rules; True when none is broken."""
    return context.findings.keep(
        replace(finding, exchange=response.number) for rule in rules for finding in rule(resource, context.session)
    )


def expect_refused_or_nothing(
    context: ScenarioContext, kind: Kind, response: Response, expected: Refusal, *, empty: bool
) -> bool:
    """Expect a refusal; where `empty`, a searchset without entries is only a warning. True for a refusal that is accepted."""
    if empty and response.status == 200 and response.resource_type == "Bundle" and not any(response.entries()):
        context.findings.warn(
            "the search returns an empty Bundle rather than an error: the caller does not learn of the mistake",
            location="status",
            found="200 with an empty Bundle",
            expected=" or ".join(expected.best),
            exchange=response.number,
            code="refusal-empty",
        )
        return False
    accepted = expect_refused(context, response, expected)
    found = list(response.entries(kind.type))
    if found:
        context.findings.fail(
            f"{kind.plural} are disclosed by an invalid search",
            location="Bundle.entry",
            found=str(len(found)),
            expected="none",
            exchange=response.number,
            code="disclosed",
        )
    return accepted


def readable(context: ScenarioContext, kind: Kind, reference: Any, location: str, exchange: int) -> Response | None:
    """Return the response to a read of a reference's target; a failure, and None, when there is none."""
    named = read_reference(reference)
    if not named.leads_to(kind.type):
        context.findings.fail(
            f"there is no reference to a {kind.type}",
            location=location,
            found=str(reference),
            expected=f"{kind.type}/id",
            exchange=exchange,
            code="reference",
        )
        return None
    response = look_up(context, kind, named.id)
    return response if context.judge(response, success(kind.type)) else None


def identifiers(context: ScenarioContext, kind: Kind, resource: Resource) -> list[str]:
    """Return the values of a resource's identifiers in the systems of its kind."""
    systems = context.edition.systems(kind.use)
    return [str(first(item, "value")) for item in every(resource, "identifier") if first(item, "system") in systems]
