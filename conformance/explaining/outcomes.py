"""The responses that a scenario accepts, each with why."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.engine.expected_error import Outcome, Refusal
from conformance.spec import Edition


def accepted(refusal: Refusal, edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield each accepted response to a request that is to be refused ("409 DUPLICATE_REJECTED"), with why."""
    for text in refusal.best:
        yield _shown(text, edition), f"pass: {_source(text, edition)}"
    for text in refusal.also:
        yield _shown(text, edition), f"pass, with a remark: it can be defended, too. {refusal.because}"
    for text in refusal.tolerated:
        yield _shown(text, edition), f"warning: tolerated. {refusal.because}"


def _shown(text: str, edition: Edition) -> str:
    outcome = Outcome.parse(text, edition)
    if outcome.code:
        return str(outcome)
    kind = "with an OperationOutcome" if outcome.status[0] in "45" else ""
    return f"{_status(outcome.status)} {kind}".strip()


def _status(status: str) -> str:
    return f"any {status}" if status.endswith("xx") else status


def _source(text: str, edition: Edition) -> str:
    outcome = Outcome.parse(text, edition)
    row = edition.errors.get(outcome.code)
    if row is None:
        return "the specification's text names this status and no error code, or leaves the choice"
    listed = f"the error table lists {row.code} ({row.section or 'error handling page'})"
    when = f" for: {row.note}" if row.note else ""
    if str(row.status) != outcome.status:
        return f"{listed} with {row.status}{when}; the interaction's own page or an example has {outcome.status}"
    return f"{listed}{when}"
