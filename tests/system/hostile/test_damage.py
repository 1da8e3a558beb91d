"""No damaged response breaks a scenario: a sample by seed; tools/damage.py makes as many as wanted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conformance.core.results import Verdict
from conformance.engine.collection import collect
from conformance.spec import editions
from tests.system.hostile.damage import bench

SAMPLE = 120


@pytest.mark.parametrize("edition", editions())
def test_a_response_damaged_in_one_point_is_the_providers_fault_or_nobodys(edition: str, tmp_path: Path) -> None:
    way = random.Random(f"sample {edition}")
    entries = [entry for entry in collect() if entry.case.runs_in(edition) and not entry.case.id.startswith("tls")]
    harmed, seen = 0, 0
    with bench(edition, tmp_path) as it:
        for number in range(SAMPLE):
            outcome = it.play(way.choice(entries), f"sample {edition} {number}")
            told = f"{outcome.result.id} {outcome.damage} seed {outcome.seed!r}: {outcome.result.reason}"
            assert outcome.result.verdict is not Verdict.ERROR, told
            assert outcome.result.traceback == "", told
            seen += outcome.damage is not None
            harmed += outcome.result.verdict in (Verdict.FAIL, Verdict.SKIP, Verdict.WARN)
    assert seen > SAMPLE * 0.9
    assert harmed > SAMPLE * 0.1
