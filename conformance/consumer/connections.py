"""Connections kept open between exchanges: the library's pool looks at all of them before and after every request."""

from __future__ import annotations

import ssl
import threading
import time

import httpcore

# Shorter than servers keep idle connections, so that none is closed under a request that is being sent.
_KEEP_ALIVE_SECONDS = 2.0
_MOST_AT_ONCE = 64


class Connections:
    """Connections to any origin, each used by one exchange at a time. Safe to use from several threads."""

    def __init__(self, context: ssl.SSLContext, backend: httpcore.NetworkBackend) -> None:
        self._context = context
        self._backend = backend
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._idle: list[tuple[float, httpcore.HTTPConnection]] = []  # with the time each is kept until, soonest first

    def take(self, origin: httpcore.Origin, timeout: float | None) -> httpcore.HTTPConnection:
        """Return a connection, one that is open already where there is one; give it back, or up, after the exchange.

        Raises PoolTimeout if for `timeout` seconds as many exchanges are under way as may be.
        """
        if not self._room.acquire(timeout=timeout):
            raise httpcore.PoolTimeout
        self._close_expired()
        while (found := self._newest(origin)) is not None:
            if not found.has_expired():
                return found
            found.close()  # the other side has closed it
        return httpcore.HTTPConnection(
            origin,
            ssl_context=self._context,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=self._backend,
        )

    def give_back(self, connection: httpcore.HTTPConnection) -> None:
        """Keep a connection after an exchange that came to its end, if it can be used again."""
        if connection.is_idle():
            with self._lock:
                self._idle.append((time.monotonic() + _KEEP_ALIVE_SECONDS, connection))
        else:
            connection.close()
        self._room.release()

    def give_up(self, connection: httpcore.HTTPConnection) -> None:
        """Close a connection on which an exchange failed."""
        connection.close()
        self._room.release()

    def close(self) -> None:
        """Close all connections that are not in use."""
        with self._lock:
            closing, self._idle = self._idle, []
        for _, connection in closing:
            connection.close()

    def _newest(self, origin: httpcore.Origin) -> httpcore.HTTPConnection | None:
        with self._lock:
            for index in reversed(range(len(self._idle))):
                if self._idle[index][1].can_handle_request(origin):
                    return self._idle.pop(index)[1]
        return None

    def _close_expired(self) -> None:
        now = time.monotonic()
        expired = []
        with self._lock:
            while self._idle and self._idle[0][0] < now:
                expired.append(self._idle.pop(0)[1])
        for connection in expired:
            connection.close()
