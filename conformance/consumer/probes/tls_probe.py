"""Probes below HTTP: a ClientHello of our own, and what a server makes of it, always within a bounded time.

OpenSSL will not offer SSLv3, RC4 or export ciphers any more, and depending on its policy neither TLS 1.0; bytes of our
own can offer anything. A refusal is an alert, an end of file or a reset in response to the hello. Whatever else goes wrong
(no such host, nothing listening, no response in time, another protocol) is no refusal, and says nothing about TLS.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from conformance.tls.hello import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    SERVER_DONE,
    SERVER_HELLO,
    Message,
    NotTlsError,
    Offer,
    client_hello,
    is_ssl2_server_hello,
    read_certificates,
    read_messages,
    read_server_hello,
)
from conformance.tls.suites import SSL2, suite_name, version_name

_MAX_FLIGHT = 1 << 18


class Outcome(StrEnum):
    """What a probe saw: the server agreed, it refused, or neither can be said."""

    AGREED = "agreed"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens. `patience` bounds a probe as a whole, in seconds."""

    host: str
    port: int
    patience: float = 5.0

    @classmethod
    def of(cls, url: str, patience: float = 5.0) -> Place:
        """Return the place that a URL names."""
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), patience)

    @property
    def server_name(self) -> str:
        """The name to ask for in TLS (RFC 6066 section 3): none for an address."""
        try:
            ip_address(self.host)
        except ValueError:
            return self.host
        return ""


@dataclass(frozen=True, slots=True)
class HelloResponse:
    """What became of a hello. `how` is for people; version and suite are those agreed to, 0 when there was no agreement.

    `chain` holds the certificates that the server showed (DER, its own first), as far as they came in the clear.
    """

    outcome: Outcome
    how: str
    version: int = 0
    suite: int = 0
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    asks_certificate: bool = False


class UnreachableError(Exception):
    """No connection came about; the message says why. `kind` is dns, timeout, refused or other."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


def connect(place: Place) -> socket.socket:
    """Return a connection; UnreachableError when there is none within the time."""
    try:
        return socket.create_connection((place.host, place.port), timeout=place.patience)
    except socket.gaierror as error:
        raise UnreachableError(f"the host name {place.host} cannot be resolved: {error.strerror}", "dns") from error
    except TimeoutError as error:
        raise UnreachableError(f"no connection within {place.patience:g} s", "timeout") from error
    except OSError as error:
        kind = "refused" if isinstance(error, ConnectionRefusedError) else "other"
        said = f"no connection to {place.host} port {place.port}: {error.strerror or error}"
        raise UnreachableError(said, kind) from error


def offer(place: Place, version: int, suites: tuple[int, ...] = (), *, whole_flight: bool = False) -> HelloResponse:
    """Offer just this version and these suites, and return what the server made of it.

    With `whole_flight` its certificates are waited for as well; they come in the clear up to TLS 1.2.
    """
    offered = Offer(version, suites, place.server_name)
    last = SERVER_DONE if whole_flight else SERVER_HELLO

    def enough(data: bytes) -> bool:
        if version == SSL2 and is_ssl2_server_hello(data):
            return True
        return any(message.kind in (0, last) for message in read_messages(data))

    try:
        data, ending = exchange(place, client_hello(offered), enough)
    except UnreachableError as error:
        return HelloResponse(Outcome.UNCLEAR, str(error))
    except NotTlsError as error:
        return HelloResponse(Outcome.UNCLEAR, f"the response is not TLS: {error}")
    return _judged(data, ending, offered)


def exchange(place: Place, request: bytes, enough: Callable[[bytes], bool]) -> tuple[bytes, str]:
    """Send bytes and return what comes back until it is enough, with how it ended: enough, eof, reset or timeout.

    Raises UnreachableError, and what `enough` raises.
    """
    end = time.monotonic() + place.patience
    data = b""
    with connect(place) as wire:
        try:
            wire.sendall(request)
            while len(data) < _MAX_FLIGHT:
                left = end - time.monotonic()
                if left <= 0:
                    return data, "timeout"
                wire.settimeout(left)
                part = wire.recv(65536)
                if not part:
                    return data, "eof"
                data += part
                if enough(data):
                    return data, "enough"
        except TimeoutError:
            return data, "timeout"
        except OSError:
            return data, "reset"
    return data, "enough"


_NO_RESPONSE = {
    "eof": (Outcome.REFUSED, "refused: the server closed the connection in response to the hello"),
    "reset": (Outcome.REFUSED, "refused: the server reset the connection in response to the hello"),
    "timeout": (Outcome.UNCLEAR, "no response to the hello in time: the server hangs"),
}


def _judged(data: bytes, ending: str, offered: Offer) -> HelloResponse:
    if offered.version == SSL2 and is_ssl2_server_hello(data):
        return HelloResponse(Outcome.AGREED, "agreed to SSLv2", SSL2)
    try:
        messages = read_messages(data)
        agreed = next((read_server_hello(message) for message in messages if message.kind == SERVER_HELLO), None)
    except NotTlsError as error:
        return HelloResponse(Outcome.UNCLEAR, f"the response is not TLS: {error}")
    if agreed:
        return _agreed(agreed, messages, offered)
    described = next((message.alert for message in messages if message.kind == 0), "")
    if described:
        return HelloResponse(Outcome.REFUSED, f"refused: alert {described}")
    outcome, how = _NO_RESPONSE.get(ending, (Outcome.UNCLEAR, "a response that is neither agreement nor refusal"))
    return HelloResponse(outcome, how)


def _agreed(agreed: tuple[int, int], messages: list[Message], offered: Offer) -> HelloResponse:
    version, suite = agreed
    if version > offered.version or suite not in offered.suites:
        how = f"returned with {version_name(version)}, {suite_name(suite)}, which was not offered"
        return HelloResponse(Outcome.UNCLEAR, how, version, suite)
    shown = next((read_certificates(message) for message in messages if message.kind == CERTIFICATE), [])
    return HelloResponse(
        Outcome.AGREED,
        f"agreed to {version_name(version)}, {suite_name(suite)}",
        version,
        suite,
        tuple(shown),
        any(message.kind == CERTIFICATE_REQUEST for message in messages),
    )
