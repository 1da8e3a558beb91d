"""Where tests find what lies beside the project, when it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BESIDE = ROOT.parent / "shared"
SHARED: Path | None = _BESIDE if (_BESIDE / "README.md").is_file() else None

needs_shared = pytest.mark.skipif(
    SHARED is None, reason="the shared studies and official definitions are not beside this clone"
)
needs_sigint = pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a process alone")
needs_modes = pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
