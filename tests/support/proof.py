"""How much a test tries: all there is with GPC_PROOF set (`make proof`), a seeded sample otherwise."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

PROOF = bool(os.environ.get("GPC_PROOF"))
T = TypeVar("T")


def sample(everything: Sequence[T], count: int) -> list[T]:
    """So many of them, in their order and the same in every run; all of them for the proof."""
    if PROOF or count >= len(everything):
        return list(everything)
    chosen = set(random.Random(len(everything)).sample(range(len(everything)), count))
    return [one for number, one in enumerate(everything) if number in chosen]
