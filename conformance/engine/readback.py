"""Which bookings need no reading back: those of a kind that a provider has been seen to answer as it then reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

ENOUGH = 2
"""So many bookings of one kind have to read as they were answered, and none otherwise, before an answer is believed."""


class ReadBack:
    """What a run has seen of bookings and their reads. A kind is whatever a provider may treat alike, as a hashable."""

    def __init__(self) -> None:
        self._alike: Counter[Hashable] = Counter()
        self._differed: set[Hashable] = set()

    def believes(self, kind: Hashable) -> bool:
        """Whether the answer to a booking of this kind may stand for the appointment as it would be read."""
        return self._alike[kind] >= ENOUGH and kind not in self._differed

    def saw(self, kind: Hashable, *, alike: bool) -> None:
        """Take note of a booking of this kind that was read, and whether it read as it was answered."""
        if alike:
            self._alike[kind] += 1
        else:
            self._differed.add(kind)
