"""The scenarios about all responses: each collects what its rule found in the responses of the run."""

from __future__ import annotations

from conformance.consumer.response import Response
from conformance.core.judged import Judged
from conformance.core.results import Blame
from conformance.engine.context import ScenarioContext
from conformance.engine.named_steps import NamedStep
from conformance.engine.stop_reasons import CannotTest

_MOST_SHOWN = 3


def succeeded(response: Response) -> bool:
    """Whether the response is a success that carries a body."""
    return response.status in (200, 201) and bool(response.exchange.response_body)


def failed(response: Response) -> bool:
    """Whether the response is an error."""
    return response.status is not None and response.status >= 400


def responded(response: Response) -> bool:
    """Whether there is a response at all."""
    return response.status is not None


def came(response: Response) -> bool:
    """Whether anything came from the provider, whole and well-formed or not."""
    exchange = response.exchange
    return response.status is not None or bool(exchange.response_headers or exchange.response_body)


def judge_all_responses(context: ScenarioContext, one_of_each: NamedStep[None], *, optional: bool = False) -> Judged:
    """Report what the rule of the case found in the responses of the run, and return it.

    `one_of_each` is the step that sends a valid and a refused request of the interaction, so that there are responses whatever
    else the run holds. Equal findings are reported once: the heaviest of them that was seen first, and how often they were
    seen. CannotTest when there is no such response, or none that holds any of what the checks judge; DoesNotApply in the latter
    case where that is `optional`, and resources came without it.
    """
    reason = "no such response to this interaction was seen"
    try:
        context.once(one_of_each)
    except CannotTest as stop:
        reason = f"{reason}: {stop.reason}"
    judged = context.session.judged(context.case)
    if not judged.responses:
        raise CannotTest(reason)
    if not judged.subjects:
        unseen = f"none of the {judged.responses} responses holds any of what is judged"
        if optional and judged.resources:
            context.omit(f"{unseen}, which is optional")
        raise CannotTest(unseen, Blame.UNDETERMINED)
    context.findings.keep(judged.in_order())
    shown = sorted({finding.exchange for finding in context.findings})[:_MOST_SHOWN]
    context.sender.rest_on(exchange for exchange in context.session.exchanges if exchange.number in shown)
    context.findings.note(f"{judged.responses} responses judged", code="swept")
    return judged
