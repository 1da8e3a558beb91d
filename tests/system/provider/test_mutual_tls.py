"""The provider over mutual TLS: who comes in, what is said at the door, and that faults change it while it serves."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from conformance.core.errors import UsageError
from conformance.provider.mutual_tls import names_of
from conformance.provider.server_thread import Running, start
from conformance.spec import load
from conformance.tls.folder import PROXY_NAME, certificate_path, key_path
from tests.support.certificates import certificates


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with start(load("stu3"), tls=certificates()) as made:
        yield made


def client(name: str | None = "client", version: str = "TLSv1_2") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate_path(certificates(), "ca")))
    context.maximum_version = ssl.TLSVersion[version]
    if name:
        context.load_cert_chain(certificate_path(certificates(), name), key_path(certificates(), name))
    return context


def ask(running: Running, name: str | None = "client", version: str = "TLSv1_2") -> httpx.Response:
    with httpx.Client(verify=client(name, version), trust_env=False) as http:
        return http.get(f"{running.base_url}/metadata")


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_the_proxy_is_served(running: Running, version: str) -> None:
    assert running.base_url.startswith("https://")
    answer = ask(running, version=version)
    assert answer.json()["resourceType"] == "OperationOutcome"  # its headers are missing
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("name", "alert"),
    [
        (None, "handshake failure"),
        ("self_signed", "unknown ca"),
        ("other_authority", "unknown ca"),
        ("expired", "certificate expired"),
        ("not_yet_valid", "bad certificate"),
        ("revoked", "certificate revoked"),
        ("wrong_usage", "unsupported certificate"),
    ],
)
def test_the_alert_that_says_why_reaches_the_client(running: Running, name: str | None, alert: str) -> None:
    with pytest.raises(httpx.ConnectError, match=alert.replace(" ", "[ _]")):
        ask(running, name)


def test_another_host_s_certificate_is_told_so_and_the_connection_ends(running: Running) -> None:
    answer = ask(running, "wrong_name")
    assert (answer.status_code, answer.text) == (403, f"the client certificate is not that of {PROXY_NAME}\n")
    assert answer.headers["Connection"] == "close"


def test_faults_change_the_door_while_it_serves(running: Running) -> None:
    running.set_faults(["tls.accepts-revoked", "tls.accepts-wrong-name"])
    assert ask(running, "revoked").status_code == 400
    assert ask(running, "wrong_name").status_code == 400
    with pytest.raises(httpx.ConnectError):
        ask(running, "expired")
    running.set_faults([])
    with pytest.raises(httpx.ConnectError):
        ask(running, "revoked")


def test_plain_http_is_served_beside_only_when_a_fault_asks(running: Running) -> None:
    url = f"http://127.0.0.1:{running.plain_port}{running.provider.root}/metadata"
    for _ in range(2):
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)
        running.set_faults(["tls.plain-port"])
        assert httpx.get(url, trust_env=False).status_code == 400
        running.set_faults([])


def test_plain_http_on_the_tls_port_ends_without_an_answer(running: Running) -> None:
    port = httpx.URL(running.base_url).port or 0
    with socket.create_connection(("127.0.0.1", port), timeout=600) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert wire.recv(100)[:4] != b"HTTP"


def test_names() -> None:
    subject = ((("commonName", "CN.example.org"),),)
    assert names_of({"subject": subject}) == {"cn.example.org"}
    assert names_of({"subject": subject, "subjectAltName": (("DNS", "A.example.org"), ("IP Address", "::1"))}) == {
        "a.example.org"
    }


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="certs make"):
        start(load("stu3"), tls=tmp_path)
    bad = tmp_path / "bad"
    shutil.copytree(certificates(), bad)
    shutil.copy(key_path(certificates(), "client"), key_path(bad, "server"))
    with pytest.raises(UsageError, match="cannot be used"):
        start(load("stu3"), tls=bad)
