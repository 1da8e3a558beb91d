"""The time zone of this process, for tests that must not depend on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def in_zone(name: str) -> Iterator[None]:
    """Set this process's time zone for a while; skips the test where the system cannot (Windows)."""
    tzset = getattr(time, "tzset", None)
    if tzset is None:
        pytest.skip("this system cannot change a process's time zone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        tzset()
        yield
    tzset()
