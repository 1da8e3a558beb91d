"""What came of a named step of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.core.exchange import Exchange
from conformance.engine.stop_reasons import CannotTest


@dataclass(frozen=True)
class StepRecord:
    """A step that was performed: what it came to, or why it could not be performed, and its exchanges.

    `again` performs the same step once more and returns the record of that.
    """

    name: str
    value: Any
    exchanges: tuple[Exchange, ...]
    stopped: CannotTest | None
    control: bool
    again: Callable[[], StepRecord]
