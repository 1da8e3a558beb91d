"""Knocking with a client certificate: refusals in all their forms, and what is none."""

from __future__ import annotations

import contextlib
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from conformance.config.bundled import bundled_config
from conformance.config.model import KeyPair, Tls
from conformance.consumer.probes import probe_calibration
from conformance.consumer.probes.client_certificate_probe import Admission, context_for, probe_admission
from conformance.consumer.probes.probe_calibration import Serve, can_see, sees_admission, sees_plain_http, serving
from conformance.consumer.probes.raw_http import bare_request, plain_request, resource_type_of
from conformance.consumer.probes.server_certificate import chain_objection, facts_of, name_objection
from conformance.consumer.probes.tls_probe import Outcome, Place
from conformance.consumer.request_builder import RequestBuilder
from conformance.spec import load
from conformance.tls.folder import NEGATIVE, certificate_path, key_path
from conformance.tls.suites import FAMILIES, SSL2, SSL3, TLS10, TLS11, TLS12, suites_of
from tests.support.certificates import certificates
from tests.support.loopback import reset
from tests.system.consumer.test_tls_probe import STATEMENT, answer_of, closed_port, resetting, saying, silent

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
BOTH = ("TLS 1.2", "TLS 1.3")


def pair(name: str) -> KeyPair:
    return KeyPair(certificate_path(certificates(), name), key_path(certificates(), name))


def presenting(name: str = "client", ca: str = "ca") -> Tls:
    shown = pair(name)
    return Tls(certificate_path(certificates(), ca), shown.certificate, shown.key)


def server_context(name: str = "server", *, strict: bool = True) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair(name).certificate, pair(name).key)
    if strict:
        context.load_verify_locations(certificate_path(certificates(), "ca"))
        context.load_verify_locations(certificates() / "ca.crl")
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    return context


def tls_server(response: bytes, **context: Any) -> Serve:
    made = server_context(**context)

    def serve(wire: socket.socket) -> None:
        with made.wrap_socket(wire, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(response)
            if response:
                with contextlib.suppress(OSError):
                    secure.unwrap()

    return serve


def knocked(serve: Serve, tls: Tls, version: str = "TLS 1.2", patience: float = 600) -> Admission:
    with serving(serve) as place:
        return probe_admission(Place(place.host, place.port, patience), context_for(tls, version), REQUEST)


@pytest.mark.parametrize("version", BOTH)
def test_a_good_certificate_is_let_in(version: str) -> None:
    seen = knocked(tls_server(answer_of("200 OK", STATEMENT)), presenting(), version)
    assert (seen.outcome, seen.status, seen.resource_type) == (Outcome.AGREED, 200, "CapabilityStatement")
    assert seen.version == f"TLS {version[-3:]}"


@pytest.mark.parametrize(
    ("name", "alert"),
    [
        ("self_signed", "unknown ca"),
        ("other_authority", "unknown ca"),
        ("expired", "certificate expired"),
        ("not_yet_valid", "bad certificate"),
        ("revoked", "certificate revoked"),
        ("wrong_usage", "unsupported certificate"),
    ],
)
@pytest.mark.parametrize(("version", "when"), [("TLS 1.2", "in the handshake"), ("TLS 1.3", "at the first read")])
def test_alerts_say_why_and_when(name: str, alert: str, version: str, when: str) -> None:
    seen = knocked(tls_server(answer_of("200 OK", STATEMENT)), presenting(name), version)
    assert (seen.outcome, seen.form) == (Outcome.REFUSED, "alert")
    assert alert in seen.how
    assert seen.how.endswith(when)


def ending(close: Any, *, after_handshake: bool) -> Serve:
    context = server_context(strict=False)

    def serve(wire: socket.socket) -> None:
        if after_handshake:
            secure = context.wrap_socket(wire, server_side=True)
            secure.recv(65536)
            close(secure)
            secure.close()
        else:
            wire.recv(65536)
            close(wire)

    return serve


@pytest.mark.parametrize(
    ("after_handshake", "when"), [(False, "in the handshake"), (True, "at the first read")], ids=["before", "after"]
)
@pytest.mark.parametrize(("close", "form"), [(lambda wire: None, "eof"), (reset, "reset")], ids=["eof", "reset"])
def test_end_of_file_and_reset_are_refusals(close: Any, form: str, after_handshake: bool, when: str) -> None:
    seen = knocked(ending(close, after_handshake=after_handshake), presenting())
    assert seen.outcome is Outcome.REFUSED
    # Python's ssl tells a reset under an established connection as an end of file.
    assert seen.form == form or after_handshake
    assert when in seen.how


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (answer_of("400 Bad Request", b"No required SSL certificate was sent"), Outcome.REFUSED),
        (answer_of("403 Forbidden", b'{"resourceType": "OperationOutcome"}'), Outcome.REFUSED),
        (answer_of("401 Unauthorized"), Outcome.REFUSED),
        (answer_of("495 SSL Certificate Error"), Outcome.REFUSED),
        (answer_of("496 SSL Certificate Required"), Outcome.REFUSED),
        (answer_of("403 Forbidden", STATEMENT), Outcome.AGREED),
        (answer_of("404 Not Found", b'{"resourceType": "OperationOutcome"}'), Outcome.AGREED),
        (answer_of("200 OK"), Outcome.AGREED),
        (answer_of("503 Service Unavailable"), Outcome.UNCLEAR),
        (b"ready\r\n", Outcome.UNCLEAR),
    ],
)
def test_answers_over_http(response: bytes, outcome: Outcome) -> None:
    seen = knocked(tls_server(response, strict=False), presenting())
    assert seen.outcome is outcome
    assert (seen.form == "http") == (outcome is Outcome.REFUSED)


