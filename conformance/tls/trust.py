"""Contexts of servers that look away: what a check that was left out looks like from outside."""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path

# OpenSSL's auxiliary settings of a trusted certificate (X509_CERT_AUX): trusted for client authentication. They weigh more
# than what the certificate itself says of its usage.
_FOR_CLIENTS = bytes.fromhex("300c300a06082b06010505070302")
# X509_V_FLAG_NO_CHECK_TIME, which Python has no name for.
IGNORE_DATES = ssl.VerifyFlags(0x200000)


def trust_just(context: ssl.SSLContext, certificates: Iterable[str]) -> None:
    """Make a server's context trust these certificates (PEM texts) themselves, whoever issued them and for what usage."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trusted.pem"
        path.write_bytes(b"".join(map(_trusted, certificates)))
        context.load_verify_locations(cafile=path)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN


def _trusted(pem: str) -> bytes:
    """A certificate in OpenSSL's form TRUSTED CERTIFICATE."""
    text = base64.encodebytes(ssl.PEM_cert_to_DER_cert(_first(pem)) + _FOR_CLIENTS)
    return b"-----BEGIN TRUSTED CERTIFICATE-----\n" + text + b"-----END TRUSTED CERTIFICATE-----\n"


def _first(pem: str) -> str:
    """The first certificate of a PEM text that may hold a chain or a key besides."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    return begin + pem.partition(begin)[2].partition(end)[0] + end + "\n"
