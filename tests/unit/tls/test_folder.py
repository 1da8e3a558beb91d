"""The folder of test certificates: what each is, how it is configured, what is told when it cannot be made."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from conformance.config.bundled import bundled_config
from conformance.core.errors import UsageError
from conformance.tls.folder import (
    BAD_SERVERS,
    CRL,
    NEGATIVE,
    PROXY_NAME,
    certificate_path,
    check_folder,
    key_path,
    make_folder,
    overrides,
)
from tests.support.certificates import certificates


def read(name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate_path(certificates(), name).read_bytes())


def name_of(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def usage_of(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_the_client_certificate_is_in_order() -> None:
    client, authority = read("client"), read("ca")
    client.verify_directly_issued_by(authority)
    assert name_of(client) == PROXY_NAME
    assert client.not_valid_before_utc < datetime.now(UTC) < client.not_valid_after_utc
    assert usage_of(client) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_each_bad_client_certificate_is_wrong_in_its_one_way() -> None:
    now, authority = datetime.now(UTC), read("ca")
    crl = x509.load_pem_x509_crl((certificates() / CRL).read_bytes())
    assert crl.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    wrong: dict[str, list[str]] = {}
    for name in NEGATIVE:
        made = read(name)
        found = wrong.setdefault(name, [])
        if made.issuer == made.subject:
            found.append("self_signed")
        elif made.issuer != authority.subject:
            made.verify_directly_issued_by(read("other-ca"))
            found.append("other_authority")
        else:
            made.verify_directly_issued_by(authority)
        found += ["expired"] if made.not_valid_after_utc < now else []
        found += ["not_yet_valid"] if made.not_valid_before_utc > now else []
        found += ["revoked"] if crl.get_revoked_certificate_by_serial_number(made.serial_number) else []
        found += ["wrong_name"] if name_of(made) != PROXY_NAME else []
        found += ["wrong_usage"] if ExtendedKeyUsageOID.CLIENT_AUTH not in usage_of(made) else []
    assert wrong == {name: [name] for name in NEGATIVE}


def test_each_bad_server_certificate_is_wrong_in_its_one_way() -> None:
    made = {name: read(name) for name in BAD_SERVERS}
    assert made["server-expired"].not_valid_after_utc < datetime.now(UTC)
    assert name_of(made["server-other-name"]) == "elsewhere.example.org"
    assert made["server-other-authority"].issuer == read("other-ca").subject
    assert made["server-weak-key"].public_key().key_size == 1024  # type: ignore[union-attr]
    digest = made["server-sha1"].signature_hash_algorithm
    assert digest
    assert digest.name == "sha1"
    with pytest.raises(ssl.SSLError, match=r"(?i)too small|too weak"):
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            certificate_path(certificates(), "server-weak-key"), key_path(certificates(), "server-weak-key")
        )


def test_a_certificate_and_its_key_belong_together_and_keys_are_private() -> None:
    for path in certificates().glob("*.key"):
        assert os.name == "nt" or path.stat().st_mode & 0o077 == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name in ("client", *NEGATIVE):
        context.load_cert_chain(certificate_path(certificates(), name), key_path(certificates(), name))


def test_the_piece_of_configuration_is_one_and_says_what_overrides_say(tmp_path: Path) -> None:
    section = yaml.safe_load((certificates() / "config-tls.yaml").read_text(encoding="utf-8"))["tls"]
    config = bundled_config("stu3", "https://localhost:1", tmp_path, overrides=overrides(certificates()))
    assert section["certificate"] == str(config.tls.certificate)
    assert set(section["negative"]) == set(NEGATIVE)
    for name, given in section["negative"].items():
        pair = getattr(config.tls.negative, name)
        assert (str(pair.certificate), str(pair.key)) == (given["certificate"], given["key"])
    readme = (certificates() / "README.md").read_text(encoding="utf-8")
    assert all(path.name in readme for path in certificates().glob("*.pem"))


def test_what_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    certificate_path(tmp_path, "ca").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="holds certificates already"):
        make_folder(tmp_path)
    assert certificate_path(tmp_path, "ca").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        make_folder(tmp_path / "file" / "below")
    with pytest.raises(UsageError, match=r"holds no ca\.pem, server\.pem"):
        check_folder(tmp_path)
