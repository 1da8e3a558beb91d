"""Rules for each resource of a type in a Bundle: judged one by one, reported once for a whole list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from conformance.checks.check import Check, Context, about, entries_of
from conformance.checks.json_values import every, spelled
from conformance.checks.profile_conformance import claimed_wrongly, weighed
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity

Resource = dict[str, Any]
Rule = Callable[[Resource, Context], Iterable[Finding]]

_SHOWN = 5


def each(kind: str, *rules: Rule) -> Check:
    """Every entry of a resource type follows the rules. The first few breaches are reported one by one, the rest counted."""

    @about(entries_of(kind))
    def check(response: Response, context: Context) -> Iterator[Finding]:
        found = [
            replace(finding, location=_located(kind, resource, finding.location))
            for resource in response.entries(kind)
            for rule in rules
            for finding in rule(resource, context)
        ]
        worst = sorted(found, key=lambda finding: finding.severity is not Severity.FAIL)
        yield from worst[:_SHOWN]
        if len(found) > _SHOWN:
            yield Finding(f"{len(found) - _SHOWN} more of this kind in the same response", Severity.INFO, code="more")

    return check


def _located(kind: str, resource: Resource, location: str) -> str:
    path = location.removeprefix(f"{kind}.").removeprefix(kind)
    return f"{kind}/{resource.get('id', '?')}" + (f" {path}" if path else "")


def named(found: Iterable[Resource]) -> str:
    """Return resources as `Type/id`, at most a few, for people."""
    names = [f"{resource.get('resourceType')}/{resource.get('id')}" for resource in found]
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def holds(path: str, *, severity: Severity = Severity.FAIL) -> Rule:
    """A rule: there is a value at a dotted path, and no empty text among the values there."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        values = list(every(resource, path))
        if not values or any(value in ("", None) for value in values):
            yield Finding("a value is missing", severity, path, "nothing", "a value", code="missing")

    return rule


def lacks(*names: str, severity: Severity = Severity.FAIL) -> Rule:
    """A rule: none of these paths leads to anything."""

    def rule(resource: Resource, context: Context) -> Iterator[Finding]:
        for name in names:
            values = list(every(resource, name))
            if values:
                yield Finding(
                    "the element must not be there", severity, name, spelled(values[0]), "nothing", code="forbidden"
                )

    return rule


def claims_profile(resource: Resource, context: Context) -> Iterator[Finding]:
    """A rule: meta.profile names the edition's profile of the resource's type, in one of its accepted spellings."""
    yield from claimed_wrongly(resource, context)


def keeps_profile(resource: Resource, context: Context) -> Iterator[Finding]:
    """A rule: the resource conforms to the edition's profile of its type, whatever it claims."""
    profile = context.edition.profile(str(resource.get("resourceType")))
    for issue in context.validator.validate(resource, profiles=[profile.canonical] if profile else []):
        finding = weighed(issue, context)
        if finding.severity is not Severity.INFO:
            yield finding


def reads_as(kind: str, resource: Resource, *paths: str) -> Check:
    """A response to a read is the resource known from elsewhere: type, id and the values at these paths agree."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        for path in ("resourceType", "id", *paths):
            known, read = (sorted(map(str, every(value, path))) for value in (resource, response.value))
            if known != read:
                yield Finding(
                    "the read and the search return the same resource differently",
                    location=f"{kind}.{path}",
                    found=spelled(read),
                    expected=spelled(known),
                    code="read-differs",
                )

    return check
