"""How far a proof is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from conformance.proving.trials import Watch

Clock = Callable[[], float]
_SECONDS = 20  # between two plain lines


@contextmanager
def watching(stream: TextIO | None = None, clock: Clock = time.monotonic) -> Iterator[Watch]:
    """Give a watch that shows on a stream (standard error) how far the proof is. `clock` returns seconds."""
    stream = stream or sys.stderr
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield _lines(stream, clock)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[what]}", markup=False),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        known = bar.add_task("", total=None, what="starting providers")
        yield lambda done, total, what: bar.update(known, completed=done, total=total, what=what)


def _lines(stream: TextIO, clock: Clock) -> Watch:
    began = told = clock()

    def watch(done: int, total: int, what: str) -> None:  # noqa: ARG001
        nonlocal told
        now = clock()
        if now - told >= _SECONDS:
            told = now
            stream.write(f"  {done} of {total} trials after {now - began:.0f} s\n")
            stream.flush()

    return watch
