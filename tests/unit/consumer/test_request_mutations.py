"""Each deviation makes its one change, says so, and refuses to change nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.consumer import request_mutations as d
from conformance.consumer.request import Change, Request
from conformance.consumer.request_builder import RequestBuilder
from conformance.core.errors import InternalError
from tests.unit.consumer.conftest import NOW

BODY = {
    "resourceType": "Appointment",
    "id": "1",
    "participant": [{"actor": {"reference": "Patient/1"}, "status": "x"}],
    "a": 1,
}


@pytest.fixture
def put(builder_of: Callable[..., RequestBuilder]) -> Request:
    return builder_of("stu3").amend(BODY, 'W/"1"')


@pytest.fixture
def search(builder_of: Callable[..., RequestBuilder]) -> Request:
    return builder_of("stu3").search_free_slots(NOW, NOW)


CHANGES: list[tuple[Change, str]] = [
    (d.without_query("start"), "without the parameter start"),
    (d.query("start", "ge2017"), "start=ge2017"),
    (d.query("start", "a", "b"), "start=a and start=b"),
    (d.query("new", "a"), "new=a"),
    (d.add_query("start", "ge2017"), "with start=ge2017 added"),
    (d.add_query("x", "y", first=True), "with x=y added"),
    (d.raw_query("a|b"), "query a|b"),
    (d.without_header("ssp-to"), "without the header ssp-to"),
    (d.header("Ssp-To", "1"), "Ssp-To: 1"),
    (d.header("X-New", "1"), "X-New: 1"),
    (d.add_header("Ssp-To"), "Ssp-To twice"),
    (d.add_header("Ssp-To", "1"), "with Ssp-To: 1 added"),
    (d.accept("text/html"), "Accept: text/html"),
    (d.content_type("text/html"), "Content-Type: text/html"),
    (d.interaction_id("urn:x"), "Ssp-InteractionID: urn:x"),
    (d.as_xml(), "in XML"),
    (d.raw_body(b"{", "a body cut short"), "a body cut short"),
    (d.method("PATCH"), "with PATCH"),
    (d.path("/slot"), "at /slot"),
    (d.claim("aud", None), "claim aud = null"),
    (d.claim("extra", {"a": 1}), 'claim extra = {"a": 1}'),
    (d.claim_in("requesting_device.resourceType", "Patient"), "claim requesting_device.resourceType = Patient"),
    (d.claim_without("iss"), "without the claim iss"),
    (d.claim_without("requesting_device.model"), "without the claim requesting_device.model"),
    (d.claim_renamed("iss", "ISS"), "claim iss as ISS"),
    (d.expired(600), "token expired 600 seconds ago"),
    (d.token_header("alg", "HS256"), "token header alg = HS256"),
    (d.token_header("typ", None), "token header without typ"),
    (d.token_raw("nonsense"), "token nonsense"),
    (d.token_text("token without its last dot", lambda text: text[:-1]), "token without its last dot"),
    (d.token_encoding("plain"), "token encoded as plain"),
    (d.signed_token(), "signed token"),
    (d.no_token(), "without a token"),
    (d.chain(d.without_query("start"), d.no_token()), "without the parameter start and without a token"),
]


@pytest.mark.parametrize(("change", "label"), CHANGES, ids=[label for _, label in CHANGES])
def test_every_change_changes_and_says_what(search: Request, change: Change, label: str) -> None:
    changed = change(search)
    assert change.label == label
    assert changed.deviant
    assert changed.label == f"Search for free slots, {label}"
    before = (search.method, search.target(""), search.wire_headers(), search.body)
    assert (changed.method, changed.target(""), changed.wire_headers(), changed.body) != before
    assert not search.deviant


NOTHING: list[Change] = [
    d.without_query("nothing"),
    d.query("status", "free"),
    d.without_header("X-None"),
    d.header("Ssp-From", "200000000359"),
    d.add_header("X-None"),
    d.as_json(),
    d.no_body(),
    d.body_without("a"),
    d.method("GET"),
    d.claim("reason_for_request", "directcare"),
    d.claim_without("requested_record"),
    d.claim_in("requesting_device.nothing", 1),
    d.claim_in("iss.nothing", 1),
    d.token_header("alg", "none"),
    d.chain(d.no_token(), d.claim("aud", 1)),
    d.chain(d.without_query("start"), d.header("Ssp-From", "200000000359")),
]  # fmt: skip


@pytest.mark.parametrize("change", NOTHING, ids=[change.label for change in NOTHING])
def test_a_change_of_nothing_is_our_fault(search: Request, change: Change) -> None:
    with pytest.raises(InternalError):
        change(search)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (d.body_without("participant.0.actor"), {"participant": [{"status": "x"}]}),
        (d.body_without("participant.0"), {"participant": None}),
        (d.body_without("participant.0.actor.reference"), {"participant": [{"status": "x"}]}),
        (
            d.body_set("participant.0.status", "y"),
            {"participant": [{"actor": {"reference": "Patient/1"}, "status": "y"}]},
        ),
        (d.body_add("participant.1", {"status": "z"}), {"participant": [*BODY["participant"], {"status": "z"}]}),
        (d.body_add("reason", [1]), {"reason": [1]}),
    ],
)
def test_paths_lead_into_the_body(put: Request, change: Change, expected: dict[str, Any]) -> None:
    wanted = {key: value for key, value in (BODY | expected).items() if value is not None}
    assert change(put).body == wanted
    assert put.body == BODY


@pytest.mark.parametrize(
    "change",
    [d.body_without("b"), d.body_set("b", 1), d.body_set("a", 1), d.body_set("participant.1.status", 1),
     d.body_set("participant.x", 1), d.body_set("a.b", 1),
     d.body_add("a", 1), d.body_add("participant.5", 1), d.body_add("nothing.here", 1)],
    ids=lambda change: change.label,
)  # fmt: skip
def test_paths_that_lead_nowhere(put: Request, change: Change) -> None:
    with pytest.raises(InternalError):
        change(put)


def test_what_is_added_is_a_copy(put: Request) -> None:
    value: list[Any] = [1]
    changed = d.body_add("reason", value)(put)
    value.append(2)
    assert changed.body["reason"] == [1]  # type: ignore[call-overload,index]


def test_xml_and_back(put: Request) -> None:
    changed = d.as_xml()(put)
    assert changed.form == "xml"
    assert changed.header("Content-Type") == changed.header("Accept") == "application/fhir+xml;charset=utf-8"
    assert d.as_json()(changed).headers == put.headers


def test_places_of_parameters(search: Request) -> None:
    assert d.query("start", "a", "b")(search).query[:2] == (("start", "a"), ("start", "b"))
    assert d.add_query("x", "y", first=True)(search).query[0] == ("x", "y")
    assert d.raw_query("")(search).target("/r").endswith("/Slot")


def test_a_header_twice(search: Request) -> None:
    values = [value for name, value in d.add_header("Ssp-To")(search).wire_headers() if name == "Ssp-To"]
    assert values == ["918999198993", "918999198993"]
    tokens = [value for name, value in d.add_header("Authorization")(search).wire_headers() if name == "Authorization"]
    assert tokens[0] == tokens[1]
    assert tokens[0].startswith("Bearer ey")


def test_times_of_an_expired_token(search: Request) -> None:
    claims = d.expired(60)(search).token.claims
    assert (claims["exp"], claims["exp"] - claims["iat"]) == (int(NOW.timestamp()) - 60, 300)


def test_a_signed_token_has_a_signature(search: Request) -> None:
    header, _, signature = d.signed_token()(search).token.render().split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "HS256", "typ": "JWT"}
    assert len(base64.urlsafe_b64decode(signature + "=")) == 32


def test_long_values_are_told_short() -> None:
    assert d.body_set("comment", "x" * 501).label == f"comment = {'x' * 60}… (501 characters)"
