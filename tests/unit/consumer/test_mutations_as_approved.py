"""What each change makes of a request, whole: label, request line, headers, body, and the parts of the token."""

from __future__ import annotations

import json
from collections.abc import Callable

from conformance.consumer import request_mutations as d
from conformance.consumer.request import Change, Request
from conformance.consumer.request_builder import RequestBuilder
from tests.support.approved import approve
from tests.unit.consumer.conftest import NOW
from tests.unit.consumer.test_request_mutations import BODY


def changes() -> list[Change]:
    """Made anew, so that what makes them is part of the test."""
    return [
        d.without_query("start"), d.query("start", "a", "b"), d.query("status", "x"), d.query("new", "a"),
        d.add_query("start", "ge2017"), d.add_query("x", "y", first=True), d.raw_query("a|b"), d.without_header("SSP-to"),
        d.header("ssp-To", "1"), d.header("X-New", "1"), d.add_header("ssp-to"), d.add_header("Ssp-To", "1"),
        d.accept("text/html"), d.content_type("text/html"), d.interaction_id("urn:x"), d.as_xml(),
        d.raw_body(b"{", "cut short"), d.method("PATCH"), d.path("/slot"), d.chunked(),
        d.claim("aud", None), d.claim("extra", {"a": [1]}),
        d.claim_in("requesting_device.resourceType", "Patient"), d.claim_without("iss"), d.claim_renamed("iss", "ISS"),
        d.expired(600), d.token_header("alg", "HS256"), d.token_header("typ", None), d.token_raw("nonsense"),
        d.token_raw("x" * 60), d.token_raw("x" * 61), d.token_raw("a", "named"), d.token_text("cut", lambda text: text[:-1]),
        d.token_encoding("plain"), d.token_encoding("base64"), d.token_encoding("padded"), d.signed_token(), d.no_token(),
        d.below_fhir(d.path("/x")), d.chain(d.below_fhir(d.path("/y")), d.no_token()),
    ]  # fmt: skip


def of_bodies() -> list[Change]:
    return [
        d.body_without("a"), d.body_without("participant.0.actor"), d.body_set("a", {"b": None}),
        d.body_set("participant.0.status", "y"),
        d.body_add("new", [1]), d.body_add("participant.1", {"x": "é" * 61}), d.no_body(), d.as_xml(),
    ]  # fmt: skip


def shown(change: Change, request: Request) -> list[str]:
    made = change(request)
    token = made.token
    masked = [
        (name, "…" if name == "Authorization" and token.raw is None else value) for name, value in made.wire_headers()
    ]
    body = made.body if isinstance(made.body, dict | list | None) else repr(made.body)
    claims = {name: value for name, value in token.claims.items() if value != request.token.claims.get(name)}
    gone = sorted(request.token.claims.keys() - token.claims.keys())
    return [
        f"{change.label} | {made.label} | deviant {made.deviant}, below FHIR {made.below_fhir}",
        f"  {made.method} {made.target('')}",
        *(
            f"  {name}: {value}"
            for name, value in masked
            if (name, value) not in request.wire_headers() and value != "…"
        ),
        f"  names: {' '.join(name for name, _ in masked)}",
        f"  body: {json.dumps(body, ensure_ascii=False)}" if body is not None else "  no body",
        f"  token: {token.header} {claims} without {gone}, {token.encoding}, {token.raw or ''}",
    ]


def test_what_each_change_makes(builder_of: Callable[..., RequestBuilder]) -> None:
    search, put = builder_of("stu3").search_free_slots(NOW, NOW), builder_of("stu3").amend(BODY, 'W/"1"')
    lines = [line for change in changes() for line in shown(change, search)]
    lines += [line for change in of_bodies() for line in shown(change, put)]
    approve("mutations.txt", "\n".join(lines))
