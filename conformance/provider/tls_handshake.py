"""One TLS handshake of the provider: OpenSSL's, with its alerts delivered, or a response by hand where a fault wants it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

from conformance.tls.hello import NotTlsError, Offer, read_client_hello

# What a fault makes of a ClientHello (None for bytes that are no TLS): bytes to send, b"" to send nothing, None to
# leave the handshake to OpenSSL.
Raw = Callable[[Offer | None], bytes | None]


class Handshake:
    """Stands before an ssl.SSLObject, as the event loop uses it.

    The event loop closes a connection whose handshake has failed without sending the alert that says why. Here the failure
    is held back until the alert is on its way and the client has responded or gone.
    """

    def __init__(
        self, context: ssl.SSLContext, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, raw: Raw | None
    ) -> None:
        self._inner = context.wrap_bio(incoming, outgoing, server_side=True)
        self._incoming = incoming
        self._outgoing = outgoing
        self._raw = raw
        self._by_hand = False
        self._failure: ssl.SSLError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def do_handshake(self) -> None:
        """Go on with the handshake; raises as ssl.SSLObject does."""
        if self._failure is not None:
            raise self._failure
        if self._raw is not None and self._responded():
            raise ssl.SSLWantReadError
        try:
            self._inner.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self._failure = error
            if self._outgoing.pending:
                raise ssl.SSLWantReadError from error
            raise

    def _responded(self) -> bool:
        """Whether this handshake is handled by hand, or still waits for a whole hello."""
        if self._by_hand:
            return True
        data = self._incoming.read()
        self._incoming.write(data)
        if not data:
            return False
        offer: Offer | None = None
        try:
            offer = read_client_hello(data)
            if offer is None:
                return True
        except NotTlsError:
            pass
        assert self._raw is not None
        response = self._raw(offer)
        if response is None:
            self._raw = None
            return False
        self._by_hand = True
        self._outgoing.write(response)
        return True
