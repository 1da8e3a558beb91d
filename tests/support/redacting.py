"""A whole run made fit to be written, as the writer of the evidence does scenario by scenario."""

from __future__ import annotations

from conformance.core.results import RunResult
from conformance.redaction.redactor import Redactor


def redacted(result: RunResult, redactor: Redactor) -> RunResult:
    """Return a run with everything that a redactor masks masked."""
    learnt = {number: redactor.learnt(exchange) for number, exchange in result.exchanges.items()}
    scenarios = tuple(
        redactor.scenario(one, [learnt[number] for number in one.exchanges if number in learnt])
        for one in result.scenarios
    )
    exchanges = {number: redactor.exchange(exchange, learnt[number]) for number, exchange in result.exchanges.items()}
    return RunResult(redactor.run(result.run), scenarios, exchanges)
