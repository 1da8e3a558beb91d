"""A provider running in a process of its own, so that it and its consumer each have a processor to themselves."""

from __future__ import annotations

import multiprocessing
import signal
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from conformance.core.errors import AssureError, InternalError
from conformance.provider.server_thread import start
from conformance.spec import load


@dataclass(frozen=True, slots=True)
class Address:
    """Where a provider serves: its service root, and the port for plain HTTP beside TLS (0 without TLS)."""

    base_url: str
    plain_port: int


class Apart:
    """A provider of an edition on a free loopback port, in another process. It ends with `close`, or when we end.

    `tls` as for running.start. A context manager; making it does not wait until the provider serves, `address` does.
    """

    def __init__(self, edition: str, *, tls: Path | None = None) -> None:
        self._edition = edition
        context = multiprocessing.get_context("spawn")  # a fork would copy whatever threads and locks we have
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(edition, tls, theirs), daemon=True)
        self._process.start()
        theirs.close()

    @cached_property
    def address(self) -> Address:
        """Where it serves. Raises its UsageErrors as running.start does, InternalError when it ends without a word."""
        try:
            received = self._pipe.recv()
        except EOFError:
            raise InternalError(f"the bundled provider ({self._edition}) ended before it could serve") from None
        if isinstance(received, AssureError):
            raise received
        assert isinstance(received, Address)
        return received

    def close(self) -> None:
        """Stop serving."""
        self._pipe.close()  # which the other side takes as the end
        self._process.join()

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _serve(edition: str, tls: Path | None, pipe: Connection) -> None:
    """Serve until the other side of the pipe closes; what keeps us from it is sent there.

    A Ctrl-C, which a terminal sends to all processes, is the other side's: its runs may have bookings to cancel here.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, KeyboardInterrupt):
        try:
            running = start(load(edition), tls=tls)
        except AssureError as error:
            pipe.send(error)
            return
        with running:
            pipe.send(Address(running.base_url, running.plain_port))
            pipe.recv()
