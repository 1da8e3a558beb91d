"""TLS from the configuration: what cannot be used is told; what can, is presented."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.config.model import Tls
from conformance.consumer.tls_context import make_context
from conformance.core.errors import UsageError
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
