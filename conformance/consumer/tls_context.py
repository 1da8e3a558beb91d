"""The TLS context from the configuration; every file that cannot be used is a message of its own."""

from __future__ import annotations

import ssl
from pathlib import Path

from conformance.config.model import Tls
from conformance.core.errors import UsageError
from conformance.tls.client_files import CannotOpenError, as_pem, is_pkcs12


def make_context(tls: Tls) -> ssl.SSLContext:
    """Return a client context of TLS 1.2 or later. Raises UsageError for a file that is missing, wrong or mismatched."""
    if tls.ca is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _load_ca(context, tls.ca)
    else:
        context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate is not None and _is_pkcs12(tls.certificate):
        _load_pkcs12(context, tls.certificate, tls.key_password)
    elif tls.certificate is not None:
        _load_certificate(context, tls.certificate, tls.key or tls.certificate, tls.key_password)
    elif tls.key is not None:
        raise UsageError("tls.key is given without tls.certificate", fix="Name both, or neither.")
    return context


def _load_ca(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except OSError as error:
        reason = "it holds no PEM certificate" if isinstance(error, ssl.SSLError) else (error.strerror or str(error))
        raise UsageError(
            f"tls.ca cannot be used: {path}: {reason}", fix="Name a PEM file of CA certificates."
        ) from error


def _is_pkcs12(path: Path) -> bool:
    try:
        return is_pkcs12(path)
    except OSError:
        return False  # said where it is read


def _load_pkcs12(context: ssl.SSLContext, path: Path, password: str) -> None:
    try:
        with as_pem(path, password) as (pem, once):
            context.load_cert_chain(pem, password=once)
    except CannotOpenError as error:
        fix = "Set tls.key_password to its password." if "password" in str(error) else ""
        raise UsageError(f"tls.certificate cannot be used: {path}: {error}", fix=fix) from error
    except OSError as error:
        reason = getattr(error, "reason", "") or error.strerror or error
        raise UsageError(f"tls.certificate cannot be used: {path}: {reason}") from error


def _load_certificate(context: ssl.SSLContext, certificate: Path, key: Path, password: str) -> None:
    for name, path in (("certificate", certificate), ("key", key)):
        _readable(name, path)
    wanted: list[bool] = []

    def ask() -> str:
        # Called only for an encrypted key. Without this, OpenSSL would prompt on the terminal.
        wanted.append(True)
        return password

    try:
        context.load_cert_chain(certificate, key, ask)
    except ssl.SSLError as error:
        raise _explained(error, certificate, key, encrypted=bool(wanted), has_password=bool(password)) from error


def _readable(name: str, path: Path) -> None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"tls.{name} cannot be read: {path}: {error.strerror or error}") from error
    if b"-----BEGIN " not in data:
        raise UsageError(
            f"tls.{name} is not a PEM file: {path}",
            fix="Convert it: openssl x509 (or pkey) -inform DER. PKCS#12 may stand as it is.",
        )


def _explained(error: ssl.SSLError, certificate: Path, key: Path, *, encrypted: bool, has_password: bool) -> UsageError:
    if encrypted and not has_password:
        return UsageError(f"tls.key is encrypted and no password is given: {key}", fix="Set tls.key_password.")
    if encrypted:
        return UsageError(f"tls.key_password does not open tls.key: {key}")
    if "MISMATCH" in (error.reason or ""):
        return UsageError(f"tls.key {key} does not belong to tls.certificate {certificate}")
    return UsageError(f"tls.certificate and tls.key cannot be used: {certificate}, {key}: {error.reason or error}")
