"""Try every kind of hostile provider in both editions and print a table.

    .venv/bin/python tools/hostile_table.py [--edition stu3] [-k NAME] [--out table.md]

Each kind has a process of its own (POSIX: forked), so that memory is its own and a hang can be ended. Exit code 1 when a kind
did harm: a crash, a hang over the deadline, a verdict error, exit code 4, a pass without a sound response, a request to another
host.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.spec import editions
from tests.system.hostile.kinds import Kind
from tests.system.hostile.trial import KINDS, Row, entries, trial

DEADLINE = 600.0  # seconds for one kind


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edition", default="")
    parser.add_argument("-k", dest="select", default="")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = []
    for edition in [options.edition] if options.edition else editions():
        entries(edition)  # imported once, for all
        _warm(edition)
        for kind in KINDS:
            if options.select in kind.name:
                rows.append(_apart(edition, kind))
                print(_line(rows[-1]), flush=True)
    harm = [row for row in rows if row["wrong"]]
    print(f"{len(rows)} trials of {len({row['kind'] for row in rows})} kinds, {len(harm)} did harm")
    if options.out:
        options.out.write_text("\n".join([_HEAD, *map(_line, rows)]) + "\n", encoding="utf-8")
    return min(len(harm), 1)


def _warm(edition: str) -> None:
    """Load what every trial needs, so that memory is measured from there."""
    with tempfile.TemporaryDirectory() as folder:
        trial(edition, next(kind for kind in KINDS if kind.harmless), Path(folder))


def _apart(edition: str, kind: Kind) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _tell(writing, edition, kind)
        os._exit(0)
    os.close(writing)
    return _outcome(child, reading, edition, kind)


def _tell(writing: int, edition: str, kind: Kind) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        try:
            row = trial(edition, kind, Path(folder))
        except BaseException:
            row = Row(kind.name, edition, wrong=[f"crash: {traceback.format_exc()[-900:]}"])
    row.megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    with os.fdopen(writing, "w") as out:
        json.dump(row.as_json(), out)


def _outcome(child: int, reading: int, edition: str, kind: Kind) -> dict[str, Any]:
    end = time.monotonic() + DEADLINE
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return Row(kind.name, edition, seconds=DEADLINE, wrong=["hang over the deadline"]).as_json()
        time.sleep(0.02)
    with os.fdopen(reading) as told:
        text = told.read()
    return dict(json.loads(text)) if text else Row(kind.name, edition, wrong=["the process died"]).as_json()


_HEAD = "| kind | edition | verdicts | blame | exit | from the first | s | MB | harm |\n|---|---|---|---|---|---|---|---|---|"


def _line(row: dict[str, Any]) -> str:
    counts: dict[str, int] = {}
    for verdict in row["verdicts"].values():
        counts[verdict] = counts.get(verdict, 0) + 1
    verdicts = " ".join(f"{number} {verdict}" for verdict, number in counts.items())
    blames = " ".join(row["blames"])
    cells = [row["kind"], row["edition"], verdicts, blames or "-", row["code"], row["first"], f"{row['seconds']:.1f}",
             f"{row['megabytes']:.0f}", "; ".join(row["wrong"]) or "none"]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main())
