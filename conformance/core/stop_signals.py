"""Ctrl-C and SIGTERM: each ends the work at any moment, with the exit code that shells give such an end (128 + number).

A signal raises StopSignal in the main thread, which pytest and click take for what it is. Some libraries swallow exceptions,
and code that was interrupted may fail in another way on its way out: what came is remembered here, so that the process ends
with the right code all the same. A second signal ends the process at once. `listen` is called once, first of all; Windows
knows SIGTERM only from within a process.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from conformance.core.errors import ExitCode

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_received: list[int] = []
_last_words: list[str] = []
_finishing: list[bool] = []


class StopSignal(KeyboardInterrupt):
    """A signal asked the process to end."""


def listen() -> None:
    """Let both signals raise StopSignal from now on. Does nothing outside the main thread, which gets no signals."""
    if threading.current_thread() is threading.main_thread():
        _received.clear()
        for number in _SIGNALS:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    if _received:
        _end_at_once()
    _received.append(number)
    if not _finishing:
        raise StopSignal


def _end_at_once() -> None:
    """End the process as the first signal asked, with nothing but the last words: not even files are closed."""
    shown = "\x1b[?25h\n" if os.isatty(2) else ""  # a live display hides the cursor
    with suppress(OSError):
        os.write(2, (shown + "".join(f"{line}\n" for line in _last_words)).encode("utf-8", "replace"))
    os._exit(128 + _received[0])


@contextmanager
def finishing() -> Iterator[None]:
    """Let a first signal that comes within the block be remembered only: what ends a run is not to be cut short by it."""
    _finishing.append(True)
    try:
        yield
    finally:
        _finishing.pop()


def say_at_the_end(line: str) -> None:
    """Have a line said where a second signal ends the process at once; "" has nothing said."""
    _last_words[:] = [line] if line else []


def received() -> ExitCode | None:
    """Return the exit code for the first signal that came, None when none has."""
    if not _received:
        return None
    return ExitCode.TERMINATED if _received[0] == signal.SIGTERM else ExitCode.INTERRUPTED


def expected() -> None:
    """Take a Ctrl-C that came for the usual end of a command that serves until it is interrupted."""
    if received() is ExitCode.INTERRUPTED:
        _received.clear()


def raise_if_received() -> None:
    """Raise StopSignal when a signal has come: the exception that it raised may have been swallowed on its way."""
    if _received:
        raise StopSignal


def leave(code: int) -> None:
    """End the process with this code, or with that of a signal that came.

    After a signal nothing is waited for: a thread may still hang on a provider that does not respond. A signal that comes
    from now on ends the process at once.
    """
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            signal.signal(number, lambda late, _: os._exit(128 + late))
    stopped = received()
    if stopped is not None and threading.active_count() > 1:
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
        os._exit(int(stopped))
    sys.exit(int(code if stopped is None else stopped))


def _flush(stream: object) -> None:
    try:
        stream.flush()  # type: ignore[attr-defined]
    except (OSError, ValueError, AttributeError):
        return
