"""Why no response came: from what the HTTP adapter raised, with what lies behind it."""

from __future__ import annotations

import errno
import socket
import ssl

import httpcore
import httpx
import pytest

from conformance.consumer.network import DeadlinePassedError, HandshakeTimeoutError, TooManyBytesError
from conformance.consumer.transport_failures import BadEncodingError, TooLargeError, classify


def behind(outer: Exception, *causes: BaseException) -> Exception:
    """An exception, and those that it was raised from, the nearest first."""
    error: BaseException = outer
    for cause in causes:
        error.__cause__ = cause
        error = cause
    return outer


CERTIFICATE = ssl.SSLCertVerificationError(1, "verify failed")
CERTIFICATE.verify_message = "self-signed certificate"
ALERT = ssl.SSLError(1, "x")
ALERT.reason = "SSLV3_ALERT_HANDSHAKE_FAILURE"


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (TooLargeError("too long a body"), "too-large", "too long a body"),
        (
            behind(TooManyBytesError(), ValueError("cause")),
            "too-large",
            "many times larger than run.max_response_bytes",
        ),
        (behind(BadEncodingError("no gzip"), ValueError("cause")), "protocol", "no gzip"),
        (behind(httpx.ReadTimeout("x"), DeadlinePassedError()), "timeout", "longer than run.response_timeout"),
        (behind(httpx.ConnectTimeout("x"), HandshakeTimeoutError()), "timeout", "TLS handshake did not end"),
        (httpx.ConnectTimeout("x"), "timeout", "no connection within the time limit (run.connect_timeout)"),
        (httpcore.ConnectTimeout("x"), "timeout", "no connection within the time limit (run.connect_timeout)"),
        (httpx.ReadTimeout("x"), "timeout", "no response within the time limit (run.read_timeout)"),
        (httpcore.ReadTimeout("x"), "timeout", "no response within the time limit (run.read_timeout)"),
        (behind(httpx.ReadError("x"), TimeoutError()), "timeout", "no response within the time limit"),
        (behind(httpx.ConnectError("x"), ssl.SSLEOFError(8, "eof")), "eof", "closed the connection during TLS"),
        (behind(httpx.ConnectError("x"), ssl.SSLZeroReturnError(6, "x")), "eof", "closed the connection during TLS"),
        (behind(httpx.ConnectError("x"), CERTIFICATE), "tls", "certificate is not accepted: self-signed certificate"),
        (behind(httpx.ConnectError("x"), ALERT), "tls", "TLS failed: sslv3 alert handshake failure"),
        (behind(httpx.ConnectError("x"), ssl.SSLError(1, "Odd_Thing")), "tls", "odd thing"),
        (behind(httpx.ConnectError("x"), OSError("y"), socket.gaierror(8, "unknown")), "dns", "resolved: unknown"),
        (behind(httpx.ConnectError("x"), ConnectionRefusedError()), "refused", "nothing listens at that address"),
        (behind(httpx.ReadError("x"), ConnectionResetError(errno.ECONNRESET, "x")), "reset", "reset the connection"),
        (behind(httpx.ConnectError("x"), OSError(errno.EHOSTUNREACH, "no route")), "unreachable", "reached: no route"),
        (httpx.RemoteProtocolError("Server disconnected"), "eof", "before the whole response had come"),
        (httpcore.RemoteProtocolError("peer closed connection"), "eof", "before the whole response had come"),
        (httpx.RemoteProtocolError("incomplete message"), "eof", "before the whole response had come"),
        (
            httpx.RemoteProtocolError("illegal  status\nline"),
            "protocol",
            "the response is not HTTP: illegal status line",
        ),
        (httpcore.LocalProtocolError("bad header"), "unsendable", "cannot be put on the wire: bad header"),
        (httpx.LocalProtocolError(""), "unsendable", "cannot be put on the wire: LocalProtocolError"),
        (ValueError("odd"), "other", "the exchange failed: odd"),
        (OSError(errno.EIO, "io"), "other", "the exchange failed"),
        (ValueError("x" * 300), "other", "x" * 200),
    ],
)
def test_what_an_exception_stands_for(error: Exception, kind: str, words: str) -> None:
    failure = classify(error)
    assert failure.kind == kind
    assert words in failure.message
    assert "x" * 201 not in failure.message


def test_what_was_raised_while_another_was_handled_counts_too() -> None:
    error = httpx.ConnectError("x")
    error.__context__ = ConnectionRefusedError()
    assert classify(error).kind == "refused"


def test_exceptions_that_lead_back_to_themselves_come_to_an_end() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert classify(one).message == "the exchange failed: one"
