"""What is a credential by its name or its looks; what the specification gives stays."""

from __future__ import annotations

import base64
import json

import pytest

from conformance.redaction.credentials import is_secret_name, looks_opaque
from tests.unit.redaction.test_redactor import NHS, exchange, redactor

OPAQUE = "9f8b7c6d5e4f3a2b1c0dQ"


@pytest.mark.parametrize(
    "name",
    "Authorization Proxy-Authorization Cookie Set-Cookie X-Api-Key apikey X-Auth-Token api_key session_id sig Client-Secret "  # noqa: SIM905
    "passwd X-Amz-Signature client_assertion jwt sid otp key Ocp-Apim-Subscription-Key".split(),
)
def test_names_of_credentials(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    "Author X-Authority WWW-Authenticate ETag Ssp-TraceID Location monkey keyword design keys status start side".split(),  # noqa: SIM905
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


def test_looks_of_a_token() -> None:
    assert looks_opaque(OPAQUE) and looks_opaque("a" * 15 + "1" + "b" * 4) and looks_opaque(f"x-{OPAQUE}==")
    for value in (
        OPAQUE[:19],
        "a" * 30,
        "1" * 30,
        "5a9d0f6e-0d0c-4f7e-9d27-3b0f1f6f2c11",
        f"{OPAQUE} x",
        "a1b2c3d4e5f6g7h-i8j9k0",
    ):
        assert not looks_opaque(value)


def test_headers_by_name_and_by_looks() -> None:
    masker = redactor()
    shown = dict(
        masker.headers(
            (
                ("X-Thing", f"a={OPAQUE}; b"),
                ("ETag", f'W/"{OPAQUE}"'),
                ("X-Api-Key", "short"),
                ("Cookie", f"s={OPAQUE}; t=1"),
                ("Set-Cookie", "s=abc; Path=/a; Expires=Wed, 1 Jan 2027 00:00:00 GMT; HttpOnly"),
                ("Authorization", "Basic dXNlcjpwYXNz"),
                ("X-Token", f"{OPAQUE} {OPAQUE}"),
            )
        )
    )
    mask = masker.mask("token", OPAQUE)
    assert shown["X-Thing"] == f"a={mask}; b"
    assert shown["ETag"] == f'W/"{OPAQUE}"'
    assert shown["X-Api-Key"] == "*****"
    assert shown["Cookie"] == f"s={mask}; t=*"
    assert shown["Set-Cookie"] == "s=***; Path=/a; Expires=Wed, 1 Jan 2027 00:00:00 GMT; HttpOnly"
    assert shown["Authorization"] == f"Basic {masker.mask('token', 'dXNlcjpwYXNz')}"
    assert OPAQUE not in shown["X-Token"] and len(shown["X-Token"]) == 2 * len(OPAQUE) + 1


def test_of_our_own_token_the_claims_are_kept_with_pseudonyms_and_no_signature() -> None:
    def encoded(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"exp": 9434765919, "requested_record": {"resourceType": "Patient", "identifier": [{"value": NHS}]}}
    signed = f"{encoded({'alg': 'HS256'})}.{encoded(claims)}.{OPAQUE}"
    sent = exchange(
        request_headers=(("Authorization", f"Bearer {signed}"),), response_body=f'{{"x": "{signed}"}}'.encode()
    )
    masker = redactor()
    kept = masker.exchange(sent)
    scheme, token = kept.request_headers[0][1].split(" ", 1)
    header, body, signature = token.split(".")
    read = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert scheme == "Bearer" and header == encoded({"alg": "HS256"})
    assert read["exp"] == claims["exp"] and read["requested_record"]["identifier"][0]["value"].startswith("999")
    assert signature == masker.mask("token", OPAQUE)
    assert OPAQUE.encode() not in kept.response_body
    assert masker.headers((("X-Token", signed),))[0][1] == masker.mask("token", signed)


def test_parameters() -> None:
    masker = redactor()
    mask = masker.mask("token", OPAQUE)
    assert masker.url(f"http://h/x?a={OPAQUE}&b=1#c={OPAQUE}")[:34] == f"http://h/x?a={mask}&b=1"[:34]
    assert masker.url("http://h/x?sig=ab&_format=json&status=free") == "http://h/x?sig=**&_format=json&status=free"
    assert masker.url("https://me:pw@h/") == "https://me:**@h/"
    query = masker.url("http://h/Patient?family:exact=Quinn&birthdate=1927-06-19&address-city=Leeds&_count=1")
    assert "Quinn" not in query and "1927" not in query and "Leeds" not in query and query.endswith("&_count=1")
    assert masker.url("http://h/Slot?name=Quinn") == "http://h/Slot?name=Quinn"