def test_what_is_no_refusal() -> None:
    untrusted = knocked(tls_server(b""), presenting(ca="other-ca"))
    assert (untrusted.outcome, untrusted.form) == (Outcome.UNCLEAR, "")
    assert "certificate is not accepted" in untrusted.how
    assert knocked(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), presenting()).outcome is Outcome.UNCLEAR
    with closed_port() as port:
        assert probe_admission(Place("127.0.0.1", port), context_for(presenting()), REQUEST).outcome is Outcome.UNCLEAR
    nowhere = probe_admission(Place("no-such-host.invalid", 443), context_for(presenting()), REQUEST)
    assert nowhere.outcome is Outcome.UNCLEAR
    assert "cannot be resolved" in nowhere.how
    assert knocked(resetting, presenting()).form == "reset"


def test_a_server_that_hangs_takes_no_longer_than_allowed() -> None:
    seen = knocked(silent, presenting(), patience=0.3)
    assert (seen.outcome, seen.how) == (
        Outcome.UNCLEAR,
        "no response in the handshake within the time: the server hangs",
    )


def test_a_local_policy_is_no_refusal() -> None:
    context = context_for(presenting())
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA:@SECLEVEL=5")
    with serving(tls_server(b"")) as place:
        seen = probe_admission(place, context, REQUEST)
    assert seen.outcome is Outcome.UNCLEAR
    assert seen.how.startswith("TLS failed on this side in the handshake")


def test_the_request_is_that_of_the_run(tmp_path: Path) -> None:
    config = bundled_config("stu3", "https://provider.example.org:8443/A/1", tmp_path)
    request = RequestBuilder(load("stu3"), config).capability()
    lines = plain_request(request, config.provider.root, Place.of(config.provider.base_url)).decode().split("\r\n")
    assert lines[:3] == ["GET /A/1/metadata HTTP/1.1", "Host: provider.example.org:8443", "Connection: close"]
    names = [line.partition(":")[0].lower() for line in lines[1:-2]]
    assert len(names) == len(set(names))
    assert {"ssp-from", "ssp-to", "ssp-interactionid", "authorization"} <= set(names)


