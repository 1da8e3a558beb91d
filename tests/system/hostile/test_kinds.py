"""Hostile providers, a sample by seed; tools/hostile_table.py tries every kind in both editions and prints the table."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conformance.spec import editions
from tests.system.hostile.kinds import Kind
from tests.system.hostile.trial import KINDS, trial

SAMPLE = 12
# What did harm once is in every sample.
ALWAYS = {
    "two-responses-in-one-packet", "length-too-short", "204-with-body", "header-date-of-twenty-digits", "value-id-object",
    "value-id-empty", "value-text-nul", "value-narrative-two-divs", "value-extension-decimal", "coding-gzip-100000-members",
}  # fmt: skip


def sampled(edition: str) -> list[Kind]:
    quick = [kind for kind in KINDS if "slow" not in kind.tags and kind.name not in ALWAYS]
    return [*(kind for kind in KINDS if kind.name in ALWAYS), *random.Random(edition).sample(quick, SAMPLE)]


def test_there_are_at_least_120_kinds() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 120
    assert len([kind for kind in KINDS if kind.harmless]) >= 10


@pytest.mark.parametrize(("edition", "kind"), [(name, kind) for name in editions() for kind in sampled(name)],
                         ids=lambda value: getattr(value, "name", value))  # fmt: skip
def test_a_kind_does_no_harm(edition: str, kind: Kind, tmp_path: Path) -> None:
    row = trial(edition, kind, tmp_path)
    assert row.wrong == [], row
    assert row.code in (0, 1, 3), row
    assert (tmp_path / "out" / "report.html").exists()
