"""What a scenario finds: failures, warnings and notes, kept in the order in which they were seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from conformance.core.results import Finding, Severity


class Findings:
    """The findings of one scenario."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, findings: Iterable[Finding]) -> bool:
        """Keep findings; True when none of them is a fail."""
        kept = list(findings)
        self._kept.extend(kept)
        return not any(finding.severity is Severity.FAIL for finding in kept)

    def fail(self, message: str, **details: Any) -> None:
        """Keep a failure seen by the scenario itself. `details` are fields of Finding."""
        self._kept.append(Finding(message, **details))

    def warn(self, message: str, **details: Any) -> None:
        """Keep a warning seen by the scenario itself."""
        self._kept.append(Finding(message, severity=Severity.WARN, **details))

    def note(self, message: str, **details: Any) -> None:
        """Keep a remark for the reader."""
        self._kept.append(Finding(message, severity=Severity.INFO, **details))
