"""What went wrong between sending and a whole response, in words and as one of TransportFailure's kinds."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import httpcore
import httpx

from conformance.consumer.network import DeadlinePassedError, HandshakeTimeoutError, TooManyBytesError
from conformance.core.exchange import TransportFailure

_RESETS = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


class TooLargeError(Exception):
    """The response, as sent or after decompression, is over the configured size."""


class BadEncodingError(Exception):
    """The response's content encoding is broken."""


def classify(error: Exception) -> TransportFailure:
    """Return the failure that an exception of the HTTP adapter stands for."""
    chain = list(_chain(error))
    for test in (_ours, _timeout, _tls, _socket, _protocol):
        found = test(chain)
        if found is not None:
            return found
    return TransportFailure("other", f"the exchange failed: {_said(error)}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that lies behind it, the nearest first."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _ours(chain: list[BaseException]) -> TransportFailure | None:
    if isinstance(chain[0], TooLargeError):
        return TransportFailure("too-large", str(chain[0]))
    if isinstance(chain[0], TooManyBytesError):
        return TransportFailure("too-large", "the response is many times larger than run.max_response_bytes")
    if isinstance(chain[0], BadEncodingError):
        return TransportFailure("protocol", str(chain[0]))
    return None


def _timeout(chain: list[BaseException]) -> TransportFailure | None:
    if any(isinstance(error, DeadlinePassedError) for error in chain):
        return TransportFailure("timeout", "the whole response took longer than run.response_timeout")
    if any(isinstance(error, HandshakeTimeoutError) for error in chain):
        return TransportFailure("timeout", "the TLS handshake did not end within the time limit (run.connect_timeout)")
    if any(isinstance(error, httpcore.ConnectTimeout | httpx.ConnectTimeout) for error in chain):
        return TransportFailure("timeout", "no connection within the time limit (run.connect_timeout)")
    if any(isinstance(error, httpcore.TimeoutException | httpx.TimeoutException | TimeoutError) for error in chain):
        return TransportFailure("timeout", "no response within the time limit (run.read_timeout)")
    return None


def _tls(chain: list[BaseException]) -> TransportFailure | None:
    error = next((error for error in chain if isinstance(error, ssl.SSLError)), None)
    if error is None:
        return None
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return TransportFailure("eof", "the provider closed the connection during TLS")
    if isinstance(error, ssl.SSLCertVerificationError):
        return TransportFailure("tls", f"the provider's certificate is not accepted: {error.verify_message}")
    reason = (getattr(error, "reason", None) or _said(error)).replace("_", " ").lower()
    return TransportFailure("tls", f"TLS failed: {reason}")


def _socket(chain: list[BaseException]) -> TransportFailure | None:
    for error in chain:
        if isinstance(error, socket.gaierror):
            return TransportFailure("dns", f"the host name cannot be resolved: {error.strerror}")
        if isinstance(error, ConnectionRefusedError):
            return TransportFailure("refused", "the connection was refused: nothing listens at that address")
        if isinstance(error, OSError) and error.errno in _RESETS:
            return TransportFailure("reset", "the provider reset the connection")
        if isinstance(error, OSError) and error.errno in _UNREACHABLE:
            return TransportFailure("unreachable", f"the host cannot be reached: {error.strerror}")
    return None


def _protocol(chain: list[BaseException]) -> TransportFailure | None:
    error = chain[0]
    if isinstance(error, httpcore.RemoteProtocolError | httpx.RemoteProtocolError):
        said = _said(error)
        if "disconnected" in said or "closed connection" in said or "incomplete" in said:
            return TransportFailure("eof", f"the connection ended before the whole response had come: {said}")
        return TransportFailure("protocol", f"the response is not HTTP: {said}")
    if isinstance(error, httpcore.LocalProtocolError | httpx.LocalProtocolError):
        return TransportFailure("unsendable", f"the request cannot be put on the wire: {_said(error)}")
    return None


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
