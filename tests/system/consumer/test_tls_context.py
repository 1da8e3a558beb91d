"""TLS from the configuration against servers that ask for certificates, are not trusted, or speak plain HTTP."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config.bundled import bundled_config
from conformance.config.model import Tls
from conformance.consumer.client import Client
from conformance.consumer.recording import Recorder
from conformance.consumer.request_builder import RequestBuilder
from conformance.core.exchange import Exchange
from conformance.spec import load
from tests.support.loopback import serving
from tests.support.self_signed import make
from tests.system.consumer.test_client import OK, answering


def exchange_over(url: str, tls: Tls, folder: Path) -> Exchange:
    edition, config = load("stu3"), replace(bundled_config("stu3", url, folder), tls=tls)
    client = Client(edition, config, Recorder())
    try:
        return client.send(RequestBuilder(edition, config).capability())
    finally:
        client.close()


@pytest.fixture
def server(tmp_path: Path) -> ssl.SSLContext:
    make(tmp_path, "ca")
    tls = make(tmp_path, "server", issuer="ca")
    assert tls.certificate
    assert tls.key
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    return context


def test_mutual_tls(tmp_path: Path, server: ssl.SSLContext) -> None:
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(tmp_path / "ca.pem")
    client = replace(make(tmp_path, "client", issuer="ca"), ca=tmp_path / "ca.pem")
    with serving(answering(OK), server) as url:
        assert exchange_over(url, client, tmp_path).status == 200
        refused = exchange_over(url, Tls(ca=tmp_path / "ca.pem"), tmp_path).failure
    assert refused is not None
    assert refused.kind in {"tls", "eof", "reset"}


def test_a_server_that_is_not_trusted(tmp_path: Path, server: ssl.SSLContext) -> None:
    other = make(tmp_path, "other")
    with serving(answering(OK), server) as url:
        failure = exchange_over(url, Tls(ca=other.certificate), tmp_path).failure
        assert exchange_over(url, Tls(ca=other.certificate, verify=False), tmp_path).status == 200
        name = exchange_over(url.replace("localhost", "127.0.0.2"), Tls(ca=tmp_path / "ca.pem"), tmp_path).failure
    assert failure is not None
    assert (failure.kind, failure.message[:44]) == ("tls", "the provider's certificate is not accepted: ")
    assert name is not None


def test_plain_http_where_tls_is_wanted(tmp_path: Path) -> None:
    with serving(answering(OK), greeting=b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as url:
        failure = exchange_over(url.replace("http:", "https:"), Tls(), tmp_path).failure
    assert failure is not None
    assert (failure.kind, failure.message) == ("tls", "TLS failed: wrong version number")
