"""`validate --watch`: files checked again whenever they change.

The files are looked at twice a second: their times and sizes, which costs a few milliseconds for hundreds of them and needs no
library, works on network drives and in containers, and sees what an editor does in whichever way it saves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from conformance.cli.validate_inputs import Input, expand
from conformance.cli.validate_work import Bench, Checked
from conformance.core.errors import AssureError, UsageError

EVERY = 0.5  # seconds
State = tuple[int, int]


def watch(
    names: Sequence[str], bench: Bench, show: Callable[[Checked], object], say: Callable[[str], None]
) -> Iterator[None]:
    """Check the files that the names mean, and again each that changes or is new; `next` looks once. It never ends.

    What is wrong with a file or its name (AssureError) is said, and looked at again when it changes. Raises UsageError for
    standard input, and for a name that means nothing at first.
    """
    if not names or "-" in names:
        raise UsageError("--watch looks at files and folders, not at standard input")
    list(expand(names))
    known: dict[Path, State] = {}
    while True:
        found = dict(_states(names))
        changed = [one for path, (one, state) in found.items() if known.get(path) != state]
        gone = known.keys() - found.keys()
        known = {path: state for path, (_, state) in found.items()}
        for one in changed:
            _check(one, bench, show, say)
        for path in sorted(gone):
            say(f"{path}: is gone")
        if changed or gone:
            say(f"{len(known)} files; looking for changes, Ctrl-C ends it.")
        yield


def until_interrupted(looks: Iterator[None]) -> None:
    """Look again and again until the user interrupts."""
    for _ in looks:
        time.sleep(EVERY)


def _states(names: Sequence[str]) -> Iterator[tuple[Path, tuple[Input, State]]]:
    """The files there are at present, each with what tells that it has changed; one that cannot be looked at is left out."""
    for name in names:
        try:
            listed = list(expand([name]))
        except UsageError:  # gone for a moment, or for good
            continue
        for one in listed:
            assert one.path is not None
            try:
                found = one.path.stat()
            except OSError:
                continue
            yield one.path, (one, (found.st_mtime_ns, found.st_size))


def _check(one: Input, bench: Bench, show: Callable[[Checked], object], say: Callable[[str], None]) -> None:
    try:
        show(bench.check(one))
    except AssureError as error:
        say(str(error))
