"""How much of what was found is kept: a hostile response can make a check find a million things, each a megabyte long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.core.results import Finding, Severity

MOST_ALIKE = 100  # findings of one code and severity in one scenario
LONGEST = 2_000  # characters of one text of a finding


def bounded(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with long texts cut, and of many alike the first; how many were cut off is a finding of its own."""
    kept: list[Finding] = []
    alike: Counter[tuple[str, Severity]] = Counter()
    for finding in findings:
        kind = finding.code, finding.severity
        alike[kind] += 1
        if alike[kind] <= MOST_ALIKE:
            kept.append(_cut(finding))
    for (code, severity), count in alike.items():
        if count > MOST_ALIKE:
            message = f"{count - MOST_ALIKE:,} more findings of this kind ({code or 'no code'}) are not listed"
            kept.append(Finding(message, severity, code=code))
    return kept


def _cut(finding: Finding) -> Finding:
    texts = {name: getattr(finding, name) for name in ("message", "location", "found", "expected", "evidence")}
    long: dict[str, Any] = {name: shortened(text) for name, text in texts.items() if len(text) > LONGEST}
    return replace(finding, **long) if long else finding


def shortened(text: str) -> str:
    """Return a text, cut in the middle where it is longer than LONGEST, with its length said."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 200]} … {text[-100:]} ({len(text):,} characters)"
