"""What a certificate says of itself, for keys of each kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from conformance.consumer.probes.server_certificate import facts_of

BEGINS = datetime(2026, 1, 2, tzinfo=UTC)


def certificate(key: Any, digest: hashes.HashAlgorithm | None) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider.test")])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(BEGINS).not_valid_after(BEGINS + timedelta(days=9))
    return builder.sign(key, digest).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("key", "digest", "kind", "bits", "said"),
    [
        (rsa.generate_private_key(65537, 2048), hashes.SHA256(), "RSA", 2048, "sha256"),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384(), "EC", 384, "sha384"),
        (ed25519.Ed25519PrivateKey.generate(), None, "Ed25519PublicKey", 0, ""),  # its key has no size, nor a digest
    ],
)
def test_the_facts_of_a_certificate(key: Any, digest: Any, kind: str, bits: int, said: str) -> None:
    (facts,) = facts_of([certificate(key, digest)])
    assert (facts.key, facts.bits, facts.digest) == (kind, bits, said)
    assert (facts.subject, facts.issuer) == ("CN=provider.test", "CN=authority")
    assert (facts.begins, facts.ends) == (BEGINS, BEGINS + timedelta(days=9))
