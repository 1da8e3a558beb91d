"""TLS from the configuration: what cannot be used is told; what can, is presented."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance.config.bundled import bundled_config
from conformance.config.model import Tls
from conformance.consumer.client import Client
from conformance.consumer.recording import Recorder
from conformance.consumer.request_builder import RequestBuilder
from conformance.consumer.tls_context import make_context
from conformance.core.errors import UsageError
from conformance.core.exchange import Exchange
from conformance.spec import load
from tests.consumer.loopback import serving
from tests.consumer.test_client import OK, answering


def make(folder: Path, name: str, password: str = "", issuer: str = "") -> Tls:
    """Write a certificate and its key, self-signed or signed by `issuer`, which was made before."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, signer_name = key, subject
    if issuer:
        loaded = serialization.load_pem_private_key((folder / f"{issuer}.key").read_bytes(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signer, signer_name = loaded, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=not issuer, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
    (folder / f"{name}.key").write_bytes(key.private_bytes(pem, form, lock))
    return Tls(certificate=folder / f"{name}.pem", key=folder / f"{name}.key", key_password=password)


def test_good_files_are_taken(tmp_path: Path) -> None:
    plain, locked = make(tmp_path, "plain"), make(tmp_path, "locked", "secret")
    assert isinstance(make_context(plain), ssl.SSLContext)
    assert make_context(locked).minimum_version is ssl.TLSVersion.TLSv1_2
    both = tmp_path / "both.pem"
    both.write_bytes((tmp_path / "plain.pem").read_bytes() + (tmp_path / "plain.key").read_bytes())
    context = make_context(Tls(ca=tmp_path / "plain.pem", certificate=both))
    assert [dict(entry["subject"][0]) for entry in context.get_ca_certs()] == [{"commonName": "plain"}]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert make_context(Tls(verify=False)).verify_mode is ssl.CERT_NONE


def test_bad_files_are_told(tmp_path: Path) -> None:
    one, locked = make(tmp_path, "one"), make(tmp_path, "locked", "secret")
    other = make(tmp_path, "other")
    text, gone = tmp_path / "text", tmp_path / "gone"
    text.write_text("no certificate")
    hollow = tmp_path / "hollow"
    hollow.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for tls, said in (
        (Tls(ca=gone), "tls.ca cannot be used"),
        (Tls(ca=text), "holds no PEM certificate"),
        (replace(one, certificate=gone), "tls.certificate cannot be read"),
        (replace(one, certificate=text), "tls.certificate is not a PEM file"),
        (replace(one, certificate=hollow), "cannot be used"),
        (replace(one, key=gone), "tls.key cannot be read"),
        (replace(one, key=text), "tls.key is not a PEM file"),
        (replace(one, key=other.key), "does not belong to tls.certificate"),
        (replace(locked, key_password=""), "is encrypted and no password is given"),
        (replace(locked, key_password="wrong"), "does not open tls.key"),
        (Tls(key=one.key), "without tls.certificate"),
    ):
        with pytest.raises(UsageError) as caught:
            make_context(tls)
        assert said in caught.value.message
        assert "secret" not in str(caught.value)
        assert "wrong" not in caught.value.message


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
