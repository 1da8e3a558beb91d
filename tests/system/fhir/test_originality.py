"""No sentence of the publishers is in our definitions."""

from __future__ import annotations

import subprocess
import sys

from tests.support.paths import SHARED, needs_shared
from tests.support.shipped import PROFILES


@needs_shared
def test_nothing_is_carried_over_word_for_word() -> None:
    script = SHARED / "checks" / "originality.py"  # type: ignore[operator]
    ran = subprocess.run([sys.executable, str(script), str(PROFILES)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
