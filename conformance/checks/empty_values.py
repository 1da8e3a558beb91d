"""Checks of what FHIR requires of every value, whatever its resource: nothing empty, no blanks around codes, safe narrative."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.check import Check, Context, a_resource, about
from conformance.checks.json_values import every, spelled
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity

# Elements whose type is a code, an id, a uri or a date in every resource of these editions.
_TRIMMED = frozenset(
    {"id", "code", "system", "url", "reference", "status", "start", "end", "created", "language", "versionId", "lastUpdated",
     "birthDate", "gender", "use", "type", "mode", "fhirVersion", "resourceType", "profile"}
)  # fmt: skip
_ACTIVE = re.compile(r"<\s*(script|object|iframe|form|link|style)\b|\son\w+\s*=|javascript:", re.IGNORECASE)
_DIV = re.compile(r"<(\w{1,40}:)?div\b[^<>]*http://www\.w3\.org/1999/xhtml")


def _untidy(value: Any, path: str) -> Iterator[Finding]:
    for at, name, found in _walk(value, path, ""):
        if found is None or found in ("", [], {}):
            yield Finding(
                "an element is there without a value",
                location=at,
                found=repr(found),
                expected="a value, or no element",
                code="empty-value",
            )
        elif name == "code" and found == "null":  # the DSTU2 retrieve page's own example shows one, so this only warns
            yield Finding(
                "the code is the text null, which a missing value is often written as by mistake",
                Severity.WARN,
                at,
                '"null"',
                "a code of the code system, or no code",
                code="null-code",
            )
        elif isinstance(found, str) and name in _TRIMMED and found != found.strip():
            yield Finding(
                "a value has blanks around it",
                location=at,
                found=repr(found[:60]),
                expected=found.strip()[:60],
                code="padded-value",
            )
        elif isinstance(found, str) and found.lower().startswith("urn:uuid:") and found != found.lower():
            yield Finding(
                "a UUID is not in small letters",
                location=at,
                found=found[:60],
                expected=found.lower()[:60],
                code="uuid-case",
            )


@about(a_resource)
def tidy(response: Response, context: Context) -> Iterator[Finding]:
    """No value is null or empty (a code "null" warns), and no code, id, uri or date has blanks around it."""
    yield from _untidy(response.value, response.resource_type or "body")


def _walk(value: Any, path: str, name: str) -> Iterator[tuple[str, str, Any]]:
    stack = [(path, name, value)]
    while stack:
        at, called, found = stack.pop()
        if isinstance(found, dict) and found:
            stack.extend((f"{at}.{key}", key, below) for key, below in found.items())
        elif isinstance(found, list) and found:
            stack.extend((at, called, below) for below in found)
        else:
            yield at, called, found


def _narratives(response: Response) -> Iterator[tuple[dict[str, Any], Any]]:
    for resource in (response.resource, *response.entries()) if response.is_resource else ():
        if resource.get("text") is not None:
            yield resource, resource["text"]


@about(lambda response: any(True for _ in _narratives(response)))
def narrative(response: Response, context: Context) -> Iterator[Finding]:
    """A narrative, where there is one, has a status, is XHTML, and holds nothing active."""
    for resource, text in _narratives(response):
        div = text.get("div") if isinstance(text, dict) else None
        where = f"{resource.get('resourceType')}.text"
        if not isinstance(div, str) or not _DIV.search(div) or not isinstance(text.get("status"), str):
            yield Finding(
                "the narrative is no XHTML div with a status", location=where, found=spelled(div)[:60], code="narrative"
            )
        elif _ACTIVE.search(div):
            yield Finding(
                "the narrative holds what a browser would run",
                location=f"{where}.div",
                found=div[:80],
                expected="text without scripts, forms or handlers",
                code="narrative-active",
            )


def _named_references(response: Response) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in ("participant.actor", "slot", "schedule", "managingOrganization"):
        for reference in every(response.value, path):
            if isinstance(reference, dict) and "reference" in reference:
                yield path, reference


@about(lambda response: any(True for _ in _named_references(response)))
def displayed(response: Response, context: Context) -> Iterator[Finding]:
    """Every reference has a display."""
    for path, reference in _named_references(response):
        if not reference.get("display"):
            yield Finding(
                "the reference has no display",
                Severity.WARN,
                f"{response.resource_type}.{path}.display",
                "nothing",
                "a name for people",
                code="display-missing",
            )


def holds_text(text: str, *elements: str) -> Check:
    """One of the elements holds a text, letter by letter."""

    def check(response: Response, context: Context) -> Iterator[Finding]:
        resources = list(response.entries("Appointment")) or [response.resource]
        found = [str(value) for resource in resources for name in elements for value in every(resource, name)]
        if not any(text in value for value in found):
            nearest = next((value for value in found if value[:4] == text[:4]), found[0] if found else "nothing")
            yield Finding(
                "the text did not come back as it was sent",
                location=f"Appointment.{elements[0]}",
                found=nearest[:120],
                expected=text[:120],
                code="text-changed",
            )

    return check
