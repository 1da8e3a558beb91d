"""A provider running in this process, for tests, the demonstration and the proving of scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from conformance.provider.app import create_app
from conformance.provider.clock import Clock
from conformance.provider.faults import seams_for
from conformance.provider.provider import Provider
from conformance.provider.serving import Server
from conformance.spec.model import Edition


class Running:
    """A provider behind a real socket on loopback. A context manager; `close` ends it."""

    def __init__(self, provider: Provider, server: Server) -> None:
        self.provider = provider
        self._server = server

    @property
    def base_url(self) -> str:
        """The service root to configure."""
        return f"{self._server.address}{self.provider.root}"

    def set_faults(self, names: Sequence[str]) -> None:
        """Be wrong in these ways, and no others, from the next request on. UsageError for unknown names."""
        self.provider.seams = seams_for(names, self.provider.edition.name)

    def reset(self) -> None:
        """Forget everything that happened; faults stay."""
        self.provider.reset()

    def close(self) -> None:
        """Stop serving and remove what was temporary."""
        self._server.stop()
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
    clock: Clock | None = None,
) -> Running:
    """Start a provider of an edition in a background thread and return it once it accepts requests.

    `database` keeps the state (a temporary file otherwise); `port` 0 takes a free one; `faults` are names of the
    catalogue (provider/faults). UsageError for a port in use, a database of something else, an unknown fault.
    """
    seams = seams_for(faults, edition.name)
    provider = Provider(edition, database=database, clock=clock)
    provider.seams = seams
    try:
        server = Server(create_app(provider), port=port)
        server.start()
    except BaseException:
        provider.store.close()
        raise
    return Running(provider, server)
