"""What a server's certificate says, and what OpenSSL makes of its chain and its name, each by itself."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from conformance.config.model import Tls
from conformance.consumer.probes.client_certificate_probe import context_for
from conformance.consumer.probes.tls_probe import Place, UnreachableError, connect
from conformance.tls.trust import IGNORE_DATES

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True, slots=True)
class Facts:
    """One certificate. Times are aware. `bits` is the size of the key; `digest` the hash under its signature, in lower case."""

    subject: str
    issuer: str
    begins: datetime
    ends: datetime
    key: str
    bits: int
    digest: str

    @property
    def is_root(self) -> bool:
        """Whether the certificate is signed by itself, so that its signature secures nothing."""
        return self.subject == self.issuer


def facts_of(chain: Sequence[bytes]) -> list[Facts]:
    """Return what the certificates of a chain (DER) say; ValueError for one that cannot be read."""
    from cryptography import x509

    return [_facts(x509.load_der_x509_certificate(der)) for der in chain]


def chain_objection(place: Place, tls: Tls) -> str:
    """Return why the server's certificate does not chain to the configured authorities, "" when it does.

    Its dates, its name and the strength of its key are not looked at. Raises UnreachableError when no handshake came about.
    """
    context = _lenient(Tls(tls.ca, tls.certificate, tls.key, tls.key_password))
    context.check_hostname = False
    return _objection(place, context)


def name_objection(place: Place, tls: Tls, own: bytes) -> str:
    """Return why the server's own certificate (DER) does not fit the host's name, "" when it does. Raises UnreachableError."""
    context = _lenient(Tls(None, tls.certificate, tls.key, tls.key_password))
    context.load_verify_locations(cadata=own)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    return _objection(place, context)


def _lenient(tls: Tls) -> ssl.SSLContext:
    context = context_for(tls)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.verify_flags |= IGNORE_DATES
    return context


def _objection(place: Place, context: ssl.SSLContext) -> str:
    with connect(place) as wire:
        try:
            with context.wrap_socket(wire, server_hostname=place.host):
                return ""
        except ssl.SSLCertVerificationError as error:
            return str(error.verify_message)
        except OSError as error:
            raise UnreachableError(f"the handshake failed: {error}", "other") from error


def _facts(certificate: x509.Certificate) -> Facts:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    key = certificate.public_key()
    kind = "RSA" if isinstance(key, rsa.RSAPublicKey) else "EC" if isinstance(key, ec.EllipticCurvePublicKey) else ""
    digest = certificate.signature_hash_algorithm
    return Facts(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
        key=kind or type(key).__name__,
        bits=int(getattr(key, "key_size", 0)),
        digest=digest.name.lower() if digest else "",
    )
