"""What pytest's reports of scenarios say and carry."""

from __future__ import annotations

from typing import Any

from conformance.core.results import ScenarioResult


def described(result: ScenarioResult) -> str:
    """Return a failed scenario's findings as text. Give it redacted, or redact the text."""
    lines = [f"{result.id}: {result.title}", *([result.reason] if result.reason else [])]
    for found in result.findings:
        where = f" at {found.location}" if found.location else ""
        detail = f" (found {found.found or 'nothing'}, expected {found.expected})" if found.expected else ""
        lines.append(f"  {found.severity}: {found.message}{where}{detail}")
    lines.append(f"  verifies {', '.join(result.requirements)}")
    return "\n".join(lines + ([result.traceback] if result.traceback else []))


def decorate(report: Any, result: ScenarioResult) -> None:
    """Add what the pytest-html page shows of a scenario to pytest's report of it."""
    from conformance.reporting.pytest_html_page import RESULT_ATTRIBUTE, html_extras

    setattr(report, RESULT_ATTRIBUTE, result)
    report.extras = [*getattr(report, "extras", []), *html_extras(result)]
