"""For unit tests only: how often Python looks for garbage."""

from __future__ import annotations

import gc

# Each search goes through all collected tests and all shared definitions: a fifth of the processor time, at Python's 700.
gc.set_threshold(20_000)
