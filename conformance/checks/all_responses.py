"""Checks that apply to every response, whatever the request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.checks.check import Context, about
from conformance.checks.json_values import every, spelled
from conformance.checks.profile_conformance import claimed_wrongly
from conformance.consumer.header_values import http_date
from conformance.consumer.response import Response
from conformance.core.results import Finding
from conformance.fhir.addresses import read_reference

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LOCAL_FORMS = ("relative", "contained")
_WITHOUT_META = ("Bundle", "OperationOutcome", "CapabilityStatement", "Conformance", "Parameters")
_STATUSES = (200, 201, 204, 400, 401, 403, 404, 405, 409, 410, 412, 415, 422, 500, 501)


def _resources(response: Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the resource returned, or each entry's, with its path."""
    kind = response.resource_type
    if not response.is_resource:
        return
    if kind == "Bundle":
        yield from ((f"Bundle.entry.resource({entry.get('resourceType')})", entry) for entry in response.entries())
    elif kind:
        yield kind, response.resource


def _with_ids(response: Response) -> bool:
    """A subject: a resource of a type that has an id and a version."""
    return any(resource.get("resourceType") not in _WITHOUT_META for _, resource in _resources(response))


def _with_references(response: Response) -> bool:
    """A subject: a reference in any resource."""
    return any(True for path, resource in _resources(response) for _ in _references(resource, path))


@about(lambda response: any(True for _ in _resources(response)))
def claims_profile(response: Response, context: Context) -> Iterator[Finding]:
    """Every resource names in meta.profile the profile that this edition holds its type to, in a spelling it accepts."""
    for path, resource in _resources(response):
        for finding in claimed_wrongly(resource, context):
            yield replace(finding, location=f"{path}.{finding.location}")


def _has_version(resource: dict[str, Any], context: Context) -> bool:
    return resource.get("resourceType") in _WITHOUT_META or any(True for _ in every(resource, "meta.versionId"))


@about(_with_ids)
def versioned(response: Response, context: Context) -> Iterator[Finding]:
    """Every resource but Bundle and OperationOutcome has meta.versionId."""
    for path, resource in _resources(response):
        if not _has_version(resource, context):
            yield Finding(
                "the resource has no version",
                location=f"{path}.meta.versionId",
                found="nothing",
                expected="the current version",
                code="version-missing",
            )


@about(_with_ids)
def identified(response: Response, context: Context) -> Iterator[Finding]:
    """Every resource but Bundle and OperationOutcome has a logical id of the form FHIR demands, unique in its Bundle."""
    seen: set[tuple[str, str]] = set()
    for path, resource in _resources(response):
        kind, found = str(resource.get("resourceType")), resource.get("id")
        if kind in _WITHOUT_META:
            continue
        if not isinstance(found, str) or not _ID.fullmatch(found):
            yield Finding(
                "the resource has no logical id of the form FHIR demands",
                location=f"{path}.id",
                found=spelled(found),
                expected="1 to 64 of A-Z a-z 0-9 - .",
                code="id",
            )
        elif (kind, found) in seen:
            yield Finding(
                "two entries of the Bundle are the same resource",
                location=f"{path}.id",
                found=f"{kind}/{found}",
                expected="each once",
                code="id-twice",
            )
        seen.add((kind, str(found)))


@about(_with_references)
def relative_references(response: Response, context: Context) -> Iterator[Finding]:
    """Every reference is relative to the service root (`Type/id`) or to the resource itself (`#id`)."""
    if response.resource_type == context.edition.interactions["get_capability_statement"].response:
        return
    for path, resource in _resources(response):
        for where, reference in _references(resource, path):
            if read_reference(reference).form not in _LOCAL_FORMS:
                yield Finding(
                    "the reference is not relative",
                    location=where,
                    found=reference,
                    expected="Type/id",
                    code="reference-form",
                )


def _references(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item, path)
    elif isinstance(value, dict):
        for key, below in value.items():
            if key == "reference" and isinstance(below, str):
                yield f"{path}.reference", below
            else:
                yield from _references(below, f"{path}.{key}")


def listed_status(response: Response, context: Context) -> Iterator[Finding]:
    """The HTTP status is one that the specification lists, and not a server error: nothing we send should cause one."""
    if response.status not in _STATUSES:
        yield Finding(
            "the HTTP status is none that the specification lists",
            location="status",
            found=str(response.status),
            expected=", ".join(map(str, _STATUSES)),
            code="status-unlisted",
        )
    elif response.status == 500:
        yield Finding(
            "the provider failed inside",
            location="status",
            found=response.described,
            expected="a response, or a refusal that says what is wrong",
            code="status-500",
        )


def dated(response: Response, context: Context) -> Iterator[Finding]:
    """The Date header is an HTTP date."""
    found = response.exchange.header("Date")
    if http_date(found) is None:
        yield Finding(
            "there is no Date header with an HTTP date",
            location="header Date",
            found=found or "none",
            expected="an HTTP date",
            code="date",
        )
