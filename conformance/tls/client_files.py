"""Files that hold a client certificate: PEM, or PKCS#12, which holds certificate, chain and key under one password."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509

_PEM_MARK = b"-----BEGIN "
_SEQUENCE = 0x30  # how DER begins


class CannotOpenError(Exception):
    """A PKCS#12 file cannot be used; the message says why, for people."""


def is_pkcs12(path: Path) -> bool:
    """Return whether a file is PKCS#12 rather than PEM or anything else. Raises OSError."""
    data = path.read_bytes()
    return _PEM_MARK not in data and data[:1] == bytes([_SEQUENCE]) and not _is_certificate(data)


@contextmanager
def as_pem(path: Path, password: str) -> Iterator[tuple[Path, str]]:
    """Give the PEM form of a PKCS#12 file, as OpenSSL wants it: a file that is there meanwhile, and its password.

    The key is never written unencrypted. Raises CannotOpenError.
    """
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    key, own, more = _opened(path, password)
    once = secrets.token_hex(16)
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in (own, *more))
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(once.encode()))
    handle, name = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(chain + locked)
        yield Path(name), once
    finally:
        Path(name).unlink(missing_ok=True)


def certificate_in(path: Path, password: str) -> x509.Certificate:
    """Return the client's own certificate, the first in a PEM file. Raises CannotOpenError, OSError, ValueError."""
    from cryptography import x509

    if is_pkcs12(path):
        return _opened(path, password)[1]
    return x509.load_pem_x509_certificate(path.read_bytes())


def certificate_text(path: Path, password: str) -> str:
    """Return the client's own certificate as PEM. Raises as `certificate_in`."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate_in(path, password).public_bytes(Encoding.PEM).decode("ascii")


def _opened(path: Path, password: str) -> tuple[Any, x509.Certificate, list[x509.Certificate]]:
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        key, own, more = pkcs12.load_key_and_certificates(path.read_bytes(), password.encode() or None)
    except ValueError as error:
        if "password" in str(error).lower():
            raise CannotOpenError("the password does not open it") from error
        raise CannotOpenError("it is neither a PEM nor a PKCS#12 file") from error
    if key is None or own is None:
        raise CannotOpenError(f"it holds no {'certificate' if own is None else 'key'}")
    return key, own, more


def _is_certificate(data: bytes) -> bool:
    from cryptography import x509

    try:
        x509.load_der_x509_certificate(data)
    except ValueError:
        return False
    return True
