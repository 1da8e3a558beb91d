"""Servers of our own that are wrong on purpose: a negative probe shows on them first that it can see the fault.

A probe that cannot see the fault would find every provider in order; its scenario is skipped instead.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from conformance.config.model import KeyPair, Tls
from conformance.consumer.probes.client_certificate_probe import context_for, probe_admission
from conformance.consumer.probes.plain_http import request_plainly
from conformance.consumer.probes.tls_probe import HelloResponse, Outcome, Place, offer
from conformance.tls.client_files import certificate_text
from conformance.tls.hello import NotTlsError, read_client_hello, server_hello, ssl2_server_hello
from conformance.tls.suites import SSL2, SSL3, suite_name, version_name
from conformance.tls.trust import IGNORE_DATES, trust_just

_LOOPBACK = "127.0.0.1"
_PATIENCE = 30.0  # seconds; our own servers never hang, and a busy machine is slow
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
_REQUEST = b"GET / HTTP/1.1\r\nHost: calibration\r\nConnection: close\r\n\r\n"
Serve = Callable[[socket.socket], None]


def can_see(version: int, suites: tuple[int, ...]) -> str:
    """Return "" when a probe sees that a server agrees to this version and these suites, else why it does not.

    OpenSSL with everything switched on stands for the bad server where it still can, else a server that agrees to any hello.
    """
    response = _openssl_response(version, suites) or _agreeing_response(version, suites)
    if response.outcome is Outcome.AGREED and response.version == version and response.suite in (suites or (0,)):
        return ""
    offered = ", ".join(map(suite_name, suites[:3]))
    return f"the probe of {version_name(version)} {offered} does not see a server that agrees to it: {response.how}"


@cache
def sees_admission(pair: KeyPair | None, password: str, version: str) -> str:
    """Return "" when a request with a client certificate (None: without) sees a server that lets it in, else why not."""
    folder = tempfile.TemporaryDirectory()
    with folder:
        context = _lax_context(Path(folder.name))
        if pair is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.verify_flags |= IGNORE_DATES
            trust_just(context, [certificate_text(pair.certificate, password)])
        presented = Tls(
            certificate=pair.certificate if pair else None,
            key=pair.key if pair else None,
            key_password=password,
            verify=False,
        )
        with serving(lambda wire: _serve_http(wire, context)) as place:
            seen = probe_admission(place, context_for(presented, version), _REQUEST)
    return "" if seen.outcome is Outcome.AGREED else f"a server that accepts it was not seen to: {seen.how}"


@cache
def sees_plain_http() -> str:
    """Return "" when a plain HTTP request sees a server that responds, otherwise why not."""
    with serving(_answer) as place:
        seen = request_plainly(place, _REQUEST)
    return "" if seen.outcome is Outcome.AGREED else seen.how


def _answer(wire: socket.socket) -> None:
    wire.recv(65536)
    wire.sendall(_OK)


@contextmanager
def serving(serve: Serve) -> Iterator[Place]:
    """Hand every connection to a loopback port to a function, one after the other, in a thread."""
    listener = socket.create_server((_LOOPBACK, 0))

    ended = threading.Event()

    def accept() -> None:
        while True:
            wire, _ = listener.accept()
            if ended.is_set():
                wire.close()
                return
            with wire, contextlib.suppress(OSError, NotTlsError):
                wire.settimeout(_PATIENCE)
                serve(wire)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield Place(_LOOPBACK, listener.getsockname()[1], _PATIENCE)
    finally:
        ended.set()  # a last connection wakes the thread: closing the listener does so on some systems only
        with contextlib.suppress(OSError):
            socket.create_connection(listener.getsockname(), _PATIENCE).close()
        thread.join(_PATIENCE)
        listener.close()


@cache
def _agreeing_response(version: int, suites: tuple[int, ...]) -> HelloResponse:
    with serving(_agree) as place:
        return offer(place, version, suites)


def _agree(wire: socket.socket) -> None:
    """Agree to the version and the first suite of any hello."""
    data = b""
    while (hello := read_client_hello(data)) is None:
        part = wire.recv(65536)
        if not part:
            return
        data += part
    if hello.version == SSL2:
        wire.sendall(ssl2_server_hello())
    else:
        wire.sendall(server_hello(hello.version, hello.suites[0]))
    wire.recv(1)


@cache
def _openssl_response(version: int, suites: tuple[int, ...]) -> HelloResponse | None:
    """What the probe sees of an OpenSSL with everything switched on; None where it does not agree to this."""
    if version <= SSL3:
        return None
    folder = tempfile.TemporaryDirectory()
    with folder:
        context = _lax_context(Path(folder.name))
        with serving(lambda wire: context.wrap_socket(wire, server_side=True).close()) as place:
            response = offer(place, version, suites)
    return response if response.outcome is Outcome.AGREED else None


def _lax_context(folder: Path) -> ssl.SSLContext:
    """A server's context that offers all that the local OpenSSL has, with a certificate of its own."""
    certificate, key = _own_certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    (folder / "pair.pem").write_bytes(certificate + key)
    context.load_cert_chain(folder / "pair.pem")
    return context


@cache
def _own_certificate() -> tuple[bytes, bytes]:
    from conformance.tls.certificates import Wish, issue

    made = issue(Wish((_LOOPBACK, "localhost"), "server"), None)
    return made.pem, made.key_pem()


def _serve_http(wire: socket.socket, context: ssl.SSLContext) -> None:
    with context.wrap_socket(wire, server_side=True) as secure:
        secure.recv(65536)
        secure.sendall(_OK)
        with contextlib.suppress(OSError):
            secure.unwrap()
