"""A command of this tool as a process that ends with the process that started it: `python -m conformance.fleet.one_run`.

The worker has the other end of its standard input. When that closes, because the worker was killed or its machine asks it to
stop, the run takes it for SIGTERM: it undoes what it booked and ends. So no run is left to itself at a provider.
"""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

GRACE = 120.0
"""Seconds that a run has to undo what it booked and to write its outputs, once it was asked to stop."""


def start(words: Sequence[str], output: IO[bytes], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start `gpconnect-assure WORDS` as such a process, in a group of its own: Ctrl-C does not reach it."""
    return subprocess.Popen(
        [sys.executable, "-m", "conformance.fleet.one_run", *words],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=errors,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def finish(process: subprocess.Popen[bytes], limit: float, grace: float = GRACE) -> bool:
    """Wait until a process has ended, for `limit` seconds; then stop it. Return whether it had to be stopped."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(limit)
        return False
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return True


def run(words: Sequence[str], log: Path, limit: float, grace: float = GRACE) -> tuple[int, bool]:
    """Run a command of this tool; return its exit code and whether it had to be stopped.

    What it prints goes to `log`, what it complains of to a file of the same name ending in `.errors.txt`.
    """
    with log.open("wb") as output, log.with_suffix(".errors.txt").open("wb") as errors:
        process = start(words, output, errors)
        try:
            stopped = finish(process, limit, grace)
        finally:
            if process.stdin:
                process.stdin.close()
    return process.returncode, stopped


def _end_with_parent(standard_input: int = 0) -> None:
    """Wait until the other end of standard input closes; then end this process as SIGTERM does, if need be at once."""
    with suppress(OSError):
        while os.read(standard_input, 1):
            pass
    if hasattr(signal, "pthread_kill"):  # wakes the main thread from what it waits for
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    else:
        _thread.interrupt_main(signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(128 + signal.SIGTERM)


def main() -> None:
    """Run the command line; end it when standard input closes."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from conformance.__main__ import main as command_line

    command_line()


if __name__ == "__main__":
    main()
