"""The line between a run and its workers: a worker calls, the run responds, one call after the other on each line.

A call returns when the run has done what it is for, so what a worker reports is with the run, and written, before it goes on.
The line is a local socket; whoever calls has to know its key (multiprocessing.connection).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

Serve = Callable[[str, str, tuple[Any, ...]], Any]
_LOST = (EOFError, OSError)


class RunEndedError(KeyboardInterrupt):
    """The run has ended, or its process is gone: a worker stops at once, whatever it is at."""


class Hub:
    """Serves the lines of all workers until it is closed: `serve` gets the worker's name, that of the call, and its arguments.

    `left` is called with a worker's name when its line has ended.
    """

    def __init__(self, serve: Serve, left: Callable[[str], None]) -> None:
        self.key = secrets.token_bytes(32)
        self._serve, self._left = serve, left
        self._listener = Listener(authkey=self.key)
        self.address: Any = self._listener.address  # where workers call
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="workers", daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether workers have to stop."""
        return self._closed.is_set()

    def close(self) -> None:
        """Have every worker stop at its next call. Closing twice does nothing more."""
        if self._closed.is_set():
            return
        self._closed.set()
        with suppress(*_LOST, AuthenticationError):
            Client(self.address, authkey=self.key).close()  # wakes the thread that waits for calls
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            with suppress(*_LOST, AuthenticationError):
                line = self._listener.accept()
                threading.Thread(target=self._listen, args=(line,), name="worker", daemon=True).start()

    def _listen(self, line: Connection[Any, Any]) -> None:
        name = ""
        try:
            name = str(line.recv())
            while True:
                call, arguments = line.recv()
                line.send(self._response(name, call, arguments))
        except _LOST:
            pass
        finally:
            line.close()
            if name:
                self._left(name)

    def _response(self, name: str, call: str, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
        if self._closed.is_set():
            return False, "the run has ended"
        try:
            return True, self._serve(name, call, arguments)
        except Exception as error:  # the worker has to stop; what is wrong is the run's to say
            return False, f"{type(error).__name__}: {error}"


class Line:
    """A worker's end. `call` raises RunEndedError where the run is over, in whatever way."""

    def __init__(self, address: Any, key: bytes, name: str) -> None:
        self._lock = threading.Lock()
        try:
            self._line = Client(address, authkey=key)
            self._line.send(name)
        except (*_LOST, AuthenticationError) as error:
            raise RunEndedError(str(error)) from error

    def call(self, name: str, *arguments: Any) -> Any:
        """Have the run do something, and return what it returned."""
        with self._lock:
            try:
                self._line.send((name, arguments))
                done, value = self._line.recv()
            except _LOST as error:
                raise RunEndedError("the process of the run is gone") from error
        if not done:
            raise RunEndedError(value)
        return value

    def close(self) -> None:
        """End the line."""
        self._line.close()
