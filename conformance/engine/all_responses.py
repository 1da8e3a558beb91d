"""What the scenarios about all responses judge: every response of the run to one interaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from conformance.checks.check import Check
from conformance.checks.profile_conformance import conforms
from conformance.consumer.response import Response
from conformance.core.results import Finding
from conformance.engine.context import ScenarioContext
from conformance.engine.named_steps import NamedStep
from conformance.engine.stop_reasons import CannotTest

Which = Callable[[Response], bool]
_MOST_SHOWN = 3


def succeeded(response: Response) -> bool:
    """Whether the response is a success that carries a body."""
    return response.status in (200, 201) and bool(response.exchange.response_body)


def failed(response: Response) -> bool:
    """Whether the response is an error."""
    return response.status is not None and response.status >= 400


def answered(response: Response) -> bool:
    """Whether there is a response at all."""
    return response.status is not None


def judge_all_responses(
    context: ScenarioContext, which: Which, checks: Sequence[Check], one_of_each: NamedStep[None]
) -> None:
    """Run checks on every response of the run to the interaction of the case.

    `one_of_each` is the step that sends a valid and a refused request of it, so that there are responses whatever else the
    run holds. Equal findings are reported once, with the exchange that shows it first and how often it was seen.
    CannotTest when there is no such response.
    """
    reason = "no such response to this interaction was seen"
    try:
        context.once(one_of_each)
    except CannotTest as stop:
        reason = f"{reason}: {stop.reason}"
    seen = [response for response in _responses(context) if which(response)]
    if not seen:
        raise CannotTest(reason)
    found: dict[tuple[str, str], list[Finding]] = {}
    judges = [_judge(check, context) for check in checks]
    for response in seen:
        for judge in judges:
            for finding in judge(response):
                found.setdefault((finding.code, _place(finding)), []).append(replace(finding, exchange=response.number))
    context.findings.keep(_told(findings) for findings in found.values())
    shown = sorted({finding.exchange for finding in context.findings})[:_MOST_SHOWN]
    context.sender.rest_on(response.exchange for response in seen if response.number in shown)
    context.findings.note(f"{len(seen)} responses judged", code="swept")


def _judge(check: Check, context: ScenarioContext) -> Callable[[Response], Iterable[Finding]]:
    """The check as a function of the response. Validation, the dearest of them, judges equal bodies once."""
    if check is not conforms:
        return lambda response: check(response, context.session)
    known: dict[tuple[bytes, str], list[Finding]] = {}

    def judge(response: Response) -> Iterable[Finding]:
        body = response.exchange.response_body, response.form
        if body not in known:
            known[body] = list(check(response, context.session))
        return known[body]

    return judge


def _place(finding: Finding) -> str:
    return re.sub(r"\[\d+\]", "", finding.location)


def _told(findings: Sequence[Finding]) -> Finding:
    if len(findings) == 1:
        return findings[0]
    return replace(findings[0], evidence=f"{findings[0].evidence}; seen {len(findings)} times".lstrip("; "))


def _responses(context: ScenarioContext) -> Iterator[Response]:
    interaction = context.edition.interactions[context.case.interaction]
    path = re.compile(re.escape(interaction.path).replace(r"\{id\}", "[^/?]+") + r"(\?.*)?$")
    for exchange in context.session.exchanges:
        wanted = exchange.interaction == interaction.key and exchange.method == interaction.method
        if wanted and path.search(exchange.url):
            response = context.session.response_to(exchange)
            if context.session.environment.is_of_provider(response):
                yield response
