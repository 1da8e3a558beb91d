"""What a scenario is known for: how many faults of the bundled provider it catches, how many variants it leaves alone.

The numbers are made by `gpconnect-assure prove --record` and shipped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.core.counting import counted

_FOLDER = Path(__file__).with_name("proven_data")


@dataclass(frozen=True, slots=True)
class Known:
    """Of a scenario: the faults that it is known to catch, and the variants, right and different, that it leaves alone."""

    faults: int
    variants: int

    @property
    def words(self) -> str:
        """The numbers in words for a report."""
        caught = counted(self.faults, "fault")
        spared = counted(self.variants, "variant")
        return f"known to catch {caught} of the bundled provider and to leave {spared} of it alone"


def path_of(edition: str) -> Path:
    """Return where the record of an edition lies."""
    return _FOLDER / f"{edition}.json"


def read(edition: str) -> dict[str, Any]:
    """Return the record of an edition as it lies there, empty where there is none."""
    path = path_of(edition)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@cache
def known(edition: str) -> Mapping[str, Known]:
    """Return what is known of an edition's scenarios by id; nothing for an edition without a record."""
    return {name: Known(*row[:2]) for name, row in read(edition).get("scenarios", {}).items()}
