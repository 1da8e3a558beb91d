"""Every fault at every place of the publisher's sound examples, in JSON and XML: all are told at the right place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.paths import SHARED, needs_shared
from tests.support.shipped import GENERATIONS
from tests.unit.fhir.test_mutations import missed, tool

__all__ = ["tool"]


@needs_shared
@pytest.mark.parametrize("generation", GENERATIONS)
def test_mutants_of_the_publishers_sound_examples(tool: Any, generation: str) -> None:
    assert SHARED is not None
    tallies: dict[str, Any] = {}
    count = tool.run(SHARED / "examples", generation, sorted(tool.KINDS), tallies)
    assert count >= 15
    assert sum(tally.total for tally in tallies.values()) > 10_000
    assert missed(tallies) == []