def test_a_request_in_the_clear_carries_no_token_and_no_user(tmp_path: Path) -> None:
    config = bundled_config("stu3", "https://provider.example.org:8443/A/1", tmp_path)
    builder = RequestBuilder(load("stu3"), config)
    requests = [builder.capability(), builder.find("find_patient", "https://x", "9476719931", form="xml")]
    for request in requests:
        data = bare_request(request, config.provider.root, Place.of(config.provider.base_url)).decode()
        head, *lines = data.removesuffix("\r\n\r\n").split("\r\n")
        assert "?" not in head
        assert [line.partition(":")[0] for line in lines] == ["Host", "Connection", "Accept"]
        assert "9476719931" not in data
        assert request.token.render() not in data


def test_resources_are_recognised_in_every_form() -> None:
    assert resource_type_of(STATEMENT) == "CapabilityStatement"
    assert resource_type_of(b"27\r\n" + STATEMENT + b"\r\n0\r\n\r\n") == "CapabilityStatement"
    assert resource_type_of(b'{"resourceType": "Bundle", "entry": [') == "a resource"
    assert resource_type_of(b'<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"/>') == "Bundle"
    assert resource_type_of(b"<html>{no}</html>") == ""
    assert resource_type_of(b"") == ""


# calibration: the probes see the fault where there is one


@pytest.mark.parametrize("version", [SSL2, SSL3, TLS10, TLS11, TLS12])
def test_the_probe_of_a_version_sees_a_server_that_speaks_it(version: int) -> None:
    assert can_see(version, suites_of("AES128+SHA") if version != SSL2 else ()) == ""


@pytest.mark.parametrize("family", FAMILIES)
def test_the_probe_of_a_family_sees_a_server_that_agrees_to_it(family: str) -> None:
    assert can_see(TLS12, suites_of(family)) == ""


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("name", [None, *NEGATIVE])
def test_knocking_sees_a_server_that_lets_it_in(name: str | None, version: str) -> None:
    assert sees_admission(pair(name) if name else None, "", version) == ""


def test_asking_in_the_clear_sees_a_server_that_answers() -> None:
    assert sees_plain_http() == ""


def test_a_probe_that_cannot_see_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_calibration, "_openssl_response", lambda version, suites: None)
    monkeypatch.setattr(probe_calibration, "_agreeing_response", probe_calibration._agreeing_response.__wrapped__)
    monkeypatch.setattr(probe_calibration, "_agree", saying())
    assert "does not see a server that agrees to it: refused" in can_see(TLS12, suites_of("RC4"))
    monkeypatch.setattr(probe_calibration, "_serve_http", lambda wire, context: None)
    blind = probe_calibration.sees_admission.__wrapped__(None, "", "TLS 1.2")
    assert blind.startswith("a server that accepts it was not seen to: refused")


# the server's own certificate


def shown(name: str) -> list[bytes]:
    return [ssl.PEM_cert_to_DER_cert(certificate_path(certificates(), name).read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    ("name", "chain", "host"),
    [
        ("server", "", ""),
        ("server-expired", "", ""),
        ("server-other-authority", "unable to get local issuer certificate", ""),
        ("server-other-name", "", "IP address mismatch, certificate is not valid for '127.0.0.1'."),
    ],
)
def test_chain_and_name_are_judged_each_by_itself(name: str, chain: str, host: str) -> None:
    tls = presenting()
    with serving(tls_server(b"", name=name, strict=False)) as place:
        assert chain_objection(place, tls) == chain
        assert name_objection(place, tls, shown(name)[0]) == host


def test_facts() -> None:
    own, weak, old = (facts_of(shown(name))[0] for name in ("server", "server-weak-key", "server-sha1"))
    assert (own.key, own.bits, own.digest, own.is_root) == ("RSA", 2048, "sha256", False)
    assert (weak.bits, old.digest) == (1024, "sha1")
    assert own.begins < own.ends
    assert facts_of(shown("ca"))[0].is_root
    with pytest.raises(ValueError):
        facts_of([b"junk"])
