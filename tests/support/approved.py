"""Texts that a person has approved: a test compares what our code makes with the file, whole.

`APPROVE=1 python -m pytest tests/unit` writes the files anew; what changed is then read in `git diff` before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.paths import ROOT

FOLDER = ROOT / "tests" / "approved"
ADVICE = "If the change is meant, run `APPROVE=1 python -m pytest` on this test and read the difference in `git diff`."


def approve(name: str, text: str) -> None:
    """Fail unless the text is that of tests/approved/NAME."""
    path = FOLDER / name
    text = text.rstrip("\n") + "\n"
    if os.environ.get("APPROVE"):
        write(path, text)
    elif not path.is_file():
        pytest.fail(f"{path} is not there. {ADVICE}")
    assert text == path.read_text(encoding="utf-8"), f"not what {path.relative_to(ROOT)} says. {ADVICE}"


def write(path: Path, text: str) -> None:
    """Write an approved text, with the same line ends on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
