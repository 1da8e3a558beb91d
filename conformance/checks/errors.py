"""The whole row of the error table, held to one answer."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import everywhere, outcomes
from conformance.checks.kinds import Context
from conformance.checks.values import every
from conformance.consumer.reply import Reply
from conformance.core.results import Finding

_OF_A_ROW = (
    outcomes.severities,
    outcomes.issue_types,
    outcomes.statuses,
    outcomes.codings,
    outcomes.diagnostics,
    outcomes.leaks_nothing,
    everywhere.claims_profile,
)
_CODING = "issue.details.coding"


def whole_row(reply: Reply, context: Context) -> Iterator[Finding]:
    """Status, issue type, severity, code, code system, profile and diagnostics are as the row of the code has them.

    The display is demanded where the edition's table demands one (STU3-ERR-006; DSTU2's examples have none).
    """
    yield from outcomes.is_outcome(reply, context)
    for check in _OF_A_ROW:
        yield from check(reply, context)
    if context.edition.generation != "dstu2":
        yield from outcomes.displays(reply, context)
        yield from _bare(reply)


def _bare(reply: Reply) -> Iterator[Finding]:
    """A coding has neither version nor userSelected: the profile prohibits both (STU3-ERR-004)."""
    for name in ("version", "userSelected"):
        if any(name in coding for coding in every(reply.value, _CODING) if isinstance(coding, dict)):
            yield Finding("the error code has an element that the profile prohibits", found=name, expected="absent",
                          location=f"OperationOutcome.{_CODING}.{name}", code="outcome-coding-extra")  # fmt: skip
