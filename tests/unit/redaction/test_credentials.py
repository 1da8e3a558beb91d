"""What is a credential by its name or its looks; what the specification gives stays."""

from __future__ import annotations

import base64
import json
import re

import pytest

from conformance.redaction.credentials import (
    changes,
    cookie_changes,
    is_open_header,
    is_secret_name,
    is_unsecured,
    looks_opaque,
    signature_of,
    split_scheme,
)
from conformance.redaction.encodings import applied
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


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("family", "Quinn", "X[a-z]{4}"),
        ("given", "Mary", "X[a-z]{3}"),
        ("name", "Mary", "X[a-z]{3}"),
        ("family:exact", "Quinn", "X[a-z]{4}"),
        ("birthdate", "1927-06-19", "190[0-9]-06-[12][0-9]"),
        ("BirthDate", "1927-06-19", "190[0-9]-06-[12][0-9]"),
        ("telecom", "01134960999", "07700900[0-9]{3}"),
        ("phone", "01134960999", "07700900[0-9]{3}"),
        ("email", "me@nhs.net", r"[a-z]{2}@[a-z]{3}.[a-z]{3}"),
        ("address", "Boar+Lane", "X[a-z]{3}.X[a-z]{3}"),
        ("address-postalcode", "LS1", "X[A-Z][0-9]"),
    ],
)
def test_what_a_search_for_a_patient_names_is_replaced_in_its_form(name: str, value: str, shown: str) -> None:
    masked = redactor().url(f"http://h/Patient?_count=1&{name}={value}&active=true")
    assert re.fullmatch(rf"http://h/Patient\?_count=1&{name}={shown}&active=true", masked), masked


def starred(text: str) -> str:
    """A text with each credential in it replaced by stars, its kind in front."""
    return applied(text, changes(text, lambda kind, value: f"{kind}:{'*' * (len(value) - len(kind) - 1)}"))


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


SIGNED = f"{encoded({'alg': 'HS256'})}.{encoded({'sub': 'someone'})}.c2lnbmF0dXJl"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secret", "kind"),
    [
        (f"x {KEY} y", KEY, "key"),
        (f"x {KEY[:40]}", KEY[:40], "key"),  # cut off: to the end
        (f"token {SIGNED} end", SIGNED, "token"),
        ("postgres://me:pass-word-x@db/x", "pass-word-x", "password"),
        (f"see http://h/x?a={OPAQUE}", OPAQUE, "token"),
        ("a?sessionid=abcdefghijk&x=1", "abcdefghijk", "token"),
        ("a;sig=abcdefghijk", "abcdefghijk", "token"),
    ],
)
def test_what_is_a_credential_in_a_text(text: str, secret: str, kind: str) -> None:
    stars = f"{kind}:{'*' * (len(secret) - len(kind) - 1)}"
    assert starred(text) == text.replace(secret, stars)


@pytest.mark.parametrize(
    "text",
    [
        "PRIVATE KEY",
        "eyJ",
        "http://me@h/",
        "http://h:80/",
        "a?status=free",
        "a?sig=[bcdfghjk]",
        "a=b",
        "mail me:now@h",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert starred(text) == text


def test_an_unsecured_token_loses_its_signature_alone() -> None:
    unsecured = f"{encoded({'alg': 'none'})}.{encoded({'sub': 'someone'})}."
    assert is_unsecured(unsecured)
    assert is_unsecured(f"{encoded({'alg': 'NONE'})}.x.y")
    for other in (SIGNED, "eyJub25l.x.y", f"{encoded([1])}.x.y", f"{encoded({})}.x.y", "eyJ9!.x.y"):
        assert not is_unsecured(other)
    assert starred(unsecured) == unsecured
    assert starred(f"{unsecured}{'s' * 20}") == f"{unsecured}token:{'*' * 14}"
    assert (signature_of("a.b.c.d"), signature_of("a.b"), signature_of("a")) == ("c.d", "", "")


@pytest.mark.parametrize(
    ("name", "value", "scheme", "rest"),
    [
        ("Authorization", "Bearer abc", "Bearer ", "abc"),
        ("Proxy-AUTHorization", "Basic  abc", "Basic  ", "abc"),
        ("Authorization", "abc", "", "abc"),
        ("X-Token", "Bearer abc", "", "Bearer abc"),
        *(("Authorization", scheme, scheme, "") for scheme in ("Bearer", " basic ", "Digest", "Negotiate")),
    ],
)
def test_the_scheme_of_a_credential_is_shown(name: str, value: str, scheme: str, rest: str) -> None:
    assert split_scheme(name, value) == (scheme, rest)


@pytest.mark.parametrize("name", ["path", "domain", "expires", "max-age", "samesite", "version"])
def test_attributes_of_cookies_are_shown_and_values_are_not(name: str) -> None:
    def stars(value: str) -> str:
        return applied(value, cookie_changes(value, lambda _, secret: "*" * len(secret)))

    assert stars(f"sid=abc; {name.title()}=abc; {name}=x") == f"sid=***; {name.title()}=abc; {name}=x"
    assert stars("sid=; a=[token bcdfghjk]; b=c ") == "sid=; a=[token bcdfghjk]; b=* "


OPEN = """
Accept Accept-Charset Accept-Encoding Accept-Language Accept-Ranges Access-Control-Allow-Headers Age Allow Cache-Control
Connection Content-Disposition Content-Encoding Content-Language Content-Length Content-Location Content-Type Date ETag Expires
Host If-Match If-Modified-Since If-None-Match Keep-Alive Last-Modified Location Pragma Prefer Proxy-Authenticate Retry-After
Server Ssp-From Ssp-InteractionID Ssp-To Ssp-TraceID Strict-Transport-Security Trailer Transfer-Encoding Upgrade User-Agent Vary
Via Warning WWW-Authenticate X-Content-Type-Options X-Frame-Options
"""


@pytest.mark.parametrize("name", OPEN.split())
def test_headers_whose_values_the_specification_gives_are_shown(name: str) -> None:
    assert is_open_header(name)
    assert not is_secret_name(name)
