"""Every issue of every test of the validator, approved in full: code, severity, kind, place, rule, found and expected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.fhir.issues import Issue
from tests.support.approved_records import Records


def shown(issue: Issue) -> str:
    """An issue in a line, without its message."""
    rule = (issue.profile, issue.element, issue.spec)
    said = (issue.code, issue.severity.value, issue.kind, issue.path, issue.pointer, *rule, issue.found, issue.expected)
    return " | ".join("" if part is None else str(part) for part in (*said, issue.line))[:400]


RECORDS = Records("issues.json", Issue, shown)


@pytest.fixture(autouse=True)
def _issues(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.path.name == "test_own_messages.py":  # about messages with the dates and ids of the moment
        yield
    else:
        yield from RECORDS.of(request, monkeypatch)
