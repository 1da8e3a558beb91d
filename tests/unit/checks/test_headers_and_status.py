"""Checks of headers, status and kind of body: each spelling that is allowed passes, each that is not is found."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks import headers
from conformance.checks.check import Check, sees
from conformance.checks.response import resource, searchset, status, success
from conformance.consumer.response import Response
from conformance.core.exchange import TransportFailure
from tests.support.check_context import Context
from tests.support.responses import response

BODY = {"resourceType": "Appointment", "id": "9", "meta": {"versionId": "3"}}


def codes(check: Check, found: Response) -> list[str]:
    return [finding.code for finding in check(found, Context())]


@pytest.mark.parametrize(
    ("check", "name", "value", "found"),
    [
        (headers.etag, "ETag", 'W/"3"', []),
        (headers.etag, "ETag", '"3"', ["etag"]),
        (headers.etag, "ETag", 'W/"2"', ["etag"]),
        (headers.etag, "X", "", ["etag"]),
        (headers.location, "Location", "http://p/Appointment/9/_history/3", []),
        (headers.location, "Location", "Appointment/9/_history/3/", []),
        (headers.location, "Location", "http://p/Appointment/9", ["location"]),
        (headers.location, "Location", "http://p/Appointment/9/_history/2", ["location"]),
        (headers.location, "Location", "http://p/Appointment/8/_history/3", ["location"]),
        (headers.location, "Location", "http://p/Slot/9/_history/3", ["location"]),
        (headers.location, "X", "", ["location"]),
        (headers.no_store, "Cache-Control", "no-store", []),
        (headers.no_store, "Cache-Control", "private, No-Store", []),
        (headers.no_store, "Cache-Control", "no-cache", ["no-store"]),
        (headers.no_store, "X", "", ["no-store"]),
        (headers.fhir_content_type, "Content-Type", "application/fhir+json;charset=utf-8", []),
        (headers.fhir_content_type, "Content-Type", 'Application/FHIR+json; charset = "UTF-8"', []),
        (headers.fhir_content_type, "Content-Type", "application/fhir+xml; charset=UTF-8", []),
        (headers.fhir_content_type, "Content-Type", "application/fhir+json", ["charset"]),
        (headers.fhir_content_type, "Content-Type", "application/fhir+json; charset=latin-1", ["charset"]),
        (headers.fhir_content_type, "Content-Type", "application/json;charset=utf-8", ["content-type"]),
        (headers.fhir_content_type, "Content-Type", "application/json+fhir;charset=utf-8", ["content-type"]),
        (headers.last_modified, "Last-Modified", "Mon, 23 Nov 2026 09:00:00 GMT", []),
        (headers.last_modified, "Last-Modified", "Mon, 23 Nov 2026 09:00:00 +0000", ["last-modified"]),
        (headers.last_modified, "Last-Modified", "2026-11-23", ["last-modified"]),
        (headers.last_modified, "X", "", ["last-modified"]),
        (headers.content_location, "Content-Location", "http://p/Appointment/9/_history/3", []),
        (headers.content_location, "Content-Location", "http://p/Appointment/8", ["content-location"]),
        (headers.content_location, "X", "", ["content-location"]),
    ],
)
def test_a_header(check: Check, name: str, value: str, found: list[str]) -> None:
    assert codes(check, response(BODY, headers={name: value})) == found


def test_without_a_body_there_is_no_content_type_to_judge() -> None:
    empty = response(None, headers={"Content-Type": ""})
    assert codes(headers.fhir_content_type, empty) == []
    assert not sees(headers.fhir_content_type, empty)
    assert sees(headers.fhir_content_type, response(BODY))


def test_the_absence_of_a_header_is_worded_as_none() -> None:
    for check in (headers.etag, headers.location, headers.no_store, headers.last_modified, headers.content_location):
        (finding,) = check(response(BODY), Context())
        assert finding.found == "none", check


def test_a_content_location_is_no_more_than_a_warning() -> None:
    assert [found.severity.value for found in headers.content_location(response(BODY), Context())] == ["warn"]


def test_the_status_is_one_of_those_wanted() -> None:
    assert codes(status(200, 201), response(BODY, 201)) == []
    (finding,) = status(200, 201)(response(BODY, 404), Context())
    assert (finding.code, finding.expected, finding.blame.value) == ("status", "200 or 201", "provider")


def test_a_response_that_did_not_come_is_the_environments() -> None:
    gone = response(None, None, failure=TransportFailure("reset", "reset"))
    gone = Response(type(gone.exchange)(**{**_fields(gone), "response_headers": ()}), lambda: None)  # type: ignore[arg-type,return-value]
    (finding,) = status(200)(gone, Context())
    assert (finding.message, finding.blame.value) == ("no response came", "environment")


def _fields(found: Response) -> dict[str, Any]:
    return {name: getattr(found.exchange, name) for name in type(found.exchange).__dataclass_fields__}


BUNDLE = {"resourceType": "Bundle", "type": "searchset"}


@pytest.mark.parametrize(
    ("check", "body", "found"),
    [
        (resource("Appointment"), BODY, []),
        (resource("Slot"), BODY, ["resource-type"]),
        (resource("Slot"), None, ["resource-type"]),
        (resource("Slot"), [], ["resource-type"]),
        (searchset, BUNDLE, []),
        (searchset, BUNDLE | {"type": "collection"}, ["bundle-type"]),
        (searchset, {"resourceType": "Bundle"}, ["bundle-type"]),
        (searchset, BODY, ["resource-type"]),
        (success("Bundle"), BUNDLE, []),
        (success("Bundle"), BUNDLE | {"type": "collection"}, ["bundle-type"]),
        (success("Appointment"), BODY, []),
        (success("Appointment", 201), BODY, ["status"]),
    ],
)
def test_the_kind_of_body(check: Check, body: Any, found: list[str]) -> None:
    assert codes(check, response(body)) == found


def test_what_is_no_resource_is_described_by_size_and_type() -> None:
    (finding,) = resource("Slot")(response({"a": 1}, headers={"Content-Type": "text/plain"}), Context())
    assert finding.found == "8 bytes of text/plain"
    (finding,) = resource("Slot")(response({"a": 1}, headers={"Content-Type": ""}), Context())
    assert finding.found == "8 bytes of nothing"


def test_a_body_that_cannot_be_read_is_found() -> None:
    assert codes(resource("Slot"), response(b'{"resourceType": "Slot"'))[0] == "not-json"
