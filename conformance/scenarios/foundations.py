"""What the scenarios about people and places share: the kinds of resource, how each is asked for, and judging one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from conformance.checks.answers import success
from conformance.checks.entries import Rule
from conformance.checks.values import every, first
from conformance.consumer.reply import Reply
from conformance.consumer.request import Change, Request
from conformance.core.results import Blame
from conformance.harness.expect import Refusal
from conformance.harness.scene import Scene

Resource = dict[str, Any]
STU3, DSTU2 = "stu3", "dstu2"


@dataclass(frozen=True)
class Kind:
    """A kind of resource: the short name of its scenarios, how people call it, its identifiers and its interactions."""

    short: str
    type: str
    words: str
    plural: str
    use: str
    values: Callable[[Scene], list[str]]
    unknown: Callable[[Scene], str]

    @property
    def find(self) -> str:
        """The interaction that searches for it by identifier."""
        return f"find_{self.short}"

    @property
    def read(self) -> str:
        """The interaction that reads it by logical id."""
        return f"read_{self.short}"

    def known(self, scene: Scene) -> str:
        """Return an identifier's value that the provider should know; CannotTest when the configuration names none."""
        named = self.values(scene)
        if not named:
            scene.cannot(f"the configuration names no {self.words}", Blame.CONFIGURATION)
        return named[0]


PATIENT = Kind(
    "patient", "Patient", "patient", "patients", "nhs_number",
    lambda scene: [scene.patient().nhs_number], lambda scene: scene.config.data.unknown.nhs_number,
)  # fmt: skip
PRACTITIONER = Kind(
    "practitioner", "Practitioner", "practitioner", "practitioners", "sds_user",
    lambda scene: list(scene.config.data.practitioners), lambda scene: scene.config.data.unknown.sds_user_id,
)  # fmt: skip
ORGANIZATION = Kind(
    "organization", "Organization", "organisation", "organisations", "organization",
    lambda scene: [scene.config.data.organization_ods], lambda scene: scene.config.data.unknown.organization_ods,
)  # fmt: skip
LOCATION = Kind(
    "location", "Location", "location", "locations", "site",
    lambda scene: list(scene.config.data.locations), lambda scene: scene.config.data.unknown.site_code,
)  # fmt: skip
KINDS = (PATIENT, PRACTITIONER, ORGANIZATION, LOCATION)


def asked(scene: Scene, kind: Kind, value: str, *, system: int = 0) -> Request:
    """Return a search by identifier; `system` chooses among the spellings of the system that the edition has."""
    return scene.requests.find(kind.find, scene.edition.systems(kind.use)[system], value)


def found(scene: Scene, kind: Kind, value: str, *changes: Change) -> list[Resource]:
    """Search by identifier, fail what is no searchset, and return the resources of the kind that came."""
    reply = scene.send(asked(scene, kind, value), *changes)
    scene.judge(reply, success("Bundle"))
    return list(reply.entries(kind.type))


def look_up(scene: Scene, kind: Kind, resource_id: str) -> Reply:
    """Read a resource by any id, well formed or not."""
    return scene.send(scene.requests.read(kind.type, resource_id))


def known_id(scene: Scene, kind: Kind, value: str = "") -> str:
    """Return the logical id of a configured resource. A location's comes from a free slot where no search leads to it."""
    if kind is LOCATION and not _searchable(scene, kind):
        return location_of_a_slot(scene)
    one = next(iter(_first_found(scene, kind, value or kind.known(scene))), None)
    if one is None or not isinstance(one.get("id"), str):
        scene.cannot(f"the configured {kind.words} is not found, so there is no id to go on with")
    return str(one["id"]) if one else ""


def _searchable(scene: Scene, kind: Kind) -> bool:
    """Whether a search leads to one: the edition has the interaction and, of locations, the configuration names one."""
    return kind.find in scene.edition.interactions and (kind is not LOCATION or bool(kind.values(scene)))


def _first_found(scene: Scene, kind: Kind, value: str) -> Iterator[Resource]:
    reply = scene.send(asked(scene, kind, value))
    scene.need_searchset(reply, f"the {kind.words} cannot be found to start from")
    yield from reply.entries(kind.type)


def location_of_a_slot(scene: Scene) -> str:
    """Return the logical id of a location at which a slot is free."""
    return scene.slot(
        lambda slot: bool(slot.location_id), what="a free slot whose schedule names a location"
    ).location_id


@dataclass(frozen=True)
class Shown:
    """A resource as one interaction showed it."""

    reply: Reply
    resource: Resource
    way: str


def found_and_read(scene: Scene, kind: Kind, value: str = "") -> list[Shown]:
    """Return a configured resource as the search shows it (where the edition has one) and as a read shows it.

    CannotTest when either does not answer with it: other scenarios are about that.
    """
    shown = []
    if _searchable(scene, kind):
        wanted = value or kind.known(scene)
        reply = scene.send(asked(scene, kind, wanted))
        scene.need(reply, success("Bundle"), what=f"the {kind.words} cannot be found")
        one = next(reply.entries(kind.type), None)
        if one is None:
            scene.cannot(f"the search does not find the configured {kind.words}", Blame.PROVIDER)
        else:
            shown.append(Shown(reply, one, "found"))
    resource_id = str(shown[0].resource.get("id")) if shown else known_id(scene, kind)
    reply = look_up(scene, kind, resource_id)
    scene.need(reply, success(kind.type), what=f"the {kind.words} cannot be read")
    return [*shown, Shown(reply, reply.resource, "read")]


def keeps(scene: Scene, reply: Reply, resource: Resource, *rules: Rule) -> bool:
    """Hold one resource of an answer to rules; True when none is broken."""
    return scene.keep(
        replace(finding, exchange=reply.number) for rule in rules for finding in rule(resource, scene.session)
    )


def expect_refused_or_nothing(scene: Scene, kind: Kind, reply: Reply, expected: Refusal, *, empty: bool) -> None:
    """Expect a refusal; where `empty`, a searchset without entries is let pass with a warning."""
    if empty and reply.status == 200 and reply.resource_type == "Bundle" and not any(reply.entries()):
        scene.warn(
            "the search is answered with an empty Bundle rather than refused: the caller does not learn of the slip",
            location="status", found="200 with an empty Bundle", expected=" or ".join(expected.best),
            exchange=reply.number, code="refusal-empty",
        )  # fmt: skip
        return
    scene.expect(reply, expected)
    told = list(reply.entries(kind.type))
    if told:
        scene.fail(f"{kind.plural} are disclosed to a search that is not valid", location="Bundle.entry",
                   found=str(len(told)), expected="none", exchange=reply.number, code="disclosed")  # fmt: skip


def readable(scene: Scene, kind: Kind, reference: Any, location: str, exchange: int) -> Reply | None:
    """Return the answer to a read of what a relative reference leads to; a failure, and None, when it leads nowhere."""
    wanted, _, resource_id = str(reference or "").partition("/")
    if wanted != kind.type or not resource_id:
        scene.fail(f"there is no reference to a {kind.type}", location=location, found=str(reference),
                   expected=f"{kind.type}/id", exchange=exchange, code="reference")  # fmt: skip
        return None
    reply = look_up(scene, kind, resource_id)
    return reply if scene.judge(reply, success(kind.type)) else None


def identifiers(scene: Scene, kind: Kind, resource: Resource) -> list[str]:
    """Return the values of a resource's identifiers in the systems of its kind."""
    systems = scene.edition.systems(kind.use)
    return [str(first(item, "value")) for item in every(resource, "identifier") if first(item, "system") in systems]
