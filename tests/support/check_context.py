"""What a check knows of a run (checks.check.Context), without a run: the edition, and the present."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conformance.consumer.uk_time import uk_now
from conformance.spec import load


class Context:
    """The current edition; a test that needs a configuration or a validator gives its own."""

    edition = load("stu3")
    config: Any = None
    validator: Any = None

    def now(self) -> datetime:
        """The present in UK time."""
        return uk_now()


class Dstu2(Context):
    """The older edition."""

    edition = load("dstu2")
