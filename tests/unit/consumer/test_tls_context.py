"""TLS from the configuration: what cannot be used is told; what can, is presented."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from conformance.config.model import Tls
from conformance.consumer.tls_context import make_context
from conformance.core.errors import UsageError
from conformance.tls.client_files import certificate_text
from tests.support.self_signed import make


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
    text.write_text("no certificate", encoding="utf-8")
    hollow = tmp_path / "hollow"
    hollow.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", encoding="utf-8")
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


def pkcs12(folder: Path, name: str, password: str) -> Path:
    """A PKCS#12 file of a certificate that was made before."""
    certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
    key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    path = folder / f"{name}.p12"
    path.write_bytes(serialize_key_and_certificates(name.encode(), key, certificate, None, lock))
    return path


@pytest.mark.parametrize("password", ["", "secret"])
def test_a_pkcs12_file_holds_certificate_and_key(tmp_path: Path, password: str) -> None:
    make(tmp_path, "one")
    packed = pkcs12(tmp_path, "one", password)
    before = set(Path(tempfile.gettempdir()).glob("*.pem"))
    make_context(Tls(certificate=packed, key_password=password))
    assert set(Path(tempfile.gettempdir()).glob("*.pem")) == before
    assert certificate_text(packed, password) == (tmp_path / "one.pem").read_text(encoding="utf-8")


def test_a_pkcs12_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    make(tmp_path, "one")
    packed, cut = pkcs12(tmp_path, "one", "secret"), tmp_path / "cut.p12"
    cut.write_bytes(packed.read_bytes()[:40])
    for tls, said in (
        (Tls(certificate=packed), "the password does not open it"),
        (Tls(certificate=packed, key_password="wrong"), "the password does not open it"),
        (Tls(certificate=cut), "neither a PEM nor a PKCS#12 file"),
    ):
        with pytest.raises(UsageError) as caught:
            make_context(tls)
        assert said in str(caught.value)
