"""A provider running in this process, for tests, the demonstration and the proving of scenarios."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from conformance.provider.app import create_app
from conformance.provider.clock import Clock
from conformance.provider.provider import Provider
from conformance.provider.serving import LOOPBACK, Server
from conformance.provider.variants import Variant, seams_with
from conformance.spec.model import Edition

if TYPE_CHECKING:
    from conformance.provider.mutual_tls import ServerTls


class Running:
    """A provider behind a real socket on loopback. A context manager; `close` ends it."""

    def __init__(self, provider: Provider, server: Server, plain: PlainPort | None = None) -> None:
        self.provider = provider
        self._server = server
        self._plain = plain

    @property
    def base_url(self) -> str:
        """The service root to configure."""
        return f"{self._server.address}{self.provider.root}"

    @property
    def plain_port(self) -> int:
        """The port on which plain HTTP is served when a fault wants it, refused otherwise; 0 without TLS."""
        return self._plain.port if self._plain else 0

    def set_faults(self, names: Sequence[str], variants: Sequence[Variant] = ()) -> None:
        """Be wrong in these ways, and no others, from the next request on; be different in those of the variants.

        What a variant changes of the practice takes hold at the next `reset`. UsageError for unknown names.
        """
        self.provider.seams = seams_with(names, variants, self.provider.edition.name)
        if self._plain:
            self._plain.heed(self.provider)

    def reset(self) -> None:
        """Forget everything that happened; faults stay."""
        self.provider.reset()

    def close(self) -> None:
        """Stop serving and remove what was temporary."""
        self._server.stop()
        if self._plain:
            self._plain.close()
        self.provider.store.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start(
    edition: Edition,
    *,
    database: Path | None = None,
    port: int = 0,
    faults: Sequence[str] = (),
    variants: Sequence[Variant] = (),
    clock: Clock | None = None,
    tls: Path | None = None,
) -> Running:
    """Start a provider of an edition in a background thread and return it once it accepts requests.

    `database` keeps the state (a temporary file otherwise); `port` 0 takes a free one; `faults` are names of the
    catalogue (provider/faults), `variants` are of
    provider/variants; `tls` is a folder of certificates (`certs make`) to serve mutual TLS with. UsageError for
    a port in use, a database of something else, an unknown fault, a folder without certificates.
    """
    provider = Provider(edition, database=database, clock=clock, seams=seams_with(faults, variants, edition.name))
    try:
        server = Server(create_app(provider), port=port, tls=_door(provider, tls))
        server.start()
    except BaseException:
        provider.store.close()
        raise
    plain = PlainPort() if tls else None
    if plain:
        plain.heed(provider)
    return Running(provider, server, plain)


def _door(provider: Provider, tls: Path | None) -> ServerTls | None:
    if tls is None:
        return None
    from conformance.provider.mutual_tls import ServerTls

    return ServerTls(tls, provider)


class PlainPort:
    """A port kept free beside a TLS server, on which plain HTTP is served only while a fault wants it."""

    def __init__(self) -> None:
        self._held = _bound(0)
        self.port = int(self._held.getsockname()[1])
        self._server: Server | None = None

    def heed(self, provider: Provider) -> None:
        """Serve or stop serving, as the faults at work ask."""
        wanted = provider.seams.setting("tls.plain-port", False)
        if wanted and self._server is None:
            self._held.close()  # not every system lets two sockets have one port
            self._server = Server(create_app(provider), port=self.port)
            self._server.start()
        elif not wanted and self._server is not None:
            self._server.stop()
            self._server = None
            self._held = _bound(self.port)

    def close(self) -> None:
        """Let go of the port."""
        if self._server is not None:
            self._server.stop()
        self._held.close()


def _bound(port: int) -> socket.socket:
    """A socket that keeps a port (0: a free one) and does not listen: connections are refused."""
    value = socket.socket()
    if os.name != "nt":
        value.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of before may still be closing
    value.bind((LOOPBACK, port))
    return value
