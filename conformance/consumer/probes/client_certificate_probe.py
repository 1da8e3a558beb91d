"""Connect to a provider with a certificate, or with none, and see whether it admits or refuses us in all its forms.

A refusal is an alert, an end of file or a reset during the handshake; the same at the first read, as TLS 1.3 has it (the
client is done before the server looks at its certificate); or an HTTP response that turns the client away. The specification
does not say which (STU3-SEC-007). A host that cannot be found, a pause too long, a server certificate that we do not
accept or a policy of the local OpenSSL is not a refusal.
"""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field

from conformance.config.model import Tls
from conformance.consumer.probes.raw_http import TURNED_AWAY, is_whole, resource_type_of, status_of
from conformance.consumer.probes.tls_probe import Outcome, Place, UnreachableError, connect
from conformance.consumer.tls_context import make_context

_MAX_RESPONSE = 1 << 18
VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}


@dataclass(frozen=True, slots=True)
class Admission:
    """What came of a request with a client certificate. `how` is for people. `status` is None when no HTTP response came;
    `body` is what came of it.

    `version` is the one agreed to, "" before that. `form` is alert, eof, reset or http for a refusal, "" otherwise.
    """

    outcome: Outcome
    how: str
    form: str = ""
    version: str = ""
    status: int | None = None
    body: bytes = field(default=b"", repr=False)

    @property
    def resource_type(self) -> str:
        """The FHIR resource type of the response, "" when it is none."""
        return resource_type_of(self.body)


def context_for(tls: Tls, version: str = "") -> ssl.SSLContext:
    """Return a client context, pinned to one version of VERSIONS if named. UsageError for files that cannot be used."""
    context = make_context(tls)
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    return context


def probe_admission(place: Place, context: ssl.SSLContext, request: bytes) -> Admission:
    """Connect, shake hands, send a request and return what came of it, within the place's patience."""
    end = time.monotonic() + place.patience
    try:
        wire = connect(place)
    except UnreachableError as error:
        return Admission(Outcome.UNCLEAR, str(error))
    with wire:
        wire.settimeout(max(end - time.monotonic(), 0.01))
        try:
            secure = context.wrap_socket(wire, server_hostname=place.host)
        except (OSError, ValueError) as error:
            return _broken(error, "in the handshake")
        with secure:
            return _send(secure, request, end)


def _send(secure: ssl.SSLSocket, request: bytes, end: float) -> Admission:
    version = (secure.version() or "").replace("v", " ")
    data = b""
    # Under TLS 1.3 a server may have closed before the request is out; the alert that says why is still to be read.
    with suppress(OSError):
        secure.sendall(request)
    try:
        while len(data) < _MAX_RESPONSE and not is_whole(data):
            secure.settimeout(max(end - time.monotonic(), 0.01))
            part = secure.recv(65536)
            if not part:
                break
            data += part
    except OSError as error:
        if not status_of(data):
            return _broken(error, "at the first read", version)
    return _returned(data, version)


def _returned(data: bytes, version: str) -> Admission:
    status = status_of(data)
    if status is None:
        if data:
            return Admission(Outcome.UNCLEAR, "the response is not HTTP", version=version)
        return Admission(Outcome.REFUSED, "refused: connection closed at the first read", "eof", version)
    body = data.partition(b"\r\n\r\n")[2]
    kind = resource_type_of(body)
    if status in TURNED_AWAY and kind in ("", "OperationOutcome"):
        return Admission(Outcome.REFUSED, f"refused: HTTP {status}", "http", version, status, body)
    with_kind = f" with {kind}" if kind else ""
    outcome = Outcome.UNCLEAR if status >= 500 and not kind else Outcome.AGREED
    return Admission(outcome, f"returned: HTTP {status}{with_kind}", "", version, status, body)


def _broken(error: Exception, when: str, version: str = "") -> Admission:
    """What an exception of a socket stands for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Admission(Outcome.UNCLEAR, f"the server's certificate is not accepted: {error.verify_message}")
    if isinstance(error, TimeoutError):
        return Admission(Outcome.UNCLEAR, f"no response {when} within the time: the server hangs", version=version)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Admission(Outcome.REFUSED, f"refused: connection closed {when}", "eof", version)
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return Admission(Outcome.REFUSED, f"refused: connection reset {when}", "reset", version)
    reason = str(getattr(error, "reason", "") or error).replace("_", " ").lower()
    if isinstance(error, ssl.SSLError) and " alert " in f" {reason} ":
        return Admission(Outcome.REFUSED, f"refused: {reason} {when}", "alert", version)
    return Admission(Outcome.UNCLEAR, f"TLS failed on this side {when}: {reason}", version=version)
