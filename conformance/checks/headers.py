"""Checks of a response's headers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks.check import Context, a_body, about
from conformance.checks.json_values import first
from conformance.consumer.header_values import http_date
from conformance.consumer.response import Response
from conformance.core.results import Finding, Severity
from conformance.fhir.addresses import read_reference


def etag(response: Response, context: Context) -> Iterator[Finding]:
    """The ETag header is W/"<meta.versionId>" of the resource returned."""
    version = first(response.value, "meta.versionId")
    found = response.exchange.headers("ETag")
    if found != [f'W/"{version}"']:
        yield Finding(
            "the ETag does not name the version returned",
            location="header ETag",
            found=", ".join(found) or "none",
            expected=f'W/"{version or "<meta.versionId>"}"',
            code="etag",
        )


def location(response: Response, context: Context) -> Iterator[Finding]:
    """The Location header names type, id and version of the resource created."""
    found = response.exchange.headers("Location")
    wanted = (
        first(response.value, "resourceType"),
        first(response.value, "id"),
        first(response.value, "meta.versionId"),
    )
    named = read_reference(found[0].strip("/") if len(found) == 1 else None)
    if (named.type, named.id, named.version) != wanted:
        yield Finding(
            "the Location header does not name what was created",
            location="header Location",
            found=", ".join(found) or "none",
            expected="[base]/{}/{}/_history/{}".format(*(part or "[not in the body]" for part in wanted)),
            code="location",
        )


def no_store(response: Response, context: Context) -> Iterator[Finding]:
    """Cache-Control holds the directive no-store."""
    found = ", ".join(response.exchange.headers("Cache-Control"))
    if "no-store" not in {part.strip().lower() for part in found.split(",")}:
        yield Finding(
            "the response may be kept in caches",
            location="header Cache-Control",
            found=found or "none",
            expected="no-store",
            code="no-store",
        )


@about(a_body)
def fhir_content_type(response: Response, context: Context) -> Iterator[Finding]:
    """Content-Type is a FHIR media type of the edition with charset UTF-8 wherever there is a body."""
    if not response.exchange.response_body:
        return
    found = response.exchange.header("Content-Type") or ""
    media, _, parameters = found.partition(";")
    accepted = [context.edition.media_type(form) for form in ("json", "xml")]
    if media.strip().lower() not in accepted:
        yield Finding(
            "the body is not labelled with a FHIR media type of this edition",
            location="header Content-Type",
            found=found or "none",
            expected=" or ".join(accepted),
            code="content-type",
        )
    elif not re.search(r"charset\s*=\s*\"?utf-8\"?", parameters, re.IGNORECASE):
        yield Finding(
            "the Content-Type does not say that the body is UTF-8",
            location="header Content-Type",
            found=found,
            expected="charset=utf-8",
            code="charset",
        )


def last_modified(response: Response, context: Context) -> Iterator[Finding]:
    """The header Last-Modified is an HTTP date."""
    found = response.exchange.headers("Last-Modified")
    if len(found) != 1 or not _is_http_date(found[0]):
        yield Finding(
            "the response does not say when the resource changed last",
            location="header Last-Modified",
            found=", ".join(found) or "none",
            expected="an HTTP date",
            code="last-modified",
        )


def _is_http_date(text: str) -> bool:
    return http_date(text) is not None and text.endswith("GMT")


def content_location(response: Response, context: Context) -> Iterator[Finding]:
    """The header Content-Location names the resource returned; its absence is no more than a warning."""
    found = response.exchange.headers("Content-Location")
    wanted = f"Appointment/{first(response.value, 'id')}"
    if not any(wanted in value for value in found):
        yield Finding(
            "the response does not say what resource it holds",
            Severity.WARN,
            "header Content-Location",
            ", ".join(found) or "none",
            wanted,
            code="content-location",
        )
