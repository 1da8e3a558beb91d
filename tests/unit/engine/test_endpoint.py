"""What an endpoint is when it is not what was meant, and what is likely the matter with a connection: in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.config.model import Config
from conformance.core.exchange import TransportFailure
from conformance.engine import endpoint
from tests.support.configs import config_for
from tests.support.responses import response
from tests.support.self_signed import make

HTML = {"Content-Type": "text/html"}
STATEMENT = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}


@pytest.mark.parametrize(
    ("body", "status", "headers", "words"),
    [
        (None, 302, {"Location": "https://p/login"}, "a redirection to https://p/login came"),
        (None, 399, {}, "a redirection to nowhere came"),
        (b"<html><title> Sign up </title></html>", 200, HTML, "a web page with the title 'Sign up' came"),
        (b"<html><body>hello</body></html>", 200, {"Content-Type": ""}, "a web page came"),
        (STATEMENT, 200, {}, "another FHIR server: CapabilityStatement of FHIR 4.0.1"),
        (STATEMENT | {"software": {"name": "Ward"}}, 299, {}, "of FHIR 4.0.1, software 'Ward'"),
        (STATEMENT | {"software": {"name": "x" * 200}}, 200, {}, f"software '{'x' * 80}'"),
        ({"hello": "world"}, 200, {}, "JSON that is no FHIR resource came"),
        ([1], 200, {}, "JSON that is no FHIR resource came"),
    ],
)
def test_what_came_in_place_of_what_was_wanted(body: Any, status: int, headers: dict[str, str], words: str) -> None:
    assert words in endpoint.in_words(response(body, status, headers))


@pytest.mark.parametrize(
    ("body", "status"),
    [(STATEMENT, 400), (STATEMENT, 199), ({"hello": "world"}, 404), (None, 400), (None, 200)],
)
def test_else_the_response_is_described_by_its_status(body: Any, status: int) -> None:
    found = response(body, status)
    assert endpoint.in_words(found) == found.described


def test_software_is_named_only_where_its_name_is_a_text() -> None:
    for software in ("Ward", {"name": 7}, {"version": "1"}, None):
        assert endpoint.in_words(response(STATEMENT | {"software": software})).endswith("of FHIR 4.0.1")


@pytest.mark.parametrize(
    "mark", [b'<input type="password">', b"<input type='password'>", b"Login", b"Log in", b"Sign in", b"SIGN-IN"]
)
def test_a_page_that_asks_who_one_is_is_a_login_page(mark: bytes) -> None:
    assert endpoint.in_words(response(b"<html>" + mark, 200, HTML)).endswith(": it is a login page")


def test_any_other_page_may_be_a_gateways() -> None:
    assert endpoint.in_words(response(b"<html>Down", 200, HTML)).endswith(": perhaps a gateway's or a login page")


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<TITLE lang='en'>\n  Two\nlines </TITLE>", "Two\nlines"),
        (b"<title>" + b"x" * 80 + b"</title>", "x" * 80),
        (b"<title>" + b"x" * 81 + b"</title>", ""),
        (b"<title></title>", ""),
        (b"<title>caf\xe9</title>", "caf\ufffd"),
        (b"no page", ""),
    ],
)
def test_the_title_of_a_page(body: bytes, title: str) -> None:
    assert endpoint.page_title(body) == title


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = config_for("stu3", "https://127.0.0.1:1/A20047/STU3/1", tmp_path)
    return replace(made, tls=make(tmp_path, "client"))


def plain(config: Config) -> Config:
    return replace(config, provider=replace(config.provider, base_url="http://127.0.0.1:1/A20047"))


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, ""), (2, "your client certificate expired on "), (-2, "your client certificate is not valid before ")],
)
def test_the_dates_of_our_own_certificate(config: Config, days: int, words: str) -> None:
    now = datetime.now(UTC) + timedelta(days=days)
    trouble = endpoint.own_certificate_trouble(config, now)
    assert trouble.startswith(words)
    assert bool(trouble) is bool(words)
    if words:
        assert str(config.tls.certificate) in trouble
    assert endpoint.own_certificate_trouble(plain(config), now) == ""
    assert endpoint.own_certificate_trouble(replace(config, tls=replace(config.tls, certificate=None)), now) == ""


def test_a_certificate_that_cannot_be_read_has_no_dates(config: Config, tmp_path: Path) -> None:
    (tmp_path / "client.pem").write_text("nonsense", encoding="utf-8")
    assert endpoint.own_certificate_trouble(config, datetime.now(UTC)) == ""
    (tmp_path / "client.pem").unlink()
    assert endpoint.own_certificate_trouble(config, datetime.now(UTC)) == ""


def test_a_day_is_written_as_people_write_it() -> None:
    assert endpoint.day(datetime(2026, 5, 3, tzinfo=UTC)) == "3 May 2026"


def advice_on(failure: TransportFailure, config: Config) -> str:
    return endpoint.connection_advice(failure, config, datetime.now(UTC))


AUTHORITY, HOST, DATES = "Its authority is not", "Its certificate is of another host", "The dates of the provider's"
PLAIN, SECURE = "This port speaks plain HTTP", "This port speaks TLS"
MISSING, CHECK = "No client certificate is configured", "Check tls.certificate and tls.key"


@pytest.mark.parametrize(
    ("kind", "message", "advice"),
    [
        ("tls", "unable to get local issuer certificate", AUTHORITY),
        ("tls", "self-signed certificate in chain", AUTHORITY),
        ("tls", "Self Signed certificate", AUTHORITY),
        ("tls", "Hostname mismatch", HOST),
        ("tls", "IP address mismatch", HOST),
        ("tls", "certificate has expired", DATES),
        ("tls", "certificate is not yet valid", DATES),
        ("tls", "handshake failure", CHECK),
        ("eof", "", CHECK),
        ("reset", "", CHECK),
        ("protocol", "", ""),
        ("timeout", "", ""),
        ("connect", "", ""),
        ("dns", "", ""),
    ],
)
def test_advice_about_a_connection(
    config: Config, monkeypatch: pytest.MonkeyPatch, kind: str, message: str, advice: str
) -> None:
    monkeypatch.setattr(endpoint, "_speaks_plain_http", lambda _: False)
    monkeypatch.setattr(endpoint, "_speaks_tls", lambda _: False)
    said = advice_on(TransportFailure(kind, message), config)
    assert said.startswith(advice)
    assert bool(said) is bool(advice)


@pytest.mark.parametrize("kind", ["tls", "eof", "reset", "protocol", "timeout"])
def test_a_port_that_speaks_the_other_way_is_named(config: Config, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(endpoint, "_speaks_plain_http", lambda _: True)
    monkeypatch.setattr(endpoint, "_speaks_tls", lambda _: True)
    failure = TransportFailure(kind, "")
    assert advice_on(failure, config).startswith(PLAIN)
    assert advice_on(failure, plain(config)).startswith(SECURE)
    assert advice_on(TransportFailure("dns", ""), config) == ""


def test_without_a_client_certificate_that_is_said(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_speaks_plain_http", lambda _: False)
    bare = replace(config, tls=replace(config.tls, certificate=None))
    for kind in ("tls", "timeout"):
        assert advice_on(TransportFailure(kind, ""), bare).startswith(MISSING)


def test_our_own_expired_certificate_comes_first(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "own_certificate_trouble", lambda *_: "your client certificate expired")
    monkeypatch.setattr(endpoint, "_speaks_plain_http", lambda _: False)
    for kind in ("tls", "eof", "reset"):
        assert advice_on(TransportFailure(kind, "x"), config) == "your client certificate expired: renew it."
    assert advice_on(TransportFailure("timeout", "x"), config) == ""
