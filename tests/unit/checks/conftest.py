"""Every finding of every test of a check, approved: code, severity, place, what was found and whose it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.core.results import Finding
from tests.support.approved_records import Records


def shown(finding: Finding) -> str:
    """A finding in a line, without its message."""
    parts = (
        finding.code,
        finding.severity.value,
        finding.location,
        finding.found,
        finding.expected,
        finding.blame.value,
    )
    return " | ".join(parts)[:300]


RECORDS = Records("findings.json", Finding, shown)


@pytest.fixture(autouse=True)
def _findings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from RECORDS.of(request, monkeypatch)
