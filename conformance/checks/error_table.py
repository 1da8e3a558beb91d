"""One response judged by a complete row of the error table."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import all_responses, operation_outcome
from conformance.checks.check import Context
from conformance.checks.json_values import every
from conformance.consumer.response import Response
from conformance.core.results import Finding

_OF_A_ROW = (
    operation_outcome.severities,
    operation_outcome.issue_types,
    operation_outcome.statuses,
    operation_outcome.codings,
    operation_outcome.diagnostics,
    operation_outcome.leaks_nothing,
    all_responses.claims_profile,
)
_CODING = "issue.details.coding"


def whole_row(response: Response, context: Context) -> Iterator[Finding]:
    """Status, issue type, severity, code, code system, profile and diagnostics are as the row of the code has them.

    The display is demanded where the edition's table demands one (STU3-ERR-006; DSTU2's examples have none).
    """
    yield from operation_outcome.is_outcome(response, context)
    for check in _OF_A_ROW:
        yield from check(response, context)
    if context.edition.capabilities.requires_error_display:
        yield from operation_outcome.displays(response, context)
        yield from _bare(response)


def _bare(response: Response) -> Iterator[Finding]:
    """A coding has neither version nor userSelected: the profile prohibits both (STU3-ERR-004)."""
    for name in ("version", "userSelected"):
        if any(name in coding for coding in every(response.value, _CODING) if isinstance(coding, dict)):
            yield Finding(
                "the error code has an element that the profile prohibits",
                found=name,
                expected="absent",
                location=f"OperationOutcome.{_CODING}.{name}",
                code="outcome-coding-extra",
            )
