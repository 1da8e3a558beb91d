"""A response as HTTP: well-formed, whole, and nothing behind it; and what is said of every response."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from conformance.checks.framing import framed
from conformance.consumer.response import Response
from conformance.core.exchange import TransportFailure
from conformance.core.results import Severity
from conformance.engine.remarks import remarks_on
from conformance.fhir.definitions.store import Definitions
from tests.support.responses import response

ANY = cast(Any, None)


def with_(made: Response, **changes: Any) -> Response:
    return Response(replace(made.exchange, **changes), lambda: Definitions("stu3"))


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0", ""])
def test_a_sound_response_is_framed(version: str) -> None:
    assert list(framed(with_(response({}), http_version=version), ANY)) == []


@pytest.mark.parametrize(
    ("surplus", "found"), [(b"HTTP/1.1 200 OK\r\n\r\n", "another response"), (b"\r\n", "2 bytes or more")]
)
def test_bytes_behind_a_response_are_found_and_not_shown(surplus: bytes, found: str) -> None:
    made = with_(response({"resourceType": "Slot"}), surplus=surplus)
    [finding] = framed(made, ANY)
    assert (finding.code, finding.found, finding.severity, finding.exchange) == (
        "surplus-bytes",
        found,
        Severity.FAIL,
        1,
    )
    [remark] = remarks_on(made)
    assert (remark.code, remark.severity) == ("surplus-bytes", Severity.WARN)


@pytest.mark.parametrize("kind", ["protocol", "too-large", "eof"])
def test_a_malformed_response_is_found(kind: str) -> None:
    [finding] = framed(response(status=None, failure=TransportFailure(kind, "bad Content-Length")), ANY)
    assert (finding.code, finding.found) == ("malformed-response", "bad Content-Length")


@pytest.mark.parametrize("kind", ["timeout", "reset", "refused", "tls"])
def test_what_the_way_may_have_done_is_not(kind: str) -> None:
    assert list(framed(response(status=None, failure=TransportFailure(kind, "x")), ANY)) == []


def test_another_version_of_http_is_found() -> None:
    [finding] = framed(with_(response({}), http_version="HTTP/9.9"), ANY)
    assert (finding.code, finding.found) == ("http-version", "HTTP/9.9")


def test_parts_that_cannot_be_used_are_notes_at_most_a_few() -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Slot", "id": {}}}] * 9}
    remarks = list(remarks_on(response(bundle)))
    assert [remark.severity for remark in remarks] == [Severity.INFO] * 6
    assert (remarks[0].location, remarks[0].found) == ("Bundle.entry[0].resource.id", "an object")
    assert remarks[-1].message == "more parts of the same response cannot be used"
