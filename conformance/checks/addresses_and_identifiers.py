"""Rules for addresses, telephone numbers and identifiers of places, organisations and people."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.bundle_entries import Resource, Rule
from conformance.checks.check import Check, Context
from conformance.checks.json_values import every, first, spelled
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity

_PARTS = ("line", "city", "district", "postalCode", "country")
_SYSTEMS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})


def address_parts(path: str = "address") -> Rule:
    """Each address is made of line, city, district, postalCode, country: none empty, and no `state` (STU3-RES-003)."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        for address in every(resource, path):
            parts = [value for part in _PARTS for value in every(address, part)]
            if not parts or any(not str(value or "").strip() for value in parts):
                yield Finding(
                    "an address has empty parts, or none",
                    location=path,
                    found=spelled(parts),
                    code="address-parts",
                    expected=", ".join(_PARTS),
                )
            if first(address, "state") is not None:
                yield Finding(
                    "an address has a state",
                    location=f"{path}.state",
                    found=spelled(first(address, "state")),
                    expected="nothing: the county is the district",
                    code="address-state",
                )

    return rule


def telecom_parts(path: str = "telecom") -> Rule:
    """Each telecom says its system and holds a value (STU3-RES-007)."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        for telecom in every(resource, path):
            system, value = first(telecom, "system"), first(telecom, "value")
            if str(system) not in _SYSTEMS or not str(value or "").strip():
                yield Finding(
                    "a telecom lacks its system or its value",
                    location=path,
                    found=f"{system}: {value}",
                    expected="a system and a value",
                    code="telecom-parts",
                )

    return rule


def each_has(path: str, name: str, *, severity: Severity = Severity.FAIL) -> Rule:
    """Each object at a path has an element; without such objects nothing is required."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        bare = [item for item in every(resource, path) if first(item, name) in (None, "")]
        if bare:
            yield Finding("an element is missing", severity, f"{path}.{name}", "nothing", "a value", code="missing")

    return rule


def identified(use: str, *other_uses: str, needed: bool = True, besides: str = "") -> Rule:
    """Identifiers are of the edition's systems for these uses, at most one of the first; `needed`: exactly one.

    Of other systems only what claims to be the NHS's is judged; `besides` is the last part of one that is tolerated.
    """

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        own = context.edition.systems(use)
        others = [name for other in other_uses for name in context.edition.systems(other)]
        identifiers = list(every(resource, "identifier"))
        main = [item for item in identifiers if first(item, "system") in own]
        if len(main) > 1 or (needed and not main):
            yield Finding(
                "there is not one identifier of the system",
                location="identifier",
                found=f"{len(main)}",
                expected=f"one of {own[0]}",
                code="identifier",
            )
        for item in identifiers:
            yield from _identifier(item, (*own, *others), besides)

    return rule


def _identifier(item: object, allowed: tuple[str, ...], besides: str) -> Iterator[Finding]:
    system, value = str(first(item, "system") or ""), str(first(item, "value") or "")
    tolerated = bool(besides) and system.endswith(f"/{besides}")
    if not value.strip() or not system:
        yield Finding(
            "an identifier lacks its system or its value",
            location="identifier",
            found=f"{system}|{value}",
            expected="system and value",
            code="identifier-parts",
        )
    elif "fhir.nhs" in system and system not in allowed and not tolerated:
        yield Finding(
            "the identifier is of another NHS system than those for this",
            location="identifier.system",
            found=system,
            expected=" or ".join(allowed),
            code="identifier-system",
        )


def someone_identified(kind: str, use: str) -> Check:
    """At least one entry of a type shows an identifier of the edition's system for a use."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        systems = context.edition.systems(use)
        if not any(
            system in systems for entry in response.entries(kind) for system in every(entry, "identifier.system")
        ):
            yield Finding(
                f"no {kind} shows the identifier",
                location=f"{kind}.identifier",
                found="none",
                expected=systems[0],
                code="identifier",
            )

    return check


def organisation_code(resource: Resource, context: Context) -> Iterator[Finding]:
    """An Organization bears the ODS code of the practice that the base URL names (STU3-RES-029, STU3-SLOT-038)."""
    systems = context.edition.systems("organization")
    found = [str(first(item, "value")) for item in every(resource, "identifier") if first(item, "system") in systems]
    wanted = context.config.provider.ods_code
    if found != [wanted]:
        yield Finding(
            "the organisation is not the practice",
            location="identifier.value",
            found=", ".join(found) or "nothing",
            expected=wanted,
            code="ods-code",
        )


def one_name(resource: Resource, context: Context) -> Iterator[Finding]:
    """A Practitioner has exactly one name, with a family name (STU3-PRAC-009)."""
    names = list(every(resource, "name"))
    if len(names) != 1 or not first(names[0], "family"):
        yield Finding(
            "a practitioner has not exactly one name with a family name",
            location="name",
            found=f"{len(names)} names",
            expected="one, with family",
            code="name",
        )


def single(name: str) -> Rule:
    """An element is one object, no list of them: Location.address (STU3-RES-024)."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        if name in resource and not isinstance(resource[name], dict):
            yield Finding(
                "the element is a list where FHIR has one object",
                location=name,
                found=type(resource[name]).__name__,
                expected="an object",
                code="single",
            )

    return rule
