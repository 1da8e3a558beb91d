"""Brings an ASGI application onto a socket: uvicorn's bootstrap, and nothing else, in one place."""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp

from conformance.core.errors import UsageError
from conformance.provider.uvicorn_protocol import protocol_for

if TYPE_CHECKING:
    from conformance.provider.mutual_tls import ServerTls

LOOPBACK = "127.0.0.1"
_PATIENCE = 60.0  # seconds until a server that does not start is given up


class Server:
    """A uvicorn server on one address. `run` blocks; `start` uses a thread. Port 0 takes a free port.

    With `tls` it serves HTTPS only; plain HTTP on its port ends in a failed handshake.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = LOOPBACK,
        port: int = 0,
        tls: ServerTls | None = None,
    ) -> None:
        self._socket = _bind(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self.scheme = "https" if tls else "http"
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
            ws="none",
            http=protocol_for(tls),
        )
        if tls:
            config.load()
            config.ssl = tls
        self._server = uvicorn.Server(config)
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where the server listens, without a path."""
        return f"{self.scheme}://{self.host}:{self.port}"

    def run(self) -> None:
        """Serve until interrupted."""
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Serve in a background thread; returns once requests are accepted."""
        self._thread = threading.Thread(target=self.run, name=f"provider-{self.port}", daemon=True)
        self._thread.start()
        end = time.monotonic() + _PATIENCE
        while not self._server.started and self._thread.is_alive() and time.monotonic() < end:
            time.sleep(0.002)
        if not self._server.started:
            raise UsageError(f"the provider did not start on {self.address}")

    def stop(self) -> None:
        """End the background thread."""
        self._server.should_exit = True
        if self._thread:
            self._thread.join(_PATIENCE)
        self._socket.close()


def _bind(host: str, port: int) -> socket.socket:
    """A listening socket; UsageError where the port cannot be had."""
    # With the protocol named, asyncio turns Nagle off; else each response waits for a delayed acknowledgement (40 ms).
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # On Windows SO_REUSEADDR takes a port that another program serves; what it allows elsewhere is the default there.
    if os.name != "nt":
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror or error})"
        raise UsageError(
            f"port {port} on {host} {why}", fix="Choose another with --port; 0 takes a free one."
        ) from error
    return bound
