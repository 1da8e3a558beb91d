"""`run --watch`: the selection again on a key, or when the provider comes back."""

from __future__ import annotations

import queue
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.core.errors import AssureError, ExitCode, TargetError

HELP = (
    "Enter: run again. f Enter: what failed. q Enter: end. A provider that goes and comes back is run again by itself."
)
EVERY = 0.5  # seconds between two looks at the provider
_PATIENCE = 2.0  # seconds that a connection may take
_STEADY = 2  # looks in a row that find the provider there before it counts as back

AGAIN, FAILED, END = "again", "failed", "end"


@dataclass(slots=True)
class Watch:
    """Runs, and waits for a reason to run again.

    `run` runs the selection, only what failed last where its argument is true, and returns the exit code; AssureError is said
    and waited on. `is_there` looks for the provider, `key` returns a line typed since (None for none), `say` prints, `pause`
    waits seconds.
    """

    run: Callable[[bool], int]
    is_there: Callable[[], bool]
    key: Callable[[], str | None]
    say: Callable[[str], None]
    pause: Callable[[float], None] = time.sleep
    _gone: bool = field(default=False, init=False)

    def watch(self) -> int:
        """Return the exit code of the last run once the user ends it. KeyboardInterrupt passes."""
        only_failed, code = False, 0
        while True:
            try:
                code = self._once(only_failed)
            except AssureError as error:
                self.say(f"gpconnect-assure: {error}")
                code = code if only_failed else int(error.exit_code)
            if code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
                return code
            self.say(HELP)
            reason = self._reason()
            if reason == END:
                return code
            only_failed = reason == FAILED

    def _once(self, only_failed: bool) -> int:
        self._gone = False
        try:
            return self.run(only_failed)
        except TargetError:
            self._gone = not self.is_there()
            raise

    def _reason(self) -> str:
        """Wait for a key or for the provider to come back."""
        looks = 0
        while True:
            typed = self.key()
            if typed is not None:
                return {"q": END, "f": FAILED}.get(typed.strip().lower(), AGAIN)
            there = self.is_there()
            if not there and not self._gone:
                self.say("The provider is gone; waiting for it.")
            self._gone = self._gone or not there
            looks = looks + 1 if there else 0
            if self._gone and looks >= _STEADY:
                self.say("The provider is back.")
                return AGAIN
            self.pause(EVERY)


def provider_at(base_url: str) -> Callable[[], bool]:
    """Return a look for a server that accepts connections at the address of a URL."""
    parts = urlsplit(base_url)
    address = (parts.hostname or "localhost", parts.port or (443 if parts.scheme == "https" else 80))

    def is_there() -> bool:
        try:
            socket.create_connection(address, _PATIENCE).close()
        except OSError:
            return False
        return True

    return is_there


def keys() -> Callable[[], str | None]:
    """Return a function that gives the lines typed at standard input, one at a call, None while there is none."""
    typed: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            typed.put(line)

    threading.Thread(target=read, daemon=True).start()

    def key() -> str | None:
        try:
            return typed.get_nowait()
        except queue.Empty:
            return None

    return key
