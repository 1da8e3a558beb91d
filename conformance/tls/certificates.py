"""Test certificates: an authority of our own and what it issues, good and bad. Made with the cryptography library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# RFC 7919, appendix A.1: the group ffdhe2048, as PKCS #3 parameters. For cipher suites with finite-field Diffie-Hellman.
DH_PARAMETERS = """-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""
_PEM = serialization.Encoding.PEM
_SHA256_RSA, _SHA1_RSA = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(_PEM)

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def key_pem(self, password: str = "") -> bytes:
        """The key as PKCS #8 PEM, encrypted when a password is given."""
        lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        return self.key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, lock)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a certificate shall say. `names` are DNS names or IP addresses, the first also the common name.

    `usage` is server, client or mail (neither); `days` is its validity, from and to, in days from now; `bits` is the
    size of its key.
    """

    names: Sequence[str]
    usage: str = "client"
    days: tuple[float, float] = (-1, 825)
    bits: int = 2048


_USAGES = {
    "server": ExtendedKeyUsageOID.SERVER_AUTH,
    "client": ExtendedKeyUsageOID.CLIENT_AUTH,
    "mail": ExtendedKeyUsageOID.EMAIL_PROTECTION,
}


def new_authority(name: str, *, days: float = 3650) -> Issued:
    """Return a self-signed certificate authority."""
    key = new_key()
    subject = _subject(name)
    builder = _begun(subject, subject, key, (-2, days))
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return Issued(builder.add_extension(usage, critical=True).sign(key, hashes.SHA256()), key)


def issue(wish: Wish, authority: Issued | None) -> Issued:
    """Return a certificate issued by an authority, self-signed when that is None."""
    key = new_key(wish.bits)
    subject = _subject(wish.names[0])
    issuer = authority.certificate.subject if authority else subject
    signer = authority.key if authority else key
    builder = _begun(subject, issuer, key, wish.days)
    names = x509.SubjectAlternativeName([_general_name(name) for name in wish.names])
    for extension, critical in (
        (names, False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.KeyUsage(True, False, True, False, False, False, False, False, False), True),
        (x509.ExtendedKeyUsage([_USAGES[wish.usage]]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
    ):
        builder = builder.add_extension(extension, critical=critical)
    return Issued(builder.sign(signer, hashes.SHA256()), key)


def signed_with_sha1(issued: Issued, authority: Issued) -> Issued:
    """Return a certificate signed again, with SHA-1 as was usual until 2016: the library only signs with what is sound."""
    old = issued.certificate
    body = old.tbs_certificate_bytes.replace(_SHA256_RSA, _SHA1_RSA)
    signature = authority.key.sign(body, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - it is meant to be bad
    whole = issued.der.replace(old.tbs_certificate_bytes, body).replace(_SHA256_RSA, _SHA1_RSA)
    return replace(issued, certificate=x509.load_der_x509_certificate(whole.replace(old.signature, signature)))


def revocation_list(authority: Issued, revoked: Sequence[Issued], *, days: float = 825) -> bytes:
    """Return a CRL as PEM that names some certificates of an authority."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - timedelta(days=1))
        .next_update(now + timedelta(days=days))
    )
    for issued in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(issued.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(now - timedelta(hours=1)).build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(_PEM)


def load_issued(certificate: bytes, key: bytes) -> Issued:
    """Return a certificate and an unencrypted RSA key read from PEM."""
    loaded = serialization.load_pem_private_key(key, None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return Issued(x509.load_pem_x509_certificate(certificate), loaded)


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a new RSA key."""
    return rsa.generate_private_key(65537, bits)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, days: tuple[float, float]
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test certificates of gpconnect-assure"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
