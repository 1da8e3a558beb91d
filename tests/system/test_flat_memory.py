"""No response outlives its scenario in memory: a run of large responses needs as much after many as after some."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from conformance.evidence.schema import FILE_NAME
from conformance.provider.server_thread import start
from conformance.provider.variants.effects import wire
from conformance.provider.variants.variant import Variant
from conformance.spec import load
from tests.system.test_runs import command

SIZE = 4_000_000  # bytes of a response
ALLOWED = 60_000_000  # bytes of resident memory by which the second measurement may exceed the first
FIRST, SECOND = (200, 400) if os.environ.get("GPC_PROOF") else (12, 36)  # responses before each measurement
WINDOW = 6  # responses during which the least is taken: one that is being judged needs some for itself
SELECT = "read or search" if FIRST > 100 else "metadata or find or read"

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory of a process in /proc")


def padded(body: bytes) -> bytes:
    return body + b" " * (SIZE - len(body))


def resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def received(folder: Path) -> int:
    """How many responses of the run are in its evidence."""
    if not (folder / FILE_NAME).exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{folder / FILE_NAME}?mode=ro", uri=True)) as file:
            return int(file.execute("SELECT count(*) FROM exchange").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_memory_is_flat(tmp_path: Path) -> None:
    large = Variant("test.padded", "pads its JSON with spaces", "RFC 8259", wire(padded, form="json"))
    seen: dict[int, list[int]] = {}
    with start(load("stu3"), variants=(large,)) as running:
        arguments = command("stu3", running.base_url, tmp_path / "out", "--no-html", "--select", SELECT)
        with (tmp_path / "said").open("wb") as said:
            process = subprocess.Popen(arguments, cwd=tmp_path, stdout=said, stderr=said)
        try:
            while process.poll() is None and max(seen, default=0) < SECOND + WINDOW:
                seen.setdefault(received(tmp_path / "out"), []).append(resident(process.pid))
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
    assert max(seen) >= SECOND, (tmp_path / "said").read_text(encoding="utf-8")
    first, second = (
        min(least for count, all_of in seen.items() if at <= count for least in all_of if count <= at + WINDOW)
        for at in (FIRST, SECOND)
    )
    assert second < first + ALLOWED, f"{first:,} bytes after {FIRST} responses, {second:,} after {SECOND}"
