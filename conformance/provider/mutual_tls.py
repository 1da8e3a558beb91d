"""Mutual TLS of the provider: versions, ciphers and client certificates as the specification requires.

STU3-SEC-001 to -012, DSTU2-SEC-001 to -011. OpenSSL checks chain, dates, revocation and key usage in the handshake; that
the certificate names the Spine proxy is checked before a request of the connection is served.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.core.errors import UsageError
from conformance.provider.tls_handshake import Handshake
from conformance.tls.folder import CA, CLIENT, CRL, DH, PROXY_NAME, SERVER, certificate_path, check_folder, key_path
from conformance.tls.trust import IGNORE_DATES, trust_just

if TYPE_CHECKING:
    from conformance.provider.provider import Provider

# The rules about client certificates, each of which a fault may leave out.
_RULES = (
    "tls.certificate",
    "tls.not-self-signed",
    "tls.authority",
    "tls.not-expired",
    "tls.not-before",
    "tls.not-revoked",
    "tls.usage",
)


@dataclass(frozen=True, slots=True)
class _Manner:
    """How TLS is served at a moment: what faults may change. `left_out` are rules that are not checked."""

    left_out: frozenset[str]
    server: str
    minimum: str
    maximum: str
    ciphers: str


class ServerTls(ssl.SSLContext):
    """A server's context that serves each connection in the manner of that moment, so that faults can be switched."""

    def __new__(cls, *_: Any) -> ServerTls:
        """Make the context that the event loop is given."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    def __init__(self, folder: Path, provider: Provider) -> None:
        """Read the folder of certificates; UsageError when something is missing or cannot be used."""
        check_folder(folder)
        self._folder = folder
        self._provider = provider
        self._contexts: dict[_Manner, ssl.SSLContext] = {}
        self._present()

    def wrap_bio(self, incoming: Any, outgoing: Any, *_args: Any, **_named: Any) -> Any:
        """Begin the server's side of a handshake."""
        raw = self._provider.seams.setting("tls.raw", None)
        return Handshake(self._present(), incoming, outgoing, raw)

    def objection(self, certificate: Mapping[str, Any] | None, path: str) -> str:
        """Return why a client with this certificate (as `getpeercert` gives it) is not served on a path, "" if it is."""
        skips = self._provider.seams.skips
        if not certificate:
            needless = skips("tls.certificate") or (
                skips("tls.certificate-for-metadata") and path.endswith("/metadata")
            )
            return "" if needless else "a client certificate is required"
        now = datetime.now(UTC).timestamp()
        if not skips("tls.not-expired") and ssl.cert_time_to_seconds(certificate["notAfter"]) < now:
            return "the client certificate has expired"
        if not skips("tls.not-before") and ssl.cert_time_to_seconds(certificate["notBefore"]) > now:
            return "the client certificate is not yet valid"
        if not skips("tls.name") and PROXY_NAME not in names_of(certificate):
            return f"the client certificate is not that of {PROXY_NAME}"
        return ""

    def _present(self) -> ssl.SSLContext:
        seams, edition = self._provider.seams, self._provider.edition
        rules = (*_RULES, "tls.certificate-for-metadata")
        manner = _Manner(
            left_out=frozenset(rule for rule in rules if seams.skips(rule)),
            server=seams.setting("tls.server", SERVER),
            minimum=seams.setting("tls.minimum", "TLSv1_2"),
            maximum=seams.setting("tls.maximum", "MAXIMUM_SUPPORTED"),
            ciphers=seams.setting("tls.ciphers", ":".join(edition.raw["tls"]["families"])),
        )
        if manner not in self._contexts:
            self._contexts[manner] = _context(self._folder, manner)
        return self._contexts[manner]


def names_of(certificate: Mapping[str, Any]) -> set[str]:
    """Return the host names of a certificate: the alternative names, the common name only where there are none."""
    alternative = {value.lower() for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"}
    subject = (pair for part in certificate.get("subject", ()) for pair in part)
    return alternative or {value.lower() for kind, value in subject if kind == "commonName"}


def _context(folder: Path, manner: _Manner) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion[manner.minimum]
    context.maximum_version = ssl.TLSVersion[manner.maximum]
    context.set_ciphers(manner.ciphers)
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(certificate_path(folder, manner.server), key_path(folder, manner.server))
        if (folder / DH).is_file():
            context.load_dh_params(str(folder / DH))
        _verify_clients(context, folder, manner.left_out)
    except OSError as error:  # ssl.SSLError among them
        raise UsageError(
            f"the certificates in {folder} cannot be used: {error.strerror or error}",
            fix=f"Make them anew: gpconnect-assure certs make --force {folder}",
        ) from error
    return context


def _verify_clients(context: ssl.SSLContext, folder: Path, left_out: frozenset[str]) -> None:
    needless = left_out & {"tls.certificate", "tls.certificate-for-metadata"}
    context.verify_mode = ssl.CERT_OPTIONAL if needless else ssl.CERT_REQUIRED
    if "tls.usage" in left_out:
        # OpenSSL minds the usage of every certificate but those that it is set to trust themselves.
        trust_just(context, [_text(folder, CLIENT), _text(folder, "wrong_usage")])
        return
    context.load_verify_locations(certificate_path(folder, CA))
    if "tls.not-self-signed" in left_out:
        context.load_verify_locations(certificate_path(folder, "self_signed"))
    if "tls.authority" in left_out:
        context.load_verify_locations(certificate_path(folder, "other-ca"))
    if left_out & {"tls.not-expired", "tls.not-before"}:
        context.verify_flags |= IGNORE_DATES
    if not left_out & {"tls.not-revoked", "tls.not-self-signed", "tls.authority"}:
        # The authorities that only faults trust publish no list.
        context.load_verify_locations(folder / CRL)
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF


def _text(folder: Path, name: str) -> str:
    return certificate_path(folder, name).read_text(encoding="ascii")
