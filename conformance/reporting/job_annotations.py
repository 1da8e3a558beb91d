"""The causes of a run as annotations of a GitHub Actions job, beside summary.md for its page."""

from __future__ import annotations

import os
from collections.abc import Iterator

from conformance.core.counting import counted
from conformance.core.results import RunResult, Severity
from conformance.core.workflow_commands import command
from conformance.reporting.cause_view import ShownCause, shortened, shown_causes
from conformance.reporting.display import visible

_MOST = 40


def wanted() -> bool:
    """Return whether this process is a step of a GitHub Actions job."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def lines(result: RunResult) -> Iterator[str]:
    """Yield a workflow command for each cause: an error, a warning, or a notice where it is waived."""
    for one in shown_causes(result)[:_MOST]:
        kind = "notice" if one.waived else "error" if one.cause.severity is Severity.FAIL else "warning"
        yield command(kind, visible(_message(one)), title=visible(f"{one.cause.id} {shortened(one.title)}"))


def _message(one: ShownCause) -> str:
    cause = one.cause
    count = counted(len(cause.scenarios), "scenario")
    return "; ".join(
        part
        for part in (one.seen, shortened(cause.requirement), count, f"for example {shortened(one.scenario.id)}")
        if part
    )
